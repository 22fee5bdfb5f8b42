/* SPDX-License-Identifier: MIT */
/* nap check: read app files as the generator and a start do, and say what is wrong with them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check-world.h"
#include "cmd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/strv.h"
#include "lib/text.h"

extern const struct verb verb_check;

enum { OPT_QUIET = 1 };

static const struct arg_option options[] = {
	{"quiet", 'q', NULL, "errors only, no warnings", OPT_QUIET, true},
	ARG_END,
};

static int take_option(void *data, int id, const char *value)
{
	(void)id;
	*(bool *)data = streq(value, "true");
	return 0;
}

static bool is_file(const char *arg)
{
	return strchr(arg, '/') || endswith(arg, ".app") || endswith(arg, ".container");
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Files that are checked together may name each other, wherever they are. */
static int add_file_names(char ***names, char **args)
{
	STRV_FOREACH (arg, args) {
		auto_free char *name = is_file(*arg) ? strdup(path_basename(*arg)) : NULL;
		char *dot = name ? strrchr(name, '.') : NULL;

		if (!dot)
			continue;
		*dot = '\0';
		if (strv_add(names, name) < 0)
			return log_oom();
	}
	qsort(*names, strv_len(*names), sizeof(**names), compare_names);
	return 0;
}

/* What cannot be read is not asked: nap check is for users other than root, too. */
static int open_store(const char *root, struct check_world *w)
{
	w->no_store = access(root, F_OK) < 0 && errno == ENOENT;
	if (w->no_store || geteuid() != 0)
		return 0;
	return store_open(root, &w->store);
}

static int check_one(const struct check_world *w, const char *arg)
{
	auto_app struct app *app = NULL;
	int r = is_file(arg) ? app_load_file(arg, &app) : app_load(arg, &app);

	if (r == 0)
		check_world_warn(w, app);
	return r;
}

static int check_all(const struct settings *settings, char **args)
{
	auto_strv char **names = NULL, **all = NULL;
	struct check_world w = {0};
	int r, bad = 0;

	r = app_names(&names);
	if (r < 0)
		return r;
	if (!*args && strv_copy(names, &all) < 0)
		return log_oom();
	r = add_file_names(&names, args);
	if (r == 0)
		r = open_store(settings->root, &w);
	if (r < 0)
		return r;
	w.names = names;
	STRV_FOREACH (arg, *args ? args : all) {
		r = check_one(&w, *arg);
		bad = r < 0 ? r : bad;
	}
	store_close(w.store);
	/* what is told and does not hold up the rest: a directory that cannot be read */
	return bad < 0 || log_errors() == 0 ? bad : -EIO;
}

static int run(const struct settings *settings, int argc, char **argv)
{
	auto_free char **args = NULL;
	bool quiet = false;
	int r;

	r = verb_parse(&verb_check, argc, argv, take_option, &quiet, &args);
	if (r != 0)
		return r;
	if (quiet)
		log_set_level(LOG_LEVEL_ERROR);
	return check_all(settings, args);
}

const struct verb verb_check = {
	.args = {"check", options, 0, 0, -1},
	.arguments = "[OPTION...] [FILE|APP...]",
	.help = "look for mistakes in app files",
	.run = run,
};
