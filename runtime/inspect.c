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
#include <time.h>
#include <unistd.h>

#include "caps.h"
#include "cgroup.h"
#include "inspect-parts.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/parse.h"
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

static void add_time(struct buf *out, const char *key, int64_t epoch)
{
	char text[32] = "0001-01-01T00:00:00Z"; /* as docker says never */
	time_t t = (time_t)epoch;
	struct tm tm;

	if (epoch > 0 && gmtime_r(&t, &tm))
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	json_member(out, key, text);
}

static void add_state(struct buf *out, const struct state *s, bool running)
{
	json_add_key(out, "State");
	buf_char(out, '{');
	json_member(out, "Status",
		    running	  ? "running"
		    : s->finished ? "exited"
		    : s->pid	  ? "dead"
				  : "created");
	json_member_bool(out, "Running", running);
	json_member_i64(out, "Pid", running ? s->pid : 0);
	json_member_i64(out, "ExitCode", s->finished ? s->exit_code : 0);
	add_time(out, "StartedAt", s->created);
	add_time(out, "FinishedAt", s->finished);
	buf_char(out, '}');
}

static void add_labels(struct buf *out, char **labels)
{
	json_add_key(out, "Labels");
	buf_char(out, '{');
	STRV_FOREACH (label, labels) {
		auto_free char *name = strndup(*label, strcspn(*label, "="));

		if (name)
			json_member(out, name, *label + strlen(name) + 1);
	}
	buf_char(out, '}');
}

static void add_config(struct buf *out, const struct spec *spec)
{
	json_add_key(out, "Config");
	buf_char(out, '{');
	json_member(out, "Hostname", spec->hostname);
	json_member(out, "User", spec->user_text);
	json_member(out, "WorkingDir", spec->working_dir);
	json_member_strv(out, "Env", spec->env);
	json_member_strv(out, "Cmd", spec->argv);
	json_member(out, "StopSignal", signal_name(spec->stop_signal));
	add_labels(out, spec->labels);
	buf_char(out, '}');
}

/* The spec of state.json, whole: what nap resolved the request to. */
static int add_spec(struct buf *out, const struct state *s)
{
	auto_json json_t *j = NULL;
	auto_free char *text = NULL;
	char why[160];
	int r;

	r = json_parse(s->text, strlen(s->text), why, &j);
	if (r < 0)
		return r;
	text = json_dumps(json_object_get(j, "spec"), JSON_COMPACT);
	if (!text)
		return -ENOMEM;
	json_add_key(out, "spec");
	buf_str(out, text);
	return 0;
}

/* Docker's members, so that what people have written for them goes on working, and nap's own below.
 */
static void add_summary(struct buf *out, const struct state *s, bool running)
{
	/* none with a root directory of the host */
	auto_free char *image = s->image_id ? text_format("sha256:%s", s->image_id) : NULL;

	json_member(out, "Id", s->id);
	json_member(out, "Name", s->id);
	add_time(out, "Created", s->created);
	json_member(out, "Path", s->spec->argv ? s->spec->argv[0] : NULL);
	json_member_strv(out, "Args", s->spec->argv ? s->spec->argv + 1 : NULL);
	add_state(out, s, running);
	json_member(out, "Image", image);
	json_member(out, "ImageName", s->image);
	json_member_bool(out, "AutoRemove", !s->keep);
	add_config(out, s->spec);
}

int container_inspect(const struct paths *paths, const char *id, bool security, struct buf *out)
{
	auto_state struct state *s = NULL;
	auto_fd int pidfd = -1;
	int r;

	r = state_load(paths, id, &s);
	if (r < 0)
		return r;
	pidfd = state_open_app(s);
	if (security && pidfd < 0)
		return log_refuse(-ESRCH, "inspect %s: not running", id);
	buf_char(out, '{');
	add_summary(out, s, pidfd >= 0);
	r = inspect_network(out, paths, id);
	if (r == 0 && add_spec(out, s) < 0)
		r = log_oom();
	if (security)
		add_security(out, s->pid);
	buf_char(out, '}');
	return r < 0 || !out->error ? r : log_oom();
}
