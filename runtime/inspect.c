/* SPDX-License-Identifier: MIT */
/*
 * nap inspect of a container: its state, and with --security what the kernel says of the running
 * process, measured at this moment and not derived from what was asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caps.h"
#include "cgroup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/strv.h"
#include "state.h"

static void add_capabilities(struct buf *out, pid_t pid)
{
	static const struct {
		const char *key, *field;
	} sets[] = {
		{"effective", "CapEff"}, {"permitted", "CapPrm"}, {"inheritable", "CapInh"},
		{"bounding", "CapBnd"},	 {"ambient", "CapAmb"},
	};

	json_add_key(out, "capabilities");
	buf_char(out, '{');
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		uint64_t mask = 0;

		if (proc_status_mask(pid, sets[i].field, &mask) < 0)
			continue;
		json_add_key(out, sets[i].key);
		buf_char(out, '[');
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

		if (proc_status_text(pid, rows[i].field, &text) == 0)
			json_member(out, rows[i].key, text);
	}
}

/* Which namespaces are its own, and which the host's (that is, ours). */
static void add_namespaces(struct buf *out, pid_t pid)
{
	static const char *const names[] = {"cgroup", "ipc",  "mnt",  "net",
					    "pid",    "time", "user", "uts"};

	json_add_key(out, "namespaces");
	buf_char(out, '{');
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

/* The mounts that the process sees, as mountinfo has them: place, type and flags. */
static void add_mounts(struct buf *out, pid_t pid)
{
	auto_free char *text = NULL;
	char path[64], *rest, *line;

	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	if (fs_read_file(AT_FDCWD, path, 4U << 20, &text, NULL) < 0)
		return;
	json_add_key(out, "mounts");
	buf_char(out, '[');
	rest = text;
	while ((line = strsep(&rest, "\n")) && *line) {
		char *fields[6], *type = strstr(line, " - ");
		int n = 0;

		if (!type)
			continue;
		*type = '\0';
		type += strlen(" - ");
		type[strcspn(type, " ")] = '\0';
		while (n < 6 && (fields[n] = strsep(&line, " ")))
			n++;
		if (n < 6)
			continue;
		buf_str(out, out->data[out->len - 1] == '}' ? ",{" : "{");
		json_member(out, "target", fields[4]);
		json_member(out, "type", type);
		json_member(out, "flags", fields[5]);
		buf_char(out, '}');
	}
	buf_char(out, ']');
}

static void add_limits(struct buf *out, pid_t pid)
{
	static const char *const files[] = {"memory.max", "memory.oom.group", "cpu.max",
					    "pids.max"};
	auto_free char *cgroup = NULL;

	json_add_key(out, "cgroup");
	buf_char(out, '{');
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

static void add_security(struct buf *out, pid_t pid)
{
	json_add_key(out, "security");
	buf_char(out, '{');
	json_member_i64(out, "pid", pid);
	add_status(out, pid);
	add_capabilities(out, pid);
	add_namespaces(out, pid);
	add_file(out, pid, "oom_score_adj", "oom_score_adj");
	add_file(out, pid, "lsm", "attr/current");
	add_limits(out, pid);
	add_mounts(out, pid);
	buf_char(out, '}');
}

static const char *status_name(const struct state *s, bool running)
{
	return running ? "running" : s->finished ? "exited" : s->pid ? "dead" : "created";
}

int container_inspect(const struct paths *paths, const char *id, bool security, struct buf *out)
{
	auto_state struct state *s = NULL;
	auto_fd int pidfd = -1;
	char *end;
	int r;

	r = state_load(paths, id, &s);
	if (r < 0)
		return r;
	pidfd = state_open_app(s);
	if (security && pidfd < 0)
		return log_refuse(-ESRCH, "inspect %s: not running", id);
	/* the state as it is written, with what is only known now added at its end */
	end = strrchr(s->text, '}');
	buf_add(out, s->text, end ? (size_t)(end - s->text) : 0);
	json_member(out, "state", status_name(s, pidfd >= 0));
	if (security)
		add_security(out, s->pid);
	buf_char(out, '}');
	return out->error ? log_oom() : 0;
}
