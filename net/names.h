/* SPDX-License-Identifier: MIT */
/*
 * How the containers on a network find each other by name: every one has a line in every other's
 * /etc/hosts, written in place as they come and go. A DNS answerer would serve programs that read
 * no /etc/hosts, and be a process that must run for apps to find each other; this needs none, and
 * what is told goes on being right when everything of nap's is killed.
 *
 *     DIR/networks/NAME/hosts    one line for each of its members: "HOSTS-FILE<TAB>its lines,
 * joined by |"
 *
 * A member's /etc/hosts is its own to write as well: it is read as hostile input, appended to, and
 * of it only lines are blanked that read exactly as they were written.
 */
#pragma once

#include <stddef.h>

#include <stdbool.h>

#include "lib/text.h"

struct net_lease;
struct net_member;
struct net_network;

/* Tell m to the members of n, and them to it. Reports. */
int names_join(const char *dir, const struct net_network *n, const struct net_lease *lease,
	       const struct net_member *m);
/* Take the lines of whose /etc/hosts hosts is out of all others'. Idempotent. Reports. */
int names_leave(const char *dir, const char *network, const char *hosts);
/* The same, where no more is known than an address that it has there. */
int names_leave_address(const char *dir, const char *network, const char *address);

/* The text of a hosts file with line (without newline) put in: over a line blanked before that is
 * long enough, else at the end. Gives where in *ret_at, what to write there in out. */
void names_insert(const char *text, size_t len, const char *line, size_t *ret_at, struct buf *out);
/* Where line stands as a whole line of text; false: nowhere. */
bool names_find(const char *text, size_t len, const char *line, size_t *ret_at);
