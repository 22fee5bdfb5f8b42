/* SPDX-License-Identifier: MIT */
/* Resource limits by their ulimit(1) names. */
#pragma once

struct rlimit_spec;

/* docker's --ulimit: NAME=SOFT[:HARD], -1 or "unlimited" for no limit. -EINVAL, -ERANGE (soft above
 * hard). Does not report. */
int rlimit_parse(const char *text, struct rlimit_spec *ret);
/* "nofile" for RLIMIT_NOFILE. */
const char *rlimit_name(int resource);
/* RLIMIT_NOFILE for "nofile", or -1. */
int rlimit_number(const char *name);
