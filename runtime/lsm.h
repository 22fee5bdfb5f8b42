/* SPDX-License-Identifier: MIT */
/* Security modules of the kernel: AppArmor profiles, SELinux contexts. */
#pragma once

#include <stdbool.h>

/* Can this machine confine by the profile? -EOPNOTSUPP after reporting. NULL: nothing is asked. */
int lsm_check(const char *apparmor);
/* Does this machine have AppArmor, SELinux? */
bool lsm_has_apparmor(void);
bool lsm_has_selinux(void);
