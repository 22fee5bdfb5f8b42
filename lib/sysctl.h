/* SPDX-License-Identifier: MIT */
/* Kernel parameters of namespaces, as text. */
#pragma once

#include <stdint.h>

/* "net.core.somaxconn=1024" to "net/core/somaxconn=1024" if that belongs to one of the namespaces
 * (CLONE_NEW*). -EINVAL with *ret_why, or -ENOMEM. The caller frees *ret. */
int sysctl_parse(const char *text, uint64_t namespaces, char **ret, const char **ret_why);
