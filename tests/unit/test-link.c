/* SPDX-License-Identifier: MIT */
/*
 * Bridges, pairs and the container's side of them, in namespaces of the test's own: what the kernel
 * says of them, who reaches whom, with and without br_netfilter, and what is refused.
 */
#include <linux/if_bridge.h>
#include <linux/neighbour.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "lib/log.h"
#include "net-world.h"
#include "net/devconf.h"
#include "net/inside.h"
#include "net/link.h"
#include "net/net.h"
#include "net/nl.h"

static struct ip_address ip(const char *text)
{
	struct ip_address a = {0};

	CHECK(ip_parse(text, 0, &a) == 0);
	return a;
}

static struct net_network network(const char *name, const char *bridge, int number)
{
	struct net_network n = {.mac = {2, 0, 0, 0, 1, (uint8_t)number}};
	char text[64];

	n.name = strdup(name);
	(void)snprintf(n.bridge, sizeof(n.bridge), "%s", bridge);
	(void)snprintf(text, sizeof(text), "10.%d.0.1", number);
	n.gateway[IP4] = ip(text);
	n.subnet[IP4] = (struct ip_prefix){n.gateway[IP4], 16};
	(void)snprintf(text, sizeof(text), "fd%d::1", number);
	n.gateway[IP6] = ip(text);
	n.subnet[IP6] = (struct ip_prefix){n.gateway[IP6], 64};
	return n;
}

static struct net_member member(const char *id, const struct net_network *n, uint64_t number)
{
	struct net_member m = {.network = n->name};

	(void)snprintf(m.bridge, sizeof(m.bridge), "%s", n->bridge);
	(void)snprintf(m.interface, sizeof(m.interface), "eth0");
	link_name(id, n->name, m.link);
	link_mac(id, n->name, m.mac);
	for (int f = 0; f < IP_FAMILIES; f++) {
		if (!n->gateway[f].family)
			continue;
		m.gateway[f] = n->gateway[f];
		m.ip[f] = ip_add(&n->gateway[f], number - 1);
		m.prefix_length[f] = n->subnet[f].length;
	}
	return m;
}

/* An app on networks, as net_up makes it. */
struct app {
	struct nl *nl;
	struct net_member members[2];
	const struct net_network *networks[2];
	size_t n;
	bool filtered;
	pid_t pid;
};

static int app_up(void *data)
{
	struct app *a = data;
	auto_nl struct nl inside = {.fd = -1};
	int r = inside_prepare();

	if (r == 0)
		r = nl_open(&inside, NETLINK_ROUTE);
	for (size_t i = 0; r == 0 && i < a->n; i++)
		r = link_veth_up(a->nl, &a->members[i], a->networks[i]->mac, 1400, a->filtered);
	if (r == 0)
		r = inside_up(&inside, a->members, a->networks, a->n);
	for (size_t i = 0; r == 0 && i < a->n; i++)
		r = link_veth_connect(a->nl, &a->members[i]);
	for (size_t i = 0; r == 0 && i < a->n; i++)
		link_veth_settle(a->nl, &inside, &a->members[i]);
	return r == 0 ? world_listen() : r;
}

static struct app start(struct nl *nl, const char *id, const struct net_network *n, uint64_t number,
			bool filtered)
{
	struct app a = {.nl = nl, .networks = {n}, .n = 1, .filtered = filtered};

	a.members[0] = member(id, n, number);
	a.pid = world_start(app_up, &a);
	CHECK(a.pid > 0);
	return a;
}

static void stop(struct app *a)
{
	for (size_t i = 0; i < a->n; i++)
		CHECK(link_veth_down(a->nl, &a->members[i]) == 0);
	world_stop(a->pid);
}

static int reach(const struct app *from, const struct ip_address *a)
{
	char text[INET6_ADDRSTRLEN];

	return world_in(from ? from->pid : 0, world_connect, (void *)ip_format(a, text));
}

/* ---- names ---- */

