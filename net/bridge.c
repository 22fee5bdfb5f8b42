/* SPDX-License-Identifier: MIT */
/*
 * The bridge of a network. It is a router's interface more than a switch: its ports do not see each
 * other, and everything between them passes the host's IP.
 */
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "devconf.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/text.h"
#include "link.h"
#include "net.h"
#include "nl.h"

/* What is known of the link that has the name. */
struct existing {
	bool bridge, labelled;
	uint8_t mac[6];
};

static int read_existing(const struct nlmsghdr *h, void *data)
{
	const struct nlattr *info = nl_find(h, sizeof(struct ifinfomsg), IFLA_LINKINFO);
	const char *kind = nl_get_text(nl_find_in(info, IFLA_INFO_KIND));
	const char *alias = nl_get_text(nl_find(h, sizeof(struct ifinfomsg), IFLA_IFALIAS));
	const void *mac = nl_get(nl_find(h, sizeof(struct ifinfomsg), IFLA_ADDRESS), 6);
	struct existing *e = data;

	e->bridge = kind && streq(kind, "bridge");
	e->labelled = alias && startswith(alias, LINK_BRIDGE_ALIAS);
	if (mac)
		memcpy(e->mac, mac, sizeof(e->mac));
	return 0;
}

/* -ENODEV: there is nothing of that name. */
static int find_existing(struct nl *nl, const char *name, struct existing *ret)
{
	struct existing e = {0};
	int r;

	(void)nl_request(nl, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
	nl_put_text(nl, IFLA_IFNAME, name);
	r = nl_query(nl, read_existing, &e);
	if (r == 0)
		*ret = e;
	return r;
}

static void put_bridge(struct nl *nl, const struct net_network *n, uint32_t mtu)
{
	size_t info, data;

	(void)nl_request(nl, RTM_NEWLINK, NLM_F_CREATE, sizeof(struct ifinfomsg));
	nl_put_text(nl, IFLA_IFNAME, n->bridge);
	nl_put(nl, IFLA_ADDRESS, n->mac, sizeof(n->mac));
	if (mtu)
		nl_put_u32(nl, IFLA_MTU, mtu);
	info = nl_nest(nl, IFLA_LINKINFO);
	nl_put_text(nl, IFLA_INFO_KIND, "bridge");
	data = nl_nest(nl, IFLA_INFO_DATA);
	nl_put_u32(nl, IFLA_BR_FORWARD_DELAY, 0);
	nl_put_u32(nl, IFLA_BR_STP_STATE, 0);
	/* nobody listens: multicast of one app reaches the host alone */
	nl_put_u8(nl, IFLA_BR_MCAST_SNOOPING, 0);
	nl_end(nl, data);
	nl_end(nl, info);
}

/* While it is down, so that nothing is ever heard that should not be. */
static int configure(const char *bridge, bool ipv6)
{
	static const struct {
		int family;
		const char *key;
		int value;
		bool optional; /* a later kernel's */
	} keys[] = {
		{AF_INET, "forwarding", 1, false},
		{AF_INET, "route_localnet", 1, false}, /* 127.0.0.1 is published, too */
		{AF_INET, "send_redirects", 0, false},
		{AF_INET, "accept_redirects", 0, false},
		{AF_INET6, "accept_ra", 0, false},
		{AF_INET6, "accept_redirects", 0, false},
		{AF_INET6, "forwarding", 1, false},
		{AF_INET6, "force_forwarding", 1, true}, /* Linux 6.17 */
	};
	int r;

	/* either of this and the interface's switches it on: others go on by their own */
	r = devconf_write(AF_INET, "all", "send_redirects", 0);
	if (r < 0)
		return log_fail(r, "set send_redirects");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].family == AF_INET6 && !ipv6)
			continue;
		r = devconf_write(keys[i].family, bridge, keys[i].key, keys[i].value);
		if (r < 0 && !(r == -ENOENT && keys[i].optional))
			return log_fail(r, "set %s of bridge %s", keys[i].key, bridge);
	}
	return 0;
}

/* No address but those given: set apart, as it must be so before the link comes up. */
static void put_alias(struct nl *nl, const struct net_network *n, int index)
{
	struct ifinfomsg *m = nl_request(nl, RTM_NEWLINK, 0, sizeof(*m));
	char alias[128];
	size_t spec;

	m->ifi_index = index;
	(void)snprintf(alias, sizeof(alias), LINK_BRIDGE_ALIAS "%s", n->name);
	nl_put_text(nl, IFLA_IFALIAS, alias);
	if (link_takes_ipv6(nl, n->bridge)) {
		spec = nl_nest(nl, IFLA_AF_SPEC);
		link_put_no_autoconf(nl);
		nl_end(nl, spec);
	}
}

static int fill(struct nl *nl, const struct net_network *n, int index)
{
	static const struct ip_address loopback = {.family = AF_INET6, .bytes = {[15] = 1}};
	bool ipv6 = devconf_has_ipv6(n->bridge);
	struct ifinfomsg *m;

	put_alias(nl, n, index);
	m = nl_request(nl, RTM_NEWLINK, 0, sizeof(*m));
	m->ifi_index = index;
	m->ifi_flags = m->ifi_change = IFF_UP;
	for (int f = 0; f < IP_FAMILIES; f++)
		if (n->gateway[f].family && (f == IP4 || ipv6))
			link_put_address(nl, index, &n->gateway[f], n->subnet[f].length, 0);
	if (ipv6 && n->gateway[IP6].family)
		link_put_local_route(nl, index, &n->gateway[IP6]);
	/* an app's answer to ::1, as which it sees the gateway, has to find its way back */
	if (ipv6)
		link_put_local_route(nl, index, &loopback);
	return nl_send(nl, NULL);
}

int link_bridge_up(struct nl *nl, const struct net_network *n, uint32_t mtu)
{
	struct existing e = {0};
	int index, r = find_existing(nl, n->bridge, &e);

	if (r == 0 && !(e.bridge && (e.labelled || memcmp(e.mac, n->mac, sizeof(e.mac)) == 0)))
		return log_refuse(-EEXIST, "network %s: there is an interface %s that is not nap's",
				  n->name, n->bridge);
	if (r < 0 && r != -ENODEV)
		return log_fail(r, "look for bridge %s", n->bridge);
	put_bridge(nl, n, mtu);
	r = nl_send(nl, NULL);
	index = r < 0 ? r : link_index(nl, n->bridge);
	if (index < 0)
		return log_fail(index, "make bridge %s%s%s", n->bridge, *nl->why ? ": " : "",
				nl->why);
	r = configure(n->bridge, link_takes_ipv6(nl, n->bridge)); /* if it is disabled, for later */
	if (r < 0)
		return r;
	if (link_is_filtered())
		bypass_prepare(nl, index);
	r = fill(nl, n, index);
	return r < 0 ? log_fail(r, "set bridge %s up%s%s", n->bridge, *nl->why ? ": " : "", nl->why)
		     : 0;
}

int link_bridge_down(struct nl *nl, const char *name)
{
	struct existing e = {0};
	int r = find_existing(nl, name, &e);

	if (r < 0)
		return r == -ENODEV ? 0 : r;
	if (!e.bridge || !e.labelled)
		return 0;
	(void)nl_request(nl, RTM_DELLINK, 0, sizeof(struct ifinfomsg));
	nl_put_text(nl, IFLA_IFNAME, name);
	r = nl_send(nl, NULL);
	return r == -ENODEV ? 0 : r;
}
