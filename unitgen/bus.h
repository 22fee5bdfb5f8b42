/* SPDX-License-Identifier: MIT */
/* What the files of nap-bus share: calls of systemd's manager, its jobs, values of properties. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "unitgen.h"

#define BUS_TIMEOUT_USEC (10 * 1000000ULL)
#define MANAGER "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"
#define SCOPE_INTERFACE "org.freedesktop.systemd1.Scope"
#define UNIT_PATH "/org/freedesktop/systemd1/unit"

/* The job that is waited for; signals of others pass by. */
struct bus_job {
	const char *path;
	bool done, failed;
	char result[32];
};

/* Before the call that gives job->path. */
int bus_watch_jobs(sd_bus *bus, struct bus_job *job);
/* timeout_usec: without a word from systemd. -ETIMEDOUT, -ECANCELED: it failed. */
int bus_wait_for_job(sd_bus *bus, struct bus_job *job, uint64_t timeout_usec);
/* Close the bus (NULL: it was never open) after calls that gave r and error, and put into why what
 * was wrong. 0, or r if that is negative. */
int bus_end(sd_bus *bus, sd_bus_error *error, int r, char why[static BUS_WHY_BYTES]);
/*
 * "NAME=VALUE" as (sv): a property that bus-property.c knows, as unit files have its value; or
 * "@NAME=VALUE", any property, its value in GVariant text ('word', true, uint64 5). -EINVAL.
 */
int bus_append_property(sd_bus_message *m, const char *assignment);
/* Append "NAME=VALUE\n" as the scope at path has it now, if that is a limit and can be read. */
void bus_read_property(sd_bus *bus, const char *path, const char *assignment, struct buf *out);
