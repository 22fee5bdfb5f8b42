/* SPDX-License-Identifier: MIT */
/*
 * nap inspect --security: what the kernel says of a running process, measured at this moment and
 * not derived from what was asked for. What cannot be read is left out.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "caps.h"
#include "cgroup.h"
#include "inspect-parts.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/mountinfo.h"
#include "lib/proc.h"

static void add_capabilities(struct buf *out, pid_t pid)
{
	static const struct {
		const char *key, *field;
	} sets[] = {
		{"effective", "CapEff"}, {"permitted", "CapPrm"}, {"inheritable", "CapInh"},
		{"bounding", "CapBnd"},	 {"ambient", "CapAmb"},
	};

	json_open_object(out, "capabilities");
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		uint64_t mask = 0;

		if (proc_status_mask(pid, sets[i].field, &mask) < 0)
			continue;
		json_open_array(out, sets[i].key);
		for (int cap = 0; cap < 64; cap++)
			if (mask >> cap & 1)
				json_element(out, caps_name(cap));
		buf_char(out, ']');
	}
	buf_char(out, '}');
}

static void add_status(struct buf *out, pid_t pid)
{
	static const struct {
		const char *key, *field;
	} rows[] = {
		{"uids", "Uid"},
		{"gids", "Gid"},
		{"groups", "Groups"},
		{"no_new_privileges", "NoNewPrivs"},
		{"seccomp_mode", "Seccomp"},
		{"seccomp_filters", "Seccomp_filters"},
		{"speculation_store_bypass", "Speculation_Store_Bypass"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_free char *text = NULL;

		if (proc_status_text(pid, rows[i].field, &text) < 0)
			continue;
		for (char *c = text; *c; c++)
			*c = *c == '\t' ? ' ' : *c;
		text[strlen(text) - (endswith(text, " ") ? 1 : 0)] = '\0';
		json_member(out, rows[i].key, text);
	}
}

/* Which namespaces are its own, and which the host's (that is, ours). */
static void add_namespaces(struct buf *out, pid_t pid)
{
	static const char *const names[] = {"cgroup", "ipc",  "mnt",  "net",
					    "pid",    "time", "user", "uts"};

	json_open_object(out, "namespaces");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		auto_free char *theirs = NULL, *ours = NULL;
		char path[64];

		(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, names[i]);
		(void)fs_readlink(AT_FDCWD, path, &theirs);
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		(void)fs_readlink(AT_FDCWD, path, &ours);
		if (theirs && ours)
			json_member(out, names[i], streq(theirs, ours) ? "host" : "own");
	}
	buf_char(out, '}');
}

