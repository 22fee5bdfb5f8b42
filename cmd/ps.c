/* SPDX-License-Identifier: MIT */
/* nap ps: the containers of this machine. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/table.h"
#include "lib/text.h"
#include "runtime/runtime.h"

#define COMMAND_WIDTH 30

enum { OPT_ALL = 1, OPT_QUIET, OPT_JSON, OPT_NO_TRUNC };

static const struct arg_option options[] = {
	{"all", 'a', NULL, "also those that have ended", OPT_ALL, true},
	{"json", 0, NULL, "a JSON array", OPT_JSON, true},
	{"no-trunc", 0, NULL, "do not shorten commands", OPT_NO_TRUNC, true},
	{"quiet", 'q', NULL, "names only", OPT_QUIET, true},
	ARG_END,
};

struct ps_options {
	bool all, quiet, json, no_trunc;
};

extern const struct verb verb_ps;

static int take_option(void *data, int id, const char *value)
{
	struct ps_options *o = data;
	bool *const members[] = {
		[OPT_ALL] = &o->all,
		[OPT_QUIET] = &o->quiet,
		[OPT_JSON] = &o->json,
		[OPT_NO_TRUNC] = &o->no_trunc,
	};

	*members[id] = streq(value, "true");
	return 0;
}

static const char *status_name(const struct container_info *i)
{
	switch (i->status) {
	case CONTAINER_CREATED:
		return "created";
	case CONTAINER_RUNNING:
		return "running";
	case CONTAINER_EXITED:
		return i->finished ? "exited" : "dead";
	}
	return "unknown";
}

static void add_json(struct buf *out, const struct container_info *i)
{
	buf_str(out, out->len > 1 ? ",{" : "{");
	json_member(out, "Name", i->id);
	json_member(out, "Image", i->image);
	json_member(out, "ImageID", i->image_id);
	json_member(out, "Command", i->command);
	json_member(out, "State", status_name(i));
	json_member_i64(out, "Pid", i->pid);
	json_member_i64(out, "Created", i->created);
	if (i->finished) {
		json_member_i64(out, "Finished", i->finished);
		json_member_i64(out, "ExitCode", i->exit_code);
	}
	buf_char(out, '}');
}

static void add_row(struct table *t, const struct container_info *i, bool whole)
{
	char pid[16] = "", created[40], status[64], command[2 * COMMAND_WIDTH];

	format_ago(i->created, created);
	if (i->pid)
		(void)snprintf(pid, sizeof(pid), "%d", (int)i->pid);
	if (i->finished)
		(void)snprintf(status, sizeof(status), "exited (%d)", i->exit_code);
	else
		(void)snprintf(status, sizeof(status), "%s", status_name(i));
	(void)snprintf(command, sizeof(command), "%.*s", COMMAND_WIDTH,
		       i->command ? i->command : "");
	table_add(t, i->id);
	table_add(t, i->image);
	table_add(t, whole ? i->command : command);
	table_add(t, created);
	table_add(t, status);
	table_add(t, pid);
}

static int print(const struct container_info *list, size_t n, const struct ps_options *o)
{
	static const char *const headings[] = {"NAME",	 "IMAGE", "COMMAND", "CREATED",
					       "STATUS", "PID",	  NULL};
	CLEANUP(table_done)
	struct table t;
	auto_buf json = {0};
	int r = 0;

	table_init(&t, headings);
	buf_char(&json, '[');
	for (size_t i = 0; i < n; i++) {
		if (!o->all && list[i].status != CONTAINER_RUNNING)
			continue;
		if (o->json)
			add_json(&json, &list[i]);
		else if (o->quiet)
			(void)printf("%s\n", list[i].id);
		else
			add_row(&t, &list[i], o->no_trunc);
	}
	buf_char(&json, ']');
	if (o->json)
		r = json.error ? json.error : json_print(json.data);
	else if (!o->quiet)
		r = table_print(&t);
	return r < 0 ? log_fail(r, "print the list") : 0;
}

static int run(const struct settings *settings, int argc, char **argv)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	struct container_info *list;
	auto_free char **args = NULL;
	struct ps_options o = {0};
	size_t n;
	int r;

	r = verb_parse(&verb_ps, argc, argv, take_option, &o, &args);
	if (r != 0)
		return r;
	log_set_context("ps");
	r = container_list(&paths, &list, &n);
	if (r < 0)
		return r;
	r = print(list, n, &o);
	container_list_free(list, n);
	return r;
}

const struct verb verb_ps = {
	.args = {"ps", options, 0, 0, 0},
	.arguments = "[OPTION...]",
	.help = "list containers",
	.flags = VERB_ROOT,
	.run = run,
};
