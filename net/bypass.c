/* SPDX-License-Identifier: MIT */
/*
 * The way around br_netfilter: a classifier at the port that hands what is for IP to IP. It looks
 * at the source, so that what somebody forged goes through the bridge, which has the port locked,
 * and the table, which knows the leases.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <string.h>

#include "lib/cleanup.h"
#include "link.h"
#include "net.h"
#include "nl.h"

#define MAX_KEYS 6 /* of a rule: two for the MAC, four for an address of IPv6 */

/* Four bytes at an offset from the header of IP. */
static void add_key(struct tc_u32_sel *s, int offset, const uint8_t value[static 4], uint32_t mask)
{
	struct tc_u32_key *k = &s->keys[s->nkeys++];

	k->mask = htonl(mask);
	memcpy(&k->val, value, 4);
	k->val &= k->mask;
	k->off = offset;
}

static void put_redirect(struct nl *nl, int bridge)
{
	const struct tc_mirred parameters = {
		.action = TC_ACT_STOLEN,
		.eaction = TCA_INGRESS_REDIR,
		.ifindex = (uint32_t)bridge,
	};
	size_t actions = nl_nest(nl, TCA_U32_ACT), first = nl_nest(nl, 1), options;

	nl_put_text(nl, TCA_ACT_KIND, "mirred");
	options = nl_nest(nl, TCA_ACT_OPTIONS);
	nl_put(nl, TCA_MIRRED_PARMS, &parameters, sizeof(parameters));
	nl_end(nl, options);
	nl_end(nl, first);
	nl_end(nl, actions);
}

static void put_rule(struct nl *nl, const struct ip_address *ip, const uint8_t mac[static 6],
		     int port, int bridge)
{
	union {
		struct tc_u32_sel sel;
		char room[sizeof(struct tc_u32_sel) + MAX_KEYS * sizeof(struct tc_u32_key)];
	} match = {.sel.flags = TC_U32_TERMINAL};
	bool ipv6 = ip->family == AF_INET6;
	const uint8_t mac_end[4] = {mac[4], mac[5]};
	struct tcmsg *t = nl_request(nl, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL,
				     sizeof(struct tcmsg));
	size_t options;

	t->tcm_ifindex = port;
	t->tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
	t->tcm_info = TC_H_MAKE((uint32_t)(ipv6 ? 2 : 1) << 16,
				htons(ipv6 ? ETH_P_IPV6 : ETH_P_IP));
	nl_put_text(nl, TCA_KIND, "u32");
	options = nl_nest(nl, TCA_OPTIONS);
	/* the source within the header of IP, and of Ethernet, whose end is the protocol */
	for (unsigned i = 0; i < ip_bytes(ip); i += 4)
		add_key(&match.sel, (ipv6 ? 8 : 12) + (int)i, ip->bytes + i, 0xffffffff);
	add_key(&match.sel, -8, mac, 0xffffffff);
	add_key(&match.sel, -4, mac_end, 0xffff0000);
	nl_put(nl, TCA_U32_SEL, &match,
	       sizeof(match.sel) + match.sel.nkeys * sizeof(struct tc_u32_key));
	put_redirect(nl, bridge);
	nl_end(nl, options);
}

static void put_qdisc(struct nl *nl, uint16_t type, uint16_t flags, int port)
{
	struct tcmsg *t = nl_request(nl, type, flags, sizeof(struct tcmsg));

	t->tcm_ifindex = port;
	t->tcm_parent = TC_H_CLSACT;
	t->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	nl_put_text(nl, TCA_KIND, "clsact");
}

void bypass_put(struct nl *nl, const struct net_member *m, int port, int bridge)
{
	put_qdisc(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, port);
	for (int f = 0; f < IP_FAMILIES; f++)
		if (m->ip[f].family)
			put_rule(nl, &m->ip[f], m->mac, port, bridge);
}

int bypass_remove(struct nl *nl, int port)
{
	int r;

	put_qdisc(nl, RTM_DELQDISC, 0, port);
	r = nl_send(nl, NULL);
	return r == -ENOENT || r == -EINVAL ? 0 : r; /* EINVAL: none of that kind */
}
