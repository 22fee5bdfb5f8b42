/* SPDX-License-Identifier: MIT */
/*
 * StartTransientUnit over sd-bus. libsystemd is loaded here, when it is needed, and not linked: it
 * would cost every start two milliseconds.
 */
#include "scope.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "cgroup.h"
#include "container.h"
#include "lib/fs.h"
#include "lib/log.h"

#define BUS_TIMEOUT_USEC (10 * 1000000ULL)

struct bus_api {
	void *library;
	typeof(&sd_bus_open_system) open_system;
	typeof(&sd_bus_flush_close_unref) flush_close_unref;
	typeof(&sd_bus_message_new_method_call) new_method_call;
	typeof(&sd_bus_message_append) append;
	typeof(&sd_bus_message_open_container) open_container;
	typeof(&sd_bus_message_close_container) close_container;
	typeof(&sd_bus_message_read) read;
	typeof(&sd_bus_message_unref) unref;
	typeof(&sd_bus_match_signal) match_signal;
	typeof(&sd_bus_call) call;
	typeof(&sd_bus_process) process;
	typeof(&sd_bus_wait) wait;
	typeof(&sd_bus_error_free) error_free;
};

static int load_api(struct bus_api *api)
{
	const struct {
		const char *name;
		void **at;
	} symbols[] = {
		{"sd_bus_open_system", (void **)&api->open_system},
		{"sd_bus_flush_close_unref", (void **)&api->flush_close_unref},
		{"sd_bus_message_new_method_call", (void **)&api->new_method_call},
		{"sd_bus_message_append", (void **)&api->append},
		{"sd_bus_message_open_container", (void **)&api->open_container},
		{"sd_bus_message_close_container", (void **)&api->close_container},
		{"sd_bus_message_read", (void **)&api->read},
		{"sd_bus_message_unref", (void **)&api->unref},
		{"sd_bus_match_signal", (void **)&api->match_signal},
		{"sd_bus_call", (void **)&api->call},
		{"sd_bus_process", (void **)&api->process},
		{"sd_bus_wait", (void **)&api->wait},
		{"sd_bus_error_free", (void **)&api->error_free},
	};

	api->library = dlopen("libsystemd.so.0", RTLD_LAZY | RTLD_LOCAL);
	if (!api->library)
		return -ELIBACC;
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		*symbols[i].at = dlsym(api->library, symbols[i].name);
		if (!*symbols[i].at)
			return -ELIBBAD;
	}
	return 0;
}

/* The job that is waited for; signals of others pass by. */
struct job {
	const struct bus_api *api;
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
	if (job->api->read(m, "uoss", &id, &path, &unit, &result) < 0 || !job->path ||
	    !streq(path, job->path))
		return 0;
	job->done = true;
	job->failed = !streq(result, "done");
	(void)snprintf(job->result, sizeof(job->result), "%s", result);
	return 0;
}

/* DevicePolicy=closed allows the standard nodes; what was asked for is added. */
static int append_devices(const struct bus_api *api, sd_bus_message *m, const struct spec *spec)
{
	int r;

	if (spec->host_devices)
		return 0;
	r = api->append(m, "(sv)", "DevicePolicy", "s", "closed");
	for (size_t i = 0; r >= 0 && i < spec->n_devices; i++)
		r = api->append(m, "(sv)", "DeviceAllow", "a(ss)", 1, spec->devices[i].source,
				"rwm");
	return r;
}

static int append_properties(const struct bus_api *api, sd_bus_message *m,
			     const struct container *c)
{
	const struct spec *spec = c->spec;
	auto_free char *description = text_format("nap container %s", spec->id);
	int r;

	if (!description)
		return -ENOMEM;
	r = api->open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = api->append(m, "(sv)(sv)(sv)(sv)", "Description", "s", description, "PIDs",
				"au", 1, (uint32_t)c->init_pid, "Delegate", "b", 1, "CollectMode",
				"s", "inactive-or-failed");
	if (r >= 0 && spec->memory_bytes)
		r = api->append(m, "(sv)(sv)", "MemoryMax", "t", spec->memory_bytes,
				"MemorySwapMax", "t", spec->memory_bytes);
	if (r >= 0 && spec->cpu_usec_per_sec)
		r = api->append(m, "(sv)", "CPUQuotaPerSecUSec", "t", spec->cpu_usec_per_sec);
	if (r >= 0)
		r = api->append(m, "(sv)", "TasksMax", "t", spec->tasks);
	if (r >= 0)
		r = append_devices(api, m, spec);
	return r < 0 ? r : api->close_container(m);
}

