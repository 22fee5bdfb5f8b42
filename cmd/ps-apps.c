/* SPDX-License-Identifier: MIT */
/*
 * For nap ps -a: the app files there are, joined with the units that systemd has loaded, among them
 * instances of templates and apps whose file is gone.
 */
#include "ps-apps.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/program.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "runtime/runtime.h"
#include "service.h"
#include "systemctl.h"
#include "unitgen/unitgen.h"

/* The lines of nap-bus list. */
static int read_units(char **ret)
{
	auto_free char *program = NULL;
	auto_free char *text = NULL;
	int r;

	r = program_find("nap-bus", &program);
	if (r == 0) {
		char *const argv[] = {program, (char *)"list", (char *)"app@*.service", NULL};

		r = program_output(argv, &text);
	}
	if (r != 0) {
		log_warn("systemd does not tell the states of apps: %s",
			 r < 0 ? strerror(-r) : text);
		return -EIO;
	}
	*ret = TAKE_PTR(text);
	return 0;
}

static bool is_listed(const struct container_info *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (streq(list[i].id, name))
			return true;
	return false;
}

/* Give the app this state, adding it where it is new; apps has room for it. */
static int note(struct resting_app *apps, size_t *n, const char *name, const char *state)
{
	for (size_t i = 0; i < *n; i++)
		if (streq(apps[i].name, name))
			return text_set(&apps[i].state, state) < 0 ? log_oom() : 0;
	apps[*n] = (struct resting_app){strdup(name), strdup(state)};
	(*n)++;
	return apps[*n - 1].name && apps[*n - 1].state ? 0 : log_oom();
}

static int note_defined(struct resting_app *apps, size_t *n, char *const *names)
{
	int r = 0;

	for (; r == 0 && *names; names++)
		if (!endswith(*names, "@")) /* a template by itself is nothing to start */
			r = note(apps, n, *names, "inactive");
	return r;
}

/* text: "UNIT ACTIVE SUB" lines, cut up here. */
static int note_loaded(struct resting_app *apps, size_t *n, char *text)
{
	char *line;
	int r = 0;

	while (r == 0 && (line = strsep(&text, "\n")) && *line) {
		const char *unit = strsep(&line, " ");
		const char *active = strsep(&line, " ");
		auto_free char *name = service_name(unit);

		r = name && active ? note(apps, n, name, active) : log_oom();
	}
	return r;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct resting_app *)a)->name, ((const struct resting_app *)b)->name);
}

/* Take out what runs. */
static size_t leave_resting(struct resting_app *apps, size_t n, const struct container_info *list,
			    size_t n_list)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_listed(list, n_list, apps[i].name)) {
			free(apps[i].name);
			free(apps[i].state);
		} else {
			apps[kept++] = apps[i];
		}
	}
	return kept;
}

int resting_apps_list(const struct container_info *running, size_t n_running,
		      struct resting_app **ret, size_t *ret_n)
{
	auto_strv char **names = NULL;
	auto_free char *units = NULL;
	struct resting_app *apps;
	size_t n = 0;
	int r;

	if (!systemd_is_running()) {
		*ret = NULL;
		*ret_n = 0;
		return 0;
	}
	r = app_names(&names);
	if (r < 0)
		return r;
	(void)read_units(&units); /* said already; the app files are worth listing without */
	apps = calloc(strv_len(names) + (units ? count_lines(units) : 0) + 1, sizeof(*apps));
	if (!apps)
		return log_oom();
	if (names)
		r = note_defined(apps, &n, names);
	if (r == 0 && units)
		r = note_loaded(apps, &n, units);
	if (r < 0) {
		resting_apps_free(apps, n);
		return r;
	}
	n = leave_resting(apps, n, running, n_running);
	if (n > 0)
		qsort(apps, n, sizeof(*apps), compare);
	*ret = apps;
	*ret_n = n;
	return 0;
}

void resting_apps_free(struct resting_app *apps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(apps[i].name);
		free(apps[i].state);
	}
	free(apps);
}
