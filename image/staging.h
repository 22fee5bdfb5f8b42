/* SPDX-License-Identifier: MIT */
/*
 * Staging places: directories STORE/tmp/PREFIX-XXXX where loads are unpacked and removed things
 * wait for their end. Whoever holds its flock owns one; one that nobody holds is rubbish.
 */
#pragma once

#include "image.h"

struct staging {
	char path[32]; /* below the store: "tmp/PREFIX-XXXX" */
	int dirfd;     /* open, and holds the lock */
};

/* Make one and lock it; prefix has at most 8 letters. The caller ends it with staging_done.
 * Reports. */
int staging_new(const struct store *store, const char *prefix, struct staging *ret);
/* Remove the place with all that is in it and let go of the lock. Idempotent. Does not report: what
 * could not be removed is rubbish for the next sweep. */
int staging_done(const struct store *store, struct staging *s);
/*
 * Remove every staging place whose owner is gone. Symlinks, which carry no lock, are removed only
 * with STORE/lock held exclusively: staging_sweep_links. Reports.
 */
int staging_sweep(const struct store *store);
int staging_sweep_links(const struct store *store);
