/* SPDX-License-Identifier: MIT */
/*
 * A guard beside libarchive: it watches the bytes of a tar stream on their way into the reader and
 * refuses what the reader lets through (libarchive 3.6.2 takes damaged checksums for a reason to
 * search on, `uid=abc` for root, a name for the part before its NUL, and any number of sparse
 * regions for worth remembering). It only ever refuses; what is made comes from libarchive, so the
 * two must agree on every header.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct load_limits;
struct tarcheck;

/* NULL when out of memory. limits is borrowed. */
struct tarcheck *tarcheck_new(const struct load_limits *limits);
void tarcheck_free(struct tarcheck *t);
static inline void cleanup_tarcheck(struct tarcheck **t)
{
	tarcheck_free(*t);
}
#define auto_tarcheck CLEANUP(cleanup_tarcheck)

/*
 * How many of the bytes to come are contents, which nobody needs to see: they count as looked at.
 * UINT64_MAX after the end of the archive. For files that can be positioned.
 */
uint64_t tarcheck_skip(struct tarcheck *t);
/* Look at the next n bytes. 0, -EBADMSG, -EFBIG (a limit) or -ENOMEM; why says more. */
int tarcheck_feed(struct tarcheck *t, const void *data, size_t n);
/* The stream has ended: -EBADMSG if it may not end here. */
int tarcheck_end(struct tarcheck *t);
/* How many entries were seen. */
uint64_t tarcheck_entries(const struct tarcheck *t);
/* The mode (07777) in the header of the n-th of them, from 1; -ENOENT if that is long ago.
 * libarchive would let an access control list in a pax header change it. */
int tarcheck_mode(const struct tarcheck *t, uint64_t n);
const char *tarcheck_why(const struct tarcheck *t);
