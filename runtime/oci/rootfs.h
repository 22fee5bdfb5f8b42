/* SPDX-License-Identifier: MIT */
/*
 * What the files about the root have in common. The child's part allocates little and decides
 * nothing that the parent could have decided.
 */
#pragma once

#include <linux/sched.h>
#include <stdbool.h>

#include "init.h"

/* Its mounts are its own: there is something to be done before it is entered. */
static inline bool has_own_root(const struct oci_container *oc)
{
	return oci_namespace(&oc->config, CLONE_NEWNS) != NULL;
}

static inline bool is_kind(const struct oci_mount *m, const char *type)
{
	return m->type && streq(m->type, type);
}

/* Where a mount goes: a directory or file of the root. */
struct place {
	int fd;
	bool was_there; /* nap has not made it; looked at for a tmpfs only */
};

/* ---- filesystems.c, child ---- */

/* A new file system as m asks for, to be moved to target. Negative errno; w->what may say more. */
int filesystem_new(struct walk *w, const struct oci_mount *m, const struct place *target,
		   int *ret_fd);
/* Change the attributes and options of the one that is mounted on target. */
int filesystem_remount(const struct oci_mount *m, int target);
/* On one of these, a name of the root may lead anywhere: the mount wants a real directory. */
bool filesystem_wants_real_directory(const struct oci_mount *m);

/* ---- mounts.c ---- */

/* Attributes, those of all mounts below, then propagation, of a mount. Both halves. One that is
 * filled is read-only only by mounts_finish. */
int mount_change(const struct oci_mount *m, int fd);
bool mount_is_filled(const struct oci_mount *m);
int mounts_finish(struct walk *w);
/* The directory of path inside the root, made where it is missing. */
int open_parent(int rootfd, const char *path, int *ret_fd);

/* ---- masks.c ---- */

/* In covers_fd, which lies below the root, unseen. */
#define COVER_FILE "null"
#define COVER_DIRECTORY "empty"

/* Parent: a detached tmpfs with a null device and an empty directory. Does not report. */
int masks_make_covers(const struct oci_config *config, int *ret_fd);
/* Child, when all mounts are made. */
int masks_up(struct walk *w);
int masks_read_only(struct walk *w);

/* ---- sysctls.c: child ---- */

int sysctls_up(struct walk *w);
/* Parent: refuse those that would be the host's. Reports. */
int sysctls_check(const struct oci_config *config);
