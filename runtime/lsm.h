/* SPDX-License-Identifier: MIT */
/* Security modules of the kernel: AppArmor profiles. */
#pragma once

/* Can this machine confine by the profile? -EOPNOTSUPP after reporting. NULL: nothing is asked. */
int lsm_check(const char *apparmor);
