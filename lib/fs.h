/* SPDX-License-Identifier: MIT */
/*
 * Files and directory trees by descriptor. Paths from outside are opened beneath a root descriptor
 * with openat2(2); every descriptor is close-on-exec. None of these functions reports.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* openat2(2). resolve: RESOLVE_* of linux/openat2.h. O_CLOEXEC is added. */
int fs_openat2(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve);
/* Open path as a process inside the root rootfd would: absolute paths and symlinks stay beneath it,
 * magic links are refused. */
int fs_open_in_root(int rootfd, const char *path, int flags);
/*
 * Make path and its parents inside rootfd (0755, owner root) where they are missing, symlinks
 * resolved inside the root, dangling ones by making what they point to; the last component is a
 * directory or, with as_file, an empty regular file. Gives an O_PATH descriptor of it.
 */
int fs_make_in_root(int rootfd, const char *path, bool as_file, int *ret_fd);
/* mkdir -p with mode for what is made, below dirfd. For paths that nobody else can change. */
int fs_mkdirs(int dirfd, const char *path, mode_t mode);

/* Read all of a regular file (or of any descriptor), at most max bytes (-EFBIG), NUL-terminated.
 * The caller frees *ret; *ret_len may be NULL. */
int fs_read_fd(int fd, size_t max, char **ret, size_t *ret_len);
int fs_read_file(int dirfd, const char *path, size_t max, char **ret, size_t *ret_len);
/* Write everything, through short writes and EINTR. */
int fs_write_all(int fd, const void *data, size_t n);
/* Make or truncate a file and fill it. Not atomic: for files nobody else knows of yet. */
int fs_write_file(int dirfd, const char *path, const void *data, size_t n, mode_t mode);
/* Replace path by a file with this content: temporary file beside it, fsync if sync, rename. */
int fs_replace_file(int dirfd, const char *path, const char *data, size_t n, mode_t mode,
		    bool sync);
/* The same without sync for the only writer, who holds a lock: the temporary file is path~, and one
 * that a killed writer left is written over. */
int fs_replace_locked(int dirfd, const char *path, const char *data, size_t n, mode_t mode);
/* Is nothing there, for certain? What cannot be looked at may be there. */
bool fs_is_absent(int dirfd, const char *path);
/* readlinkat into an allocated string. */
int fs_readlink(int dirfd, const char *path, char **ret);

/*
 * Remove path and everything below it without crossing into another mount (-EXDEV) and without
 * following symlinks. What is missing already is no error.
 */
int fs_remove_tree(int dirfd, const char *path);
/*
 * Copy the tree at srcfd (a directory) into dstfd (an existing directory): owners, modes, times,
 * extended attributes, hard links within the tree, device nodes. Attributes of dstfd itself too.
 * Ids from base on (of a user namespace that begins there; 0: none) become those from 0 on.
 */
int fs_copy_tree(int srcfd, int dstfd, uid_t base);

/* Wait until fd can be read or has hung up. 0, or -ETIMEDOUT. timeout_ms < 0: for ever. */
int fs_wait_readable(int fd, int timeout_ms);
