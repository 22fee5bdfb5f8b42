/* SPDX-License-Identifier: MIT */
/*
 * nap inspect of a container: docker's members, and what nap resolved the request to. What confines
 * the running process is in inspect-security.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "idrange.h"
#include "inspect-parts.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/proc.h"
#include "lib/strv.h"
#include "state.h"

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
	json_open_object(out, "State");
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
	json_open_object(out, "Labels");
	STRV_FOREACH (label, labels) {
		auto_free char *name = strndup(*label, strcspn(*label, "="));

		if (name)
			json_member(out, name, *label + strlen(name) + 1);
	}
	buf_char(out, '}');
}

static void add_config(struct buf *out, const struct spec *spec)
{
	json_open_object(out, "Config");
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

/* As podman writes the maps of a user namespace. */
static void add_id_maps(struct buf *out, const struct state *s)
{
	static const char *const keys[] = {"UidMap", "GidMap"};
	char map[32];

	if (!s->id_base)
		return;
	(void)snprintf(map, sizeof(map), "0:%u:%u", s->id_base, IDRANGE_IDS);
	json_open_object(out, "IDMappings");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		json_open_array(out, keys[i]);
		json_element(out, map);
		buf_char(out, ']');
	}
	buf_char(out, '}');
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
	add_id_maps(out, s);
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
		inspect_security(out, s->pid);
	buf_char(out, '}');
	return r < 0 || !out->error ? r : log_oom();
}
