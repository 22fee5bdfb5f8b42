/* SPDX-License-Identifier: MIT */
/* What reads and writes the operator's and systemd's definitions. The whole public face of
 * unitgen/. */
#pragma once

#include <sys/types.h>

/* ---- nap-bus only ---- */

/*
 * Make the transient scope unit around the process pid and wait until it is there. assignments:
 * NULL-terminated "Property=value" (systemd.resource-control(5) by their D-Bus names, as listed in
 * transient.c). 0, or negative errno with a reason in why. Does not report.
 */
int transient_scope_start(const char *unit, pid_t pid, char *const *assignments,
			  char why[static 160]);
