/* SPDX-License-Identifier: MIT */
/* nap stop: the stop signal, and after a while SIGKILL. */
#include <errno.h>
#include <stdlib.h>

#include "cmd.h"
#include "container-name.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "runtime/runtime.h"

#define DEFAULT_TIMEOUT_USEC (10 * UINT64_C(1000000))

enum { OPT_SIGNAL = 1, OPT_TIME };

static const struct arg_option options[] = {
	{"signal", 's', "SIGNAL", "in place of the container's stop signal", OPT_SIGNAL, false},
	{"time", 't', "SECONDS", "how long to wait before SIGKILL (default 10, -1: for ever)",
	 OPT_TIME, false},
	ARG_END,
};

struct stop_options {
	int signo;
	uint64_t timeout_usec;
};

extern const struct verb verb_stop;

static int take_option(void *data, int id, const char *value)
{
	struct stop_options *o = data;

	if (id == OPT_SIGNAL) {
		if (parse_signal(value, &o->signo) < 0)
			return args_bad_value(&verb_stop.args, id, value, "not a signal");
		return 0;
	}
	if (value[0] == '-' && value[1] == '1' && !value[2])
		o->timeout_usec = UINT64_MAX;
	else if (parse_duration(value, &o->timeout_usec) < 0)
		return args_bad_value(&verb_stop.args, id, value, "not a time");
	return 0;
}

static int stop(const struct paths *paths, const char *id, void *data)
{
	const struct stop_options *o = data;

	return container_stop(paths, id, o->signo, o->timeout_usec);
}

static int run(const struct settings *settings, int argc, char **argv)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	struct stop_options o = {.timeout_usec = DEFAULT_TIMEOUT_USEC};
	auto_free char **args = NULL;
	int r;

	r = verb_parse(&verb_stop, argc, argv, take_option, &o, &args);
	if (r != 0)
		return r;
	log_set_context("stop");
	return container_name_each(&paths, args, stop, &o);
}

const struct verb verb_stop = {
	.args = {"stop", options, 0, 1, -1},
	.arguments = "[OPTION...] CONTAINER...",
	.help = "stop containers",
	.flags = VERB_ROOT,
	.run = run,
};
