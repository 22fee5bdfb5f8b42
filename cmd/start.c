/* SPDX-License-Identifier: MIT */
/* The verbs that are systemctl's: start, restart, enable, disable and status of an app. */
#include <errno.h>

#include "cmd.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "runtime/runtime.h"
#include "service.h"
#include "systemctl.h"

enum { OPT_VERBOSE = 1, OPT_NOW, OPT_LINES, OPT_NO_PAGER };

#define VERBOSE_ROW                                                                       \
	{                                                                                 \
		"verbose", 'v', NULL, "print the command of systemctl", OPT_VERBOSE, true \
	}

static const struct arg_option start_options[] = {
	VERBOSE_ROW,
	ARG_END,
};

static const struct arg_option enable_options[] = {
	{"now", 0, NULL, "start or stop it as well", OPT_NOW, true},
	VERBOSE_ROW,
	ARG_END,
};

static const struct arg_option status_options[] = {
	{"lines", 'n', "NUMBER", "how many lines of its log", OPT_LINES, false},
	{"no-pager", 0, NULL, "print it at once", OPT_NO_PAGER, true},
	VERBOSE_ROW,
	ARG_END,
};

struct service_options {
	bool verbose, now, no_pager;
	const char *lines;
};

static int take_option(void *data, int id, const char *value)
{
	struct service_options *o = data;

	if (id == OPT_VERBOSE)
		o->verbose = streq(value, "true");
	else if (id == OPT_NOW)
		o->now = streq(value, "true");
	else if (id == OPT_NO_PAGER)
		o->no_pager = streq(value, "true");
	else
		o->lines = value;
	return 0;
}

static int add_words(char ***v, const char *verb, const struct service_options *o)
{
	if (strv_add(v, "systemctl") < 0 || strv_add(v, verb) < 0 ||
	    (o->now && strv_add(v, "--now") < 0) ||
	    (o->no_pager && strv_add(v, "--no-pager") < 0) ||
	    (o->lines && strv_take(v, text_format("--lines=%s", o->lines)) < 0))
		return log_oom();
	return strv_add(v, "--") < 0 ? log_oom() : 0;
}

/* defined: a unit that nobody has defined is not what was meant. */
static int call(const struct verb *verb, bool defined, const struct settings *settings, int argc,
		char **argv)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	struct service_options o = {0};
	auto_free char **args = NULL;
	auto_strv char **v = NULL;
	int r;

	r = verb_parse(verb, argc, argv, take_option, &o, &args);
	if (r != 0)
		return r;
	log_set_context(verb->args.verb);
	r = add_words(&v, verb->args.verb, &o);
	for (char **name = args; r == 0 && *name; name++) {
		char *unit;

		r = service_unit(&paths, *name, defined, &unit);
		if (r == 0 && strv_take(&v, unit) < 0)
			r = log_oom();
	}
	return r == 0 ? systemctl_exec(v, o.verbose) : r;
}

extern const struct verb verb_start, verb_restart, verb_enable, verb_disable, verb_status;

static int run_start(const struct settings *settings, int argc, char **argv)
{
	return call(&verb_start, true, settings, argc, argv);
}

static int run_restart(const struct settings *settings, int argc, char **argv)
{
	return call(&verb_restart, true, settings, argc, argv);
}

static int run_enable(const struct settings *settings, int argc, char **argv)
{
	return call(&verb_enable, true, settings, argc, argv);
}

static int run_disable(const struct settings *settings, int argc, char **argv)
{
	return call(&verb_disable, false, settings, argc, argv);
}

static int run_status(const struct settings *settings, int argc, char **argv)
{
	return call(&verb_status, false, settings, argc, argv);
}

const struct verb verb_start = {
	.args = {"start", start_options, 0, 1, -1},
	.arguments = "[OPTION...] APP...",
	.help = "start apps",
	.run = run_start,
};

const struct verb verb_restart = {
	.args = {"restart", start_options, 0, 1, -1},
	.arguments = "[OPTION...] APP...",
	.help = "stop apps and start them again",
	.run = run_restart,
};

const struct verb verb_enable = {
	.args = {"enable", enable_options, 0, 1, -1},
	.arguments = "[OPTION...] APP...",
	.help = "start apps whenever the machine boots",
	.run = run_enable,
};

const struct verb verb_disable = {
	.args = {"disable", enable_options, 0, 1, -1},
	.arguments = "[OPTION...] APP...",
	.help = "no longer start apps when the machine boots",
	.run = run_disable,
};

const struct verb verb_status = {
	.args = {"status", status_options, 0, 1, -1},
	.arguments = "[OPTION...] APP...",
	.help = "show how apps are, as systemctl status does",
	.run = run_status,
};
