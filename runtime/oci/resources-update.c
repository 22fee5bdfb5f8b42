/* SPDX-License-Identifier: MIT */
/* update: new limits for a container that runs, of a document and of options. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup-parts.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "resources-parts.h"
#include "state.h"

enum setting_kind { SETTING_BYTES, SETTING_NUMBER, SETTING_TEXT };

#define MEMBER(member) offsetof(struct oci_resources, member)

/* Options of update by their names. */
static const struct {
	const char *name;
	enum setting_kind kind;
	size_t offset;
} settings_known[] = {
	{"blkio-weight", SETTING_NUMBER, MEMBER(block.weight)},
	{"cpu-burst", SETTING_NUMBER, MEMBER(cpu.burst)},
	{"cpu-idle", SETTING_NUMBER, MEMBER(cpu.idle)},
	{"cpu-period", SETTING_NUMBER, MEMBER(cpu.period)},
	{"cpu-quota", SETTING_NUMBER, MEMBER(cpu.quota)},
	{"cpu-rt-period", SETTING_NUMBER, MEMBER(cpu.realtime_period)},
	{"cpu-rt-runtime", SETTING_NUMBER, MEMBER(cpu.realtime_runtime)},
	{"cpu-share", SETTING_NUMBER, MEMBER(cpu.shares)},
	{"cpuset-cpus", SETTING_TEXT, MEMBER(cpu.cpus)},
	{"cpuset-mems", SETTING_TEXT, MEMBER(cpu.mems)},
	{"kernel-memory", SETTING_BYTES, MEMBER(memory.kernel)},
	{"kernel-memory-tcp", SETTING_BYTES, MEMBER(memory.kernel_tcp)},
	{"memory", SETTING_BYTES, MEMBER(memory.limit)},
	{"memory-reservation", SETTING_BYTES, MEMBER(memory.reservation)},
	{"memory-swap", SETTING_BYTES, MEMBER(memory.swap)},
	{"pids-limit", SETTING_NUMBER, MEMBER(pids)},
};

static int set_number(struct oci_number *to, enum setting_kind kind, const char *value)
{
	uint64_t bytes;
	int64_t n;
	int r;

	if (kind == SETTING_BYTES && !streq(value, "-1")) {
		r = parse_size(value, &bytes);
		n = (int64_t)bytes;
		if (r == 0 && bytes > INT64_MAX)
			r = -ERANGE;
	} else {
		r = parse_i64(value, -1, INT64_MAX, &n);
	}
	if (r == 0)
		*to = (struct oci_number){true, n};
	return r;
}

static int set(struct oci_resources *r, const char *setting)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings_known); i++) {
		const char *value = startswith(setting, settings_known[i].name);
		void *to = (char *)r + settings_known[i].offset;
		int n;

		if (!value || *value++ != '=')
			continue;
		n = settings_known[i].kind == SETTING_TEXT
			    ? text_set(to, value)
			    : set_number(to, settings_known[i].kind, value);
		return n < 0 ? log_fail(n, "--%s: \"%s\"", settings_known[i].name, value) : 0;
	}
	return log_refuse(-EINVAL, "unknown setting \"%s\"", setting);
}

static int read_all(const char *document, char *const *settings, struct oci_resources *ret)
{
	int r = document ? oci_resources_read(document, ret) : 0;

	for (char *const *s = settings; r == 0 && s && *s; s++)
		r = set(ret, *s);
	return r;
}

static int set_devices(const struct oci_cgroup *g, const struct oci_resources *r, char ***old)
{
	auto_fd int fd = -1;
	int n = cgroup_v1_devices(g->v1, r, old);

	if (n < 0 || !g->dir)
		return n;
	fd = open(g->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? log_fail(-errno, "open cgroup %s", g->dir)
		      : oci_device_filter(fd, r, g->v1);
}

/* The files first, because they say what is wrong with a limit; but systemd writes what it knows of
 * over them. */
static int set_all(const struct oci_cgroup *g, const struct oci_resources *r, char ***old)
{
	int n = oci_resources_apply(g, r, old);

	if (n == 0 && g->unit) {
		n = cgroup_scope_set(g, r, old);
		if (n == 0)
			n = oci_resources_apply(g, r, NULL);
	}
	if (n == 0 && r->n_devices > 0)
		n = set_devices(g, r, old);
	return n;
}

/* All of it or nothing, as with runc. */
static int change(const struct oci_cgroup *g, struct oci_resources *r)
{
	const char *first = oci_resources_first(r);
	auto_strv char **old = NULL;
	int n;

	if (!g->dir && !g->v1) {
		if (first)
			log_warn("the container has no cgroup: limits (%s) are not set", first);
		return 0;
	}
	n = g->v1 ? 0 : oci_resources_complete(g, r); /* v1 has a file for each number */
	if (n == 0)
		n = set_all(g, r, &old);
	if (n < 0)
		oci_resources_undo(g, old);
	return n;
}

/* The copy of config.json stays as it was created from: nobody asks it for the limits again, they
 * are in the cgroup and with systemd. */
int oci_update(const struct oci_options *o, const char *id, const char *resources,
	       char *const *settings)
{
	auto_oci_state struct oci_state s = {.dirfd = -1};
	CLEANUP(oci_resources_done)
	struct oci_resources r = {0};
	enum oci_status status;
	int n;

	n = oci_state_load(o, id, true, &s);
	if (n < 0)
		return n;
	status = oci_status_of(&s);
	if (status == OCI_STOPPED || status == OCI_CREATING)
		return log_refuse(-ESRCH, "container not running: %s", id);
	n = read_all(resources, settings, &r);
	return n < 0 ? n : change(&s.cgroup, &r);
}
