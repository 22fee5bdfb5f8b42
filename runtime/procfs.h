/* SPDX-License-Identifier: MIT */
/* /proc and /sys of the container: fresh, masked, read-only where they would reach the host. */
#pragma once

struct container;

/* What nap has mounted, by descriptor: what a name of the root leads to may be another's choice. */
struct system_mounts {
	int proc_fd, sys_fd, dev_dirfd;
};

/* Child: mount proc on the directory target; *ret_fd: nap's own descriptor of it. Negative errno.
 */
int procfs_up(int target, int *ret_fd);
/* Child: mount sysfs and cgroup2 on the directory target, as the network namespace and the cgroup
 * namespace that we are in have them; *ret_fd: the sysfs. Negative errno with *ret_what. */
int sysfs_up(const struct container *c, int target, int *ret_fd, const char **ret_what);
/* Child: write the sysctls, then mask and protect. */
int procfs_protect(const struct container *c, const struct system_mounts *m, const char **ret_what);
/* Child, when all mounts are made: hide spec->mask, wherever it leads inside rootfd. */
int procfs_mask(const struct container *c, int rootfd, int dev_dirfd, const char **ret_what);
/* The paths that are masked and made read-only, NULL-terminated, for inspect and tests. */
extern const char *const procfs_masked_dirs[], *const procfs_masked_files[],
						       *const procfs_read_only[];
