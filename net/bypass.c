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

/* Four bytes at an offset from the header of IP. */
static struct tc_u32_key key(int offset, const uint8_t value[static 4], uint32_t mask)
{
	struct tc_u32_key k = {.mask = htonl(mask), .off = offset};

	memcpy(&k.val, value, 4);
	k.val &= k.mask;
	return k;
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

static void put_rule(struct nl *nl, const uint8_t mac[static 6], int port, int bridge)
{
	union {
		struct tc_u32_sel sel;
		char room[sizeof(struct tc_u32_sel) + 2 * sizeof(struct tc_u32_key)];
	} match = {.sel = {.flags = TC_U32_TERMINAL, .nkeys = 2}};
	const uint8_t rest[4] = {mac[4], mac[5]};
	struct tcmsg *t = nl_request(nl, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL,
				     sizeof(struct tcmsg));
	size_t options;

	t->tcm_ifindex = port;
	t->tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
	t->tcm_info = TC_H_MAKE(1U << 16, htons(ETH_P_ALL));
	nl_put_text(nl, TCA_KIND, "u32");
	options = nl_nest(nl, TCA_OPTIONS);
	/* the source is in the middle of the 14 bytes before the header of IP */
	match.sel.keys[0] = key(-8, mac, 0xffffffff);
	match.sel.keys[1] = key(-4, rest, 0xffff0000);
	nl_put(nl, TCA_U32_SEL, &match, sizeof(match));
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
	put_rule(nl, m->mac, port, bridge);
}

void bypass_prepare(struct nl *nl, int bridge)
{
	put_qdisc(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, bridge);
	(void)nl_send(nl, NULL);
}

int bypass_remove(struct nl *nl, int port)
{
	int r;

	put_qdisc(nl, RTM_DELQDISC, 0, port);
	r = nl_send(nl, NULL);
	return r == -ENOENT || r == -EINVAL ? 0 : r; /* EINVAL: none of that kind */
}
