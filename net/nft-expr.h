/* SPDX-License-Identifier: MIT */
/*
 * Rules of nf_tables as data. A rule is expressions that the kernel runs one after the other over
 * registers, until one does not match: sixteen words of 32 bits, of which a value takes as many as
 * it needs from word "at" on. None holds a pointer, so that a table of rules costs a start nothing.
 */
#pragma once

#include <netinet/in.h> /* before those of the kernel, which then leave out what is in it */

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdint.h>

struct nl;

enum nft_expr_kind {
	EXPR_END,
	EXPR_META,    /* load meta information key */
	EXPR_CT,      /* load key of the connection */
	EXPR_PAYLOAD, /* load length bytes from offset on of the header key */
	EXPR_FIB,     /* load what the routing knows, NFT_FIB_RESULT_, by offset: NFTA_FIB_F_ */
	EXPR_MASK,    /* keep the bits of number */
	EXPR_COMPARE, /* match if length bytes relate to value by key, NFT_CMP_ */
	EXPR_LOOKUP,  /* match if the set name has it; key: NFT_LOOKUP_F_INV, or not */
	EXPR_MAP,     /* the same, and load what the map name has for it */
	EXPR_VERDICT, /* key: NF_DROP, NFT_RETURN, or NFT_JUMP and NFT_GOTO to the chain name */
	EXPR_REJECT,  /* key: NFT_REJECT_; offset: the ICMP code */
	EXPR_DNAT,    /* to an address of the family key at 0 and the port at offset */
	EXPR_MASQUERADE,
};

struct nft_expr {
	uint8_t kind, at;
	int8_t key;
	uint8_t offset, length;
	union {
		uint8_t value[16];
		uint32_t number; /* in the machine's order, as what it is compared with */
		uint16_t half;	 /* the same */
		char name[16];
	};
};

#define EXPR(what, ...)                  \
	{                                \
		EXPR_##what, __VA_ARGS__ \
	}
#define META(what, word) EXPR(META, .at = (word), .key = NFT_META_##what)
#define CT(what) EXPR(CT, .key = NFT_CT_##what)
#define LOAD(header, from, n, word)                                                         \
	EXPR(PAYLOAD, .at = (word), .key = NFT_PAYLOAD_##header##_HEADER, .offset = (from), \
	     .length = (n))
#define DADDR_TYPE EXPR(FIB, .key = NFT_FIB_RESULT_ADDRTYPE, .offset = NFTA_FIB_F_DADDR)
#define WAY_BACK EXPR(FIB, .key = NFT_FIB_RESULT_OIFNAME, .offset = NFTA_FIB_F_SADDR)
#define MASK(bits) EXPR(MASK, .number = (bits))
#define COMPARE(how, n, ...) \
	EXPR(COMPARE, .key = NFT_CMP_##how, .length = (n), .value = {__VA_ARGS__})
#define COMPARE_HALF(how, n) EXPR(COMPARE, .key = NFT_CMP_##how, .length = 2, .half = (n))
#define COMPARE_NUMBER(how, n) EXPR(COMPARE, .key = NFT_CMP_##how, .length = 4, .number = (n))
#define IN(set) EXPR(LOOKUP, .name = set)
#define NOT_IN(set) EXPR(LOOKUP, .key = NFT_LOOKUP_F_INV, .name = set)
#define MAP(map) EXPR(MAP, .name = map)
#define DROP EXPR(VERDICT, .key = NF_DROP)
#define RETURN EXPR(VERDICT, .key = NFT_RETURN)
#define JUMP(chain) EXPR(VERDICT, .key = NFT_JUMP, .name = chain)
#define GOTO(chain) EXPR(VERDICT, .key = NFT_GOTO, .name = chain)
#define REJECT(how, code) EXPR(REJECT, .key = NFT_REJECT_##how, .offset = (code))
#define DNAT(family, port) EXPR(DNAT, .key = (family), .offset = (port))
#define MASQUERADE EXPR(MASQUERADE, .at = 0)

/* Put NFTA_RULE_EXPRESSIONS from expressions that end with EXPR_END. */
void nft_expr_put(struct nl *nl, const struct nft_expr *e);
