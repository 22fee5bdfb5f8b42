/* SPDX-License-Identifier: MIT */
/* Mounts on which the ids of a user namespace stand for those that are on disk. */
#pragma once

#include <stdbool.h>

/* Map the detached mount fd, with those below it if recursive. 0, or negative errno: -EINVAL where
 * a file system cannot be. Does not report. */
int idmap_set(int fd, int userns_fd, bool recursive);
/* It could not: name the file system at the path, or below it, that is to blame, and the way out.
 * Gives error. */
int idmap_refused(const char *path, int userns_fd, int error);
