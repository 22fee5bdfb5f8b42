/* SPDX-License-Identifier: MIT */
/* nap oci state and list. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/table.h"
#include "lib/text.h"
#include "oci.h"

enum { OPT_FORMAT = 1, OPT_QUIET };

static const struct arg_option list_options[] = {
	{"format", 'f', "FORMAT", "table or json", OPT_FORMAT, false},
	{"quiet", 'q', NULL, "ids only", OPT_QUIET, true},
	ARG_END,
};

extern const struct oci_verb oci_verb_state, oci_verb_list;

static int run_state(const struct oci_options *o, int argc, char **argv)
{
	auto_free char **args = NULL;
	auto_buf out = {0};
	int r = oci_verb_parse(&oci_verb_state, argc, argv, oci_no_option, NULL, &args);

	if (r == 0)
		r = oci_state(o, args[0], &out);
	return r == 0 ? json_print(out.data) : r;
}

struct list_query {
	bool json, quiet;
};

static int take_option(void *data, int id, const char *value)
{
	struct list_query *q = data;

	if (id == OPT_QUIET) {
		q->quiet = streq(value, "true");
		return 0;
	}
	if (!streq(value, "json") && !streq(value, "table"))
		return args_bad_value(&oci_verb_list.args, id, value, "not table or json");
	q->json = streq(value, "json");
	return 0;
}

static void format_created(int64_t usec, char out[static 40])
{
	time_t t = (time_t)(usec / 1000000);
	struct tm tm;
	size_t n = gmtime_r(&t, &tm) ? strftime(out, 40, "%Y-%m-%dT%H:%M:%S", &tm) : 0;

	(void)snprintf(out + n, 40 - n, ".%06dZ", (int)(usec % 1000000));
}

static int print_json(const struct oci_info *list, size_t n)
{
	auto_buf out = {0};

	buf_char(&out, '[');
	for (size_t i = 0; i < n; i++) {
		char created[40];

		format_created(list[i].created_usec, created);
		buf_str(&out, i > 0 ? ",{" : "{");
		json_member(&out, "ociVersion", "1.2.0");
		json_member(&out, "id", list[i].id);
		json_member_i64(&out, "pid", list[i].pid);
		json_member(&out, "status", oci_status_names[list[i].status]);
		json_member(&out, "bundle", list[i].bundle);
		json_member(&out, "rootfs", list[i].rootfs);
		json_member(&out, "created", created);
		json_member(&out, "owner", list[i].owner);
		buf_char(&out, '}');
	}
	buf_char(&out, ']');
	return out.error ? log_oom() : json_print_line(out.data);
}

static int print_table(const struct oci_info *list, size_t n)
{
	static const char *const headings[] = {"ID",	  "PID",   "STATUS", "BUNDLE",
					       "CREATED", "OWNER", NULL};
	CLEANUP(table_done)
	struct table t;

	table_init(&t, headings);
	for (size_t i = 0; i < n; i++) {
		char created[40], pid[16];

		format_created(list[i].created_usec, created);
		(void)snprintf(pid, sizeof(pid), "%d", (int)list[i].pid);
		table_add(&t, list[i].id);
		table_add(&t, pid);
		table_add(&t, oci_status_names[list[i].status]);
		table_add(&t, list[i].bundle);
		table_add(&t, created);
		table_add(&t, list[i].owner);
	}
	return table_print(&t);
}

static int run_list(const struct oci_options *o, int argc, char **argv)
{
	struct oci_info *list = NULL;
	auto_free char **args = NULL;
	struct list_query q = {0};
	size_t n = 0;
	int r;

	r = oci_verb_parse(&oci_verb_list, argc, argv, take_option, &q, &args);
	if (r == 0)
		r = oci_list(o, &list, &n);
	if (r != 0)
		return r;
	if (q.quiet)
		for (size_t i = 0; i < n; i++)
			(void)puts(list[i].id);
	else
		r = q.json ? print_json(list, n) : print_table(list, n);
	oci_list_free(list, n);
	return r;
}

const struct oci_verb oci_verb_state = {
	.args = {"oci state", oci_no_options, 0, 1, 1},
	.arguments = "ID",
	.help = "print the state of a container as JSON",
	.run = run_state,
};

const struct oci_verb oci_verb_list = {
	.args = {"oci list", list_options, 0, 0, 0},
	.arguments = "[OPTION...]",
	.help = "list the containers",
	.run = run_list,
};
