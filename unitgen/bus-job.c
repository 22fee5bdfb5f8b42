/* SPDX-License-Identifier: MIT */
/* systemd's jobs: waiting until the one that was asked for is done; and the jobs that end or change
 * a scope. Part of nap-bus. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bus.h"
#include "lib/cleanup.h"
#include "lib/text.h"

static int on_job_removed(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct bus_job *job = data;
	const char *path, *unit, *result;
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) < 0 || !job->path ||
	    !streq(path, job->path))
		return 0;
	job->done = true;
	job->failed = !streq(result, "done");
	(void)snprintf(job->result, sizeof(job->result), "%s", result);
	return 0;
}

int bus_watch_jobs(sd_bus *bus, struct bus_job *job)
{
	return sd_bus_match_signal(bus, NULL, MANAGER, MANAGER_PATH, MANAGER_INTERFACE,
				   "JobRemoved", on_job_removed, job);
}

int bus_wait_for_job(sd_bus *bus, struct bus_job *job, uint64_t timeout_usec)
{
	while (!job->done) {
		int r = sd_bus_process(bus, NULL);

		if (r == 0)
			r = sd_bus_wait(bus, timeout_usec);
		else if (r > 0)
			continue;
		if (r == 0)
			return -ETIMEDOUT;
		if (r < 0 && r != -EINTR)
			return r;
	}
	return job->failed ? -ECANCELED : 0;
}

static bool is_gone(const sd_bus_error *error)
{
	return sd_bus_error_has_name(error, MANAGER ".NoSuchUnit");
}

static int stop(sd_bus *bus, const char *unit, sd_bus_error *error)
{
	sd_bus_message *reply = NULL;
	struct bus_job job = {0};
	int r;

	r = bus_watch_jobs(bus, &job);
	if (r >= 0)
		r = sd_bus_call_method(bus, MANAGER, MANAGER_PATH, MANAGER_INTERFACE, "StopUnit",
				       error, &reply, "ss", unit, "replace");
	if (r < 0 && is_gone(error)) {
		sd_bus_error_free(error);
		return 0;
	}
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &job.path);
	if (r >= 0)
		r = bus_wait_for_job(bus, &job, BUS_TIMEOUT_USEC);
	if (r >= 0) /* one that has failed would stay; one that has not is gone, an error here */
		(void)sd_bus_call_method(bus, MANAGER, MANAGER_PATH, MANAGER_INTERFACE,
					 "ResetFailedUnit", NULL, NULL, "s", unit);
	(void)sd_bus_message_unref(reply);
	return r;
}

static int read_old(sd_bus *bus, const char *unit, char *const *assignments, struct buf *out)
{
	auto_free char *path = NULL;
	int r = sd_bus_path_encode(UNIT_PATH, unit, &path);

	for (char *const *a = assignments; r >= 0 && *a; a++)
		bus_read_property(bus, path, *a, out);
	return r < 0 ? r : out->error;
}

static int set(sd_bus *bus, const char *unit, char *const *assignments, sd_bus_error *error)
{
	sd_bus_message *m = NULL;
	int r;

	r = sd_bus_message_new_method_call(bus, &m, MANAGER, MANAGER_PATH, MANAGER_INTERFACE,
					   "SetUnitProperties");
	if (r >= 0) /* runtime: not for the next boot */
		r = sd_bus_message_append(m, "sb", unit, 1);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sv)");
	for (char *const *a = assignments; r >= 0 && *a; a++)
		r = bus_append_property(m, *a);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_call(bus, m, BUS_TIMEOUT_USEC, error, NULL);
	(void)sd_bus_message_unref(m);
	return r;
}

int bus_end(sd_bus *bus, sd_bus_error *error, int r, char why[static BUS_WHY_BYTES])
{
	if (r < 0)
		(void)snprintf(why, BUS_WHY_BYTES, "%s",
			       error->message ? error->message : strerror(-r));
	sd_bus_error_free(error);
	(void)sd_bus_flush_close_unref(bus);
	return r < 0 ? r : 0;
}

/* assignments, old: NULL to stop it. */
static int connect_and_call(const char *unit, char *const *assignments, struct buf *old,
			    char why[static BUS_WHY_BYTES])
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus *bus = NULL;
	int r;

	r = sd_bus_open_system(&bus);
	if (r >= 0 && assignments)
		r = read_old(bus, unit, assignments, old);
	if (r >= 0)
		r = assignments ? set(bus, unit, assignments, &error) : stop(bus, unit, &error);
	return bus_end(bus, &error, r, why);
}

int transient_scope_set(const char *unit, char *const *assignments, struct buf *old,
			char why[static BUS_WHY_BYTES])
{
	return connect_and_call(unit, assignments, old, why);
}

int transient_scope_stop(const char *unit, char why[static BUS_WHY_BYTES])
{
	return connect_and_call(unit, NULL, NULL, why);
}
