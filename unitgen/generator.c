/* SPDX-License-Identifier: MIT */
/*
 * nap-generator, systemd.generator(7): drop-ins for app@NAME.service of every definition there is.
 * systemd waits for it while it boots and reloads, and a file that is wrong must cost the other
 * apps nothing: what is wrong is told on stderr, and the exit status is 0.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "unit.h"

struct job {
	int dirfd;	  /* where drop-ins go */
	char **apps;	  /* all definitions, sorted, templates as "web@" */
	char **instances; /* of templates, as far as they are known to be used */
};

/* ---- instances of templates ---- */

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_defined(const struct job *j, const char *name)
{
	return bsearch(&name, j->apps, strv_len(j->apps), sizeof(*j->apps), compare);
}

/* An app that is used somewhere: of interest only if it is the instance of a template. */
static void take_instance(struct job *j, const char *name)
{
	auto_free char *template = NULL;

	if (!strchr(name, '@') || !app_name_is_valid(name) || is_defined(j, name))
		return;
	STRV_FOREACH (known, j->instances)
		if (streq(*known, name))
			return;
	template = strndup(name, strcspn(name, "@") + 1);
	if (!template || (is_defined(j, template) && strv_add(&j->instances, name) < 0))
		(void)log_oom();
}

/* The file "app@web@1.service" is about an instance. */
static void take_file(struct job *j, const char *file, const char *const *suffixes)
{
	const char *name = startswith(file, "app@");

	for (; name && *suffixes; suffixes++) {
		auto_free char *app = NULL;

		if (!endswith(name, *suffixes))
			continue;
		app = strndup(name, strlen(name) - strlen(*suffixes));
		if (app)
			take_instance(j, app);
	}
}

/* The links of *.wants and the like: what was enabled. */
static void scan_links(struct job *j, int dirfd, const char *name)
{
	static const char *const units[] = {".service", ".socket", NULL};
	auto_fd int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_dir DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d)
		return;
	fd = -1; /* the stream's now */
	while ((e = readdir(d)))
		take_file(j, e->d_name, units);
}

/* A directory of units: instances that others want, and those that have drop-ins already. */
static void scan_units(struct job *j, const char *path)
{
	static const char *const drop_ins[] = {".service.d", ".socket.d", NULL};
	auto_dir DIR *d = opendir(path);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		take_file(j, e->d_name, drop_ins);
		if (endswith(e->d_name, ".wants") || endswith(e->d_name, ".requires") ||
		    endswith(e->d_name, ".upholds"))
			scan_links(j, dirfd(d), e->d_name);
	}
}

static void scan_all(struct job *j)
{
	const char *path = getenv("SYSTEMD_UNIT_PATH");

	if (!path || !*path)
		path = "/etc/systemd/system:/run/systemd/system:/usr/local/lib/systemd/system:"
		       "/usr/lib/systemd/system";
	while (*path) {
		size_t n = strcspn(path, ":");
		auto_free char *dir = strndup(path, n);

		if (dir)
			scan_units(j, dir);
		path += n + (path[n] == ':');
	}
}

static void take_default_instance(struct job *j, const char *template)
{
	auto_app struct app *app = NULL;
	auto_free char *name = NULL;
	const char *value, *instance = NULL;

	if (app_load(template, &app) < 0)
		return;
	for (size_t i = 0; (value = app_next(app, "Install", "DefaultInstance", &i));)
		instance = value;
	name = instance ? text_format("%s%s", template, instance) : NULL;
	if (name)
		take_instance(j, name);
}

/* ---- drop-ins ---- */

/* So that it can be seen, and fails when it is started: nap launch says what is wrong. */
static void write_broken(const struct job *j, const char *name)
{
	CLEANUP(sources_done)
	struct sources sources = {0};
	auto_buf text = {0};

	if (sources_find(&kind_app, name, &sources) < 0)
		return;
	unit_broken(name, sources.main.path, &text);
	(void)unit_write_drop_in(j->dirfd, name, "service", &text);
}

static void generate(struct job *j, const char *name)
{
	auto_app struct app *app = NULL;
	auto_strv char **named = NULL;
	int r = app_load(name, &app);

	if (r < 0) {
		if (r != -ENOENT)
			write_broken(j, name);
		return;
	}
	(void)unit_write_dropins(j->dirfd, app);
	(void)unit_named_apps(app, &named);
	STRV_FOREACH (other, named)
		take_instance(j, *other);
}

/* Instances may come to light while others are written. */
static void generate_all(struct job *j)
{
	STRV_FOREACH (name, j->apps) {
		if (app_name_is_template(*name))
			take_default_instance(j, *name);
		else
			generate(j, *name);
	}
	scan_all(j);
	for (size_t i = 0; j->instances && j->instances[i]; i++) {
		auto_free char *name = strdup(j->instances[i]);

		if (name)
			generate(j, name);
	}
	strv_free(j->instances);
}

int main(int argc, char **argv)
{
	auto_strv char **apps = NULL;
	auto_fd int fd = -1;

	if (argc != 2 && argc != 4) {
		(void)log_refuse(-EINVAL, "usage: nap-generator DIR [EARLY-DIR LATE-DIR]");
		return 1;
	}
	fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		(void)log_fail(-errno, "open %s", argv[1]);
	else if (app_names(&apps) == 0)
		generate_all(&(struct job){.dirfd = fd, .apps = apps});
	return 0;
}
