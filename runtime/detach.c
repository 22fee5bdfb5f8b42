/* SPDX-License-Identifier: MIT */
/*
 * nap run -d: a transient service that is to a command line what app@NAME.service is to an app
 * file. nap-bus asks systemd for it and waits; in it, nap hands over as for an app (service.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "container.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/program.h"
#include "lib/strv.h"
#include "scope.h"

/* What the app has from our environment, nap in the unit must find in its own. */
static int add_environment(char ***v, const struct spec *spec)
{
	STRV_FOREACH (assignment, spec->env) {
		const char *value = strchr(*assignment, '=');
		auto_free char *name = NULL;
		const char *ours;

		if (!value)
			continue;
		name = strndup(*assignment, (size_t)(value - *assignment));
		ours = name ? getenv(name) : NULL;
		if (!name || (ours && streq(ours, value + 1) &&
			      strv_take(v, text_format("Environment=%s", *assignment)) < 0))
			return -ENOMEM;
	}
	return 0;
}

/* The same as in the packaged app@.service. */
static int add_service_properties(char ***v, const struct spec *spec)
{
	static const char *const fixed[] = {"Type=notify",	     "NotifyAccess=all",
					    "KillMode=mixed",	     "OOMPolicy=kill",
					    "SuccessExitStatus=143", "TimeoutStopUSec=10000000"};
	auto_free char *cwd = getcwd(NULL, 0);

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		if (strv_add(v, fixed[i]) < 0)
			return -ENOMEM;
	if (strv_take(v, text_format("SyslogIdentifier=%s", spec->id)) < 0 ||
	    strv_take(v, text_format("KillSignal=%s", signal_name(spec->stop_signal))) < 0 ||
	    (cwd && strv_take(v, text_format("WorkingDirectory=%s", cwd)) < 0))
		return -ENOMEM;
	return add_environment(v, spec);
}

/* What ExecStopPost= runs. */
static int add_clean(char ***v, const struct paths *paths, const struct spec *spec,
		     const char *program)
{
	if (strv_add(v, program) < 0 || strv_take(v, text_format("--root=%s", paths->root)) < 0 ||
	    strv_take(v, text_format("--runroot=%s", paths->runroot)) < 0 ||
	    strv_add(v, "clean") < 0 || strv_add(v, spec->id) < 0)
		return -ENOMEM;
	return 0;
}

static int make_argv(const struct paths *paths, const struct spec *spec, char *const *nap,
		     char *const *arguments, char ***ret)
{
	auto_strv char **v = NULL;
	int r;

	r = scope_bus_argv("service", &v);
	if (r < 0)
		return r;
	if (strv_take(&v, text_format("nap-%s.service", spec->id)) < 0 ||
	    scope_properties(&v, spec) < 0 || add_service_properties(&v, spec) < 0 ||
	    strv_add(&v, "--") < 0 || add_clean(&v, paths, spec, nap[0]) < 0 ||
	    strv_add(&v, "--") < 0 || strv_extend(&v, nap) < 0 ||
	    strv_take(&v, text_format("--name=%s", spec->id)) < 0 || strv_extend(&v, arguments) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(v);
	return 0;
}

int container_detach(const struct paths *paths, const struct spec *spec, char *const *nap,
		     char *const *arguments, char **ret_id)
{
	auto_free char *id = strdup(spec->id);
	auto_free char *why = NULL;
	auto_strv char **v = NULL;
	int r;

	if (!id)
		return log_oom();
	r = make_argv(paths, spec, nap, arguments, &v);
	if (r == 0)
		r = program_output(v, &why);
	if (r < 0)
		return log_fail(r, "ask systemd for nap-%s.service", id);
	if (r > 0) {
		why[strcspn(why, "\n")] = '\0';
		(void)log_refuse(-EIO, "start nap-%s.service: %s", id, why);
		log_hint("nap logs %s may tell more", id);
		return -EIO;
	}
	*ret_id = TAKE_PTR(id);
	return 0;
}
