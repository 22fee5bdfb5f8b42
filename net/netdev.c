/* SPDX-License-Identifier: MIT */
/*
 * Giving an interface of the host to a container (linux.netDevices of the OCI). The kernel keeps
 * its MAC and MTU when it moves, but not its addresses, nor that it is up.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "net.h"
#include "nl.h"

struct address {
	struct ip_address ip;
	uint8_t length;
};

struct addresses {
	int index;
	struct address *list;
	size_t n;
};

static int take_address(const struct nlmsghdr *h, void *data)
{
	struct addresses *a = data;
	const struct ifaddrmsg *m = nl_header(h, sizeof(*m));
	struct address *grown, one;

	if (!m || (int)m->ifa_index != a->index || m->ifa_scope != RT_SCOPE_UNIVERSE ||
	    !(m->ifa_flags & IFA_F_PERMANENT))
		return 0;
	one.length = m->ifa_prefixlen;
	one.ip = nl_get_ip(nl_find(h, sizeof(*m), IFA_LOCAL), m->ifa_family);
	if (one.ip.family == 0)
		one.ip = nl_get_ip(nl_find(h, sizeof(*m), IFA_ADDRESS), m->ifa_family);
	grown = reallocarray(a->list, a->n + 1, sizeof(one));
	if (!grown)
		return -ENOMEM;
	a->list = grown;
	grown[a->n++] = one;
	return 0;
}

static int read_addresses(struct nl *nl, struct addresses *a)
{
	struct ifaddrmsg *m = nl_request(nl, RTM_GETADDR, NLM_F_DUMP, sizeof(*m));

	m->ifa_family = AF_UNSPEC;
	return nl_query(nl, take_address, a);
}

static int move(struct nl *nl, int index, int netns_fd, const char *inside)
{
	struct ifinfomsg *m = nl_request(nl, RTM_NEWLINK, 0, sizeof(*m));

	m->ifi_index = index;
	nl_put_u32(nl, IFLA_NET_NS_FD, (uint32_t)netns_fd);
	nl_put_text(nl, IFLA_IFNAME, inside);
	return nl_send(nl, NULL);
}

static int restore(const char *inside, const struct addresses *a)
{
	auto_nl struct nl nl = {.fd = -1};
	struct ifinfomsg *m;
	int r = nl_open(&nl, NETLINK_ROUTE), index;

	index = r < 0 ? r : link_index(&nl, inside);
	if (index < 0)
		return index;
	for (size_t i = 0; i < a->n; i++)
		link_put_address(&nl, index, &a->list[i].ip, a->list[i].length, 0);
	m = nl_request(&nl, RTM_NEWLINK, 0, sizeof(*m));
	m->ifi_index = index;
	m->ifi_flags = m->ifi_change = IFF_UP;
	return nl_send(&nl, NULL);
}

int net_give_link(const char *name, int netns_fd, const char *inside)
{
	auto_fd int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	auto_nl struct nl nl = {.fd = -1};
	struct addresses a = {0};
	int r = own < 0 ? -errno : nl_open(&nl, NETLINK_ROUTE);

	a.index = r < 0 ? r : link_index(&nl, name);
	r = a.index < 0 ? a.index : read_addresses(&nl, &a);
	if (r == 0)
		r = move(&nl, a.index, netns_fd, inside);
	if (r == 0)
		r = setns(netns_fd, CLONE_NEWNET) < 0 ? -errno : restore(inside, &a);
	if (own >= 0 && setns(own, CLONE_NEWNET) < 0 && r == 0)
		r = -errno;
	free(a.list);
	return r;
}
