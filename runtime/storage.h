/* SPDX-License-Identifier: MIT */
/*
 * Where a container's files are: ROOT/containers/ID, or SCRATCH/containers/ID for one that is
 * thrown away, if there is such a place.
 */
#pragma once

#include <stdbool.h>

struct container;
struct paths;

/* Make the directory: c->storage, and a descriptor of it. Reports. */
int storage_up(struct container *c, int *ret_dirfd);
/* Is there anything of id, or can that not be told? */
bool storage_exists(const struct paths *paths, const char *id);
/* Begin to remove it while processes that use it may still be ending: what cannot go yet is left to
 * storage_down. */
void storage_sweep(const struct paths *paths, const char *id);
/* Remove it with everything in it, wherever it is. Idempotent. Reports. */
int storage_down(const struct paths *paths, const char *id);
/* The directories that hold those of the containers, as a vector the caller frees. Reports. */
int storage_directories(const struct paths *paths, char ***ret);
