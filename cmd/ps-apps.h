/* SPDX-License-Identifier: MIT */
/* The apps that are defined, or that systemd has heard of, and do not run. */
#pragma once

#include <stddef.h>

struct container_info;

struct resting_app {
	char *name;
	char *state; /* as systemd has it: "inactive", "failed", "activating", ... */
};

/* All of them but those in the list of what runs. The caller frees with resting_apps_free. Reports.
 */
int resting_apps_list(const struct container_info *running, size_t n, struct resting_app **ret,
		      size_t *ret_n);
void resting_apps_free(struct resting_app *apps, size_t n);
