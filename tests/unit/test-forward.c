/* SPDX-License-Identifier: MIT */
/* Which interfaces forward before and after, what is noted of that, and what is forgotten when the
 * administrator makes the host a router. In a namespace of the test's own. */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "lib/fs.h"
#include "lib/text.h"
#include "net-world.h"
#include "net/devconf.h"
#include "net/forward.h"
#include "net/inside.h"
#include "net/link.h"
#include "net/net.h"
#include "net/nl.h"
#include "net/route.h"

static char dir[] = "/tmp/test-forward-XXXXXX";

static void make_link(struct nl *nl, const char *name, const char *kind, const char *alias)
{
	struct ifinfomsg *i = nl_request(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(*i));
	size_t info;

	i->ifi_flags = i->ifi_change = IFF_UP;
	nl_put_text(nl, IFLA_IFNAME, name);
	info = nl_nest(nl, IFLA_LINKINFO);
	nl_put_text(nl, IFLA_INFO_KIND, kind);
	nl_end(nl, info);
	(void)nl_request(nl, RTM_NEWLINK, 0, sizeof(*i));
	nl_put_text(nl, IFLA_IFNAME, name);
	if (alias)
		nl_put_text(nl, IFLA_IFALIAS, alias);
	CHECK(nl_send(nl, NULL) == 0);
}

static void default_route(struct nl *nl, uint8_t family, const char *interface)
{
	struct rtmsg *m = nl_request(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*m));

	*m = (struct rtmsg){.rtm_family = family,
			    .rtm_table = RT_TABLE_MAIN,
			    .rtm_scope = family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
			    .rtm_type = RTN_UNICAST};
	nl_put_u32(nl, RTA_OIF, (uint32_t)link_index(nl, interface));
	CHECK(nl_send(nl, NULL) == 0);
}

static int add_name(int family, const char *interface, void *data)
{
	buf_fmt(data, "%c-%s ", family == AF_INET6 ? '6' : '4', interface);
	return 0;
}

static bool is_guarded(const char *what)
{
	auto_buf b = {0};

	buf_char(&b, ' ');
	CHECK(forward_each(dir, add_name, &b) == 0);
	return b.data && strstr(b.data, what);
}

static int conf(int family, const char *interface, const char *key)
{
	int value = -1;

	(void)devconf_read(family, interface, key, &value);
	return value;
}

static bool is_up(struct nl *nl)
{
	struct uplink uplink[IP_FAMILIES] = {0};

	(void)route_uplink(nl, AF_INET, &uplink[IP4]);
	(void)route_uplink(nl, AF_INET6, &uplink[IP6]);
	return forward_is_up(uplink);
}

static bool plan(struct nl *nl)
{
	bool changed = false;

	CHECK(forward_plan(dir, nl, &changed) == 0);
	return changed;
}

static int stop_at_first(int family, const char *interface, void *data)
{
	(void)family;
	(void)interface;
	++*(int *)data;
	return 5;
}

