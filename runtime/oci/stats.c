/* SPDX-License-Identifier: MIT */
/*
 * What a container uses, as `runc events --stats` prints it: the names and nesting are those that
 * readers of it know, from cgroup v1; the numbers are those of cgroup v2. A controller that is not
 * there leaves its part empty.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup-parts.h"
#include "lib/cleanup.h"
#include "lib/json.h"
#include "lib/log.h"

/* A file as text, "" if there is none. NULL: out of memory. */
static char *text_of(int dirfd, const char *file)
{
	char *text = NULL;

	return cgroup_read(dirfd, file, &text) == 0 ? text : strdup("");
}

static void member(struct buf *out, const char *key, uint64_t value)
{
	json_add_key(out, key);
	buf_fmt(out, "%" PRIu64, value);
}

/* KEY of text by another name, times factor, if it is there. */
static void copy_key(struct buf *out, const char *text, const char *key, const char *name,
		     uint64_t factor)
{
	uint64_t value;

	if (cgroup_key(text, key, &value) == 0)
		member(out, name, value * factor);
}

/* ---- pressure: "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" ---- */

static void add_pressure(struct buf *out, int dirfd, const char *file)
{
	auto_free char *text = text_of(dirfd, file);
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

static void add_cpu(struct buf *out, int dirfd)
{
	auto_free char *stat = text_of(dirfd, "cpu.stat");
	const char *text = stat ? stat : "";

	json_open_object(out, "cpu");
	json_open_object(out, "usage");
	copy_key(out, text, "usage_usec", "total", 1000);
	copy_key(out, text, "system_usec", "kernel", 1000);
	copy_key(out, text, "user_usec", "user", 1000);
	buf_char(out, '}');
	json_open_object(out, "throttling");
	copy_key(out, text, "nr_periods", "periods", 1);
	copy_key(out, text, "nr_throttled", "throttledPeriods", 1);
	copy_key(out, text, "throttled_usec", "throttledTime", 1000);
	buf_char(out, '}');
	add_pressure(out, dirfd, "cpu.pressure");
	buf_char(out, '}');
}

/* "0-2,7" as a list of numbers. */
static void add_set(struct buf *out, int dirfd, const char *key, const char *file)
{
	auto_free char *text = text_of(dirfd, file);
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
	json_open_object(out, "cpuset");
	add_set(out, dirfd, "cpus", "cpuset.cpus.effective");
	add_set(out, dirfd, "mems", "cpuset.mems.effective");
	buf_char(out, '}');
}

struct memory {
	uint64_t usage, max, limit, failures;
};

static void add_entry(struct buf *out, const char *key, const struct memory *m)
{
	json_open_object(out, key);
	member(out, "limit", m->limit);
	member(out, "usage", m->usage);
	if (m->max)
		member(out, "max", m->max);
	member(out, "failcnt", m->failures);
	buf_char(out, '}');
}

static struct memory read_memory(int dirfd, const char *prefix)
{
	static const char *const files[] = {"current", "peak", "max"};
	struct memory m = {.limit = UINT64_MAX};
	uint64_t *const to[] = {&m.usage, &m.max, &m.limit};
	auto_free char *events = NULL;
	char name[64];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		(void)snprintf(name, sizeof(name), "%s.%s", prefix, files[i]);
		(void)cgroup_read_number(dirfd, name, to[i]); /* not there: as it is */
	}
	(void)snprintf(name, sizeof(name), "%s.events", prefix);
	events = text_of(dirfd, name);
	if (events)
		(void)cgroup_key(events, "max", &m.failures);
	return m;
}

/* Each "KEY NUMBER" of a file. */
static void add_raw(struct buf *out, char *text)
{
	char *save = NULL;

	json_open_object(out, "raw");
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		char *space = strchr(l, ' ');

		if (!space)
			continue;
		*space = '\0';
		member(out, l, strtoull(space + 1, NULL, 10));
	}
	buf_char(out, '}');
}

/* v1 counts swap together with memory: readers subtract. */
static void add_memory(struct buf *out, int dirfd)
{
	struct memory m = read_memory(dirfd, "memory"), swap = read_memory(dirfd, "memory.swap");
	auto_free char *stat = text_of(dirfd, "memory.stat");
	struct memory none = {0};

	json_open_object(out, "memory");
	if (faccessat(dirfd, "memory.current", F_OK, 0) == 0) {
		swap.usage += m.usage;
		swap.max = 0;
		if (swap.limit != UINT64_MAX && m.limit != UINT64_MAX)
			swap.limit += m.limit;
		copy_key(out, stat ? stat : "", "file", "cache", 1);
		add_entry(out, "usage", &m);
		add_entry(out, "swap", &swap);
		add_entry(out, "kernel", &none);
		add_entry(out, "kernelTCP", &none);
		if (stat)
			add_raw(out, stat);
	}
	add_pressure(out, dirfd, "memory.pressure");
	buf_char(out, '}');
}

static void add_pids(struct buf *out, int dirfd)
{
	uint64_t n;

	json_open_object(out, "pids");
	if (cgroup_read_number(dirfd, "pids.current", &n) == 0)
		member(out, "current", n);
	if (cgroup_read_number(dirfd, "pids.max", &n) == 0 && n != UINT64_MAX)
		member(out, "limit", n);
	buf_char(out, '}');
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
			member(out, "major", major);
			member(out, "minor", minor);
			json_member(out, "op", ops[i][1]);
			member(out, "value", strtoull(at + strlen(ops[i][0]), NULL, 10));
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
	auto_free char *stat = text_of(dirfd, "io.stat");

	json_open_object(out, "blkio");
	if (stat && *stat) {
		add_io_entries(out, "ioServiceBytesRecursive", stat, bytes);
		add_io_entries(out, "ioServicedRecursive", stat, operations);
	}
	add_pressure(out, dirfd, "io.pressure");
	buf_char(out, '}');
}

static void add_hugepages(struct buf *out, int dirfd, const char *size)
{
	char name[80];
	struct memory m = {0};
	auto_free char *events = NULL;

	(void)snprintf(name, sizeof(name), "hugetlb.%s.current", size);
	if (cgroup_read_number(dirfd, name, &m.usage) < 0)
		return;
	(void)snprintf(name, sizeof(name), "hugetlb.%s.events", size);
	events = text_of(dirfd, name);
	if (events)
		(void)cgroup_key(events, "max", &m.failures);
	json_open_object(out, size);
	member(out, "usage", m.usage);
	member(out, "failcnt", m.failures);
	buf_char(out, '}');
}

static void add_hugetlb(struct buf *out, int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_dir DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		cleanup_fd(&fd);
	json_open_object(out, "hugetlb");
	for (struct dirent *e; d && (e = readdir(d));) {
		const char *size = startswith(e->d_name, "hugetlb.");
		char name[32];

		if (!size || !endswith(size, ".current") || endswith(size, ".rsvd.current"))
			continue;
		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(size, "."), size);
		add_hugepages(out, dirfd, name);
	}
	buf_char(out, '}');
}

int oci_cgroup_stats(const struct oci_cgroup *g, struct buf *out)
{
	static void (*const parts[])(struct buf *, int) = {add_cpu,  add_cpuset, add_memory,
							   add_pids, add_io,	 add_hugetlb};
	auto_fd int fd = open(g->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return log_fail(-errno, "open cgroup %s", g->dir);
	buf_char(out, '{');
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i](out, fd);
	buf_str(out, ",\"intel_rdt\":{},\"network_interfaces\":null}");
	return out->error ? log_oom() : 0;
}
