/* SPDX-License-Identifier: MIT */
/* The transient scope of a one-off container under systemd: what is asked for, and asking nap-bus.
 */
#include "scope.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cgroup.h"
#include "container.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/program.h"
#include "lib/strv.h"

static int add_number(char ***v, const char *property, uint64_t value)
{
	return strv_take(v, text_format("%s=%llu", property, (unsigned long long)value));
}

/* DevicePolicy=closed allows the standard nodes; what was asked for is added. Making any is
 * allowed: they are made, and volumes filled with what an image has, by a process that is in the
 * scope already. */
static int add_devices(char ***v, const struct spec *spec)
{
	static const char *const closed[] = {"DevicePolicy=closed", "DeviceAllow=char-* m",
					     "DeviceAllow=block-* m"};

	if (spec->host_devices)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(closed); i++)
		if (strv_add(v, closed[i]) < 0)
			return -ENOMEM;
	for (size_t i = 0; i < spec->n_devices; i++)
		if (strv_take(v, text_format("DeviceAllow=%s %s", spec->devices[i].source,
					     spec->devices[i].access)) < 0)
			return -ENOMEM;
	return 0;
}

int scope_properties(char ***v, const struct spec *spec)
{
	if (strv_take(v, text_format("Description=nap container %s", spec->id)) < 0 ||
	    strv_add(v, "CollectMode=inactive-or-failed") < 0)
		return -ENOMEM;
	if (spec->memory_bytes && (add_number(v, "MemoryMax", spec->memory_bytes) < 0 ||
				   add_number(v, "MemorySwapMax", spec->memory_bytes) < 0))
		return -ENOMEM;
	if (spec->cpu_usec_per_sec &&
	    add_number(v, "CPUQuotaPerSecUSec", spec->cpu_usec_per_sec) < 0)
		return -ENOMEM;
	/* UINT64_MAX is systemd's infinity as well */
	return add_number(v, "TasksMax", spec->tasks) < 0 ? -ENOMEM : add_devices(v, spec);
}

int scope_bus_argv(const char *verb, char ***ret)
{
	auto_strv char **v = NULL;
	char *path;
	int r;

	r = program_find("nap-bus", &path);
	if (r < 0)
		return r;
	if (strv_take(&v, path) < 0 || strv_add(&v, verb) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(v);
	return 0;
}

static int make_argv(const struct container *c, char ***ret)
{
	auto_strv char **v = NULL;
	int r;

	r = scope_bus_argv("scope", &v);
	if (r < 0)
		return r;
	if (strv_add(&v, c->scope) < 0 || strv_take(&v, text_format("%d", (int)c->init_pid)) < 0 ||
	    strv_add(&v, "Delegate=yes") < 0 || scope_properties(&v, c->spec) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(v);
	return 0;
}

/*
 * The scope's cgroup, for the app to be cloned into as well. An OOM kill takes the whole container,
 * not some process of it; without the memory controller there is no such file, and no such kill.
 */
static int open_cgroup(struct container *c)
{
	auto_free char *dir = NULL;
	int r;

	r = cgroup_of(c->init_pid, &dir);
	if (r < 0)
		return log_fail(r, "find the cgroup of %s", c->scope);
	c->cgroup_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->cgroup_fd < 0)
		return log_fail(-errno, "open %s", dir);
	(void)fs_write_file(c->cgroup_fd, "memory.oom.group", "1", 1, 0644);
	return 0;
}

int scope_up(struct container *c)
{
	auto_strv char **argv = NULL;
	auto_free char *why = NULL;
	int r;

	if (!c->scope)
		return 0;
	r = make_argv(c, &argv);
	if (r == 0)
		r = program_output(argv, &why);
	if (r == 0)
		return open_cgroup(c);
	if (r > 0)
		why[strcspn(why, "\n")] = '\0';
	if (c->spec->limits_asked)
		return log_refuse(-EIO, "make the transient scope %s: %s", c->scope,
				  r < 0 ? strerror(-r) : why);
	log_warn("no transient scope (%s): the default limits do not apply",
		 r < 0 ? strerror(-r) : why);
	return 0;
}
