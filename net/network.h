/* SPDX-License-Identifier: MIT */
/* Networks: DIR/networks/NAME, and their bridges. */
#pragma once

#include "net.h"

struct net_host;

/* ---- network-up.c ---- */

/*
 * The network of conf, for who is about to be on it: made if it is not there, made anew if its
 * definition has changed and nobody is on it. Appended to host->networks, which owns it. The shared
 * lock is held afterwards. Reports.
 */
int network_get(struct net_host *host, const struct net_network_conf *conf,
		const struct net_network **ret);
/* Take it away, bridge and all. Under the exclusive lock. Reports. */
int network_remove(struct net_host *host, const struct net_network *n);

/* ---- network.c: files ---- */

/* From the file. -ENOENT, without a report; -EBADMSG. Reports what else is wrong. */
int network_read(const char *dir, const char *name, struct net_network **ret);
/* The directory in which its addresses are. -ENOENT. Does not report. */
int network_open(const char *dir, const char *name);
int network_save(const char *dir, const struct net_network *n);
/* Append to a list, which owns n on success. Reports. */
int network_append(struct net_network ***list, size_t *n_list, struct net_network *n);
void networks_free(struct net_network **list, size_t n);
static inline void cleanup_network(struct net_network **n)
{
	net_network_free(*n);
}
#define auto_network CLEANUP(cleanup_network)
/* Is nobody on it? */
bool network_is_idle(const char *dir, const char *name);
