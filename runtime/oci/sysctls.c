/* SPDX-License-Identifier: MIT */
/*
 * linux.sysctl: those of namespaces that the container has and nap does not share. What is written
 * goes through a procfs that is nap's, by descriptor (CVE-2025-52881).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/sysctl.h"
#include "mapping.h"
#include "rootfs.h"
#include "runtime/sysctl.h"

/* ---- the parent ---- */

static bool is_ours(const char *path, uint64_t type)
{
	char own[32];
	struct stat theirs, ours;
	const struct oci_namespace_name *n = oci_namespace_names;

	while (n->name && n->type != type)
		n++;
	if (!n->name)
		return false;
	(void)snprintf(own, sizeof(own), "/proc/self/ns/%s", n->proc);
	return stat(path, &theirs) == 0 && stat(own, &ours) == 0 && theirs.st_ino == ours.st_ino &&
	       theirs.st_dev == ours.st_dev;
}

/* New ones, and those joined that are not our own by another name. */
static uint64_t own_namespaces(const struct oci_config *config)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < config->n_namespaces; i++) {
		const struct oci_namespace *ns = &config->namespaces[i];

		if (!ns->path || !is_ours(ns->path, ns->type))
			flags |= ns->type;
	}
	return flags;
}

int sysctls_check(const struct oci_config *config)
{
	uint64_t flags = config->sysctls ? own_namespaces(config) : 0;

	STRV_FOREACH (s, config->sysctls) {
		auto_free char *path = NULL;
		const char *why = NULL;
		int r = sysctl_parse(*s, flags, &path, &why);

		if (r == -ENOMEM)
			return log_oom();
		if (r < 0)
			return log_refuse(r, "sysctl %s: %s", *s, why);
	}
	return 0;
}

/* ---- the child ---- */

/* The ids of a range are the container's. */
static int write_group_range(const struct oci_config *config, int sys, const char *range)
{
	unsigned first, last;
	char text[96];
	gid_t from, to;

	if (config->n_gids == 0 || sscanf(range, "%u %u", &first, &last) != 2 || first > last)
		return sysctl_write(sys, range - strlen(SYSCTL_GROUP_RANGE));
	if (oci_host_gid(config, first, &from) < 0)
		return -EINVAL;
	while (oci_host_gid(config, last, &to) < 0 || to - from != last - first)
		last = first + (last - first) / 2; /* as far as it is one range outside, too */
	(void)snprintf(text, sizeof(text), SYSCTL_GROUP_RANGE "%u %u", from, to);
	return sysctl_write(sys, text);
}

static int write_one(const struct oci_config *config, int sys, const char *assignment)
{
	const char *range = startswith(assignment, SYSCTL_GROUP_RANGE);
	int r = range ? write_group_range(config, sys, range) : sysctl_write(sys, assignment);
	uid_t root;

	if (r != -EACCES || config->n_uids == 0)
		return r;
	r = oci_host_uid(config, 0, &root);
	return r < 0 ? r : sysctl_write_as(root, sys, assignment);
}

/* The container's if nap has mounted that, else the host's: what they show is the caller's. */
static int open_sys(const struct walk *w)
{
	auto_fd int proc = -1;
	struct statfs st;
	int fd;

	if (w->proc_fd < 0) {
		proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (proc < 0 || fstatfs(proc, &st) < 0)
			return -errno;
		if (st.f_type != PROC_SUPER_MAGIC)
			return -ENODEV;
	}
	fd = openat(proc < 0 ? w->proc_fd : proc, "sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int sysctls_up(struct walk *w)
{
	const struct oci_config *config = &oci_of(w)->config;
	auto_fd int sys = -1;

	if (!config->sysctls)
		return 0;
	sys = open_sys(w);
	if (sys < 0)
		return sys;
	STRV_FOREACH (s, config->sysctls) {
		int r;

		w->what = *s;
		r = write_one(config, sys, *s);
		if (r < 0)
			return r;
	}
	return 0;
}
