/* SPDX-License-Identifier: MIT */
/* nap stop: of a service by systemctl; else the stop signal, and after a while SIGKILL. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "container-name.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "runtime/runtime.h"
#include "service.h"
#include "systemctl.h"

#define DEFAULT_TIMEOUT_USEC (10 * UINT64_C(1000000))

enum { OPT_SIGNAL = 1, OPT_TIME, OPT_VERBOSE };

static const struct arg_option options[] = {
	{"signal", 's', "SIGNAL", "in place of the container's stop signal", OPT_SIGNAL, false},
	{"time", 't', "SECONDS", "how long to wait before SIGKILL (default 10, -1: for ever)",
	 OPT_TIME, false},
	{"verbose", 'v', NULL, "print the command of systemctl", OPT_VERBOSE, true},
	ARG_END,
};

struct stop_options {
	int signo;
	uint64_t timeout_usec;
	bool asked, verbose; /* asked: for another way than the container's own */
};

extern const struct verb verb_stop;

static int take_option(void *data, int id, const char *value)
{
	struct stop_options *o = data;

	if (id == OPT_VERBOSE) {
		o->verbose = streq(value, "true");
		return 0;
	}
	o->asked = true;
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

/* Tell the names of services from those of one-off containers. */
static int sort_names(const struct paths *paths, char *const *names, char ***ret_units,
		      char ***ret_services, char ***ret_containers)
{
	for (; *names; names++) {
		char *unit;
		int r;

		r = service_find(paths, *names, &unit);
		if (r < 0)
			return r;
		if (strv_add(unit ? ret_services : ret_containers, *names) < 0 ||
		    (unit && strv_take(ret_units, unit) < 0))
			return log_oom();
	}
	return 0;
}

/* All at once: systemd stops them side by side. */
static int stop_services(const struct stop_options *o, char *const *units, char *const *names)
{
	auto_strv char **v = NULL;
	int r;

	if (!units)
		return 0;
	if (o->asked) {
		(void)log_refuse(ARGS_USAGE, "%s is a service, which is stopped in its own way",
				 *names);
		log_hint("StopSignal= and StopTimeout= of nap.app(5) set it");
		return ARGS_USAGE;
	}
	if (strv_add(&v, "systemctl") < 0 || strv_add(&v, "stop") < 0 || strv_add(&v, "--") < 0 ||
	    strv_extend(&v, units) < 0)
		return log_oom();
	r = systemctl_wait(v, o->verbose);
	for (; r == 0 && *names; names++)
		(void)printf("%s\n", *names);
	return r;
}

static int run(const struct settings *settings, int argc, char **argv)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	struct stop_options o = {.timeout_usec = DEFAULT_TIMEOUT_USEC};
	auto_strv char **units = NULL, **services = NULL, **containers = NULL;
	auto_free char **args = NULL;
	int r, e;

	r = verb_parse(&verb_stop, argc, argv, take_option, &o, &args);
	if (r != 0)
		return r;
	log_set_context("stop");
	r = sort_names(&paths, args, &units, &services, &containers);
	if (r < 0)
		return r;
	r = stop_services(&o, units, services);
	e = containers ? container_name_each(&paths, containers, stop, &o) : 0;
	return r < 0 ? r : e;
}

const struct verb verb_stop = {
	.args = {"stop", options, 0, 1, -1},
	.arguments = "[OPTION...] CONTAINER...",
	.help = "stop containers and apps",
	.flags = VERB_ROOT,
	.run = run,
};
