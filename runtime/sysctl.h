/* SPDX-License-Identifier: MIT */
/* Kernel parameters of namespaces, set. */
#pragma once

#include <sys/types.h>

#include "lib/sysctl.h"

/* Two ids of groups, which are the host's in the kernel's eyes. */
#define SYSCTL_GROUP_RANGE "net/ipv4/ping_group_range="

/* Write one "path=value" below the sys directory of a procfs. 0 or negative errno. */
int sysctl_write(int sys_dirfd, const char *assignment);
/* The same by a child that has the ids of files of root, the container's: some of the IPC
 * namespace's are for its root's effective id to write, and capabilities do not count. */
int sysctl_write_as(uid_t root, int sys_dirfd, const char *assignment);
