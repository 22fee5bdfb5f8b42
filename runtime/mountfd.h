/* SPDX-License-Identifier: MIT */
/* The mount API of descriptors (fsopen(2) and its relatives). 0 or a descriptor, or negative errno;
 * nothing reports. All is async-signal-safe: usable between clone and execve. */
#pragma once

#include <linux/mount.h>
#include <stdbool.h>

/* A context for a new file system. */
int mountfd_open(const char *type);
int mountfd_set(int fs, const char *key, const char *value);
int mountfd_set_flag(int fs, const char *key);
/* Create the superblock and a detached mount with MOUNT_ATTR_*. */
int mountfd_create(int fs, unsigned attr);
/* All of the above in one: options is a NULL-terminated list of key, value, key, value. */
int mountfd_new(const char *type, const char *const *options, unsigned attr);
/* A detached copy of the mount at path (dirfd itself if path is ""). */
int mountfd_clone(int dirfd, const char *path, bool recursive);
int mountfd_setattr(int fd, const struct mount_attr *attr, bool recursive);
/* Attach the detached mount fd at path below dirfd (symlinks not followed), or on dirfd itself if
 * path is "". */
int mountfd_attach(int fd, int dirfd, const char *path);
/*
 * Make the root of our mount namespace ours. In a chroot it is not, and would still be there for
 * who joins later: joining the namespace we are in makes it ours, and then the one that is
 * replaced.
 */
int mountfd_enter_root(void);
/* Make the mount of rootfd, attached in our mount namespace, the root of that and ours, and let the
 * old one go. */
int mountfd_pivot(int rootfd);