static void check_names(void)
{
	char a[16], b[16];
	uint8_t mac[6], other[6];

	link_name("web", "private", a);
	link_name("web", "private", b);
	CHECK_STREQ(a, b);
	CHECK(strlen(a) == 15 && strncmp(a, "vn", 2) == 0);
	CHECK(strspn(a + 2, "0123456789abcdefghijklmnopqrstuv") == 13);
	link_name("webp", "rivate", b);
	CHECK(strcmp(a, b) != 0);
	link_name("web", "other", b);
	CHECK(strcmp(a, b) != 0);
	link_mac("web", "private", mac);
	CHECK((mac[0] & 3) == 2);
	link_mac("web", "private", other);
	CHECK(memcmp(mac, other, 6) == 0);
	link_mac("web2", "private", other);
	CHECK(memcmp(mac, other, 6) != 0);
}

/* ---- the bridge ---- */

static int conf_is(int family, const char *interface, const char *key)
{
	int value = -1;

	(void)devconf_read(family, interface, key, &value);
	return value;
}

static int count_each(const struct nlmsghdr *h, void *data)
{
	(void)h;
	++*(int *)data;
	return 0;
}

/* How many addresses there are. */
static int count_of(struct nl *nl, uint16_t type, int family)
{
	int n = 0;
	struct rtgenmsg *g = nl_request(nl, type, NLM_F_DUMP, sizeof(*g));

	g->rtgen_family = (uint8_t)family;
	CHECK(nl_query(nl, count_each, &n) == 0);
	return n;
}

/* How many ports has a bridge? */
static int count_ports(struct nl *nl, const char *bridge)
{
	int index = link_index(nl, bridge), n = 0, r;

	if (index < 0)
		return index;
	(void)nl_request(nl, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	nl_put_u32(nl, IFLA_MASTER, (uint32_t)index);
	nl_put_u32(nl, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	r = nl_query(nl, count_each, &n);
	return r < 0 ? r : n;
}

static int count_loopback(const struct nlmsghdr *h, void *data)
{
	const struct rtmsg *m = nl_header(h, sizeof(*m));
	struct ip_address to = nl_get_ip(nl_find(h, sizeof(*m), RTA_DST), AF_INET6);

	if (m && m->rtm_dst_len == 128 && to.family && ip_is_loopback(&to) &&
	    nl_get_u32(nl_find(h, sizeof(*m), RTA_PRIORITY), 0) > 1024)
		++*(int *)data;
	return 0;
}

static int count_loopback_routes(struct nl *nl)
{
	int n = 0;
	struct rtmsg *m = nl_request(nl, RTM_GETROUTE, NLM_F_DUMP, sizeof(*m));

	m->rtm_family = AF_INET6;
	CHECK(nl_query(nl, count_loopback, &n) == 0);
	return n;
}

static int count_permanent(const struct nlmsghdr *h, void *data)
{
	const struct ndmsg *n = nl_header(h, sizeof(*n));

	if (n && n->ndm_state == NUD_PERMANENT)
		++*(int *)data;
	return 0;
}

/* Permanent neighbours, of both families. */
static int count_neighbours(struct nl *nl)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	int n = 0;

	for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
		struct ndmsg *m = nl_request(nl, RTM_GETNEIGH, NLM_F_DUMP, sizeof(*m));

		m->ndm_family = families[f];
		CHECK(nl_query(nl, count_permanent, &n) == 0);
	}
	return n;
}

