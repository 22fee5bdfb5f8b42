/* SPDX-License-Identifier: MIT */
/*
 * The table inet nap, over nf_tables netlink. Chains and rules are fixed; what comes and goes with
 * networks and containers are elements of its sets and maps, so that a start adds elements, not
 * rules: docs in nft-table.c. The functions that put elements cannot fail; nft_commit tells. None
 * reports.
 */
#pragma once

#include <stdbool.h>

#include "net.h"
#include "nl.h"

enum nft_op { NFT_ADD, NFT_DELETE };

struct nft_batch; /* private: a transaction being built */

/* nl: an open NETLINK_NETFILTER socket, borrowed. NULL: out of memory. */
struct nft_batch *nft_begin(struct nl *nl);
void nft_abort(struct nft_batch *b); /* NULL is fine */
/* Put the whole table in place of the one that may be there. */
void nft_put_table(struct nft_batch *b);
void nft_put_network(struct nft_batch *b, enum nft_op op, const struct net_network *n);
/* That packets forwarded from interface may go to nap's bridges only. */
void nft_put_guard(struct nft_batch *b, enum nft_op op, int family, const char *interface);
/* Everything about a lease but TARGET_APP rules: its addresses (against spoofing), its way back to
 * itself (hairpin), its published ports (to the first address of each family; 0.0.0.0 means all
 * IPv4 addresses of the host, :: all IPv6 ones), its rules, its resolvers. */
void nft_put_lease(struct nft_batch *b, enum nft_op op, const struct net_lease *l);
/* One of l's own rules, with TARGET_APP, for one address of the app that it names. */
void nft_put_app_rule(struct nft_batch *b, enum nft_op op, const struct net_lease *l,
		      const struct firewall_rule *rule, const struct ip_address *peer);
/*
 * Send it as one transaction and free it. -ENOENT: the table (or what is to be deleted) is not
 * there; -EEXIST: a published port is there, and leads elsewhere. What is there already may be
 * added again. With tolerant (of elements only), what is missing does not keep the rest from being
 * deleted, and -ENOENT means the table.
 */
int nft_commit(struct nft_batch *b, bool tolerant);
