/* SPDX-License-Identifier: MIT */
/*
 * Transient units over sd-bus. Part of nap-bus: nap itself does not link libsystemd, whose mapping
 * would cost every start two milliseconds.
 */
#include "unitgen.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "lib/cleanup.h"
#include "lib/parse.h"
#include "lib/text.h"

#define BUS_TIMEOUT_USEC (10 * 1000000ULL)
#define MANAGER "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"

/* How a property's text becomes a value of D-Bus. */
enum property_kind {
	PROPERTY_STRING,
	PROPERTY_STRINGS, /* one of them */
	PROPERTY_NUMBER,
	PROPERTY_SIGNAL,
	PROPERTY_BOOL,
	PROPERTY_DEVICE,
	PROPERTY_EXIT_STATUS, /* one of them */
};

static const struct {
	const char *name;
	enum property_kind kind;
} properties[] = {
	{"CPUQuotaPerSecUSec", PROPERTY_NUMBER},
	{"CollectMode", PROPERTY_STRING},
	{"Delegate", PROPERTY_BOOL},
	{"Description", PROPERTY_STRING},
	{"DeviceAllow", PROPERTY_DEVICE},
	{"DevicePolicy", PROPERTY_STRING},
	{"Environment", PROPERTY_STRINGS},
	{"KillMode", PROPERTY_STRING},
	{"KillSignal", PROPERTY_SIGNAL},
	{"MemoryMax", PROPERTY_NUMBER},
	{"MemorySwapMax", PROPERTY_NUMBER},
	{"NotifyAccess", PROPERTY_STRING},
	{"OOMPolicy", PROPERTY_STRING},
	{"SuccessExitStatus", PROPERTY_EXIT_STATUS},
	{"SyslogIdentifier", PROPERTY_STRING},
	{"TasksMax", PROPERTY_NUMBER},
	{"TimeoutStopUSec", PROPERTY_NUMBER},
	{"Type", PROPERTY_STRING},
	{"WorkingDirectory", PROPERTY_STRING},
};

/* The job that is waited for; signals of others pass by. */
struct job {
	const char *path;
	bool done, failed;
	char result[32];
};

static int on_job_removed(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct job *job = data;
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

/* "PATH ACCESS", as in a unit file. */
static int append_device(sd_bus_message *m, const char *name, const char *value)
{
	const char *access = strrchr(value, ' ');
	auto_free char *path = access ? strndup(value, (size_t)(access - value)) : NULL;

	if (!path)
		return access ? -ENOMEM : -EINVAL;
	return sd_bus_message_append(m, "(sv)", name, "a(ss)", 1, path, access + 1);
}

static int append_signal(sd_bus_message *m, const char *name, const char *value)
{
	int signo;

	if (parse_signal(value, &signo) < 0)
		return -EINVAL;
	return sd_bus_message_append(m, "(sv)", name, "i", signo);
}

static int append_exit_status(sd_bus_message *m, const char *name, const char *value)
{
	uint32_t status;

	if (parse_u32(value, 0, UINT8_MAX, &status) < 0)
		return -EINVAL;
	return sd_bus_message_append(m, "(sv)", name, "(aiai)", 1, (int)status, 0);
}

static int append_value(sd_bus_message *m, enum property_kind kind, const char *name,
			const char *value)
{
	uint64_t number;
	bool on;

	switch (kind) {
	case PROPERTY_STRING:
		return sd_bus_message_append(m, "(sv)", name, "s", value);
	case PROPERTY_NUMBER:
		if (parse_u64(value, 0, UINT64_MAX, &number) < 0)
			return -EINVAL;
		return sd_bus_message_append(m, "(sv)", name, "t", number);
	case PROPERTY_BOOL:
		if (parse_bool(value, &on) < 0)
			return -EINVAL;
		return sd_bus_message_append(m, "(sv)", name, "b", (int)on);
	case PROPERTY_STRINGS:
		return sd_bus_message_append(m, "(sv)", name, "as", 1, value);
	case PROPERTY_SIGNAL:
		return append_signal(m, name, value);
	case PROPERTY_DEVICE:
		return append_device(m, name, value);
	case PROPERTY_EXIT_STATUS:
		return append_exit_status(m, name, value);
	}
	return -EINVAL;
}

static int append_property(sd_bus_message *m, const char *assignment)
{
	size_t n = strcspn(assignment, "=");

	for (size_t i = 0; assignment[n] && i < ARRAY_SIZE(properties); i++)
		if (strlen(properties[i].name) == n &&
		    strncmp(properties[i].name, assignment, n) == 0)
			return append_value(m, properties[i].kind, properties[i].name,
					    assignment + n + 1);
	return -EINVAL;
}

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
		r = append_property(m, *a);
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

/* timeout_usec: without a word from systemd. */
static int wait_for_job(sd_bus *bus, struct job *job, uint64_t timeout_usec)
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

/* Why a service has failed: what it said itself, else what systemd saw. */
static void explain(sd_bus *bus, const char *unit, char why[static BUS_WHY_BYTES])
{
	static const char interface[] = "org.freedesktop.systemd1.Service";
	char *path = NULL, *status = NULL, *result = NULL;

	if (sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &path) >= 0) {
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
	struct job job = {0};
	int r;

	r = sd_bus_match_signal(bus, NULL, MANAGER, MANAGER_PATH, MANAGER_INTERFACE, "JobRemoved",
				on_job_removed, &job);
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
		r = wait_for_job(bus, &job, q->start ? UINT64_MAX : BUS_TIMEOUT_USEC);
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
