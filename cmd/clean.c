/* SPDX-License-Identifier: MIT */
/* nap clean: undo whatever a killed nap left of a container. Idempotent, takes full names only. */
#include <errno.h>
#include <stdlib.h>

#include "cmd.h"
#include "lib/log.h"
#include "runtime/runtime.h"

static const struct arg_option options[] = {
	ARG_END,
};

extern const struct verb verb_clean;

static int no_option(void *data, int id, const char *value)
{
	(void)data;
	(void)id;
	(void)value;
	return -EINVAL;
}

static int run(const struct settings *settings, int argc, char **argv)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	auto_free char **args = NULL;
	int r, result = 0;

	r = verb_parse(&verb_clean, argc, argv, no_option, NULL, &args);
	if (r != 0)
		return r;
	log_set_context("clean");
	for (char **id = args; *id; id++) {
		r = container_clean(&paths, *id);
		if (r == -EBUSY)
			(void)log_refuse(r, "container %s is running", *id);
		if (r < 0)
			result = r;
	}
	return result;
}

const struct verb verb_clean = {
	.args = {"clean", options, 0, 1, -1},
	.arguments = "CONTAINER...",
	.help = "undo what a killed nap left of containers",
	.flags = VERB_ROOT,
	.run = run,
};
