/* SPDX-License-Identifier: MIT */
/* nap unit: whole units of apps, printed, or a directory of definitions as a directory of units. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/text.h"
#include "unitgen/unitgen.h"

enum { OPT_DIR = 1, OPT_OUT, OPT_SOCKET };

static const struct arg_option options[] = {
	{"dir", 0, "DIR", "convert all definitions in this directory", OPT_DIR, false},
	{"out", 0, "DIR", "where to: a directory of units, made if missing", OPT_OUT, false},
	{"socket", 0, NULL, "print the socket unit in place of the service", OPT_SOCKET, false},
	ARG_END,
};

struct unit_options {
	const char *dir, *out;
	bool socket;
};

extern const struct verb verb_unit;

static int take_option(void *data, int id, const char *value)
{
	struct unit_options *o = data;

	if (id == OPT_DIR)
		o->dir = value;
	else if (id == OPT_OUT)
		o->out = value;
	else
		o->socket = true;
	return 0;
}

static int print(const char *name, bool socket)
{
	auto_app struct app *app = NULL;
	auto_buf text = {0};
	int r;

	r = app_load(name, &app);
	if (r < 0)
		return r;
	if (!socket)
		unit_whole(app, &text);
	else if (!unit_socket_whole(app, &text))
		return log_refuse(-ENOENT, "%s listens on no socket", name);
	if (text.error)
		return log_oom();
	return fputs(text.data, stdout) < 0 ? log_fail(-errno, "write the unit") : 0;
}

/* Other files of Quadlet, which nap has no use for. */
static const struct {
	const char *suffix, *instead;
} foreign[] = {
	{".build", "nap load puts the image there"},
	{".image", "nap load puts the image there"},
	{".kube", "write an app file for each container"},
	{".network", "apps on it read it, from /etc/nap/apps"},
	{".pod", "Network=app:NAME shares a network, Slice= shares limits"},
	{".volume", "a volume is made when it is first used"},
};

static int is_definition(const struct dirent *e)
{
	return e->d_name[0] != '.' &&
	       (endswith(e->d_name, ".app") || endswith(e->d_name, ".container"));
}

static int is_foreign(const struct dirent *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
		if (e->d_name[0] != '.' && endswith(e->d_name, foreign[i].suffix))
			return true;
	return false;
}

static void warn_of_foreign(const char *dir)
{
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, is_foreign, alphasort);

	for (int k = 0; k < n; k++) {
		for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
			if (endswith(entries[k]->d_name, foreign[i].suffix))
				log_warn("%s/%s becomes no unit: %s", dir, entries[k]->d_name,
					 foreign[i].instead);
		free(entries[k]);
	}
	free(entries);
}

struct apps {
	struct app **v;
	size_t n;
};

static void apps_done(struct apps *a)
{
	for (size_t i = 0; i < a->n; i++)
		app_free(a->v[i]);
	free(a->v);
}

static int load_one(const char *dir, const char *file, struct apps *apps)
{
	auto_free char *path = text_format("%s/%s", dir, file);
	auto_app struct app *app = NULL;
	int r;

	if (!path)
		return log_oom();
	r = app_load_file(path, &app);
	if (r < 0)
		return r;
	/* in order of their names, .app comes before .container, as everywhere */
	if (apps->n > 0 && streq(apps->v[apps->n - 1]->name, app->name))
		log_warn("%s is left out: %s counts", path, apps->v[apps->n - 1]->path);
	else
		apps->v[apps->n++] = TAKE_PTR(app);
	return 0;
}

/* What is wrong with one definition does not keep the others from becoming units. */
static int load_all(const char *dir, struct apps *apps)
{
	struct dirent **entries = NULL;
	int n, r = 0;

	n = scandir(dir, &entries, is_definition, alphasort);
	if (n < 0)
		return log_fail(-errno, "read %s", dir);
	apps->v = calloc((size_t)n + 1, sizeof(*apps->v));
	if (!apps->v)
		r = log_oom();
	for (int i = 0; i < n; i++) {
		int one = apps->v ? load_one(dir, entries[i]->d_name, apps) : 0;

		r = r < 0 ? r : one;
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int convert(const struct unit_options *o)
{
	CLEANUP(apps_done)
	struct apps apps = {0};
	auto_fd int out_fd = -1;
	int loaded, r;

	if (mkdir(o->out, 0755) < 0 && errno != EEXIST)
		return log_fail(-errno, "make %s", o->out);
	out_fd = open(o->out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out_fd < 0)
		return log_fail(-errno, "open %s", o->out);
	warn_of_foreign(o->dir);
	loaded = load_all(o->dir, &apps);
	r = unit_write_whole(out_fd, apps.v, apps.n);
	return loaded < 0 ? loaded : r;
}

static int run(const struct settings *settings, int argc, char **argv)
{
	struct unit_options o = {0};
	auto_free char **args = NULL;
	int r;

	(void)settings;
	r = verb_parse(&verb_unit, argc, argv, take_option, &o, &args);
	if (r != 0)
		return r;
	log_set_context("unit");
	if (!!o.dir != !!o.out || !!o.dir == !!args[0] || (o.dir && o.socket)) {
		(void)log_refuse(ARGS_USAGE, "it is either one NAME, or --dir and --out");
		return ARGS_USAGE;
	}
	return o.dir ? convert(&o) : print(args[0], o.socket);
}

const struct verb verb_unit = {
	.args = {"unit", options, 0, 0, 1},
	.arguments = "[--socket] APP | --dir DIR --out DIR",
	.help = "print the systemd unit of an app, or convert a directory of them",
	.run = run,
};
