/* SPDX-License-Identifier: MIT */
/* Kernel parameters of namespaces. */
#pragma once

#include <stdint.h>

/* "net.core.somaxconn=1024" to "net/core/somaxconn=1024" if that belongs to one of the namespaces
 * (CLONE_NEW*). -EINVAL with *ret_why, or -ENOMEM. The caller frees *ret. */
int sysctl_parse(const char *text, uint64_t namespaces, char **ret, const char **ret_why);
/* Write one "path=value" below the sys directory of a procfs. 0 or negative errno. */
int sysctl_write(int sys_dirfd, const char *assignment);
