/* SPDX-License-Identifier: MIT */
/*
 * The pair of links between a bridge and a container. The kernel makes it whole in one request, the
 * far end in the container's namespace from the start; what a port is like takes a second one,
 * since that goes by the index that the first has given.
 */
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "link.h"
#include "net.h"
#include "nl.h"

/* What both ends have. */
static void put_end(struct nl *nl, const char *name, const uint8_t mac[static 6], uint32_t mtu)
{
	nl_put_text(nl, IFLA_IFNAME, name);
	nl_put(nl, IFLA_ADDRESS, mac, 6);
	if (mtu)
		nl_put_u32(nl, IFLA_MTU, mtu);
	/* each queue costs memory, and one serves as well: all of them end on one CPU's backlog */
	nl_put_u32(nl, IFLA_NUM_TX_QUEUES, 1);
	nl_put_u32(nl, IFLA_NUM_RX_QUEUES, 1);
}

static void put_pair(struct nl *nl, const struct net_member *m, const uint8_t bridge_mac[static 6],
		     uint32_t mtu, int bridge)
{
	struct ifinfomsg peer = {0};
	size_t info, data, end;

	(void)nl_request(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
	put_end(nl, m->link, bridge_mac, mtu);
	nl_put_u32(nl, IFLA_MASTER, (uint32_t)bridge);
	info = nl_nest(nl, IFLA_LINKINFO);
	nl_put_text(nl, IFLA_INFO_KIND, "veth");
	data = nl_nest(nl, IFLA_INFO_DATA);
	end = nl_nest(nl, VETH_INFO_PEER);
	nl_put_raw(nl, &peer, sizeof(peer));
	put_end(nl, m->interface, m->mac, mtu);
	nl_put_u32(nl, IFLA_NET_NS_PID, (uint32_t)gettid());
	nl_end(nl, end);
	nl_end(nl, data);
	nl_end(nl, info);
}

/* What a port is like: shared by those that come and those that are mended. */
static void put_port(struct nl *nl)
{
	static const struct {
		uint16_t flag;
		uint8_t value;
	} flags[] = {
		{IFLA_BRPORT_ISOLATED, 1},    {IFLA_BRPORT_LOCKED, 1},
		{IFLA_BRPORT_LEARNING, 0},    {IFLA_BRPORT_UNICAST_FLOOD, 0},
		{IFLA_BRPORT_MCAST_FLOOD, 0}, {IFLA_BRPORT_BCAST_FLOOD, 0},
	};
	size_t info = nl_nest(nl, IFLA_LINKINFO), data;

	nl_put_text(nl, IFLA_INFO_SLAVE_KIND, "bridge");
	data = nl_nest(nl, IFLA_INFO_SLAVE_DATA);
	for (size_t f = 0; f < ARRAY_SIZE(flags); f++)
		nl_put_u8(nl, flags[f].flag, flags[f].value);
	nl_end(nl, data);
	nl_end(nl, info);
}

/* The port of a new pair, and whose it is, for who reads `ip link`. */
static void put_new_port(struct nl *nl, const struct net_member *m, int port)
{
	bool ipv6 = link_takes_ipv6(nl, m->link);
	struct ifinfomsg *i = nl_request(nl, RTM_NEWLINK, 0, sizeof(*i));
	char alias[256];

	i->ifi_index = port;
	(void)snprintf(alias, sizeof(alias), "nap %s on %s",
		       m->names && *m->names ? *m->names : "app", m->network);
	nl_put_text(nl, IFLA_IFALIAS, alias);
	if (ipv6) {
		size_t spec = nl_nest(nl, IFLA_AF_SPEC);

		link_put_no_autoconf(nl);
		nl_end(nl, spec);
	}
	put_port(nl);
}

/* The one MAC that a locked port lets in. */
static void put_forwarding(struct nl *nl, uint16_t type, const struct net_member *m, int port)
{
	struct ndmsg *n = nl_request(nl, type,
				     type == RTM_NEWNEIGH ? NLM_F_CREATE | NLM_F_REPLACE : 0,
				     sizeof(struct ndmsg));

	n->ndm_family = AF_BRIDGE;
	n->ndm_ifindex = port;
	n->ndm_state = NUD_NOARP;
	n->ndm_flags = NTF_MASTER;
	nl_put(nl, NDA_LLADDR, m->mac, sizeof(m->mac));
}

static void put_neighbours(struct nl *nl, uint16_t type, const struct net_member *m, int bridge)
{
	for (int f = 0; f < IP_FAMILIES; f++) {
		struct ndmsg *n;

		if (!m->ip[f].family)
			continue;
		n = nl_request(nl, type, type == RTM_NEWNEIGH ? NLM_F_CREATE | NLM_F_REPLACE : 0,
			       sizeof(*n));
		n->ndm_family = (uint8_t)m->ip[f].family;
		n->ndm_ifindex = bridge;
		n->ndm_state = NUD_PERMANENT;
		nl_put_ip(nl, NDA_DST, &m->ip[f]);
		if (type == RTM_NEWNEIGH)
			nl_put(nl, NDA_LLADDR, m->mac, sizeof(m->mac));
	}
}

int link_veth_up(struct nl *nl, const struct net_member *m, const uint8_t bridge_mac[static 6],
		 uint32_t mtu, bool filtered)
{
	int bridge = link_index(nl, m->bridge), port, r;

	if (bridge < 0)
		return bridge;
	put_pair(nl, m, bridge_mac, mtu, bridge);
	r = nl_send(nl, NULL);
	if (r < 0)
		return r;
	port = link_index(nl, m->link);
	if (port < 0)
		return port;
	put_new_port(nl, m, port);
	put_forwarding(nl, RTM_NEWNEIGH, m, port);
	put_neighbours(nl, RTM_NEWNEIGH, m, bridge);
	if (filtered)
		bypass_put(nl, m, port, bridge);
	r = nl_send(nl, NULL);
	if (r < 0)
		(void)link_veth_down(nl, m); /* what failed is reported, not this */
	return r;
}

static int count_running(const struct nlmsghdr *h, void *data)
{
	const struct ifinfomsg *i = nl_header(h, sizeof(*i));

	if (i && (i->ifi_flags & IFF_RUNNING))
		++*(int *)data;
	return 0;
}

/* Asking has the kernel see to it at once, from Linux 6.8 on. */
static void settle(struct nl *nl, const char *const *names, int n)
{
	for (unsigned tries = 0; tries < 6000; tries++) {
		int running = 0;

		for (int i = 0; i < n; i++) {
			(void)nl_request(nl, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
			nl_put_text(nl, IFLA_IFNAME, names[i]);
			nl_put_u32(nl, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
		}
		if (nl_query(nl, count_running, &running) < 0 || running == n)
			return;
		(void)usleep(500);
	}
}

/* The first port has the bridge come to life, too. */
void link_veth_settle(struct nl *nl, struct nl *inside, const struct net_member *m)
{
	const char *const outer[] = {m->link, m->bridge}, *const inner[] = {m->interface};

	settle(nl, outer, ARRAY_SIZE(outer));
	settle(inside, inner, ARRAY_SIZE(inner));
}

int link_veth_down(struct nl *nl, const struct net_member *m)
{
	int r;

	link_veth_cut(nl, m);
	if (link_index(nl, m->link) < 0)
		return 0;
	(void)nl_request(nl, RTM_DELLINK, 0, sizeof(struct ifinfomsg));
	nl_put_text(nl, IFLA_IFNAME, m->link);
	r = nl_send(nl, NULL);
	return r == -ENODEV ? 0 : r;
}

int link_veth_connect(struct nl *nl, const struct net_member *m)
{
	struct ifinfomsg *i = nl_request(nl, RTM_NEWLINK, 0, sizeof(*i));

	i->ifi_flags = i->ifi_change = IFF_UP;
	nl_put_text(nl, IFLA_IFNAME, m->link);
	return nl_send(nl, NULL);
}

void link_veth_cut(struct nl *nl, const struct net_member *m)
{
	int bridge = link_index(nl, m->bridge), port = link_index(nl, m->link);

	if (bridge >= 0)
		put_neighbours(nl, RTM_DELNEIGH, m, bridge);
	if (port >= 0)
		put_forwarding(nl, RTM_DELNEIGH, m, port);
	(void)nl_send(nl, NULL); /* what is missing has been taken away already */
	if (port >= 0)
		(void)bypass_remove(nl, port);
}

int link_veth_renew(struct nl *nl, const struct net_member *m, const uint8_t bridge_mac[static 6],
		    bool filtered)
{
	int bridge = link_index(nl, m->bridge), port = link_index(nl, m->link), r;
	struct ifinfomsg *i;

	if (bridge < 0 || port < 0)
		return bridge < 0 ? bridge : port;
	r = bypass_remove(nl, port);
	if (r < 0)
		return r;
	i = nl_request(nl, RTM_NEWLINK, 0, sizeof(*i));
	i->ifi_index = port;
	i->ifi_flags = i->ifi_change = IFF_UP;
	nl_put(nl, IFLA_ADDRESS, bridge_mac, 6);
	nl_put_u32(nl, IFLA_MASTER, (uint32_t)bridge);
	put_port(nl);
	put_forwarding(nl, RTM_NEWNEIGH, m, port);
	put_neighbours(nl, RTM_NEWNEIGH, m, bridge);
	if (filtered)
		bypass_put(nl, m, port, bridge);
	return nl_send(nl, NULL);
}
