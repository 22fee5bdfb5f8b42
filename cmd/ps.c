/* SPDX-License-Identifier: MIT */
/* nap ps: the containers of this machine, services and one-offs alike. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "lease-text.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/table.h"
#include "lib/text.h"
#include "ps-apps.h"
#include "runtime/runtime.h"

#define COMMAND_WIDTH 30

enum { OPT_ALL = 1, OPT_QUIET, OPT_JSON, OPT_NO_TRUNC };

static const struct arg_option options[] = {
	{"all", 'a', NULL, "also those that have ended, and apps that do not run", OPT_ALL, true},
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

static void add_json(struct buf *out, const struct container_info *i, const struct net_lease *l)
{
	buf_str(out, out->len > 1 ? ",{" : "{");
	json_member(out, "Name", i->id);
	json_member(out, "Image", i->image);
	json_member(out, "ImageID", i->image_id);
	json_member(out, "Command", i->command);
	json_member(out, "State", status_name(i));
	json_member(out, "Health", i->health);
	json_member_i64(out, "Pid", i->pid);
	json_member_i64(out, "Created", i->created);
	if (i->finished) {
		json_member_i64(out, "Finished", i->finished);
		json_member_i64(out, "ExitCode", i->exit_code);
	}
	if (i->memory_bytes >= 0)
		json_member_i64(out, "Memory", i->memory_bytes);
	json_member(out, "Network", i->network);
	json_member_i64(out, "FirstID", i->id_base);
	lease_add_members(l, out);
	json_member(out, "Unit", i->unit);
	buf_char(out, '}');
}

static void add_status(struct table *t, const struct container_info *i)
{
	char status[64];

	if (i->finished)
		(void)snprintf(status, sizeof(status), "exited (%d)", i->exit_code);
	else if (i->health)
		(void)snprintf(status, sizeof(status), "%s (%s)", status_name(i), i->health);
	else
		(void)snprintf(status, sizeof(status), "%s", status_name(i));
	table_add(t, status);
}

static void add_network(struct table *t, const struct container_info *i, const struct net_lease *l)
{
	bool elsewhere = i->network && !streq(i->network, "private") && !streq(i->network, "none");
	auto_buf addresses = {0}, ports = {0};

	if (l) {
		lease_add_addresses(l, &addresses);
		lease_add_ports(l, &ports);
	}
	table_add(t, elsewhere ? i->network : addresses.data);
	table_add(t, ports.data);
}

static void add_row(struct table *t, const struct container_info *i, const struct net_lease *l,
		    bool whole)
{
	char pid[16] = "", since[40], memory[16] = "", command[2 * COMMAND_WIDTH];

	format_ago(i->finished ? i->finished : i->created, since);
	if (i->pid)
		(void)snprintf(pid, sizeof(pid), "%d", (int)i->pid);
	if (i->memory_bytes >= 0)
		format_size((unsigned long long)i->memory_bytes, memory);
	(void)snprintf(command, sizeof(command), "%.*s", COMMAND_WIDTH,
		       i->command ? i->command : "");
	table_add(t, i->id);
	table_add(t, i->image);
	table_add(t, whole ? i->command : command);
	add_status(t, i);
	table_add(t, since);
	table_add(t, pid);
	table_add(t, memory);
	add_network(t, i, l);
	table_add(t, i->unit);
}

static void add_app_json(struct buf *out, const struct resting_app *app)
{
	auto_free char *unit = text_format("app@%s.service", app->name);

	buf_str(out, out->len > 1 ? ",{" : "{");
	json_member(out, "Name", app->name);
	json_member(out, "State", app->state);
	json_member_i64(out, "Pid", 0);
	json_member(out, "Unit", unit);
	buf_char(out, '}');
}

static void add_app_row(struct table *t, const struct resting_app *app)
{
	auto_free char *unit = text_format("app@%s.service", app->name);

	table_add(t, app->name);
	table_add(t, NULL);
	table_add(t, NULL);
	table_add(t, app->state);
	for (int i = 0; i < 5; i++)
		table_add(t, NULL);
	table_add(t, unit);
}

struct output {
	const struct settings *settings;
	const struct ps_options *options;
	struct table table;
	struct buf json;
};

static void add_container(struct output *o, const struct container_info *i)
{
	auto_net_lease struct net_lease *l = NULL;

	if (!o->options->all && i->status != CONTAINER_RUNNING)
		return;
	/* without one, or one that is broken and reported, there is still the rest to show */
	if (!o->options->quiet && i->status == CONTAINER_RUNNING)
		(void)lease_of(o->settings, i->id, &l);
	if (o->options->json)
		add_json(&o->json, i, l);
	else if (o->options->quiet)
		(void)printf("%s\n", i->id);
	else
		add_row(&o->table, i, l, o->options->no_trunc);
}

static void add_app(struct output *o, const struct resting_app *app)
{
	if (o->options->json)
		add_app_json(&o->json, app);
	else if (o->options->quiet)
		(void)printf("%s\n", app->name);
	else
		add_app_row(&o->table, app);
}

static int print(struct output *o)
{
	int r = 0;

	buf_char(&o->json, ']');
	if (o->options->json)
		r = o->json.error ? o->json.error : json_print(o->json.data);
	else if (!o->options->quiet)
		r = table_print(&o->table);
	return r < 0 ? log_fail(r, "print the list") : 0;
}

static int list(const struct settings *settings, const struct ps_options *wanted)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	static const char *const headings[] = {"NAME",	"IMAGE", "COMMAND", "STATUS",
					       "SINCE", "PID",	 "MEMORY",  "ADDRESS",
					       "PORTS", "UNIT",	 NULL};
	struct output o = {.settings = settings, .options = wanted};
	struct container_info *containers;
	struct resting_app *apps = NULL;
	size_t n, n_apps = 0;
	int r;

	r = container_list(&paths, &containers, &n);
	if (r < 0)
		return r;
	if (wanted->all)
		r = resting_apps_list(containers, n, &apps, &n_apps);
	table_init(&o.table, headings);
	buf_char(&o.json, '[');
	for (size_t i = 0; i < n; i++)
		add_container(&o, &containers[i]);
	for (size_t i = 0; i < n_apps; i++)
		add_app(&o, &apps[i]);
	if (r == 0)
		r = print(&o);
	buf_done(&o.json);
	table_done(&o.table);
	resting_apps_free(apps, n_apps);
	container_list_free(containers, n);
	return r;
}

static int run(const struct settings *settings, int argc, char **argv)
{
	auto_free char **args = NULL;
	struct ps_options o = {0};
	int r;

	r = verb_parse(&verb_ps, argc, argv, take_option, &o, &args);
	if (r != 0)
		return r;
	log_set_context("ps");
	return list(settings, &o);
}

const struct verb verb_ps = {
	.args = {"ps", options, 0, 0, 0},
	.arguments = "[OPTION...]",
	.help = "list containers and apps",
	.flags = VERB_ROOT,
	.run = run,
};
