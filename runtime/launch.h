/* SPDX-License-Identifier: MIT */
/* Cloning, for the files of runtime/ that make processes. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* clone3(2) with a pidfd, into the cgroup cgroup_fd unless that is negative. With CLONE_PARENT the
 * child is our parent's, and not ours to wait for. The pid, 0 in the child, or negative errno. */
pid_t clone_process(uint64_t flags, int cgroup_fd, int *ret_pidfd);
