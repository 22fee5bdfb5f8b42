/* SPDX-License-Identifier: MIT */
/* Setting the resources of a cgroup by its files, and saying which one cannot be had. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup-parts.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "resources-parts.h"

/* A limit that changes nothing where the kernel does not count at all. */
static bool may_be_missing(const char *file, const char *value)
{
	if (streq(file, "memory.swap.max"))
		return streq(value, "0") || streq(value, "max");
	return endswith(file, ".rsvd.max");
}

/* On a hybrid machine v1 has controllers that v2 goes without: /proc/cgroups has a number of their
 * hierarchy then, not 0. */
static bool is_of_v1(const char *controller)
{
	auto_file FILE *f = fopen("/proc/cgroups", "re");
	const char *name = streq(controller, "io") ? "blkio" : controller;
	char line[256], is[64];
	int hierarchy;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %d", is, &hierarchy) == 2 && streq(is, name))
			return hierarchy != 0;
	return false;
}

/* 1: the controller is with v1, as good as no cgroup v2. */
static int explain(int dirfd, int why, const char *file, const char *value)
{
	auto_free char *there = NULL;
	char controller[64];

	(void)snprintf(controller, sizeof(controller), "%.*s", (int)strcspn(file, "."), file);
	if (why != -ENOENT || streq(controller, "cgroup") ||
	    cgroup_read(dirfd, "cgroup.controllers", &there) < 0 ||
	    cgroup_has_word(there, controller))
		return log_fail(why, "write \"%s\" to %s", value, file);
	if (is_of_v1(controller))
		return 1;
	return log_refuse(-EOPNOTSUPP,
			  "cannot set %s: the requested cgroup controller `%s` is not available",
			  file, controller);
}

/* old: where what was there before is noted, or NULL. */
static int write_setting(int dirfd, char *setting, char ***old)
{
	char *value = strchr(setting, '=');
	int r;

	*value++ = '\0';
	r = oci_resources_write(dirfd, setting, value, old);
	if (r == -ENOENT && may_be_missing(setting, value))
		return 0;
	return r < 0 ? explain(dirfd, r, setting, value) : 0;
}

/* Files that the configuration names itself MUST be there (config-linux.md, Unified). */
static bool is_named(const struct oci_resources *r, const char *file)
{
	for (size_t i = 0; i < r->n_unified; i++)
		if (streq(r->unified[i].name, file))
			return true;
	return false;
}

/* What cannot be had here is warned of once. */
static int write_settings(int dirfd, const struct oci_resources *res, char **settings, char ***old)
{
	const char *missed = NULL;
	int r = 0;

	for (char **s = settings; r >= 0 && s && *s; s++) {
		r = write_setting(dirfd, *s, old);
		if (r > 0 && is_named(res, *s))
			r = log_refuse(
				-ENOENT,
				"cannot set %s: No such file or directory: cgroup v1 has the "
				"controller",
				*s);
		if (r > 0 && !missed)
			missed = *s;
	}
	if (r >= 0 && missed)
		log_warn("cgroup v1 has the controller: limits (%s) are not set", missed);
	return r < 0 ? r : 0;
}

/* The kernel would kill somebody to get below a new limit. */
static int check_usage(int dirfd, const struct oci_resources *r)
{
	uint64_t usage;

	if (r->memory.check_before_update.value != 1 || !resources_has(&r->memory.limit) ||
	    r->memory.limit.value < 0 || cgroup_read_number(dirfd, "memory.current", &usage) < 0 ||
	    usage <= (uint64_t)r->memory.limit.value)
		return 0;
	return log_refuse(-EBUSY,
			  "rejecting memory limit %" PRId64 ": lower than memory usage %" PRIu64,
			  r->memory.limit.value, usage);
}

int oci_resources_apply(const struct oci_cgroup *g, const struct oci_resources *r, char ***old)
{
	auto_fd int fd = -1;
	auto_strv char **v = NULL;
	struct oci_resources rest;
	bool bfq;
	int n;

	if (g->v1) {
		n = cgroup_v1_set(g->v1, r, old);
		if (n < 0)
			return n;
		rest = oci_resources_rest(r);
		r = &rest;
	}
	if (!oci_resources_first(r))
		return 0;
	if (!g->dir && r->n_unified > 0)
		return log_refuse(-EOPNOTSUPP, "invalid configuration: linux.resources.unified "
					       "needs cgroup v2");
	if (!g->dir) {
		log_warn("no cgroup v2 on " CGROUP_TOP ": limits (%s) are not set",
			 oci_resources_first(r));
		return 0;
	}
	fd = open(g->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return log_fail(-errno, "open cgroup %s", g->dir);
	bfq = faccessat(fd, "io.bfq.weight", F_OK, 0) == 0;
	n = oci_resources_files(r, bfq, &v);
	if (n == 0)
		n = check_usage(fd, r);
	return n < 0 ? n : write_settings(fd, r, v, old);
}

/* One of quota and period alone: the other stays. */
static int complete_quota(int dirfd, struct oci_resources *r)
{
	auto_free char *now = NULL;
	char quota[32];
	long long period;

	if (resources_has(&r->cpu.quota) == resources_has(&r->cpu.period) ||
	    cgroup_read(dirfd, "cpu.max", &now) < 0)
		return 0;
	if (sscanf(now, "%31s %lld", quota, &period) != 2)
		return log_fail(-EBADMSG, "read cpu.max");
	if (!resources_has(&r->cpu.period))
		r->cpu.period = (struct oci_number){true, period};
	else
		r->cpu.quota = (struct oci_number){
			true, streq(quota, "max") ? -1 : strtoll(quota, NULL, 10)};
	return 0;
}

static void complete_memory(int dirfd, struct oci_resources *r)
{
	uint64_t limit;

	if (!resources_has(&r->memory.swap) || resources_has(&r->memory.limit) ||
	    cgroup_read_number(dirfd, "memory.max", &limit) < 0 || limit > INT64_MAX)
		return;
	r->memory.limit = (struct oci_number){true, (int64_t)limit};
}

int oci_resources_complete(const struct oci_cgroup *g, struct oci_resources *r)
{
	auto_fd int fd = open(g->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return log_fail(-errno, "open cgroup %s", g->dir);
	complete_memory(fd, r);
	return complete_quota(fd, r);
}
