/* SPDX-License-Identifier: MIT */
/*
 * Names: symlinks STORE/names/REPO:TAG whose target is an image id. Writers hold STORE/lock
 * exclusively; the functions here do not take it.
 */
#pragma once

#include "image.h"

/* The id a normalised name points at. 0 or -ENOENT (or another errno). Does not report. */
int name_read(const struct store *store, const char *normalized, char ret_id[static 65]);
/* Point a normalised name at an image, in place of what it pointed at. Reports. */
int name_point(const struct store *store, const char *normalized, const char *id);
/* Wait until a name that was pointed somewhere is on disk; no need to hold the lock. Reports. */
int name_sync(const struct store *store, const char *normalized);
/* Remove a name, and the directories that this leaves empty. Reports. */
int name_remove(const struct store *store, const char *normalized);

/* Returns 0, or negative to end the walk with that code. */
typedef int (*name_visitor)(void *data, const char *normalized, const char *id);
/* Visit every name, in no order. Negative errno without a report. */
int names_walk(const struct store *store, name_visitor visit, void *data);
/* Remove names that point at no image, and empty directories: what a crash can leave. Reports. */
int names_sweep(const struct store *store);
