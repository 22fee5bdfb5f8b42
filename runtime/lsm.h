/* SPDX-License-Identifier: MIT */
/* Security modules of the kernel: AppArmor profiles. */
#pragma once

/* Can this machine confine by the profile? -EOPNOTSUPP after reporting. NULL: nothing is asked. */
int lsm_check(const char *apparmor);
/* Child: have the next execve(2) of this thread change to the profile. Negative errno; -ENOENT if
 * it is not loaded. */
int lsm_set(const char *apparmor);
