/* SPDX-License-Identifier: MIT */
/* Names of capabilities. */
#pragma once

/* "NET_ADMIN", "CAP_NET_ADMIN", any case. -EINVAL if there is no such capability. */
int caps_parse(const char *name, int *ret_cap);
/* The lower-case name ("cap_chown") of a number; valid for ever. */
const char *caps_name(int cap);
