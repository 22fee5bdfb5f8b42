/* SPDX-License-Identifier: MIT */
/* Which systemd unit a name on the command line stands for. */
#pragma once

#include <stdbool.h>

struct paths;

/*
 * The unit of the service NAME, allocated: what the container of this name is the service of, else
 * app@NAME.service if there is an app file of NAME. *ret_unit is NULL if NAME is neither. Reports.
 */
int service_find(const struct paths *paths, const char *name, char **ret_unit);
/* The same where it is neither: app@NAME.service, unless it must be defined. Reports. */
int service_unit(const struct paths *paths, const char *name, bool defined, char **ret_unit);
/* The container or app that a unit of nap's is: "web" for app@web.service, "job" for
 * nap-job.service; another name as it is. Allocated, NULL: out of memory. */
char *service_name(const char *unit);
