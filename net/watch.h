/* SPDX-License-Identifier: MIT */
/*
 * Rules that name other apps: as these come and go, what is allowed or denied are the addresses
 * that they have just then. DIR/watch/APP/ID says that ID has such rules.
 */
#pragma once

#include "nft.h"

/* Note which apps lease names. Does not report. */
int watch_add(const char *dir, const struct net_lease *lease);
int watch_remove(const char *dir, const struct net_lease *lease);
/*
 * Hold the lock of all watching if lease names any app, or is named: between reading others' leases
 * and the end of the transaction, so that two that start at once do not miss each other. Gives a
 * descriptor, -1 if there is nothing to lock. Does not report.
 */
int watch_lock(const char *dir, const struct net_lease *lease, int *ret_fd);
/* Put what lease's rules say of apps that run, and what the rules of others say of it. */
int watch_put(const char *dir, struct nft_batch *b, enum nft_op op, const struct net_lease *lease);
/* The first half alone: enough when all leases are put. */
int watch_put_own(const char *dir, struct nft_batch *b, enum nft_op op,
		  const struct net_lease *lease);
