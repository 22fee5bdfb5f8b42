/* SPDX-License-Identifier: MIT */
/* What a start, and whatever else changes the network, holds meanwhile. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net.h"
#include "nl.h"
#include "route.h"

struct net_host {
	char *dir;
	int lock_fd; /* DIR/lock, shared or exclusive; -1 before net_open has it */
	struct nl route, filter;
	/* see host_look */
	bool filtered;			   /* br_netfilter looks at what the bridges forward */
	struct uplink uplink[IP_FAMILIES]; /* without a name where there is none */
	uint32_t mtu;			   /* of the first uplink */
	struct net_network **networks;	   /* in use by this start, in the order of its members */
	size_t n_networks;
};

/* Fill what is said above to be filled by it. */
void host_look(struct net_host *host);
/* net_open, with LOCK_SH or LOCK_EX. */
int host_open(const char *dir, int operation, struct net_host **ret);
/* Rules have been deleted just now: net_linger goes by the time of the lock file. */
void host_note_deletion(const struct net_host *host);
/* Take the lock as LOCK_SH or LOCK_EX, whatever is held. Between the two others may come in: what
 * was read before may have changed. Reports. */
int host_lock(struct net_host *host, int operation);
/* Put the guards of all interfaces that nap has the kernel forward from. Does not report. */
struct nft_batch;
int host_put_guards(struct net_host *host, struct nft_batch *b);
/* The table inet nap anew, from what is on file. Under the exclusive lock. Reports. */
int host_make_table(struct net_host *host);
