/* SPDX-License-Identifier: MIT */
/* What statistics of both versions of cgroups share: names and nesting are the same. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/text.h"

struct stats_memory {
	uint64_t usage, max, limit, failures;
};

/* A file as text, "" if there is none (or no directory: -1). NULL: out of memory. */
char *stats_text(int dirfd, const char *file);
void stats_member(struct buf *out, const char *key, uint64_t value);
/* KEY of text by another name, times factor, if it is there. */
void stats_copy(struct buf *out, const char *text, const char *key, const char *name,
		uint64_t factor);
/* PREFIX.FILE of usage, maximum, limit and failures: what is not there (or NULL, the
 * last one) stays as it is in m. */
void stats_read_memory(int dirfd, const char *prefix, const char *const files[static 4],
		       struct stats_memory *m);
void stats_add_memory(struct buf *out, const char *key, const struct stats_memory *m);
/* Each "KEY NUMBER" of a file, which is taken apart. */
void stats_add_raw(struct buf *out, char *text);
/* Of the text of cpu.stat, which has the time in nanoseconds by that factor. */
void stats_add_throttling(struct buf *out, const char *stat, const char *time, uint64_t factor);
/* "0-2,7" of a file as a list of numbers. */
void stats_add_set(struct buf *out, int dirfd, const char *key, const char *file);
void stats_add_pids(struct buf *out, int dirfd);

/* ---- stats-v1.c ---- */

/* The members of a part of the document ("memory"), if v1 has its controller: true. */
bool stats_v1(struct buf *out, char *const *dirs, const char *part);
