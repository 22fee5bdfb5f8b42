/* SPDX-License-Identifier: MIT */
/* Kernel parameters of namespaces, set. */
#pragma once

#include "lib/sysctl.h"

/* Write one "path=value" below the sys directory of a procfs. 0 or negative errno. */
int sysctl_write(int sys_dirfd, const char *assignment);
