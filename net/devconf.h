/* SPDX-License-Identifier: MIT */
/* What /proc/sys/net/ipv{4,6}/conf says of an interface ("all" and "default" are some, too) of the
 * current network namespace. None of these functions reports. */
#pragma once

#include <stdbool.h>

/* -ENOENT: there is no such interface, no such key in this kernel, or no IPv6. */
int devconf_read(int family, const char *interface, const char *key, int *ret);
/* Leaves alone what has the value already. */
int devconf_write(int family, const char *interface, const char *key, int value);
/* Has an interface IPv6? Not so if the kernel has none, if it is disabled there, or if the MTU is
 * too small for it. */
bool devconf_has_ipv6(const char *interface);
