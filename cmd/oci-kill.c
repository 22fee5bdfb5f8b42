/* SPDX-License-Identifier: MIT */
/* nap oci kill and delete. */
#include <errno.h>
#include <regex.h>
#include <signal.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/text.h"
#include "oci.h"

static const struct arg_option kill_options[] = {
	{"all", 'a', NULL, "to all of its processes", 1, true},
	ARG_END,
};

enum { OPT_FORCE = 1, OPT_REGEX };

static const struct arg_option delete_options[] = {
	{"force", 'f', NULL, "kill it first; no error if there is none", OPT_FORCE, true},
	{"regex", 'r', NULL, "ID is an extended regular expression", OPT_REGEX, true},
	ARG_END,
};

extern const struct oci_verb oci_verb_kill, oci_verb_delete;

static int take_flag(void *data, int id, const char *value)
{
	(void)id;
	*(bool *)data = streq(value, "true");
	return 0;
}

static int run_kill(const struct oci_options *o, int argc, char **argv)
{
	auto_free char **args = NULL;
	int signo = SIGTERM, r;
	bool all = false;

	r = oci_verb_parse(&oci_verb_kill, argc, argv, take_flag, &all, &args);
	if (r != 0)
		return r;
	if (args[1] && streq(args[1], "0"))
		signo = 0; /* as with kill(2): is it there? */
	else if (args[1] && parse_signal(args[1], &signo) < 0)
		return log_refuse(-EINVAL, "unknown signal \"%s\"", args[1]);
	return oci_kill(o, args[0], signo, all);
}

struct delete_question {
	bool force, regex;
};

static int take_delete_option(void *data, int id, const char *value)
{
	struct delete_question *q = data;

	return take_flag(id == OPT_FORCE ? &q->force : &q->regex, id, value);
}

/* All whose ids match. */
static int delete_matching(const struct oci_options *o, const char *pattern, bool force)
{
	struct oci_info *list = NULL;
	size_t n = 0;
	regex_t regex;
	int r;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return log_refuse(-EINVAL, "--regex: \"%s\" is not a regular expression", pattern);
	r = oci_list(o, &list, &n);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (regexec(&regex, list[i].id, 0, NULL, 0) == 0)
			r = oci_delete(o, list[i].id, force);
	oci_list_free(list, n);
	regfree(&regex);
	return r;
}

static int run_delete(const struct oci_options *o, int argc, char **argv)
{
	struct delete_question q = {0};
	auto_free char **args = NULL;
	int r = oci_verb_parse(&oci_verb_delete, argc, argv, take_delete_option, &q, &args);

	for (char **id = args; r == 0 && *id; id++)
		r = q.regex ? delete_matching(o, *id, q.force) : oci_delete(o, *id, q.force);
	return r;
}

const struct oci_verb oci_verb_kill = {
	.args = {"oci kill", kill_options, 0, 1, 2},
	.arguments = "[OPTION...] ID [SIGNAL]",
	.help = "send a signal to a container (default: TERM)",
	.run = run_kill,
};

const struct oci_verb oci_verb_delete = {
	.args = {"oci delete", delete_options, 0, 1, -1},
	.arguments = "[OPTION...] ID...",
	.help = "remove what is kept of stopped containers",
	.run = run_delete,
};