static void check_ipv4(struct nl *nl)
{
	int n = 0;

	CHECK(devconf_write(AF_INET, "lan0", "forwarding", 1) == 0); /* the administrator's */
	CHECK(forward_each(dir, stop_at_first, &n) == 0 && n == 0);  /* nothing there */
	CHECK(is_up(nl));					     /* there is no uplink */
	default_route(nl, AF_INET, "wan0");
	CHECK(!is_up(nl));
	CHECK(plan(nl) && !plan(nl));
	CHECK(is_guarded(" 4-wan0 ") && is_guarded(" 4-peer0 "));
	CHECK(!is_guarded(" 4-lan0 ") && !is_guarded(" 4-lo ") && !is_guarded("-nap0 "));
	CHECK(!is_guarded("-port0 "));
	CHECK(conf(AF_INET, "wan0", "forwarding") == 0); /* planned only */
	CHECK(forward_up(dir, nl) == 0);
	CHECK(conf(AF_INET, "wan0", "forwarding") == 1 && conf(AF_INET, "nap0", "forwarding") == 1);
	CHECK(conf(AF_INET, "all", "forwarding") == 0);
	CHECK(is_up(nl));
	CHECK(forward_each(dir, stop_at_first, &n) == 5 && n == 1);

	/* one more comes, one goes */
	make_link(nl, "wan1", "veth", NULL);
	default_route(nl, AF_INET, "wan1");
	CHECK(!is_up(nl) && plan(nl) && is_guarded(" 4-wan1 "));
	CHECK(forward_up(dir, nl) == 0 && is_up(nl));
	(void)nl_request(nl, RTM_DELLINK, 0, sizeof(struct ifinfomsg));
	nl_put_text(nl, IFLA_IFNAME, "wan1");
	CHECK(nl_send(nl, NULL) == 0);
	CHECK(forward_up(dir, nl) == 0);

	/* the host becomes a router: only what was off before that as well stays guarded */
	CHECK(devconf_write(AF_INET, "all", "forwarding", 1) == 0);
	CHECK(plan(nl) && !is_guarded(" 4-wan0 ") && !plan(nl));
	CHECK(devconf_write(AF_INET, "lan0", "forwarding", 0) == 0);
	CHECK(plan(nl) && is_guarded(" 4-lan0 ") && forward_up(dir, nl) == 0);
	CHECK(conf(AF_INET, "lan0", "forwarding") == 1 && !plan(nl) && is_guarded(" 4-lan0 "));
}

static void check_ipv6(struct nl *nl)
{
	bool force = conf(AF_INET6, "all", "force_forwarding") >= 0;

	CHECK(is_guarded(" 6-wan0 ") && is_guarded(" 6-lan0 ") && !is_guarded(" 6-nap0 "));
	CHECK(conf(AF_INET6, "all", "forwarding") == !force);
	CHECK(conf(AF_INET6, "wan0", "accept_ra") == (force ? 1 : 2));
	CHECK(conf(AF_INET6, "wan0", "force_forwarding") == (force ? 1 : -1));
	CHECK(conf(AF_INET6, "nap0", "force_forwarding") == (force ? 1 : -1));
	default_route(nl, AF_INET6, "wan0");
	CHECK(is_up(nl));
	if (!force)
		return;
	CHECK(devconf_write(AF_INET6, "wan0", "force_forwarding", 0) == 0);
	CHECK(!is_up(nl));
	CHECK(devconf_write(AF_INET6, "all", "forwarding", 1) == 0);
	CHECK(is_up(nl) && plan(nl) && !is_guarded(" 6-wan0 "));
}

int main(void)
{
	auto_nl struct nl nl = {.fd = -1};
	struct ifinfomsg *i;

	if (!world_enter())
		return test_report();
	if (!CHECK(mkdtemp(dir) != NULL))
		return test_report();
	CHECK(inside_up_loopback() == 0 && nl_open(&nl, NETLINK_ROUTE) == 0);
	/* a new namespace may begin as the machine's is */
	CHECK(devconf_write(AF_INET, "all", "forwarding", 0) == 0);
	make_link(&nl, "wan0", "veth", NULL);
	make_link(&nl, "lan0", "veth", "somebody's");
	make_link(&nl, "peer0", "veth", NULL);
	make_link(&nl, "nap0", "bridge", LINK_BRIDGE_ALIAS "private");
	make_link(&nl, "port0", "veth", NULL);
	i = nl_request(&nl, RTM_NEWLINK, 0, sizeof(*i));
	i->ifi_index = link_index(&nl, "port0");
	nl_put_u32(&nl, IFLA_MASTER, (uint32_t)link_index(&nl, "nap0"));
	CHECK(nl_send(&nl, NULL) == 0);
	check_ipv4(&nl);
	check_ipv6(&nl);
	CHECK(fs_remove_tree(AT_FDCWD, dir) == 0);
	return test_report();
}