static void add_file(struct buf *out, pid_t pid, const char *key, const char *file)
{
	auto_free char *text = NULL;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	if (fs_read_file(AT_FDCWD, path, 4096, &text, NULL) < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	json_member(out, key, text);
}

/* The pairs of ids, inside and outside, and how many: "0 1000000 65536". */
static void add_map(struct buf *out, pid_t pid, const char *file)
{
	auto_free char *text = NULL;
	char path[64], *rest, *line;
	unsigned long inside, outside, count;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	if (fs_read_file(AT_FDCWD, path, 4096, &text, NULL) < 0)
		return;
	json_open_array(out, file);
	rest = text;
	while ((line = strsep(&rest, "\n")) && *line) {
		char row[80];

		if (sscanf(line, "%lu %lu %lu", &inside, &outside, &count) != 3)
			continue;
		(void)snprintf(row, sizeof(row), "%lu %lu %lu", inside, outside, count);
		json_element(out, row);
	}
	buf_char(out, ']');
}

/* "Max open files            1024                 524288               files", by columns. */
static void add_resource_limits(struct buf *out, pid_t pid)
{
	static const struct {
		const char *name, *title;
	} rows[] = {
		{"as", "Max address space"},	  {"core", "Max core file size"},
		{"cpu", "Max cpu time"},	  {"data", "Max data size"},
		{"fsize", "Max file size"},	  {"locks", "Max file locks"},
		{"memlock", "Max locked memory"}, {"msgqueue", "Max msgqueue size"},
		{"nice", "Max nice priority"},	  {"nofile", "Max open files"},
		{"nproc", "Max processes"},	  {"rtprio", "Max realtime priority"},
		{"stack", "Max stack size"},
	};
	auto_free char *text = NULL;
	char path[64], soft[24], hard[24], value[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/limits", (int)pid);
	if (fs_read_file(AT_FDCWD, path, 16384, &text, NULL) < 0)
		return;
	json_open_object(out, "limits");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *line = strstr(text, rows[i].title);

		if (!line || sscanf(line + strlen(rows[i].title), "%23s %23s", soft, hard) != 2)
			continue;
		(void)snprintf(value, sizeof(value), "%s:%s", soft, hard);
		json_member(out, rows[i].name, value);
	}
	buf_char(out, '}');
}

static bool is_below_system(const struct mountinfo *m)
{
	return startswith(m->target, "/proc/") || startswith(m->target, "/sys/");
}

/* Something else in the place of a file or directory of the kernel's. */
static bool is_mask(const struct mountinfo *m)
{
	return is_below_system(m) && streq(m->type, "tmpfs");
}

static bool is_made_read_only(const struct mountinfo *m)
{
	return is_below_system(m) && streq(m->type, "proc");
}

static bool is_any(const struct mountinfo *m)
{
	(void)m;
	return true;
}

/* Of the mounts that the process sees those that a test is true for; bare: their targets alone. */
static void add_mounts(struct buf *out, const char *key, const char *mountinfo,
		       bool (*test)(const struct mountinfo *m), bool bare)
{
	auto_free char *text = strdup(mountinfo);
	char *rest = text;
	struct mountinfo m;

	json_open_array(out, key);
	while (mountinfo_next(&rest, &m)) {
		if (!test(&m))
			continue;
		if (bare) {
			json_element(out, m.target);
			continue;
		}
		json_open_object(out, NULL);
		json_member(out, "target", m.target);
		json_member(out, "type", m.type);
		json_member(out, "flags", m.flags);
		buf_char(out, '}');
	}
	buf_char(out, ']');
}

static void add_all_mounts(struct buf *out, pid_t pid)
{
	auto_free char *text = NULL;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	if (fs_read_file(AT_FDCWD, path, MOUNTINFO_MAX_BYTES, &text, NULL) < 0)
		return;
	add_mounts(out, "masked", text, is_mask, true);
	add_mounts(out, "read_only", text, is_made_read_only, true);
	add_mounts(out, "mounts", text, is_any, false);
}

static void add_cgroup(struct buf *out, pid_t pid)
{
	static const char *const files[] = {"memory.max", "memory.oom.group", "cpu.max",
					    "pids.max"};
	auto_free char *cgroup = NULL;

	json_open_object(out, "cgroup");
	if (cgroup_of(pid, &cgroup) == 0) {
		json_member(out, "path", cgroup);
		for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
			auto_free char *path = text_format("%s/%s", cgroup, files[i]);
			auto_free char *text = NULL;

			if (!path || fs_read_file(AT_FDCWD, path, 256, &text, NULL) < 0)
				continue;
			text[strcspn(text, "\n")] = '\0';
			json_member(out, files[i], text);
		}
	}
	buf_char(out, '}');
}

void inspect_security(struct buf *out, pid_t pid)
{
	json_open_object(out, "security");
	json_member_i64(out, "pid", pid);
	add_status(out, pid);
	add_capabilities(out, pid);
	add_namespaces(out, pid);
	add_map(out, pid, "uid_map");
	add_map(out, pid, "gid_map");
	add_file(out, pid, "oom_score_adj", "oom_score_adj");
	add_file(out, pid, "lsm", "attr/current");
	/* no file of /proc tells which rights Landlock has taken away */
	json_member(out, "landlock", "unknown");
	add_resource_limits(out, pid);
	add_cgroup(out, pid);
	add_all_mounts(out, pid);
	buf_char(out, '}');
}
