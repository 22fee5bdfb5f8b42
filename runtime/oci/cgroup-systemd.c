/* SPDX-License-Identifier: MIT */
/* The transient scope of a container, by nap-bus: made around its first process, changed, stopped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup-parts.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/program.h"
#include "lib/strv.h"
#include "runtime/scope.h"

/* A command line of nap-bus. */
static int bus_argv(const char *verb, const char *unit, char ***ret)
{
	int r = scope_bus_argv(verb, ret);

	return r == 0 ? strv_add(ret, unit) : r;
}

static int add_lines(char *text, char ***lines)
{
	char *save = NULL;

	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		if (strv_add(lines, l) < 0)
			return log_oom();
	return 0;
}

/* Run nap-bus; what it says is why it failed, else for lines, if that is not NULL. */
static int run_bus(char *const *argv, const char *what, const char *unit, char ***lines)
{
	auto_free char *said = NULL;
	int r = program_output(argv, &said);

	if (r == 0)
		return lines ? add_lines(said, lines) : 0;
	if (r > 0)
		said[strcspn(said, "\n")] = '\0';
	return log_refuse(r < 0 ? r : -EIO, "%s the scope %s: %s", what, unit,
			  r < 0 ? strerror(-r) : said);
}

/* All of it is counted, whether limited or not: who asks for statistics gets them. */
static int add_properties(char ***v, const char *slice, const char *id)
{
	static const char *const always[] = {
		"Delegate=yes",		  "CollectMode=inactive-or-failed",
		"CPUAccounting=yes",	  "MemoryAccounting=yes",
		"TasksAccounting=yes",	  "IOAccounting=yes",
		"DefaultDependencies=no",
	};

	if (strv_take(v, text_format("Description=nap container %s", id)) < 0 ||
	    strv_take(v, text_format("Slice=%s", slice)) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		if (strv_add(v, always[i]) < 0)
			return -ENOMEM;
	return 0;
}

/* Annotations "org.systemd.property.NAME": "VALUE", as runc and crun have them. */
static int add_annotations(char ***v, char *const *annotations)
{
	for (char *const *a = annotations; a && *a; a++) {
		const char *property = startswith(*a, "org.systemd.property.");

		if (property && strv_take(v, text_format("@%s", property)) < 0)
			return -ENOMEM;
	}
	return 0;
}

int cgroup_scope_start(struct oci_cgroup *g, const char *id, const struct oci_config *config,
		       pid_t pid)
{
	auto_free char *slice = NULL, *unit = NULL;
	auto_strv char **argv = NULL;
	int r;

	r = cgroup_path_scope(config->cgroup, id, &slice, &unit);
	if (r == 0)
		r = bus_argv("scope", g->unit, &argv);
	if (r == 0)
		r = strv_take(&argv, text_format("%d", (int)pid));
	if (r == 0)
		r = add_properties(&argv, slice, id);
	if (r == 0)
		r = oci_resources_properties(&config->resources, &argv);
	if (r == 0)
		r = add_annotations(&argv, config->annotations);
	if (r < 0) /* what is wrong with a limit is said already */
		return r == -EINVAL ? r : log_fail(r, "make the scope %s", g->unit);
	return run_bus(argv, "make", g->unit, NULL);
}

int cgroup_scope_set(const struct oci_cgroup *g, const struct oci_resources *r, char ***old)
{
	auto_strv char **argv = NULL;
	size_t n;
	int err;

	err = bus_argv("set", g->unit, &argv);
	n = strv_len(argv);
	if (err == 0)
		err = oci_resources_properties(r, &argv);
	if (err < 0)
		return err == -EINVAL ? err : log_fail(err, "change the scope %s", g->unit);
	return strv_len(argv) == n ? 0 : run_bus(argv, "change", g->unit, old);
}

int cgroup_scope_put_back(const struct oci_cgroup *g, const char *property)
{
	auto_strv char **argv = NULL;
	auto_free char *said = NULL;
	int r = bus_argv("set", g->unit, &argv);

	if (r == 0)
		r = strv_add(&argv, property);
	if (r == 0)
		r = program_output(argv, &said);
	return r > 0 ? -EIO : r;
}

int cgroup_scope_stop(const struct oci_cgroup *g)
{
	auto_strv char **argv = NULL;
	int r;

	r = bus_argv("stop", g->unit, &argv);
	return r < 0 ? log_fail(r, "stop the scope %s", g->unit)
		     : run_bus(argv, "stop", g->unit, NULL);
}
