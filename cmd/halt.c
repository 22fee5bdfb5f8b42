/* SPDX-License-Identifier: MIT */
/*
 * nap halt: what ExecStop= of app@NAME.service calls when only the image knows how its app is told
 * to end. systemd sends SIGTERM afterwards to whatever is left.
 */
#include <stdlib.h>

#include "cmd.h"
#include "lib/log.h"
#include "runtime/runtime.h"

static const struct arg_option options[] = {
	ARG_END,
};

extern const struct verb verb_halt;

static int run(const struct settings *settings, int argc, char **argv)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	auto_free char **args = NULL;
	int r;

	r = verb_parse(&verb_halt, argc, argv, NULL, NULL, &args);
	if (r != 0)
		return r;
	log_set_context("halt");
	return container_halt(&paths, args[0]);
}

const struct verb verb_halt = {
	.args = {"halt", options, 0, 1, 1},
	.arguments = "APP",
	.help = "send the image's stop signal to an app, and wait for its end",
	.flags = VERB_ROOT | VERB_HIDDEN,
	.run = run,
};
