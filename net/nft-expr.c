/* SPDX-License-Identifier: MIT */
/* Each kind of expression as the attributes that the kernel wants: numbers in network order, what
 * is compared as it lies in the registers. */
#include "nft-expr.h"

#include <arpa/inet.h>
#include <stddef.h>

#include "lib/cleanup.h"
#include "nl.h"

/* The registers by words; 1 to 4 are the same in units of four words. */
static uint32_t word(unsigned n)
{
	return htonl(NFT_REG32_00 + n);
}

static void put_number(struct nl *nl, uint16_t type, int number)
{
	nl_put_u32(nl, type, htonl((uint32_t)number));
}

static void put_value(struct nl *nl, uint16_t type, const void *value, size_t n)
{
	size_t nest = nl_nest(nl, type);

	nl_put(nl, NFTA_DATA_VALUE, value, n);
	nl_end(nl, nest);
}

static void put_meta(struct nl *nl, const struct nft_expr *e)
{
	nl_put_u32(nl, NFTA_META_DREG, word(e->at));
	put_number(nl, NFTA_META_KEY, e->key);
}

static void put_ct(struct nl *nl, const struct nft_expr *e)
{
	nl_put_u32(nl, NFTA_CT_DREG, word(e->at));
	put_number(nl, NFTA_CT_KEY, e->key);
}

static void put_payload(struct nl *nl, const struct nft_expr *e)
{
	nl_put_u32(nl, NFTA_PAYLOAD_DREG, word(e->at));
	put_number(nl, NFTA_PAYLOAD_BASE, e->key);
	put_number(nl, NFTA_PAYLOAD_OFFSET, e->offset);
	put_number(nl, NFTA_PAYLOAD_LEN, e->length);
}

static void put_fib(struct nl *nl, const struct nft_expr *e)
{
	nl_put_u32(nl, NFTA_FIB_DREG, word(e->at));
	put_number(nl, NFTA_FIB_RESULT, e->key);
	put_number(nl, NFTA_FIB_FLAGS, e->offset);
}

static void put_mask(struct nl *nl, const struct nft_expr *e)
{
	static const uint32_t none = 0;

	nl_put_u32(nl, NFTA_BITWISE_SREG, word(e->at));
	nl_put_u32(nl, NFTA_BITWISE_DREG, word(e->at));
	put_number(nl, NFTA_BITWISE_LEN, sizeof(none));
	put_value(nl, NFTA_BITWISE_MASK, &e->number, sizeof(e->number));
	put_value(nl, NFTA_BITWISE_XOR, &none, sizeof(none));
}

static void put_compare(struct nl *nl, const struct nft_expr *e)
{
	nl_put_u32(nl, NFTA_CMP_SREG, word(e->at));
	put_number(nl, NFTA_CMP_OP, e->key);
	put_value(nl, NFTA_CMP_DATA, e->value, e->length);
}

static void put_lookup(struct nl *nl, const struct nft_expr *e)
{
	nl_put_text(nl, NFTA_LOOKUP_SET, e->name);
	nl_put_u32(nl, NFTA_LOOKUP_SREG, word(e->at));
	if (e->kind == EXPR_MAP)
		nl_put_u32(nl, NFTA_LOOKUP_DREG, word(e->at));
	if (e->key)
		put_number(nl, NFTA_LOOKUP_FLAGS, e->key);
}

static void put_verdict(struct nl *nl, const struct nft_expr *e)
{
	size_t data, verdict;

	put_number(nl, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = nl_nest(nl, NFTA_IMMEDIATE_DATA);
	verdict = nl_nest(nl, NFTA_DATA_VERDICT);
	put_number(nl, NFTA_VERDICT_CODE, e->key);
	if (*e->name)
		nl_put_text(nl, NFTA_VERDICT_CHAIN, e->name);
	nl_end(nl, verdict);
	nl_end(nl, data);
}

static void put_reject(struct nl *nl, const struct nft_expr *e)
{
	put_number(nl, NFTA_REJECT_TYPE, e->key);
	if (e->key != NFT_REJECT_TCP_RST)
		nl_put_u8(nl, NFTA_REJECT_ICMP_CODE, e->offset);
}

static void put_dnat(struct nl *nl, const struct nft_expr *e)
{
	put_number(nl, NFTA_NAT_TYPE, NFT_NAT_DNAT);
	put_number(nl, NFTA_NAT_FAMILY, e->key);
	nl_put_u32(nl, NFTA_NAT_REG_ADDR_MIN, word(e->at));
	nl_put_u32(nl, NFTA_NAT_REG_PROTO_MIN, word(e->offset));
}

static const struct {
	const char *name;
	void (*put)(struct nl *nl, const struct nft_expr *e);
} kinds[] = {
	[EXPR_META] = {"meta", put_meta},
	[EXPR_CT] = {"ct", put_ct},
	[EXPR_PAYLOAD] = {"payload", put_payload},
	[EXPR_FIB] = {"fib", put_fib},
	[EXPR_MASK] = {"bitwise", put_mask},
	[EXPR_COMPARE] = {"cmp", put_compare},
	[EXPR_LOOKUP] = {"lookup", put_lookup},
	[EXPR_MAP] = {"lookup", put_lookup},
	[EXPR_VERDICT] = {"immediate", put_verdict},
	[EXPR_REJECT] = {"reject", put_reject},
	[EXPR_DNAT] = {"nat", put_dnat},
	[EXPR_MASQUERADE] = {"masq", NULL},
};

void nft_expr_put(struct nl *nl, const struct nft_expr *e)
{
	size_t list = nl_nest(nl, NFTA_RULE_EXPRESSIONS), expr, data;

	for (; e->kind != EXPR_END; e++) {
		expr = nl_nest(nl, NFTA_LIST_ELEM);
		nl_put_text(nl, NFTA_EXPR_NAME, kinds[e->kind].name);
		data = nl_nest(nl, NFTA_EXPR_DATA);
		if (kinds[e->kind].put)
			kinds[e->kind].put(nl, e);
		nl_end(nl, data);
		nl_end(nl, expr);
	}
	nl_end(nl, list);
}
