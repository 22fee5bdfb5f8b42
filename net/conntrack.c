/* SPDX-License-Identifier: MIT */
/*
 * ctnetlink: the flows are listed, filtered by the kernel as far as it can, and deleted by their
 * tuples. A deletion takes no such filter (Linux 6.18 does not, either).
 */
#include "conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/sockios.h>

#include "lib/cleanup.h"
#include "net.h"
#include "nl.h"
#include "route.h"

/* Bits of CTA_FILTER_ORIG_FLAGS, which the kernel's headers for programs lack. */
#define FILTER_PROTO_NUM (1U << 3)
#define FILTER_PROTO_DST_PORT (1U << 5)

struct search {
	struct nl *route;
	const struct net_lease *lease;
	struct buf found; /* messages of flows */
};

static void begin(struct nl *nl, uint16_t type, uint16_t flags, uint8_t family)
{
	struct nfgenmsg *m = nl_request(nl, (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type), flags,
					sizeof(*m));

	m->nfgen_family = family;
	m->version = NFNETLINK_V0;
}

static bool is_of(const struct net_publish *p, int family)
{
	return p->protocol == IPPROTO_UDP && (!p->address.family || p->address.family == family);
}

/* Is it published by p? */
static bool is_to(const struct net_publish *p, const struct ip_address *to, uint16_t port)
{
	return is_of(p, to->family) && p->host == port &&
	       (ip_is_unspecified(&p->address) || ip_equal(&p->address, to));
}

/* The port and address that a flow was sent to; false: not UDP, or not readable. */
static bool destination(const struct nlmsghdr *h, struct ip_address *ret, uint16_t *ret_port)
{
	const struct nlattr *tuple = nl_find(h, sizeof(struct nfgenmsg), CTA_TUPLE_ORIG);
	const struct nlattr *ip = nl_find_in(tuple, CTA_TUPLE_IP);
	const struct nlattr *proto = nl_find_in(tuple, CTA_TUPLE_PROTO);
	const uint8_t *number = nl_get(nl_find_in(proto, CTA_PROTO_NUM), 1);
	const uint16_t *port = nl_get(nl_find_in(proto, CTA_PROTO_DST_PORT), sizeof(*port));

	*ret = nl_get_ip(nl_find_in(ip, CTA_IP_V4_DST), AF_INET);
	if (!ret->family)
		*ret = nl_get_ip(nl_find_in(ip, CTA_IP_V6_DST), AF_INET6);
	if (!ret->family || !number || *number != IPPROTO_UDP || !port)
		return false;
	*ret_port = ntohs(*port);
	return true;
}

/* Flows to this port of other machines are none of ours. */
static int take_flow(const struct nlmsghdr *h, void *data)
{
	struct search *s = data;
	struct ip_address to;
	uint16_t port;

	if (!destination(h, &to, &port))
		return 0;
	for (size_t i = 0; i < s->lease->n_publish; i++) {
		if (!is_to(&s->lease->publish[i], &to, port))
			continue;
		if (route_is_local(s->route, &to) == 1)
			buf_add(&s->found, h, NLMSG_ALIGN(h->nlmsg_len));
		break;
	}
	return s->found.error;
}

/* Let the kernel leave out what is not UDP, and not to port, unless that is 0. */
static void put_filter(struct nl *nl, uint16_t port)
{
	size_t tuple = nl_nest(nl, CTA_TUPLE_ORIG), proto = nl_nest(nl, CTA_TUPLE_PROTO), filter;

	nl_put_u8(nl, CTA_PROTO_NUM, IPPROTO_UDP);
	if (port)
		nl_put_u16(nl, CTA_PROTO_DST_PORT, htons(port));
	nl_end(nl, proto);
	nl_end(nl, tuple);
	filter = nl_nest(nl, CTA_FILTER);
	nl_put_u32(nl, CTA_FILTER_ORIG_FLAGS,
		   FILTER_PROTO_NUM | (port ? FILTER_PROTO_DST_PORT : 0));
	nl_end(nl, filter);
}

/* How many UDP ports of family are published? If one is, *ret gets it. */
static size_t count_ports(const struct net_lease *l, int family, uint16_t *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n_publish; i++)
		if (is_of(&l->publish[i], family) && n++ == 0)
			*ret = l->publish[i].host;
	return n;
}

static void put_deletions(struct nl *nl, const struct buf *found)
{
	static const uint16_t what[] = {CTA_TUPLE_ORIG, CTA_ZONE, CTA_ID};
	const struct nlmsghdr *h;

	for (const char *p = found->data; p < found->data + found->len;
	     p += NLMSG_ALIGN(h->nlmsg_len)) {
		const struct nfgenmsg *m;

		h = (const void *)p;
		m = NLMSG_DATA(h);
		begin(nl, IPCTNL_MSG_CT_DELETE, 0, m->nfgen_family);
		for (size_t i = 0; i < ARRAY_SIZE(what); i++) {
			const struct nlattr *a = nl_find(h, sizeof(*m), what[i]);

			if (a)
				nl_put(nl, a->nla_type, a + 1, a->nla_len - sizeof(*a));
		}
	}
}

int conntrack_forget(struct nl *netfilter, struct nl *route, const struct net_lease *l)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	struct search s = {.route = route, .lease = l};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(families); i++) {
		uint16_t port = 0;
		size_t n = count_ports(l, families[i], &port);

		if (n == 0)
			continue;
		begin(netfilter, IPCTNL_MSG_CT_GET, NLM_F_DUMP, families[i]);
		put_filter(netfilter, n == 1 ? port : 0);
		r = nl_query(netfilter, take_flow, &s);
	}
	if (r == 0 && s.found.len > 0) {
		put_deletions(netfilter, &s.found);
		r = nl_send(netfilter, NULL);
	}
	buf_done(&s.found);
	return r == -ENOENT ? 0 : r; /* some flows have ended by themselves */
}

/* With sockets of its own, of the namespace that host's is of: an answer goes to whoever reads
 * first, and the process that takes the network down has the same socket as the one that made it.
 */
static int forget_apart(const struct nl *host, const struct net_lease *l)
{
	auto_nl struct nl netfilter = {.fd = -1}, route = {.fd = -1};
	auto_fd int ns = ioctl(host->fd, SIOCGSKNS);
	int r;

	if (ns < 0 || setns(ns, CLONE_NEWNET) < 0)
		return -errno;
	r = nl_open(&netfilter, NETLINK_NETFILTER);
	if (r == 0)
		r = nl_open(&route, NETLINK_ROUTE);
	return r < 0 ? r : conntrack_forget(&netfilter, &route, l);
}

void conntrack_forget_later(const struct nl *host, const struct net_lease *l)
{
	bool any = false;

	for (size_t i = 0; i < l->n_publish; i++)
		any = any || l->publish[i].protocol == IPPROTO_UDP;
	if (any && fork() == 0)
		_exit(forget_apart(host, l) < 0);
}
