/* SPDX-License-Identifier: MIT */
/* Questions to the host's routing: by look-up where one will do, else over all routes. */
#include "route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "lib/text.h"
#include "nl.h"

/* The name of an interface of nl's namespace; "?" if it has gone. */
static const char *name_of(struct nl *nl, uint32_t index, char out[static IFNAMSIZ])
{
	struct ifreq request = {.ifr_ifindex = (int)index};

	if (ioctl(nl->fd, SIOCGIFNAME, &request) < 0)
		(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "?");
	memcpy(out, request.ifr_name, IFNAMSIZ);
	return out;
}

/* ---- one address ---- */

struct way {
	uint8_t type; /* RTN_UNICAST, RTN_LOCAL ... */
	uint32_t index;
};

static int read_way(const struct nlmsghdr *h, void *data)
{
	const struct rtmsg *m = nl_header(h, sizeof(*m));
	struct way *w = data;

	if (!m)
		return -EPROTO;
	w->type = m->rtm_type;
	w->index = nl_get_u32(nl_find(h, sizeof(*m), RTA_OIF), 0);
	return 0;
}

/* -ENOENT: it is not to be reached. */
static int look_up(struct nl *nl, const struct ip_address *to, struct way *ret)
{
	struct rtmsg *m = nl_request(nl, RTM_GETROUTE, 0, sizeof(*m));
	struct way w = {0};
	int r;

	m->rtm_family = (uint8_t)to->family;
	m->rtm_dst_len = (uint8_t)(ip_bytes(to) * 8);
	nl_put_ip(nl, RTA_DST, to);
	r = nl_query(nl, read_way, &w);
	if (r == -ENETUNREACH || r == -EHOSTUNREACH || r == -EACCES || r == -EINVAL)
		return -ENOENT; /* no route, or one that says so */
	if (r == 0)
		*ret = w;
	return r;
}

int route_uplink(struct nl *nl, int family, struct uplink *ret)
{
	/* what is outside for everybody: a.root-servers.net. Nothing is sent there. */
	const struct ip_address outside =
		family == AF_INET6
			? (struct ip_address){AF_INET6,
					      {0x20, 1, 5, 3, 0xba, 0x3e, [13] = 2, [15] = 0x30}}
			: (struct ip_address){AF_INET, {198, 41, 0, 4}};
	struct ifreq request = {0};
	struct way w;
	int r = look_up(nl, &outside, &w);

	if (r < 0)
		return r == -EAFNOSUPPORT || r == -EOPNOTSUPP ? -ENOENT : r; /* no IPv6 */
	if (w.type != RTN_UNICAST || !w.index)
		return -ENOENT;
	(void)name_of(nl, w.index, request.ifr_name);
	if (ioctl(nl->fd, SIOCGIFMTU, &request) < 0)
		return errno == ENODEV ? -ENOENT : -errno;
	memcpy(ret->interface, request.ifr_name, sizeof(ret->interface));
	ret->mtu = (uint32_t)request.ifr_mtu;
	return 0;
}

int route_is_local(struct nl *nl, const struct ip_address *a)
{
	struct way w;
	int r = look_up(nl, a, &w);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return w.type == RTN_LOCAL;
}

/* ---- all routes ---- */

struct search {
	const struct ip_prefix *prefix;
	uint32_t own; /* index of the interface that does not count */
	struct ip_prefix found;
	uint32_t index;
};

/* Where a route goes; the first of several ways. */
static uint32_t first_way(const struct nlmsghdr *h)
{
	const struct nlattr *several = nl_find(h, sizeof(struct rtmsg), RTA_MULTIPATH);
	const struct rtnexthop *hop = nl_get(several, sizeof(*hop));

	if (hop)
		return (uint32_t)hop->rtnh_ifindex;
	return nl_get_u32(nl_find(h, sizeof(struct rtmsg), RTA_OIF), 0);
}

static int compare_route(const struct nlmsghdr *h, void *data)
{
	const struct rtmsg *m = nl_header(h, sizeof(*m));
	struct search *s = data;
	struct ip_prefix p;
	uint32_t index;

	/* 0.0.0.0/1 and its other half are how a VPN writes a default route */
	if (!m || h->nlmsg_type != RTM_NEWROUTE || m->rtm_type != RTN_UNICAST ||
	    m->rtm_dst_len <= 1 || (m->rtm_flags & RTM_F_CLONED) ||
	    m->rtm_family != s->prefix->address.family)
		return 0;
	p.address = nl_get_ip(nl_find(h, sizeof(*m), RTA_DST), m->rtm_family);
	p.length = m->rtm_dst_len;
	index = first_way(h);
	if (!p.address.family || p.length > ip_bytes(&p.address) * 8 ||
	    (s->own && index == s->own) || !ip_prefix_overlaps(&p, s->prefix))
		return 0;
	s->found = p;
	s->index = index;
	return 1;
}

int route_find_overlap(struct nl *nl, const struct ip_prefix *p, const char *own,
		       char ret_text[static 96])
{
	struct ifreq request = {0};
	struct search s = {.prefix = p};
	char prefix[INET6_ADDRSTRLEN + 4], name[IFNAMSIZ];
	struct rtmsg *m;
	int r;

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", own);
	if (ioctl(nl->fd, SIOCGIFINDEX, &request) == 0)
		s.own = (uint32_t)request.ifr_ifindex;
	m = nl_request(nl, RTM_GETROUTE, NLM_F_DUMP, sizeof(*m));
	m->rtm_family = (uint8_t)p->address.family;
	r = nl_query(nl, compare_route, &s);
	if (r == 1)
		(void)snprintf(ret_text, 96, "%s dev %s", ip_prefix_format(&s.found, prefix),
			       name_of(nl, s.index, name));
	return r;
}
