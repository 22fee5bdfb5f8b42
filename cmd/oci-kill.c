/* SPDX-License-Identifier: MIT */
/* nap oci kill and delete. */
#include <errno.h>
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

static const struct arg_option delete_options[] = {
	{"force", 'f', NULL, "kill it first; no error if there is none", 1, true},
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
	if (args[1] && parse_signal(args[1], &signo) < 0)
		return log_refuse(-EINVAL, "unknown signal \"%s\"", args[1]);
	return oci_kill(o, args[0], signo, all);
}

static int run_delete(const struct oci_options *o, int argc, char **argv)
{
	auto_free char **args = NULL;
	bool force = false;
	int r = oci_verb_parse(&oci_verb_delete, argc, argv, take_flag, &force, &args);

	for (char **id = args; r == 0 && *id; id++)
		r = oci_delete(o, *id, force);
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
