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

/* ---- instances of templates ---- */

/* The app "web@1" of "app@web@1.service", if that is an instance. */
static char *instance_of(const char *file, const char *const *suffixes)
{
	const char *name = startswith(file, "app@");

	for (; name && *suffixes; suffixes++) {
		size_t n = strlen(name), suffix = strlen(*suffixes);
		auto_free char *app = NULL;

		if (n <= suffix || !streq(name + n - suffix, *suffixes))
			continue;
		app = strndup(name, n - suffix);
		if (app && strchr(app, '@') && app_name_is_valid(app))
			return TAKE_PTR(app);
	}
	return NULL;
}

static void take_instance(char ***names, const char *file, const char *const *suffixes)
{
	auto_free char *app = instance_of(file, suffixes);

	if (app && strv_add(names, app) < 0)
		(void)log_oom();
}

/* The links of *.wants and the like: what was enabled. */
static void scan_links(int dirfd, const char *name, char ***names)
{
	static const char *const units[] = {".service", ".socket", NULL};
	auto_fd int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_dir DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d)
		return;
	fd = -1; /* the stream's now */
	while ((e = readdir(d)))
		take_instance(names, e->d_name, units);
}

/* A directory of units: instances that others want, and those that have drop-ins already. */
static void scan_units(const char *path, char ***names)
{
	static const char *const drop_ins[] = {".service.d", ".socket.d", NULL};
	auto_dir DIR *d = opendir(path);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		take_instance(names, e->d_name, drop_ins);
		if (endswith(e->d_name, ".wants") || endswith(e->d_name, ".requires") ||
		    endswith(e->d_name, ".upholds"))
			scan_links(dirfd(d), e->d_name, names);
	}
}

static void scan_all(char ***names)
{
	const char *path = getenv("SYSTEMD_UNIT_PATH");

	if (!path || !*path)
		path = "/etc/systemd/system:/run/systemd/system:/usr/local/lib/systemd/system:"
		       "/usr/lib/systemd/system";
	while (*path) {
		size_t n = strcspn(path, ":");
		auto_free char *dir = strndup(path, n);

		if (dir)
			scan_units(dir, names);
		path += n + (path[n] == ':');
	}
}

/* DefaultInstance= of a template: the name may be used without anyone having written it down. */
static void take_default_instance(char ***names, const char *template)
{
	auto_free char *name = NULL;
	auto_app struct app *app = NULL;
	const char *value, *instance = NULL;

	if (app_load(template, &app) < 0)
		return;
	for (size_t i = 0; (value = app_next(app, "Install", "DefaultInstance", &i));)
		instance = value;
	if (!instance)
		return;
	name = text_format("%s%s", template, instance);
	if (name && app_name_is_valid(name) && strv_add(names, name) < 0)
		(void)log_oom();
}

/* ---- drop-ins ---- */

/* So that it can be seen, and fails when it is started: nap launch says what is wrong. */
static int write_broken(int dirfd, const char *name)
{
	CLEANUP(sources_done)
	struct sources sources = {0};
	auto_buf text = {0};

	if (sources_find(name, &sources) < 0)
		return -ENOENT;
	unit_broken(name, sources.main.path, &text);
	return unit_write_drop_in(dirfd, name, "service", &text);
}

static void generate(int dirfd, const char *name)
{
	auto_app struct app *app = NULL;
	int r = app_load(name, &app);

	if (r == 0)
		(void)unit_write_dropins(dirfd, app);
	else if (r != -ENOENT)
		(void)write_broken(dirfd, name);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void generate_instances(int dirfd, char **apps)
{
	auto_strv char **names = NULL;
	const char *last = "";
	size_t n;

	STRV_FOREACH (name, apps)
		if (app_name_is_template(*name))
			take_default_instance(&names, *name);
	scan_all(&names);
	n = strv_len(names);
	if (n > 0)
		qsort(names, n, sizeof(*names), compare);
	STRV_FOREACH (name, names) {
		auto_free char *template = strndup(*name, strcspn(*name, "@") + 1);

		if (template && !streq(*name, last) &&
		    bsearch(&template, apps, strv_len(apps), sizeof(*apps), compare) &&
		    !bsearch(name, apps, strv_len(apps), sizeof(*apps), compare))
			generate(dirfd, *name);
		last = *name;
	}
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
	if (fd < 0) {
		(void)log_fail(-errno, "open %s", argv[1]);
		return 0;
	}
	if (app_names(&apps) < 0)
		return 0;
	STRV_FOREACH (name, apps)
		if (!app_name_is_template(*name))
			generate(fd, *name);
	generate_instances(fd, apps);
	return 0;
}
