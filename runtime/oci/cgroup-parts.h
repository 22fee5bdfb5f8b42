/* SPDX-License-Identifier: MIT */
/* What the files of cgroups share among themselves. Nothing here reports unless it says so. */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroup.h"
#include "config.h"
#include "runtime/cgroup-file.h"

/* How far below the container's cgroup a walk goes. */
#define CGROUP_DEPTH_MAX 64

/* Where systemd has it beside the hierarchies of v1. */
#define CGROUP_HYBRID_TOP CGROUP_TOP "/unified"

/* ---- cgroup.c ---- */

/* The directory of a process in cgroup v2; -EMEDIUMTYPE: there is none. */
int cgroup_find(pid_t pid, char **ret);

/* ---- cgroup-path.c: where cgroupsPath leads ---- */

/* The directory that cgroupfs takes for a container, in the hierarchy on top; own: that of our own
 * process. -EINVAL: it would be the top. */
int cgroup_path_dir(const char *top, const char *path, const char *id, const char *own, char **ret);
/* "SLICE:PREFIX:NAME" as the names of units; NULL: system.slice, nap and the id. -EINVAL. */
int cgroup_path_scope(const char *path, const char *id, char **ret_slice, char **ret_unit);

/* ---- cgroup-tree.c ---- */

/* Make dir and what is above it below top, all controllers handed down to it. *ret_kept: how much
 * of dir was there before, as the length of that path. -EBUSY: it is used, or frozen. Reports. */
int cgroup_tree_make(const char *top, const char *dir, int *ret_fd, size_t *ret_kept);
/* Remove dir and the directories above it whose paths are longer than kept. */
void cgroup_tree_undo(const char *dir, size_t kept);
/* Kill all in it, wait, and remove it with what is below. Reports. */
int cgroup_tree_remove(const char *dir);
/* Visit it, and what is below (to CGROUP_DEPTH_MAX), each before those below it; until a visit
 * gives anything but 0. What goes meanwhile is no error. */
int cgroup_tree_walk(int dirfd, int (*visit)(int dirfd, void *data), void *data);
/* Remove the directories below, however deep, of either version, until one is in use: that shows
 * when the parent cannot be removed. */
void cgroup_tree_remove_below(int dirfd);

/* ---- cgroup-process.c ---- */

/* Send a signal to all processes in it and below, of either version. Negative errno. */
int cgroup_signal(int dirfd, int signo);

/* ---- cgroup-systemd.c: through nap-bus; these report ---- */

/* Make g->unit around pid, limited and delegated. */
int cgroup_scope_start(struct oci_cgroup *g, const char *id, const struct oci_config *config,
		       pid_t pid);
/* Change its limits for as long as it is there. The properties as they were are added to old. */
int cgroup_scope_set(const struct oci_cgroup *g, const struct oci_resources *r, char ***old);
/* Set one of those again. Negative errno; does not report. */
int cgroup_scope_put_back(const struct oci_cgroup *g, const char *property);
/* Idempotent. */
int cgroup_scope_stop(const struct oci_cgroup *g);

/* ---- cgroup-v1.c: limits where the controllers are with v1 ---- */

/* Directories in the hierarchies of v1; *ret stays as it is if there are none. On failure nothing
 * is left. Reports. */
int cgroup_v1_up(const char *id, const struct oci_config *config, char ***ret);
/* The limits that are v1's, where it has a file for them, else a warning; the rules of devices.
 * What was there before is added to old, if that is not NULL. Report. */
int cgroup_v1_set(char *const *dirs, const struct oci_resources *res, char ***old);
int cgroup_v1_devices(char *const *dirs, const struct oci_resources *res, char ***old);
/* The directory that has a file: a descriptor, or -ENOENT. */
int cgroup_v1_open(char *const *dirs, const char *file);
/* The directory in the hierarchy of a controller, one of dirs; NULL: there is none. */
char **cgroup_v1_of(char **dirs, const char *controller);
/* oci_resources_write there. */
int cgroup_v1_write(char *const *dirs, const char *file, const char *value, char ***old);
/* Hold what is in them, or let it go; -EOPNOTSUPP: they have no freezer. Negative errno. */
int cgroup_v1_freeze(char *const *dirs, bool frozen);
bool cgroup_v1_is_frozen(char *const *dirs);
/* Put a process in them; 0: ourselves. Negative errno. */
int cgroup_v1_enter(char *const *dirs, pid_t pid);
/* Kill what is in them, and remove them. Idempotent. Reports. */
int cgroup_v1_down(char *const *dirs);

/* ---- cgroup-owner.c ---- */

/* Give the cgroup to the user whose the container's process is, where the specification lets that
 * be done (config-linux.md, Cgroup ownership). Reports. */
int cgroup_owner_set(int dirfd, const struct oci_config *config);
