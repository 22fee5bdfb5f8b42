/* SPDX-License-Identifier: MIT */
/*
 * Transient units over sd-bus. Part of nap-bus: nap itself does not link libsystemd, whose mapping
 * would cost every start two milliseconds.
 */
#include "bus.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "lib/cleanup.h"
#include "lib/text.h"

/* What is wanted: a scope around a process, or a service that executes something. */
struct request {
	const char *unit;
	char *const *assignments;
	pid_t pid;
	char *const *start, *const *stop_post; /* NULL of a scope */
};

/* Exec*Ex of one command, a(sasas): its words are what they are, not variables of systemd's. */
static int append_command(sd_bus_message *m, const char *name, char *const *argv,
			  char *const *flags)
{
	int r;

	r = sd_bus_message_open_container(m, 'r', "sv");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", name);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "a(sasas)");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sasas)");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'r', "sasas");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", argv[0]);
	if (r >= 0)
		r = sd_bus_message_append_strv(m, (char **)argv);
	if (r >= 0)
		r = sd_bus_message_append_strv(m, (char **)flags);
	for (int i = 0; r >= 0 && i < 4; i++)
		r = sd_bus_message_close_container(m);
	return r;
}

/* AddRef: a service that fails is still there when we ask why. */
static int append_service(sd_bus_message *m, const struct request *q)
{
	static char no_expand[] = "no-env-expand", ignore[] = "ignore-failure";
	char *const start_flags[] = {no_expand, NULL};
	char *const stop_flags[] = {no_expand, ignore, NULL};
	int r;

	r = append_command(m, "ExecStartEx", q->start, start_flags);
	if (r >= 0)
		r = append_command(m, "ExecStopPostEx", q->stop_post, stop_flags);
	return r < 0 ? r : sd_bus_message_append(m, "(sv)", "AddRef", "b", 1);
}

static int append_properties(sd_bus_message *m, const struct request *q)
{
	int r;

	r = sd_bus_message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = q->start ? append_service(m, q)
			     : sd_bus_message_append(m, "(sv)", "PIDs", "au", 1, (uint32_t)q->pid);
	for (char *const *a = q->assignments; r >= 0 && *a; a++)
		r = bus_append_property(m, *a);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int new_call(sd_bus *bus, const struct request *q, sd_bus_message **ret)
{
	sd_bus_message *m = NULL;
	int r;

	r = sd_bus_message_new_method_call(bus, &m, MANAGER, MANAGER_PATH, MANAGER_INTERFACE,
					   "StartTransientUnit");
	if (r >= 0)
		r = sd_bus_message_append(m, "ss", q->unit, "fail");
	if (r >= 0)
		r = append_properties(m, q);
	if (r >= 0)
		r = sd_bus_message_append(m, "a(sa(sv))", 0);
	if (r < 0) {
		(void)sd_bus_message_unref(m);
		return r;
	}
	*ret = m;
	return 0;
}

/* Why a service has failed: what it said itself, else what systemd saw. */
static void explain(sd_bus *bus, const char *unit, char why[static BUS_WHY_BYTES])
{
	static const char interface[] = "org.freedesktop.systemd1.Service";
	char *path = NULL, *status = NULL, *result = NULL;

	if (sd_bus_path_encode(UNIT_PATH, unit, &path) >= 0) {
		(void)sd_bus_get_property_string(bus, MANAGER, path, interface, "StatusText", NULL,
						 &status);
		(void)sd_bus_get_property_string(bus, MANAGER, path, interface, "Result", NULL,
						 &result);
	}
	if (status && *status)
		(void)snprintf(why, BUS_WHY_BYTES, "%s", status);
	else if (result)
		(void)snprintf(why, BUS_WHY_BYTES, "its result is %s", result);
	free(path);
	free(status);
	free(result);
}

static int start_unit(sd_bus *bus, const struct request *q, char why[static BUS_WHY_BYTES])
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL, *reply = NULL;
	struct bus_job job = {0};
	int r;

	r = bus_watch_jobs(bus, &job);
	if (r >= 0)
		r = new_call(bus, q, &m);
	if (r >= 0)
		r = sd_bus_call(bus, m, BUS_TIMEOUT_USEC, &error, &reply);
	if (r < 0)
		(void)snprintf(why, BUS_WHY_BYTES, "%s",
			       error.message ? error.message : strerror(-r));
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &job.path);
	if (r >= 0) /* a service has a time-out of its own */
		r = bus_wait_for_job(bus, &job, q->start ? UINT64_MAX : BUS_TIMEOUT_USEC);
	if (job.failed && q->start)
		explain(bus, q->unit, why);
	if (r < 0 && !*why)
		(void)snprintf(why, BUS_WHY_BYTES, "%s", job.failed ? job.result : strerror(-r));
	(void)sd_bus_message_unref(m);
	(void)sd_bus_message_unref(reply);
	sd_bus_error_free(&error);
	return r;
}

static int connect_and_start(const struct request *q, char why[static BUS_WHY_BYTES])
{
	sd_bus *bus = NULL;
	int r;

	*why = '\0';
	r = sd_bus_open_system(&bus);
	if (r < 0) {
		(void)snprintf(why, BUS_WHY_BYTES, "connect to the system bus: %s", strerror(-r));
		return r;
	}
	r = start_unit(bus, q, why);
	(void)sd_bus_flush_close_unref(bus);
	return r < 0 ? r : 0;
}

int transient_scope_start(const char *unit, pid_t pid, char *const *assignments,
			  char why[static BUS_WHY_BYTES])
{
	struct request q = {.unit = unit, .assignments = assignments, .pid = pid};

	return connect_and_start(&q, why);
}

int transient_service_start(const char *unit, char *const *assignments, char *const *start,
			    char *const *stop_post, char why[static BUS_WHY_BYTES])
{
	struct request q = {unit, assignments, 0, start, stop_post};

	return connect_and_start(&q, why);
}
