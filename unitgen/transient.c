/* SPDX-License-Identifier: MIT */
/*
 * Transient units over sd-bus. Part of nap-bus: nap itself does not link libsystemd, whose mapping
 * would cost every start two milliseconds.
 */
#include "unitgen.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
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
enum property_kind { PROPERTY_STRING, PROPERTY_NUMBER, PROPERTY_BOOL, PROPERTY_DEVICE };

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
	{"MemoryMax", PROPERTY_NUMBER},
	{"MemorySwapMax", PROPERTY_NUMBER},
	{"TasksMax", PROPERTY_NUMBER},
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
	case PROPERTY_DEVICE:
		return append_device(m, name, value);
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

static int append_properties(sd_bus_message *m, pid_t pid, char *const *assignments)
{
	int r;

	r = sd_bus_message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = sd_bus_message_append(m, "(sv)", "PIDs", "au", 1, (uint32_t)pid);
	for (; r >= 0 && *assignments; assignments++)
		r = append_property(m, *assignments);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int new_call(sd_bus *bus, const char *unit, pid_t pid, char *const *assignments,
		    sd_bus_message **ret)
{
	sd_bus_message *m = NULL;
	int r;

	r = sd_bus_message_new_method_call(bus, &m, MANAGER, MANAGER_PATH, MANAGER_INTERFACE,
					   "StartTransientUnit");
	if (r >= 0)
		r = sd_bus_message_append(m, "ss", unit, "fail");
	if (r >= 0)
		r = append_properties(m, pid, assignments);
	if (r >= 0)
		r = sd_bus_message_append(m, "a(sa(sv))", 0);
	if (r < 0) {
		(void)sd_bus_message_unref(m);
		return r;
	}
	*ret = m;
	return 0;
}

static int wait_for_job(sd_bus *bus, struct job *job)
{
	while (!job->done) {
		int r = sd_bus_process(bus, NULL);

		if (r == 0)
			r = sd_bus_wait(bus, BUS_TIMEOUT_USEC);
		else if (r > 0)
			continue;
		if (r == 0)
			return -ETIMEDOUT;
		if (r < 0 && r != -EINTR)
			return r;
	}
	return job->failed ? -ECANCELED : 0;
}

static int start_unit(sd_bus *bus, const char *unit, pid_t pid, char *const *assignments,
		      char why[static 160])
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL, *reply = NULL;
	struct job job = {0};
	int r;

	r = sd_bus_match_signal(bus, NULL, MANAGER, MANAGER_PATH, MANAGER_INTERFACE, "JobRemoved",
				on_job_removed, &job);
	if (r >= 0)
		r = new_call(bus, unit, pid, assignments, &m);
	if (r >= 0)
		r = sd_bus_call(bus, m, BUS_TIMEOUT_USEC, &error, &reply);
	if (r < 0)
		(void)snprintf(why, 160, "%s", error.message ? error.message : strerror(-r));
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &job.path);
	if (r >= 0)
		r = wait_for_job(bus, &job);
	if (r < 0 && !*why)
		(void)snprintf(why, 160, "%s", job.failed ? job.result : strerror(-r));
	(void)sd_bus_message_unref(m);
	(void)sd_bus_message_unref(reply);
	sd_bus_error_free(&error);
	return r;
}

int transient_scope_start(const char *unit, pid_t pid, char *const *assignments,
			  char why[static 160])
{
	sd_bus *bus = NULL;
	int r;

	*why = '\0';
	r = sd_bus_open_system(&bus);
	if (r < 0) {
		(void)snprintf(why, 160, "connect to the system bus: %s", strerror(-r));
		return r;
	}
	r = start_unit(bus, unit, pid, assignments, why);
	(void)sd_bus_flush_close_unref(bus);
	return r < 0 ? r : 0;
}
