/* SPDX-License-Identifier: MIT */
/* Uplinks, overlaps and local addresses, with routes that the test makes in a namespace of its own.
 */
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

#include "net-world.h"
#include "net/inside.h"
#include "net/link.h"
#include "net/nl.h"
#include "net/route.h"

/* One of a pair, up, with the MTU. */
static void make_link(struct nl *nl, const char *name, uint32_t mtu)
{
	struct ifinfomsg *i = nl_request(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(*i));
	size_t info;

	i->ifi_flags = i->ifi_change = IFF_UP;
	nl_put_text(nl, IFLA_IFNAME, name);
	nl_put_u32(nl, IFLA_MTU, mtu);
	info = nl_nest(nl, IFLA_LINKINFO);
	nl_put_text(nl, IFLA_INFO_KIND, "veth");
	nl_end(nl, info);
	CHECK(nl_send(nl, NULL) == 0);
}

static int put_route(struct nl *nl, uint16_t type, const char *to, const char *interface,
		     uint8_t kind)
{
	struct ip_prefix p = {0};
	struct rtmsg *m = nl_request(nl, type, type == RTM_NEWROUTE ? NLM_F_CREATE : 0, sizeof(*m));

	CHECK(ip_prefix_parse(to, 0, &p) == 0);
	m->rtm_family = (uint8_t)p.address.family;
	m->rtm_dst_len = (uint8_t)p.length;
	m->rtm_table = RT_TABLE_MAIN;
	m->rtm_scope = kind == RTN_UNICAST && p.address.family == AF_INET ? RT_SCOPE_LINK : 0;
	m->rtm_type = kind;
	m->rtm_protocol = RTPROT_STATIC;
	nl_put_ip(nl, RTA_DST, &p.address);
	if (interface)
		nl_put_u32(nl, RTA_OIF, (uint32_t)link_index(nl, interface));
	return nl_send(nl, NULL);
}

static void add_route(struct nl *nl, const char *to, const char *interface)
{
	CHECK(put_route(nl, RTM_NEWROUTE, to, interface, RTN_UNICAST) == 0);
}

static void check_uplink(struct nl *nl)
{
	struct uplink u = {"none", 7};

	CHECK(route_uplink(nl, AF_INET, &u) == -ENOENT &&
	      route_uplink(nl, AF_INET6, &u) == -ENOENT);
	CHECK(u.mtu == 7);
	add_route(nl, "0.0.0.0/0", "wan0");
	CHECK(route_uplink(nl, AF_INET, &u) == 0 && u.mtu == 1400);
	CHECK_STREQ(u.interface, "wan0");
	CHECK(route_uplink(nl, AF_INET6, &u) == -ENOENT);
	add_route(nl, "::/0", "tun0");
	CHECK(route_uplink(nl, AF_INET6, &u) == 0 && u.mtu == 1300);
	CHECK_STREQ(u.interface, "tun0");
	/* a VPN that takes everything is the uplink */
	add_route(nl, "0.0.0.0/1", "tun0");
	add_route(nl, "128.0.0.0/1", "tun0");
	CHECK(route_uplink(nl, AF_INET, &u) == 0);
	CHECK_STREQ(u.interface, "tun0");
	CHECK(put_route(nl, RTM_DELROUTE, "::/0", NULL, RTN_UNICAST) == 0);
	CHECK(put_route(nl, RTM_NEWROUTE, "::/0", NULL, RTN_UNREACHABLE) == 0);
	CHECK(route_uplink(nl, AF_INET6, &u) == -ENOENT);
}

/* What is in the way of a prefix, or "". */
static const char *overlap(struct nl *nl, const char *prefix, const char *own)
{
	static char text[96];
	struct ip_prefix p = {0};
	int r;

	*text = '\0';
	CHECK(ip_prefix_parse(prefix, 0, &p) == 0);
	r = route_find_overlap(nl, &p, own, text);
	CHECK(r == (*text ? 1 : 0));
	return text;
}

static void check_overlap(struct nl *nl)
{
	CHECK_STREQ(overlap(nl, "10.78.0.0/16", "nap0"), "");
	add_route(nl, "10.0.0.0/8", "tun0");
	add_route(nl, "192.168.1.0/24", "wan0");
	add_route(nl, "fd12:3456::/32", "wan0");
	CHECK_STREQ(overlap(nl, "10.78.0.0/16", "nap0"), "10.0.0.0/8 dev tun0");
	CHECK_STREQ(overlap(nl, "10.78.0.0/16", "tun0"), "");
	CHECK_STREQ(overlap(nl, "192.168.0.0/16", "nap0"), "192.168.1.0/24 dev wan0");
	CHECK_STREQ(overlap(nl, "192.168.2.0/24", "nap0"), "");
	CHECK_STREQ(overlap(nl, "fd12:3456:789a::/64", "nap0"), "fd12:3456::/32 dev wan0");
	CHECK_STREQ(overlap(nl, "fd12:3457::/64", "nap0"), "");
	/* what only says that there is no way is in nobody's way */
	CHECK(put_route(nl, RTM_NEWROUTE, "172.16.0.0/12", NULL, RTN_BLACKHOLE) == 0);
	CHECK_STREQ(overlap(nl, "172.20.0.0/16", "nap0"), "");
}

static void check_local(struct nl *nl)
{
	static const struct {
		const char *address;
		int local;
	} cases[] = {
		{"127.0.0.1", 1},   {"127.9.9.9", 1}, {"::1", 1},      {"198.51.100.1", 0},
		{"192.168.1.7", 0}, {"fd99::1", 0},   {"10.1.2.3", 0}, {"fd12:3456::1", 0},
	};
	struct ip_address a;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(ip_parse(cases[i].address, 0, &a) == 0);
		if (!CHECK(route_is_local(nl, &a) == cases[i].local))
			(void)printf("%s\n", cases[i].address);
	}
}

int main(void)
{
	auto_nl struct nl nl = {.fd = -1};

	if (!world_enter())
		return test_report();
	CHECK(inside_up_loopback() == 0);
	CHECK(nl_open(&nl, NETLINK_ROUTE) == 0);
	make_link(&nl, "wan0", 1400);
	make_link(&nl, "tun0", 1300);
	check_uplink(&nl);
	check_overlap(&nl);
	check_local(&nl);
	return test_report();
}
