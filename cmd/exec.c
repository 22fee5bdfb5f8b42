/* SPDX-License-Identifier: MIT */
/* nap exec: a further command in a running container. */
#include <errno.h>
#include <stdlib.h>

#include "cmd.h"
#include "container-name.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "runtime/runtime.h"

enum { OPT_ENV = 1, OPT_INTERACTIVE, OPT_TTY, OPT_USER, OPT_WORKDIR };

static const struct arg_option options[] = {
	{"env", 'e', "NAME[=VALUE]", "set or pass on a variable", OPT_ENV, false},
	{"interactive", 'i', NULL, "pass standard input on", OPT_INTERACTIVE, true},
	{"tty", 't', NULL, "give it a terminal", OPT_TTY, true},
	{"user", 'u', "USER[:GROUP]", "run as this user of the image, or id", OPT_USER, false},
	{"workdir", 'w', "DIR", "working directory", OPT_WORKDIR, false},
	ARG_END,
};

static int take_option(void *data, int id, const char *value)
{
	struct exec_request *q = data;

	switch (id) {
	case OPT_ENV:
		return strv_add(&q->env, value) < 0 ? log_oom() : 0;
	case OPT_INTERACTIVE:
		q->interactive = streq(value, "true");
		return 0;
	case OPT_TTY:
		q->terminal = streq(value, "true");
		return 0;
	case OPT_USER:
		q->user = (char *)value; /* borrowed from argv */
		return 0;
	case OPT_WORKDIR:
		q->working_dir = (char *)value;
		return 0;
	}
	return -EINVAL;
}

extern const struct verb verb_exec;

static int run(const struct settings *settings, int argc, char **argv)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	struct exec_request q = {0};
	auto_free char **args = NULL;
	auto_free char *id = NULL;
	int r;

	r = verb_parse(&verb_exec, argc, argv, take_option, &q, &args);
	if (r == 0) {
		log_set_context("exec");
		q.command = args + 1;
		r = container_name_resolve(&paths, args[0], &id);
		if (r == 0)
			r = container_exec(&paths, id, &q);
	}
	strv_free(q.env);
	return r;
}

const struct verb verb_exec = {
	.args = {"exec", options, 1, 2, -1},
	.arguments = "[OPTION...] CONTAINER COMMAND [ARGUMENT...]",
	.help = "run a further command in a running container",
	.flags = VERB_ROOT | VERB_RUN_CODES,
	.run = run,
};
