/* SPDX-License-Identifier: MIT */
/*
 * The table inet nap: its sets, chains and rules. tests/data/table.nft is the same for nft(8),
 * which prints it as it stands there; what is put into the sets is in nft.c.
 *
 * "accept" is never said here: return lets a packet go on, to the host's own filter as well. What
 * an app is refused it learns at once (chain refuse); what others are, they do not.
 */
#include "nft-table.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/cleanup.h"
#include "nft-expr.h"
#include "nl.h"

/* ---- sets and maps ---- */

/* The components of keys, numbered as nft(8) does it: the kernel keeps these for the sake of who
 * lists the table. */
enum {
	IP4_ADDR = 7,
	IP6_ADDR = 8,
	ETHER_ADDR = 9,
	INET_PROTO = 12,
	INET_SERVICE = 13,
	IFNAME = 41,
};

static const uint8_t component_bytes[] = {
	[IP4_ADDR] = 4,	  [IP6_ADDR] = 16,    [ETHER_ADDR] = 6,
	[INET_PROTO] = 1, [INET_SERVICE] = 2, [IFNAME] = 16,
};

struct set {
	char name[16];
	uint8_t key[5], data[3]; /* components; 0 ends them */
	bool interval;		 /* each component of a key is a range */
};

static const struct set sets[] = {
	/* networks */
	{"bridges", {IFNAME}},
	{"internal", {IFNAME}},
	{"same", {IFNAME, IFNAME}},
	{"guarded4", {IFNAME}},
	{"guarded6", {IFNAME}},
	/* addresses of leases; and from one to itself */
	{"leases4", {IFNAME, ETHER_ADDR, IP4_ADDR}},
	{"leases6", {IFNAME, ETHER_ADDR, IP6_ADDR}},
	{"self4", {IP4_ADDR, IP4_ADDR}},
	{"self6", {IP6_ADDR, IP6_ADDR}},
	/* published ports: on one address of the host, on all */
	{"publish4_at", {IP4_ADDR, INET_PROTO, INET_SERVICE}, {IP4_ADDR, INET_SERVICE}},
	{"publish6_at", {IP6_ADDR, INET_PROTO, INET_SERVICE}, {IP6_ADDR, INET_SERVICE}},
	{"publish4", {INET_PROTO, INET_SERVICE}, {IP4_ADDR, INET_SERVICE}},
	{"publish6", {INET_PROTO, INET_SERVICE}, {IP6_ADDR, INET_SERVICE}},
	/* apps' firewalls: app, peer, protocol, port; adding to those with intervals costs more the
	 * more there is, so what each app may have is not among them */
	{"resolvers4", {IP4_ADDR, IP4_ADDR, INET_PROTO, INET_SERVICE}},
	{"resolvers6", {IP6_ADDR, IP6_ADDR, INET_PROTO, INET_SERVICE}},
	{"in_allow4", {IP4_ADDR, IP4_ADDR, INET_PROTO, INET_SERVICE}, .interval = true},
	{"in_allow6", {IP6_ADDR, IP6_ADDR, INET_PROTO, INET_SERVICE}, .interval = true},
	{"in_deny4", {IP4_ADDR, IP4_ADDR, INET_PROTO, INET_SERVICE}, .interval = true},
	{"in_deny6", {IP6_ADDR, IP6_ADDR, INET_PROTO, INET_SERVICE}, .interval = true},
	{"out_allow4", {IP4_ADDR, IP4_ADDR, INET_PROTO, INET_SERVICE}, .interval = true},
	{"out_allow6", {IP6_ADDR, IP6_ADDR, INET_PROTO, INET_SERVICE}, .interval = true},
	{"out_deny4", {IP4_ADDR, IP4_ADDR, INET_PROTO, INET_SERVICE}, .interval = true},
	{"out_deny6", {IP6_ADDR, IP6_ADDR, INET_PROTO, INET_SERVICE}, .interval = true},
	{"host_allow4", {IP4_ADDR, IP4_ADDR, INET_PROTO, INET_SERVICE}, .interval = true},
	{"host_allow6", {IP6_ADDR, IP6_ADDR, INET_PROTO, INET_SERVICE}, .interval = true},
};

/* ---- chains ---- */

struct chain {
	char name[16];
	char type[8]; /* "": no hook, others jump to it */
	uint8_t hook;
	int16_t priority;
};

