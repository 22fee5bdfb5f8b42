/* SPDX-License-Identifier: MIT */
/* What a container uses of controllers that are with cgroup v1: the numbers that runc takes of
 * them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup-parts.h"
#include "lib/cleanup.h"
#include "lib/json.h"
#include "stats-parts.h"

#define NSEC_PER_TICK 10000000 /* of the interface, whatever the kernel's own are */

/* ---- processors: nanoseconds ---- */

/* "1 2 3 " as a list of numbers. */
static void add_times(struct buf *out, int dirfd, const char *key, const char *file)
{
	auto_free char *text = stats_text(dirfd, file);
	const char *comma = "";
	char *save = NULL;

	json_open_array(out, key);
	for (char *w = text ? strtok_r(text, " \n", &save) : NULL; w;
	     w = strtok_r(NULL, " \n", &save), comma = ",")
		buf_fmt(out, "%s%llu", comma, strtoull(w, NULL, 10));
	buf_char(out, ']');
}

static void add_cpu(struct buf *out, char *const *dirs)
{
	auto_fd int fd = cgroup_v1_open(dirs, "cpuacct.usage"),
		    cpu_fd = cgroup_v1_open(dirs, "cpu.stat");
	auto_free char *used = stats_text(fd, "cpuacct.stat"),
		       *stat = stats_text(cpu_fd, "cpu.stat");
	uint64_t total;

	json_open_object(out, "usage");
	if (cgroup_read_number(fd, "cpuacct.usage", &total) == 0)
		stats_member(out, "total", total);
	add_times(out, fd, "percpu", "cpuacct.usage_percpu");
	add_times(out, fd, "percpu_kernel", "cpuacct.usage_percpu_sys");
	add_times(out, fd, "percpu_user", "cpuacct.usage_percpu_user");
	stats_copy(out, used ? used : "", "system", "kernel", NSEC_PER_TICK);
	stats_copy(out, used ? used : "", "user", "user", NSEC_PER_TICK);
	buf_char(out, '}');
	stats_add_throttling(out, stat ? stat : "", "throttled_time", 1);
}

static void add_cpuset(struct buf *out, char *const *dirs)
{
	auto_fd int fd = cgroup_v1_open(dirs, "cpuset.cpus");

	stats_add_set(out, fd, "cpus", "cpuset.cpus");
	stats_add_set(out, fd, "mems", "cpuset.mems");
}

/* ---- memory and tasks ---- */

static void add_memory(struct buf *out, char *const *dirs)
{
	static const char *const files[] = {"usage_in_bytes", "max_usage_in_bytes",
					    "limit_in_bytes", "failcnt"};
	static const struct {
		const char *key, *prefix;
	} entries[] = {{"usage", "memory"},
		       {"swap", "memory.memsw"},
		       {"kernel", "memory.kmem"},
		       {"kernelTCP", "memory.kmem.tcp"}};
	auto_fd int fd = cgroup_v1_open(dirs, "memory.stat");
	auto_free char *stat = stats_text(fd, "memory.stat");

	stats_copy(out, stat ? stat : "", "cache", "cache", 1);
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		struct stats_memory m = {0};

		stats_read_memory(fd, entries[i].prefix, files, &m);
		stats_add_memory(out, entries[i].key, &m);
	}
	if (stat)
		stats_add_raw(out, stat);
}

static void add_pids(struct buf *out, char *const *dirs)
{
	auto_fd int fd = cgroup_v1_open(dirs, "pids.current");

	stats_add_pids(out, fd);
}

bool stats_v1(struct buf *out, char *const *dirs, const char *part)
{
	static const struct {
		const char *name, *file; /* which tells that the controller is here */
		void (*add)(struct buf *out, char *const *dirs);
	} parts[] = {
		{"cpu", "cpuacct.usage", add_cpu},
		{"cpuset", "cpuset.cpus", add_cpuset},
		{"memory", "memory.stat", add_memory},
		{"pids", "pids.current", add_pids},
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		auto_fd int fd = -1;

		if (!streq(parts[i].name, part))
			continue;
		fd = cgroup_v1_open(dirs, parts[i].file);
		if (fd >= 0)
			parts[i].add(out, dirs);
		return fd >= 0;
	}
	return false;
}
