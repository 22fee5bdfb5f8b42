/* SPDX-License-Identifier: MIT */
/*
 * What a container uses, as `runc events --stats` prints it: the names and nesting are those that
 * readers of it know, from cgroup v1; the numbers are those of cgroup v2, or of v1 (stats-v1.c) for
 * controllers that are there. One that is nowhere leaves its part empty.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup-parts.h"
#include "lib/cleanup.h"
#include "lib/json.h"
#include "lib/log.h"
#include "stats-parts.h"

char *stats_text(int dirfd, const char *file)
{
	char *text = NULL;

	return cgroup_read(dirfd, file, &text) == 0 ? text : strdup("");
}

void stats_member(struct buf *out, const char *key, uint64_t value)
{
	json_add_key(out, key);
	buf_fmt(out, "%" PRIu64, value);
}

void stats_copy(struct buf *out, const char *text, const char *key, const char *name,
		uint64_t factor)
{
	uint64_t value;

	if (cgroup_key(text, key, &value) == 0)
		stats_member(out, name, value * factor);
}

/* ---- pressure: "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" ---- */

static void add_pressure(struct buf *out, int dirfd, const char *file)
{
	auto_free char *text = stats_text(dirfd, file);
	bool opened = false;
	char *save = NULL;

	for (char *l = text ? strtok_r(text, "\n", &save) : NULL; l;
	     l = strtok_r(NULL, "\n", &save)) {
		unsigned long long total;
		double avg[3];
		char kind[8];

		if (sscanf(l, "%7s avg10=%lf avg60=%lf avg300=%lf total=%llu", kind, &avg[0],
			   &avg[1], &avg[2], &total) != 5)
			continue;
		if (!opened)
			json_open_object(out, "psi");
		opened = true;
		json_open_object(out, kind);
		buf_fmt(out, "\"avg10\":%.2f,\"avg60\":%.2f,\"avg300\":%.2f,\"total\":%llu}",
			avg[0], avg[1], avg[2], total);
	}
	if (opened)
		buf_char(out, '}');
}

/* ---- the parts ---- */

void stats_add_throttling(struct buf *out, const char *stat, const char *time, uint64_t factor)
{
	json_open_object(out, "throttling");
	stats_copy(out, stat, "nr_periods", "periods", 1);
	stats_copy(out, stat, "nr_throttled", "throttledPeriods", 1);
	stats_copy(out, stat, time, "throttledTime", factor);
	buf_char(out, '}');
}

static void add_cpu(struct buf *out, int dirfd)
{
	auto_free char *stat = stats_text(dirfd, "cpu.stat");
	const char *text = stat ? stat : "";

	json_open_object(out, "usage");
	stats_copy(out, text, "usage_usec", "total", 1000);
	stats_copy(out, text, "system_usec", "kernel", 1000);
	stats_copy(out, text, "user_usec", "user", 1000);
	buf_char(out, '}');
	stats_add_throttling(out, text, "throttled_usec", 1000);
	add_pressure(out, dirfd, "cpu.pressure");
}

void stats_add_set(struct buf *out, int dirfd, const char *key, const char *file)
{
	auto_free char *text = stats_text(dirfd, file);
	char *save = NULL;
	const char *comma = "";

	json_open_array(out, key);
	for (char *w = text ? strtok_r(text, ",\n", &save) : NULL; w;
	     w = strtok_r(NULL, ",\n", &save)) {
		unsigned long first = strtoul(w, &w, 10);
		unsigned long last = *w == '-' ? strtoul(w + 1, NULL, 10) : first;

		for (; first <= last && last <= UINT16_MAX; first++, comma = ",")
			buf_fmt(out, "%s%lu", comma, first);
	}
	buf_char(out, ']');
}

static void add_cpuset(struct buf *out, int dirfd)
{
	stats_add_set(out, dirfd, "cpus", "cpuset.cpus.effective");
	stats_add_set(out, dirfd, "mems", "cpuset.mems.effective");
}

void stats_add_memory(struct buf *out, const char *key, const struct stats_memory *m)
{
	json_open_object(out, key);
	stats_member(out, "limit", m->limit);
	stats_member(out, "usage", m->usage);
	if (m->max)
		stats_member(out, "max", m->max);
	stats_member(out, "failcnt", m->failures);
	buf_char(out, '}');
}

void stats_read_memory(int dirfd, const char *prefix, const char *const files[static 4],
		       struct stats_memory *m)
{
	uint64_t *const to[] = {&m->usage, &m->max, &m->limit, &m->failures};
	char name[64];

	for (size_t i = 0; i < ARRAY_SIZE(to) && files[i]; i++) {
		(void)snprintf(name, sizeof(name), "%s.%s", prefix, files[i]);
		(void)cgroup_read_number(dirfd, name, to[i]);
	}
}

static struct stats_memory read_memory(int dirfd, const char *prefix)
{
	static const char *const files[] = {"current", "peak", "max", NULL};
	struct stats_memory m = {.limit = UINT64_MAX};
	auto_free char *events = NULL;
	char name[64];

	stats_read_memory(dirfd, prefix, files, &m);
	(void)snprintf(name, sizeof(name), "%s.events", prefix);
	events = stats_text(dirfd, name);
	if (events)
		(void)cgroup_key(events, "max", &m.failures);
	return m;
}

