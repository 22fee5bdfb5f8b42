/* SPDX-License-Identifier: MIT */
/*
 * The outer archive (`struct archive` is libarchive's name for something else): what is where in
 * it. It is indexed and never extracted; members are read in place. Only regular files can be
 * found, layers by way of a symlink too, and names that could mean something outside (absolute,
 * "..") are refused, as are duplicates.
 */
#pragma once

#include "image.h"
#include "stream.h"

struct tarball;

/*
 * Index what fd (borrowed) is open for: a tar, plain or in gzip, zstd or xz, in a file or a pipe; a
 * directory is taken as it is. What cannot be read in place (pipes, compressed files) is copied
 * once into a file without a name in STORE/tmp. Reports.
 */
int tarball_open(const struct store *store, int fd, const struct load_limits *limits,
		 struct tarball **ret);
void tarball_free(struct tarball *a);
static inline void cleanup_tarball(struct tarball **a)
{
	tarball_free(*a);
}
#define auto_tarball CLEANUP(cleanup_tarball)

/* Where a member lies, which may be named by a symlink in the archive. ret->fd is the caller's to
 * close: members of a directory have their own. -ENOENT, or what opening it gave (-EINVAL: not a
 * regular file). Does not report. */
int tarball_find(const struct tarball *a, const char *name, struct source *ret);
/* A whole member as NUL-terminated text, at most max bytes (-EFBIG); no symlink. Does not report.
 */
int tarball_read(const struct tarball *a, const char *name, size_t max, char **ret,
		 size_t *ret_len);
