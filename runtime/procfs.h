/* SPDX-License-Identifier: MIT */
/* /proc and /sys of the container: fresh, masked, read-only where they would reach the host. */
#pragma once

struct container;

/* Child: mount proc on proc_fd's place and sysfs and cgroup2 on sys_fd's. *ret_proc: nap's own
 * descriptor of the new procfs. Negative errno with *ret_what. */
int procfs_up(const struct container *c, int proc_target, int sys_target, int *ret_proc,
	      const char **ret_what);
/* Child: write the sysctls, then mask and protect. dev_dirfd is the new /dev. */
int procfs_protect(const struct container *c, int rootfd, int proc_fd, int dev_dirfd,
		   const char **ret_what);
/* The paths that are masked and made read-only, NULL-terminated, for inspect and tests. */
extern const char *const procfs_masked_dirs[], *const procfs_masked_files[],
						       *const procfs_read_only[];
