/* SPDX-License-Identifier: MIT */
/*
 * Rules of an app's firewall as what sets with intervals take. Such a set refuses some elements
 * that overlap others, and confuses them when one is deleted; what people write overlaps as it
 * likes. So rules become boxes, in the space of peer, protocol and port, that do not overlap.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "net.h"

enum nft_rule_set { IN_ALLOW, IN_DENY, OUT_ALLOW, OUT_DENY, HOST_ALLOW, NFT_RULE_SETS };

enum { BOX_PEER, BOX_PROTOCOL, BOX_PORT, BOX_SIDES };

struct nft_box {
	struct nft_span {
		unsigned __int128 first, last; /* both included; an address as a number */
	} side[BOX_SIDES];
};

struct nft_boxes {
	struct nft_box *box;
	size_t n, size;
	int error; /* -ENOMEM: some are missing */
};

void nft_boxes_done(struct nft_boxes *b);
#define auto_nft_boxes          \
	CLEANUP(nft_boxes_done) \
	struct nft_boxes

/* Add what of the box is not in all yet; those that it covers are absorbed. */
void nft_boxes_add(struct nft_boxes *all, const struct nft_box *box);

/* What the set for a family (IP4, IP6) has of l: of all its rules but those with TARGET_APP. */
void nft_rules_of_lease(const struct net_lease *l, enum nft_rule_set set, int family,
			struct nft_boxes *ret);
/* What it gets in addition by rule, one with TARGET_APP of l's, for one address of that app:
 * nothing that the lease or an earlier rule with the same app has put there. */
void nft_rules_of_app(const struct net_lease *l, enum nft_rule_set set,
		      const struct firewall_rule *rule, const struct ip_address *peer,
		      struct nft_boxes *ret);
