/* SPDX-License-Identifier: MIT */
/*
 * What a container finds: its addresses, and one neighbour on each network, the gateway. An address
 * has no route of its own prefix, so that neighbours on the network are reached through the host
 * too, whose table decides.
 */
#include "inside.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/ip.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "devconf.h"
#include "lib/cleanup.h"
#include "link.h"
#include "net.h"
#include "nl.h"

#define LOOPBACK 1 /* index of lo in every namespace */

int inside_prepare(void)
{
	static const struct {
		int family;
		const char *interface, *key;
		int value;
	} keys[] = {
		/* of IPv4, either of the interface's and this one switches it on */
		{AF_INET, "all", "accept_redirects", 0},
		{AF_INET6, "default", "accept_redirects", 0},
		{AF_INET6, "default", "accept_ra", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		int r = devconf_write(keys[i].family, keys[i].interface, keys[i].key,
				      keys[i].value);

		if (r < 0 && !(r == -ENOENT && keys[i].family == AF_INET6))
			return r;
	}
	return 0;
}

static void put_up(struct nl *nl, int index)
{
	struct ifinfomsg *m = nl_request(nl, RTM_NEWLINK, 0, sizeof(*m));

	m->ifi_index = index;
	m->ifi_flags = m->ifi_change = IFF_UP;
}

/* What is to be so before the interface comes up. */
static void put_settings(struct nl *nl, int index, bool ipv6)
{
	struct ifinfomsg *m = nl_request(nl, RTM_NEWLINK, 0, sizeof(*m));
	size_t spec, inet, conf;

	m->ifi_index = index;
	spec = nl_nest(nl, IFLA_AF_SPEC);
	inet = nl_nest(nl, AF_INET);
	conf = nl_nest(nl, IFLA_INET_CONF);
	nl_put_u32(nl, IPV4_DEVCONF_ACCEPT_REDIRECTS, 0);
	nl_end(nl, conf);
	nl_end(nl, inet);
	if (ipv6)
		link_put_no_autoconf(nl);
	nl_end(nl, spec);
}

static void put_gateway(struct nl *nl, int index, const struct ip_address *a,
			const uint8_t mac[static 6])
{
	struct ndmsg *n = nl_request(nl, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE,
				     sizeof(struct ndmsg));

	n->ndm_family = (uint8_t)a->family;
	n->ndm_ifindex = index;
	n->ndm_state = NUD_PERMANENT;
	nl_put_ip(nl, NDA_DST, a);
	nl_put(nl, NDA_LLADDR, mac, 6);
}

/* To p, or with NULL the default route. */
static void put_route(struct nl *nl, int index, const struct ip_address *gateway,
		      const struct ip_prefix *p)
{
	struct rtmsg *m = nl_request(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*m));

	*m = (struct rtmsg){
		.rtm_family = (uint8_t)gateway->family,
		.rtm_dst_len = p ? (uint8_t)p->length : 0,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_type = RTN_UNICAST,
		.rtm_flags = RTNH_F_ONLINK,
	};
	if (p) {
		struct ip_address first = ip_prefix_first(p);

		nl_put_ip(nl, RTA_DST, &first);
	}
	nl_put_ip(nl, RTA_GATEWAY, gateway);
	nl_put_u32(nl, RTA_OIF, (uint32_t)index);
}

static void put_member(struct nl *nl, int index, const struct net_member *m,
		       const struct net_network *network, bool have_default[static IP_FAMILIES])
{
	bool ipv6 = link_takes_ipv6(nl, m->interface);

	put_settings(nl, index, ipv6);
	put_up(nl, index);
	for (int f = 0; f < IP_FAMILIES; f++) {
		if (!m->ip[f].family || (f == IP6 && !ipv6))
			continue;
		link_put_address(nl, index, &m->ip[f], m->prefix_length[f], IFA_F_NOPREFIXROUTE);
		if (f == IP6)
			link_put_local_route(nl, index, &m->ip[f]);
		put_gateway(nl, index, &m->gateway[f], network->mac);
		if (network->internal || have_default[f])
			put_route(nl, index, &m->gateway[f], &network->subnet[f]);
		else
			put_route(nl, index, &m->gateway[f], NULL);
		have_default[f] = have_default[f] || !network->internal;
	}
}

int inside_up(struct nl *nl, const struct net_member *members,
	      const struct net_network *const *networks, size_t n)
{
	bool have_default[IP_FAMILIES] = {0};

	put_up(nl, LOOPBACK);
	for (size_t i = 0; i < n; i++) {
		int index = link_index(nl, members[i].interface);

		if (index < 0)
			return index;
		put_member(nl, index, &members[i], networks[i], have_default);
	}
	return nl_send(nl, NULL);
}

int inside_up_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	auto_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}
