/* SPDX-License-Identifier: MIT */
/* nap kill: a signal for the app of a container. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "cmd.h"
#include "container-name.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "runtime/runtime.h"

enum { OPT_SIGNAL = 1 };

static const struct arg_option options[] = {
	{"signal", 's', "SIGNAL", "which signal (default SIGKILL)", OPT_SIGNAL, false},
	ARG_END,
};

extern const struct verb verb_kill;

static int take_option(void *data, int id, const char *value)
{
	if (parse_signal(value, data) < 0)
		return args_bad_value(&verb_kill.args, id, value, "not a signal");
	return 0;
}

static int kill_one(const struct paths *paths, const char *id, void *data)
{
	return container_kill(paths, id, *(int *)data);
}

static int run(const struct settings *settings, int argc, char **argv)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	auto_free char **args = NULL;
	int signo = SIGKILL, r;

	r = verb_parse(&verb_kill, argc, argv, take_option, &signo, &args);
	if (r != 0)
		return r;
	log_set_context("kill");
	return container_name_each(&paths, args, kill_one, &signo);
}

const struct verb verb_kill = {
	.args = {"kill", options, 0, 1, -1},
	.arguments = "[OPTION...] CONTAINER...",
	.help = "send a signal to containers",
	.flags = VERB_ROOT,
	.run = run,
};