/* A link of a kind that is none of nap's. */
static int make_link(struct nl *nl, const char *name, const char *kind)
{
	size_t info;

	(void)nl_request(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
	nl_put_text(nl, IFLA_IFNAME, name);
	info = nl_nest(nl, IFLA_LINKINFO);
	nl_put_text(nl, IFLA_INFO_KIND, kind);
	nl_end(nl, info);
	return nl_send(nl, NULL);
}

static void check_bridge(struct nl *nl)
{
	struct net_network n = network("one", "nap-one", 78);
	int before = count_of(nl, RTM_GETADDR, 0);

	CHECK(link_index(nl, "nap-one") == -ENODEV);
	CHECK(link_bridge_down(nl, "nap-one") == 0);
	for (int i = 0; i < 3; i++) {
		CHECK(link_bridge_up(nl, &n, 1400) == 0);
		CHECK(count_loopback_routes(nl) == 1);
	}
	CHECK(count_of(nl, RTM_GETADDR, 0) == before + 2); /* no link-local one */
	CHECK(link_index(nl, "nap-one") > 0 && count_ports(nl, "nap-one") == 0);
	CHECK(count_ports(nl, "nap-two") == -ENODEV);
	CHECK(conf_is(AF_INET, "nap-one", "forwarding") == 1);
	CHECK(conf_is(AF_INET, "nap-one", "route_localnet") == 1);
	CHECK(conf_is(AF_INET, "nap-one", "send_redirects") == 0);
	CHECK(conf_is(AF_INET, "all", "send_redirects") == 0);
	CHECK(conf_is(AF_INET6, "nap-one", "accept_ra") == 0);
	CHECK(conf_is(AF_INET6, "nap-one", "addr_gen_mode") == IN6_ADDR_GEN_MODE_NONE);
	CHECK(conf_is(AF_INET6, "nap-one", "mtu") == 1400);
	CHECK(link_bridge_down(nl, "nap-one") == 0 && link_index(nl, "nap-one") == -ENODEV);

	/* what others have made is refused, and left alone */
	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	CHECK(make_link(nl, "nap-one", "bridge") == 0);
	CHECK(link_bridge_up(nl, &n, 0) == -EEXIST);
	CHECK(link_bridge_down(nl, "nap-one") == 0 && link_index(nl, "nap-one") > 0);
	CHECK(strstr(log_first_error(), "nap-one that is not nap's") != NULL);
	log_set_fd(STDERR_FILENO);
	(void)nl_request(nl, RTM_DELLINK, 0, sizeof(struct ifinfomsg));
	nl_put_text(nl, IFLA_IFNAME, "nap-one");
	CHECK(nl_send(nl, NULL) == 0);
	free(n.name);
}

/* ---- pairs ---- */

static int check_port(const struct nlmsghdr *h, void *data)
{
	static const struct {
		uint16_t flag;
		uint8_t value;
	} want[] = {{IFLA_BRPORT_ISOLATED, 1},
		    {IFLA_BRPORT_LOCKED, 1},
		    {IFLA_BRPORT_LEARNING, 0},
		    {IFLA_BRPORT_UNICAST_FLOOD, 0},
		    {IFLA_BRPORT_MCAST_FLOOD, 0},
		    {IFLA_BRPORT_BCAST_FLOOD, 0},
		    {IFLA_BRPORT_STATE, 3 /* forwarding */}};
	const struct nlattr *info = nl_find(h, sizeof(struct ifinfomsg), IFLA_LINKINFO);
	const struct nlattr *port = nl_find_in(info, IFLA_INFO_SLAVE_DATA);
	const struct ifinfomsg *i = nl_header(h, sizeof(*i));
	const struct net_network *n = data;
	const char *alias = nl_get_text(nl_find(h, sizeof(*i), IFLA_IFALIAS));
	const void *mac = nl_get(nl_find(h, sizeof(*i), IFLA_ADDRESS), 6);

	for (size_t f = 0; f < ARRAY_SIZE(want); f++) {
		const uint8_t *value = nl_get(nl_find_in(port, want[f].flag), 1);

		CHECK(value && *value == want[f].value);
	}
	CHECK(i && (i->ifi_flags & IFF_UP) && (i->ifi_flags & IFF_RUNNING));
	CHECK(alias && strstr(alias, n->name));
	CHECK(mac && memcmp(mac, n->mac, 6) == 0);
	CHECK(nl_get_u32(nl_find(h, sizeof(*i), IFLA_NUM_TX_QUEUES), 0) == 1);
	CHECK(nl_get_u32(nl_find(h, sizeof(*i), IFLA_NUM_RX_QUEUES), 0) == 1);
	CHECK(nl_get_u32(nl_find(h, sizeof(*i), IFLA_MTU), 0) == 1400);
	return 0;
}

struct qdisc_of {
	int index;
	bool clsact;
};

static int find_clsact(const struct nlmsghdr *h, void *data)
{
	const struct tcmsg *t = nl_header(h, sizeof(*t));
	const char *kind = nl_get_text(nl_find(h, sizeof(*t), TCA_KIND));
	struct qdisc_of *q = data;

	if (t && t->tcm_ifindex == q->index && kind && strcmp(kind, "clsact") == 0)
		q->clsact = true;
	return 0;
}

static bool has_clsact(struct nl *nl, const char *link)
{
	struct qdisc_of q = {.index = link_index(nl, link)};

	(void)nl_request(nl, RTM_GETQDISC, NLM_F_DUMP, sizeof(struct tcmsg));
	CHECK(nl_query(nl, find_clsact, &q) == 0);
	return q.clsact;
}

/* 0: eth0 has just the two addresses, and everything goes to the gateway. */
static int look_inside(void *data)
{
	auto_nl struct nl nl = {.fd = -1};

	(void)data;
	if (nl_open(&nl, NETLINK_ROUTE) < 0)
		return 1;
	if (count_of(&nl, RTM_GETADDR, AF_INET) != 2 || count_of(&nl, RTM_GETADDR, AF_INET6) != 2)
		return 2;
	if (conf_is(AF_INET6, "eth0", "accept_ra") != 0 ||
	    conf_is(AF_INET6, "eth0", "accept_redirects") != 0 ||
	    conf_is(AF_INET, "eth0", "accept_redirects") != 0 ||
	    conf_is(AF_INET, "all", "accept_redirects") != 0)
		return 3;
	return 0;
}

/* For world_in: another MAC, after which nothing may get out. */
static int forge_mac(void *text)
{
	static const uint8_t mac[6] = {2, 9, 9, 9, 9, 9};
	auto_nl struct nl nl = {.fd = -1};
	struct ifinfomsg *i;

	if (nl_open(&nl, NETLINK_ROUTE) < 0)
		return 10;
	i = nl_request(&nl, RTM_NEWLINK, 0, sizeof(*i));
	i->ifi_index = link_index(&nl, "eth0");
	nl_put(&nl, IFLA_ADDRESS, mac, sizeof(mac));
	/* the neighbours are forgotten with the address: the gateway's is asked for, in vain */
	return nl_send(&nl, NULL) < 0 ? 11 : world_connect(text);
}

/* For world_in: straight to the MAC of the other app, past the gateway. */
static int go_past_gateway(void *data)
{
	const struct net_member *to = data;
	auto_nl struct nl nl = {.fd = -1};
	char text[INET6_ADDRSTRLEN];
	struct rtmsg *route;
	struct ndmsg *n;
	int index;

	if (nl_open(&nl, NETLINK_ROUTE) < 0)
		return 10;
	index = link_index(&nl, "eth0");
	route = nl_request(&nl, RTM_NEWROUTE, NLM_F_CREATE, sizeof(*route));
	*route = (struct rtmsg){.rtm_family = AF_INET,
				.rtm_dst_len = 32,
				.rtm_table = RT_TABLE_MAIN,
				.rtm_scope = RT_SCOPE_LINK,
				.rtm_type = RTN_UNICAST};
	nl_put_ip(&nl, RTA_DST, &to->ip[IP4]);
	nl_put_u32(&nl, RTA_OIF, (uint32_t)index);
	n = nl_request(&nl, RTM_NEWNEIGH, NLM_F_CREATE, sizeof(*n));
	n->ndm_family = AF_INET;
	n->ndm_ifindex = index;
	n->ndm_state = NUD_PERMANENT;
	nl_put_ip(&nl, NDA_DST, &to->ip[IP4]);
	nl_put(&nl, NDA_LLADDR, to->mac, 6);
	if (nl_send(&nl, NULL) < 0)
		return 11;
	return world_connect((void *)ip_format(&to->ip[IP4], text));
}

static void set_filtering(bool on)
{
	CHECK(world_write("/proc/sys/net/bridge/bridge-nf-call-iptables", on ? "1" : "0") == 0);
	CHECK(world_write("/proc/sys/net/bridge/bridge-nf-call-ip6tables", on ? "1" : "0") == 0);
	CHECK(link_is_filtered() == on);
}

static void check_traffic(struct nl *nl, const struct net_network *n, bool filtered)
{
	struct app web = start(nl, "web", n, 5, filtered), db = start(nl, "db", n, 6, filtered);
	char text[INET6_ADDRSTRLEN];
	int neighbours;

	CHECK(has_clsact(nl, web.members[0].link) == filtered);
	(void)nl_request(nl, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
	nl_put_text(nl, IFLA_IFNAME, web.members[0].link);
	CHECK(nl_query(nl, check_port, (void *)n) == 0);
	CHECK(count_ports(nl, n->bridge) == 2);
	CHECK(world_in(web.pid, look_inside, NULL) == 0);

	for (int f = 0; f < IP_FAMILIES; f++) {
		CHECK(reach(NULL, &web.members[0].ip[f]) == 0); /* the host to it */
		CHECK(reach(&web, &n->gateway[f]) == 0);	/* it to the host */
		CHECK(reach(&web, &db.members[0].ip[f]) == 0);	/* and to another, by the host */
		CHECK(reach(&web, &web.members[0].ip[f]) == 0); /* itself */
	}
	CHECK(world_in(web.pid, go_past_gateway, &db.members[0]) == 2);

	/* an existing port follows br_netfilter, and is mended */
	CHECK(link_veth_renew(nl, &web.members[0], n->mac, !filtered) == 0);
	CHECK(has_clsact(nl, web.members[0].link) == !filtered);
	CHECK(link_veth_renew(nl, &web.members[0], n->mac, filtered) == 0);
	CHECK(reach(NULL, &web.members[0].ip[IP6]) == 0 && reach(&web, &n->gateway[IP4]) == 0);

	/* what is cut off is there, and not to be reached; mended, it is as before */
	neighbours = count_neighbours(nl);
	link_veth_cut(nl, &db.members[0]);
	link_veth_cut(nl, &db.members[0]);
	CHECK(count_neighbours(nl) == neighbours - 2);
	CHECK(link_index(nl, db.members[0].link) > 0);
	CHECK(reach(&db, &n->gateway[IP4]) == 2);
	CHECK(link_veth_renew(nl, &db.members[0], n->mac, filtered) == 0);
	CHECK(reach(&db, &n->gateway[IP6]) == 0 && count_neighbours(nl) == neighbours);
	CHECK(world_in(db.pid, forge_mac, (void *)ip_format(&n->gateway[IP4], text)) >= 2);

	CHECK(link_veth_down(nl, &web.members[0]) == 0);
	CHECK(link_index(nl, web.members[0].link) == -ENODEV);
	CHECK(count_neighbours(nl) == neighbours - 2);
	stop(&web);
	stop(&db);
	CHECK(count_ports(nl, n->bridge) == 0);
}

static int up_without_bridge(void *data)
{
	struct app *a = data;
	int r = link_veth_up(a->nl, &a->members[0], a->networks[0]->mac, 0, false);

	return r == -ENODEV && if_nametoindex("eth0") == 0 ? 0 : -EPROTO;
}

/* Twice the same name; the second one's attempt leaves nothing. */
static int up_twice(void *data)
{
	struct app *a = data;
	int r = link_veth_up(a->nl, &a->members[0], a->networks[0]->mac, 0, false);

	return r == -EEXIST && if_nametoindex("eth0") == 0 ? 0 : -EPROTO;
}

static void check_refusals(struct nl *nl, const struct net_network *n)
{
	struct app a = start(nl, "web", n, 5, false), b = a;
	pid_t pid;

	pid = world_start(up_twice, &b);
	CHECK(pid > 0);
	world_stop(pid);
	CHECK(reach(NULL, &a.members[0].ip[IP4]) == 0); /* the first one is as it was */
	stop(&a);
	(void)snprintf(b.members[0].bridge, IFNAMSIZ, "nap-none");
	pid = world_start(up_without_bridge, &b);
	CHECK(pid > 0);
	world_stop(pid);
	CHECK(link_veth_down(nl, &b.members[0]) == 0);
	CHECK(link_veth_renew(nl, &b.members[0], n->mac, true) == -ENODEV);
}

/* A second network: its subnet by it, the rest by the first that is not internal. */
static void check_several(struct nl *nl, const struct net_network *one)
{
	struct net_network two = network("two", "nap-two", 79);
	struct app both = {.nl = nl, .networks = {&two, one}, .n = 2}, other;

	two.internal = true;
	CHECK(link_bridge_up(nl, &two, 1400) == 0);
	CHECK(count_loopback_routes(nl) == 2); /* one each */
	both.members[0] = member("both", &two, 5);
	both.members[1] = member("both", one, 5);
	(void)snprintf(both.members[1].interface, IFNAMSIZ, "eth1");
	both.pid = world_start(app_up, &both);
	CHECK(both.pid > 0);
	other = start(nl, "other", &two, 6, false);
	for (int f = 0; f < IP_FAMILIES; f++) {
		CHECK(reach(NULL, &both.members[0].ip[f]) == 0);
		CHECK(reach(NULL, &both.members[1].ip[f]) == 0);
		CHECK(reach(&both, &other.members[0].ip[f]) == 0);
		CHECK(reach(&both, &one->gateway[f]) == 0);
		CHECK(reach(&other, &two.gateway[f]) == 0);
		CHECK(reach(&other, &one->gateway[f]) == 3); /* internal: no way */
	}
	stop(&both);
	stop(&other);
	CHECK(link_bridge_down(nl, "nap-two") == 0);
	free(two.name);
}

static int up_when_full(void *data)
{
	struct app *a = data;
	int r = link_veth_up(a->nl, &a->members[0], a->networks[0]->mac, 0, false);

	return r == -EXFULL && if_nametoindex("eth0") == 0 ? 0 : r ? r : -EPROTO;
}

static void check_full(struct nl *nl, const struct net_network *n)
{
	struct app a = {.nl = nl, .networks = {n}, .n = 1, .members = {member("web", n, 5)}};
	int bridge = link_index(nl, n->bridge);
	pid_t pid;

	/* both ends of a pair are ports, but those of the last one */
	for (int i = 0; i < NET_MAX_PORTS; i++) {
		char name[IFNAMSIZ];

		/* the kernel gives the other end the first such name that is free */
		(void)snprintf(name, sizeof(name), i % 2 ? "veth%d" : "port%d", i / 2);
		if (i % 2 == 0 && !CHECK(make_link(nl, name, "veth") == 0))
			return;
		(void)nl_request(nl, RTM_NEWLINK, 0, sizeof(struct ifinfomsg));
		nl_put_text(nl, IFLA_IFNAME, name);
		nl_put_u32(nl, IFLA_MASTER, (uint32_t)bridge);
		CHECK(nl_send(nl, NULL) == 0);
	}
	CHECK(count_ports(nl, n->bridge) == NET_MAX_PORTS);
	pid = world_start(up_when_full, &a);
	CHECK(pid > 0);
	world_stop(pid);
	CHECK(link_index(nl, a.members[0].link) == -ENODEV);
}

/* ---- no IPv6 ---- */

static void check_ipv4_alone(struct nl *nl)
{
	struct net_network n = network("four", "nap-four", 80);
	struct app web;

	CHECK(devconf_write(AF_INET6, "default", "disable_ipv6", 1) == 0);
	CHECK(link_bridge_up(nl, &n, 1400) == 0);
	CHECK(conf_is(AF_INET6, "nap-four", "accept_ra") == 0); /* should it be enabled later */
	CHECK(conf_is(AF_INET6, "nap-four", "addr_gen_mode") == IN6_ADDR_GEN_MODE_NONE);
	n.gateway[IP6].family = n.subnet[IP6].address.family = 0;
	web = start(nl, "web", &n, 5, false);
	CHECK(reach(NULL, &web.members[0].ip[IP4]) == 0 && reach(&web, &n.gateway[IP4]) == 0);
	stop(&web);
	/* too small for IPv6 */
	CHECK(devconf_write(AF_INET6, "default", "disable_ipv6", 0) == 0);
	CHECK(link_bridge_up(nl, &n, 576) == 0);
	CHECK(link_bridge_down(nl, "nap-four") == 0);
	free(n.name);
}

int main(void)
{
	auto_nl struct nl nl = {.fd = -1};
	struct net_network n;
	bool can_filter;

	check_names();
	if (!world_enter())
		return test_report();
	CHECK(inside_up_loopback() == 0 && world_listen() == 0);
	CHECK(nl_open(&nl, NETLINK_ROUTE) == 0);
	n = network("one", "nap-one", 78);
	can_filter = access("/proc/sys/net/bridge/bridge-nf-call-iptables", W_OK) == 0;
	check_bridge(&nl);
	CHECK(link_bridge_up(&nl, &n, 1400) == 0);
	if (conf_is(AF_INET6, "nap-one", "force_forwarding") < 0)
		CHECK(devconf_write(AF_INET6, "all", "forwarding", 1) == 0);
	if (can_filter) {
		set_filtering(true);
		check_traffic(&nl, &n, true);
		set_filtering(false);
	} else {
		(void)printf("skip: no br_netfilter\n");
	}
	check_traffic(&nl, &n, false);
	check_refusals(&nl, &n);
	check_several(&nl, &n);
	check_ipv4_alone(&nl);
	check_full(&nl, &n);
	free(n.name);
	return test_report();
}