static int new_call(const struct bus_api *api, sd_bus *bus, const struct container *c,
		    sd_bus_message **ret)
{
	sd_bus_message *m = NULL;
	int r;

	r = api->new_method_call(bus, &m, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
				 "org.freedesktop.systemd1.Manager", "StartTransientUnit");
	if (r >= 0)
		r = api->append(m, "ss", c->scope, "fail");
	if (r >= 0)
		r = append_properties(api, m, c);
	if (r >= 0)
		r = api->append(m, "a(sa(sv))", 0);
	if (r < 0) {
		(void)api->unref(m);
		return r;
	}
	*ret = m;
	return 0;
}

static int wait_for_job(const struct bus_api *api, sd_bus *bus, struct job *job)
{
	while (!job->done) {
		int r = api->process(bus, NULL);

		if (r == 0)
			r = api->wait(bus, BUS_TIMEOUT_USEC);
		else if (r > 0)
			continue;
		if (r == 0)
			return -ETIMEDOUT;
		if (r < 0 && r != -EINTR)
			return r;
	}
	return job->failed ? -ECANCELED : 0;
}

/* why: what systemd says, where it says something. */
static int start_unit(const struct bus_api *api, sd_bus *bus, const struct container *c,
		      char why[static 128])
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL, *reply = NULL;
	struct job job = {.api = api};
	int r;

	r = api->match_signal(bus, NULL, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
			      "org.freedesktop.systemd1.Manager", "JobRemoved", on_job_removed,
			      &job);
	if (r >= 0)
		r = new_call(api, bus, c, &m);
	if (r >= 0)
		r = api->call(bus, m, BUS_TIMEOUT_USEC, &error, &reply);
	if (r < 0 && error.message)
		(void)snprintf(why, 128, "%s", error.message);
	if (r >= 0)
		r = api->read(reply, "o", &job.path);
	if (r >= 0)
		r = wait_for_job(api, bus, &job);
	if (job.failed)
		(void)snprintf(why, 128, "job %s", job.result);
	(void)api->unref(m);
	(void)api->unref(reply);
	api->error_free(&error);
	return r;
}

/* An OOM kill takes the whole container, not some process of it. */
static void group_oom_kill(const struct container *c)
{
	auto_free char *dir = NULL, *file = NULL;

	if (cgroup_of(c->init_pid, &dir) < 0)
		return;
	file = text_format("%s/memory.oom.group", dir);
	if (file) /* without the memory controller there is no such file, and no such kill */
		(void)fs_write_file(AT_FDCWD, file, "1", 1, 0644);
}

static int make_scope(struct container *c, char why[static 128])
{
	struct bus_api api = {0};
	sd_bus *bus = NULL;
	int r;

	r = load_api(&api);
	if (r >= 0)
		r = api.open_system(&bus);
	if (r >= 0)
		r = start_unit(&api, bus, c, why);
	if (bus)
		(void)api.flush_close_unref(bus);
	/* the library stays loaded: unloading it is not supported by it */
	return r;
}

int scope_up(struct container *c)
{
	char why[128] = "";
	int r;

	if (!c->scope)
		return 0;
	r = make_scope(c, why);
	if (r >= 0) {
		group_oom_kill(c);
		return 0;
	}
	if (!*why)
		(void)snprintf(why, sizeof(why), "%s", strerror(-r));
	if (c->spec->limits_asked)
		return log_refuse(r, "make the transient scope %s: %s", c->scope, why);
	log_warn("no transient scope (%s): the default limits do not apply", why);
	return 0;
}

void scope_down(const char *scope)
{
	(void)scope; /* CollectMode= lets systemd forget it with its last process */
}
