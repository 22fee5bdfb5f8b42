/* SPDX-License-Identifier: MIT */
/* Resource limits by their ulimit(1) names, in docker's notation. */
#pragma once

#include <stdbool.h>
#include <sys/resource.h>

struct rlimit_spec {
	int resource;
	struct rlimit limit;
	bool best_effort; /* a default: kept below the hard limit we have */
};

/* docker's --ulimit: NAME=SOFT[:HARD], -1 or "unlimited" for no limit. -EINVAL, -ERANGE (soft above
 * hard). Does not report. */
int rlimit_parse(const char *text, struct rlimit_spec *ret);
/* "nofile" for RLIMIT_NOFILE. */
const char *rlimit_name(int resource);
/* "RLIMIT_NOFILE" for RLIMIT_NOFILE; of one that has a name. */
const char *rlimit_constant(int resource);
/* RLIMIT_NOFILE for "nofile", or -1. */
int rlimit_number(const char *name);