static const struct chain chains[] = {
	{"spoof", "filter", NF_INET_PRE_ROUTING, NF_IP_PRI_RAW},
	{"dstnat", "nat", NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST},
	{"dstnat_host", "nat", NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST},
	{"publish"},
	{"forward", "filter", NF_INET_FORWARD, NF_IP_PRI_FILTER},
	{"to_app"},
	{"from_elsewhere"},
	{"in_rules"},
	{"from_app"},
	{"out_rules"},
	{"input", "filter", NF_INET_LOCAL_IN, NF_IP_PRI_FILTER},
	{"output", "filter", NF_INET_LOCAL_OUT, NF_IP_PRI_FILTER},
	{"srcnat", "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC},
	{"refuse"},
};

/* ---- rules ---- */

#define STATE(bit) (1U << ((bit) + 1)) /* NF_CT_STATE_BIT of the kernel */
#define INVALID 1U

#define IPV4 META(NFPROTO, 0), COMPARE(EQ, 1, NFPROTO_IPV4)
#define IPV6 META(NFPROTO, 0), COMPARE(EQ, 1, NFPROTO_IPV6)
#define ETHERNET META(IIFTYPE, 0), COMPARE_HALF(EQ, ARPHRD_ETHER)
#define PROTOCOL(p) META(L4PROTO, 0), COMPARE(EQ, 1, (p))
#define FROM(set) META(IIFNAME, 0), IN(set)
#define FROM_OTHER(set) META(IIFNAME, 0), NOT_IN(set)
#define TO(set) META(OIFNAME, 0), IN(set)
#define TO_OTHER(set) META(OIFNAME, 0), NOT_IN(set)
#define ACROSS META(IIFNAME, 0), META(OIFNAME, 4), NOT_IN("same")
#define ESTABLISHED CT(STATE), MASK(STATE(IP_CT_ESTABLISHED) | STATE(IP_CT_RELATED)), ANY_BIT
#define BROKEN CT(STATE), MASK(INVALID), ANY_BIT
#define PUBLISHED CT(STATUS), MASK(IPS_DST_NAT), ANY_BIT
#define ANY_BIT COMPARE_NUMBER(NEQ, 0)

/* Fields by the word that they are loaded into. */
#define SMAC(word) LOAD(LL, 6, 6, word)
#define SADDR4(word) LOAD(NETWORK, 12, 4, word)
#define DADDR4(word) LOAD(NETWORK, 16, 4, word)
#define SADDR4_FIRST LOAD(NETWORK, 12, 1, 0)
#define DADDR4_FIRST LOAD(NETWORK, 16, 1, 0)
#define SADDR6(word) LOAD(NETWORK, 8, 16, word)
#define DADDR6(word) LOAD(NETWORK, 24, 16, word)
#define LOOPBACK6 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
#define DPORT(word) LOAD(TRANSPORT, 2, 2, word)
#define SERVICE(word) META(L4PROTO, word), DPORT((word) + 1)

/* What the firewall sets have as keys. */
#define INWARDS4 IPV4, DADDR4(0), SADDR4(1), SERVICE(2)
#define INWARDS6 IPV6, DADDR6(0), SADDR6(4), SERVICE(8)
#define OUTWARDS4 IPV4, SADDR4(0), DADDR4(1), SERVICE(2)
#define OUTWARDS6 IPV6, SADDR6(0), DADDR6(4), SERVICE(8)

struct rule {
	char chain[16];
	struct nft_expr expr[12];
};

static const struct rule rules[] = {
	/* What comes from a bridge is from one that has the lease, or it is nothing. 127.0.0.0/8 is
	 * routed from there (route_localnet) for the sake of answers alone. */
	{"spoof", {FROM_OTHER("bridges"), RETURN}},
	{"spoof", {IPV4, DADDR4_FIRST, COMPARE(EQ, 1, 127), DROP}},
	{"spoof", {ETHERNET, IPV4, META(IIFNAME, 0), SMAC(4), SADDR4(6), IN("leases4"), RETURN}},
	{"spoof", {ETHERNET, IPV6, META(IIFNAME, 0), SMAC(4), SADDR6(6), IN("leases6"), RETURN}},
	{"spoof", {DROP}},

	/* The kernel drops what comes for 127.0.0.0/8, but only where it still says so afterwards.
	 */
	{"dstnat", {IPV4, DADDR4_FIRST, COMPARE(EQ, 1, 127), RETURN}},
	{"dstnat", {IPV6, DADDR6(0), COMPARE(EQ, 16, LOOPBACK6), RETURN}},
	{"dstnat", {FROM("internal"), RETURN}},
	{"dstnat", {JUMP("publish")}},
	{"dstnat_host", {JUMP("publish")}},
	{"publish", {DADDR_TYPE, COMPARE_NUMBER(NEQ, RTN_LOCAL), RETURN}},
	{"publish", {IPV4, DADDR4(0), SERVICE(1), MAP("publish4_at"), DNAT(NFPROTO_IPV4, 1)}},
	{"publish", {IPV4, SERVICE(0), MAP("publish4"), DNAT(NFPROTO_IPV4, 1)}},
	{"publish", {IPV6, DADDR6(0), SERVICE(4), MAP("publish6_at"), DNAT(NFPROTO_IPV6, 4)}},
	{"publish", {IPV6, SERVICE(0), MAP("publish6"), DNAT(NFPROTO_IPV6, 4)}},

	/* Where forwarding is on for our sake only, it is for what we forward only. */
	{"forward", {IPV4, FROM("guarded4"), TO_OTHER("bridges"), DROP}},
	{"forward", {IPV6, FROM("guarded6"), TO_OTHER("bridges"), DROP}},
	{"forward", {TO("bridges"), JUMP("to_app")}},
	{"forward", {FROM("bridges"), JUMP("from_app")}},

	/* A packet too short to have ports would match no set, and pass what denies everything. */
	{"to_app", {ESTABLISHED, RETURN}},
	{"to_app", {BROKEN, DROP}},
	{"to_app", {ACROSS, JUMP("from_elsewhere")}},
	{"to_app", {DPORT(0), COMPARE(GTE, 2, 0), GOTO("in_rules")}},
	{"to_app", {GOTO("refuse")}},
	/* From outside, but with an address of ours: who would believe that it is an app? */
	{"from_elsewhere", {FROM_OTHER("bridges"), WAY_BACK, IN("bridges"), DROP}},
	{"from_elsewhere", {TO("internal"), GOTO("refuse")}},
	{"from_elsewhere", {PUBLISHED, RETURN}},
	{"from_elsewhere", {GOTO("refuse")}},
	{"in_rules", {INWARDS4, IN("in_allow4"), RETURN}},
	{"in_rules", {INWARDS6, IN("in_allow6"), RETURN}},
	{"in_rules", {INWARDS4, IN("in_deny4"), GOTO("refuse")}},
	{"in_rules", {INWARDS6, IN("in_deny6"), GOTO("refuse")}},

	{"from_app", {ESTABLISHED, RETURN}},
	{"from_app", {BROKEN, DROP}},
	{"from_app", {FROM("internal"), ACROSS, GOTO("refuse")}},
	{"from_app", {DPORT(0), COMPARE(GTE, 2, 0), GOTO("out_rules")}},
	{"from_app", {GOTO("refuse")}},
	{"out_rules", {OUTWARDS4, IN("out_allow4"), RETURN}},
	{"out_rules", {OUTWARDS6, IN("out_allow6"), RETURN}},
	{"out_rules", {OUTWARDS4, IN("out_deny4"), GOTO("refuse")}},
	{"out_rules", {OUTWARDS6, IN("out_deny6"), GOTO("refuse")}},

	/* The host's own services. */
	{"input", {FROM_OTHER("bridges"), RETURN}},
	{"input", {ESTABLISHED, RETURN}},
	{"input", {PROTOCOL(IPPROTO_ICMP), RETURN}},
	{"input", {PROTOCOL(IPPROTO_ICMPV6), RETURN}},
	{"input", {OUTWARDS4, IN("resolvers4"), RETURN}},
	{"input", {OUTWARDS6, IN("resolvers6"), RETURN}},
	{"input", {OUTWARDS4, IN("host_allow4"), RETURN}},
	{"input", {OUTWARDS6, IN("host_allow6"), RETURN}},
	{"input", {GOTO("refuse")}},

	/* All go through the host, also those that share a network: no shortcuts. */
	{"output", {TO_OTHER("bridges"), RETURN}},
	{"output",
	 {IPV4, PROTOCOL(IPPROTO_ICMP), LOAD(TRANSPORT, 0, 1, 0), COMPARE(EQ, 1, ICMP_REDIRECT),
	  DROP}},
	{"output",
	 {IPV6, PROTOCOL(IPPROTO_ICMPV6), LOAD(TRANSPORT, 0, 1, 0), COMPARE(EQ, 1, ND_REDIRECT),
	  DROP}},

	/* To itself by way of a published port, from the host's loopback, and out. */
	{"srcnat", {IPV4, SADDR4(0), DADDR4(1), IN("self4"), MASQUERADE}},
	{"srcnat", {IPV6, SADDR6(0), DADDR6(4), IN("self6"), MASQUERADE}},
	{"srcnat", {TO("bridges"), IPV4, SADDR4_FIRST, COMPARE(EQ, 1, 127), MASQUERADE}},
	{"srcnat", {TO("bridges"), IPV6, SADDR6(0), COMPARE(EQ, 16, LOOPBACK6), MASQUERADE}},
	{"srcnat", {FROM("bridges"), TO_OTHER("bridges"), MASQUERADE}},

	{"refuse", {FROM_OTHER("bridges"), DROP}},
	{"refuse", {PROTOCOL(IPPROTO_TCP), REJECT(TCP_RST, 0)}},
	{"refuse", {REJECT(ICMPX_UNREACH, NFT_REJECT_ICMPX_ADMIN_PROHIBITED)}},
};

/* ---- as messages ---- */

void nft_table_message(struct nl *nl, uint16_t type, uint16_t flags)
{
	struct nfgenmsg *m = nl_request(nl, NFNL_SUBSYS_NFTABLES << 8 | type, flags, sizeof(*m));

	m->nfgen_family = NFPROTO_INET;
	m->version = NFNETLINK_V0;
	nl_put_text(nl, NFTA_TABLE_NAME, "nap"); /* in all kinds of messages the same attribute */
}

/* The components' numbers, six bits each, and their bytes, each padded to whole words. */
static void put_components(struct nl *nl, const uint8_t *c, uint16_t type_attr, uint16_t bytes_attr)
{
	uint32_t type = 0, bytes = 0;

	for (; *c; c++) {
		type = type << 6 | *c;
		bytes += (component_bytes[*c] + 3U) & ~3U;
	}
	nl_put_u32(nl, type_attr, htonl(type));
	nl_put_u32(nl, bytes_attr, htonl(bytes));
}

/* How long each component is, which the kernel asks only where they are ranges. */
static void put_fields(struct nl *nl, const uint8_t *c)
{
	size_t description = nl_nest(nl, NFTA_SET_DESC);
	size_t list = nl_nest(nl, NFTA_SET_DESC_CONCAT);

	for (; *c; c++) {
		size_t field = nl_nest(nl, NFTA_LIST_ELEM);

		nl_put_u32(nl, NFTA_SET_FIELD_LEN, htonl(component_bytes[*c]));
		nl_end(nl, field);
	}
	nl_end(nl, list);
	nl_end(nl, description);
}

/* Names of interfaces lie in the machine's order, which nft(8) wants to be told when they are the
 * whole key: type 0, 4 bytes, 1. */
static void put_byte_order(struct nl *nl)
{
	static const struct {
		uint8_t type, length;
		uint32_t order;
	} __attribute__((packed)) data = {0, 4, 1};

	nl_put(nl, NFTA_SET_USERDATA, &data, sizeof(data));
}

/* number tells the sets of a transaction apart. */
static void put_set(struct nl *nl, const struct set *s, uint32_t number)
{
	uint32_t flags = (*s->data ? NFT_SET_MAP : 0U) |
			 (s->interval ? NFT_SET_INTERVAL | NFT_SET_CONCAT : 0U);

	nft_table_message(nl, NFT_MSG_NEWSET, NLM_F_CREATE);
	nl_put_text(nl, NFTA_SET_NAME, s->name);
	nl_put_u32(nl, NFTA_SET_ID, htonl(number));
	nl_put_u32(nl, NFTA_SET_FLAGS, htonl(flags));
	put_components(nl, s->key, NFTA_SET_KEY_TYPE, NFTA_SET_KEY_LEN);
	if (*s->data)
		put_components(nl, s->data, NFTA_SET_DATA_TYPE, NFTA_SET_DATA_LEN);
	if (s->interval)
		put_fields(nl, s->key);
	if (s->key[0] == IFNAME && !s->key[1])
		put_byte_order(nl);
}

static void put_chain(struct nl *nl, const struct chain *c)
{
	size_t hook;

	nft_table_message(nl, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	nl_put_text(nl, NFTA_CHAIN_NAME, c->name);
	if (!*c->type)
		return;
	nl_put_text(nl, NFTA_CHAIN_TYPE, c->type);
	nl_put_u32(nl, NFTA_CHAIN_POLICY, htonl(NF_ACCEPT));
	hook = nl_nest(nl, NFTA_CHAIN_HOOK);
	nl_put_u32(nl, NFTA_HOOK_HOOKNUM, htonl(c->hook));
	nl_put_u32(nl, NFTA_HOOK_PRIORITY, htonl((uint32_t)c->priority));
	nl_end(nl, hook);
}

void nft_table_put(struct nl *nl)
{
	/* deleting what is not there fails, but making what is there does not */
	nft_table_message(nl, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	nft_table_message(nl, NFT_MSG_DELTABLE, 0);
	nft_table_message(nl, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	for (uint32_t i = 0; i < ARRAY_SIZE(sets); i++)
		put_set(nl, &sets[i], i + 1);
	for (size_t i = 0; i < ARRAY_SIZE(chains); i++)
		put_chain(nl, &chains[i]);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		nft_table_message(nl, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
		nl_put_text(nl, NFTA_RULE_CHAIN, rules[i].chain);
		nft_expr_put(nl, rules[i].expr);
	}
}
