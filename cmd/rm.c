/* SPDX-License-Identifier: MIT */
/* nap rm: remove containers that have ended. */
#include <errno.h>
#include <stdlib.h>

#include "cmd.h"
#include "container-name.h"
#include "lib/log.h"
#include "lib/text.h"
#include "runtime/runtime.h"

enum { OPT_FORCE = 1 };

static const struct arg_option options[] = {
	{"force", 'f', NULL, "kill it first if it is running", OPT_FORCE, true},
	ARG_END,
};

extern const struct verb verb_rm;

static int take_option(void *data, int id, const char *value)
{
	bool *force = data;

	(void)id; /* there is one */
	*force = streq(value, "true");
	return 0;
}

static int remove_one(const struct paths *paths, const char *id, void *data)
{
	return container_remove(paths, id, *(bool *)data);
}

static int run(const struct settings *settings, int argc, char **argv)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	auto_free char **args = NULL;
	bool force = false;
	int r;

	r = verb_parse(&verb_rm, argc, argv, take_option, &force, &args);
	if (r != 0)
		return r;
	log_set_context("rm");
	return container_name_each(&paths, args, remove_one, &force);
}

const struct verb verb_rm = {
	.args = {"rm", options, 0, 1, -1},
	.arguments = "[OPTION...] CONTAINER...",
	.help = "remove containers",
	.flags = VERB_ROOT,
	.run = run,
};