void stats_add_raw(struct buf *out, char *text)
{
	char *save = NULL;

	json_open_object(out, "raw");
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		char *space = strchr(l, ' ');

		if (!space)
			continue;
		*space = '\0';
		stats_member(out, l, strtoull(space + 1, NULL, 10));
	}
	buf_char(out, '}');
}

/* v1 counts swap together with memory: readers subtract. */
static void add_memory(struct buf *out, int dirfd)
{
	struct stats_memory m = read_memory(dirfd, "memory"),
			    swap = read_memory(dirfd, "memory.swap");
	auto_free char *stat = stats_text(dirfd, "memory.stat");
	struct stats_memory none = {0};

	if (faccessat(dirfd, "memory.current", F_OK, 0) == 0) {
		swap.usage += m.usage;
		swap.max = 0;
		if (swap.limit != UINT64_MAX && m.limit != UINT64_MAX)
			swap.limit += m.limit;
		stats_copy(out, stat ? stat : "", "file", "cache", 1);
		stats_add_memory(out, "usage", &m);
		stats_add_memory(out, "swap", &swap);
		stats_add_memory(out, "kernel", &none);
		stats_add_memory(out, "kernelTCP", &none);
		if (stat)
			stats_add_raw(out, stat);
	}
	add_pressure(out, dirfd, "memory.pressure");
}

void stats_add_pids(struct buf *out, int dirfd)
{
	uint64_t n;

	if (cgroup_read_number(dirfd, "pids.current", &n) == 0)
		stats_member(out, "current", n);
	if (cgroup_read_number(dirfd, "pids.max", &n) == 0 && n != UINT64_MAX)
		stats_member(out, "limit", n);
}

/* "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6" */
static void add_io_entries(struct buf *out, const char *key, const char *stat,
			   const char *const (*ops)[2])
{
	const char *sep = "{";

	json_open_array(out, key);
	for (const char *l = stat; *l; l += strcspn(l, "\n"), l += *l == '\n') {
		size_t len = strcspn(l, "\n");
		unsigned major, minor;

		if (sscanf(l, "%u:%u ", &major, &minor) != 2)
			continue;
		for (size_t i = 0; ops[i][0]; i++) {
			const char *at = memmem(l, len, ops[i][0], strlen(ops[i][0]));

			if (!at)
				continue;
			buf_str(out, sep);
			sep = ",{";
			stats_member(out, "major", major);
			stats_member(out, "minor", minor);
			json_member(out, "op", ops[i][1]);
			stats_member(out, "value", strtoull(at + strlen(ops[i][0]), NULL, 10));
			buf_char(out, '}');
		}
	}
	buf_char(out, ']');
}

static void add_io(struct buf *out, int dirfd)
{
	static const char *const bytes[][2] = {
		{" rbytes=", "Read"}, {" wbytes=", "Write"}, {" dbytes=", "Discard"}, {NULL, NULL}};
	static const char *const operations[][2] = {
		{" rios=", "Read"}, {" wios=", "Write"}, {" dios=", "Discard"}, {NULL, NULL}};
	auto_free char *stat = stats_text(dirfd, "io.stat");

	if (stat && *stat) {
		add_io_entries(out, "ioServiceBytesRecursive", stat, bytes);
		add_io_entries(out, "ioServicedRecursive", stat, operations);
	}
	add_pressure(out, dirfd, "io.pressure");
}

static void add_hugepages(struct buf *out, int dirfd, const char *size)
{
	char name[80];
	struct stats_memory m = {0};
	auto_free char *events = NULL;

	(void)snprintf(name, sizeof(name), "hugetlb.%s.current", size);
	if (cgroup_read_number(dirfd, name, &m.usage) < 0)
		return;
	(void)snprintf(name, sizeof(name), "hugetlb.%s.events", size);
	events = stats_text(dirfd, name);
	if (events)
		(void)cgroup_key(events, "max", &m.failures);
	json_open_object(out, size);
	stats_member(out, "usage", m.usage);
	stats_member(out, "failcnt", m.failures);
	buf_char(out, '}');
}

static void add_hugetlb(struct buf *out, int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_dir DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		cleanup_fd(&fd);
	for (struct dirent *e; d && (e = readdir(d));) {
		const char *size = startswith(e->d_name, "hugetlb.");
		char name[32];

		if (!size || !endswith(size, ".current") || endswith(size, ".rsvd.current"))
			continue;
		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(size, "."), size);
		add_hugepages(out, dirfd, name);
	}
}

int oci_cgroup_stats(const struct oci_cgroup *g, struct buf *out)
{
	static const struct {
		const char *name;
		void (*add)(struct buf *, int);
	} parts[] = {{"cpu", add_cpu},	       {"cpuset", add_cpuset}, {"memory", add_memory},
		     {"pids", stats_add_pids}, {"blkio", add_io},      {"hugetlb", add_hugetlb}};
	auto_fd int fd = g->dir ? open(g->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (g->dir && fd < 0)
		return log_fail(-errno, "open cgroup %s", g->dir);
	buf_char(out, '{');
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		json_open_object(out, parts[i].name);
		if (!stats_v1(out, g->v1, parts[i].name))
			parts[i].add(out, fd);
		buf_char(out, '}');
	}
	buf_str(out, ",\"intel_rdt\":{},\"network_interfaces\":null}");
	return out->error ? log_oom() : 0;
}
