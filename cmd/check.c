/* SPDX-License-Identifier: MIT */
/* nap check: read app and network files as the generator and a start do, and say what is wrong. */
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

/* A file, or the definition of a network wherever it is: apps go by their names alone. */
static bool is_network(const char *arg)
{
	return endswith(arg, CHECK_NETWORK_SUFFIX);
}

static bool is_file(const char *arg)
{
	return strchr(arg, '/') || endswith(arg, ".app") || endswith(arg, ".container") ||
	       (is_network(arg) && access(arg, F_OK) == 0);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Files that are checked together may name each other, wherever they are. */
static int add_file_names(char **args, struct check_world *w)
{
	STRV_FOREACH (arg, args) {
		auto_free char *name = is_file(*arg) ? strdup(path_basename(*arg)) : NULL;
		char *dot = name ? strrchr(name, '.') : NULL;

		if (!dot)
			continue;
		*dot = '\0';
		if (strv_add(is_network(*arg) ? &w->networks : &w->names, name) < 0)
			return log_oom();
	}
	qsort(w->names, strv_len(w->names), sizeof(*w->names), compare_names);
	qsort(w->networks, strv_len(w->networks), sizeof(*w->networks), compare_names);
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

static int check_network(struct check_world *w, const char *arg)
{
	auto_free char *name = strndup(arg, strlen(arg) - strlen(CHECK_NETWORK_SUFFIX));

	if (!name)
		return log_oom();
	return is_file(arg) ? check_network_file(w, arg) : check_network_name(w, name);
}

static int check_app(struct check_world *w, const char *arg)
{
	auto_app struct app *app = NULL;
	int r;

	w->by_file = is_file(arg);
	r = w->by_file ? app_load_file(arg, &app) : app_load(arg, &app);
	if (r == 0)
		check_world_warn(w, app);
	return r;
}

/* All definitions that are found, networks by the names of their files. */
static int add_all(const struct check_world *w, char ***args)
{
	if (strv_extend(args, w->names) < 0)
		return log_oom();
	STRV_FOREACH (name, w->networks)
		if (strv_take(args, text_format("%s" CHECK_NETWORK_SUFFIX, *name)) < 0)
			return log_oom();
	return 0;
}

static int look_around(const struct settings *settings, char ***args, struct check_world *w)
{
	int r = app_names(&w->names);

	if (r == 0)
		r = network_names(&w->networks);
	if (r == 0)
		r = *args ? add_file_names(*args, w) : add_all(w, args);
	return r < 0 ? r : open_store(settings->root, w);
}

static void world_done(struct check_world *w)
{
	strv_free(w->names);
	strv_free(w->networks);
	check_networks_done(w);
	store_close(w->store);
}

static int check_all(const struct settings *settings, char **args)
{
	CLEANUP(world_done)
	struct check_world w = {0};
	auto_strv char **all = NULL;
	int r, bad = 0;

	if (*args && strv_copy(args, &all) < 0)
		return log_oom();
	r = look_around(settings, &all, &w);
	if (r < 0)
		return r;
	/* networks first, so that apps find them wherever their files are */
	for (int networks = 1; networks >= 0; networks--) {
		STRV_FOREACH (arg, all) {
			if (is_network(*arg) != networks)
				continue;
			r = networks ? check_network(&w, *arg) : check_app(&w, *arg);
			bad = r < 0 ? r : bad;
		}
	}
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
	.arguments = "[OPTION...] [FILE|APP|NETWORK...]",
	.help = "look for mistakes in app and network files",
	.run = run,
};
