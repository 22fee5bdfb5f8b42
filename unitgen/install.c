/* SPDX-License-Identifier: MIT */
/*
 * Units as files: drop-ins for the generator; whole units with the symlinks that systemctl enable
 * would make. Each file is replaced as a whole, so that systemd never reads half of one.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "unit.h"

static int write_unit(int dirfd, const char *path, struct buf *text)
{
	int r;

	if (text->error)
		return log_oom();
	r = fs_replace_file(dirfd, path, text->data, text->len, 0644, false);
	return r < 0 ? log_fail(r, "write %s", path) : 0;
}

static int make_dir(int dirfd, const char *path)
{
	if (mkdirat(dirfd, path, 0755) < 0 && errno != EEXIST)
		return log_fail(-errno, "make %s", path);
	return 0;
}

int unit_write_drop_in(int dirfd, const char *app, const char *suffix, struct buf *text)
{
	auto_free char *dir = text_format("app@%s.%s.d", app, suffix), *path = NULL;
	int r;

	path = dir ? text_format("%s/50-nap.conf", dir) : NULL;
	if (!path)
		return log_oom();
	r = make_dir(dirfd, dir);
	return r < 0 ? r : write_unit(dirfd, path, text);
}

int unit_write_dropins(int dirfd, const struct app *app)
{
	auto_buf service = {0}, socket = {0};
	int r;

	unit_dropin(app, &service);
	r = unit_write_drop_in(dirfd, app->name, "service", &service);
	if (r == 0 && unit_socket_dropin(app, &socket))
		r = unit_write_drop_in(dirfd, app->name, "socket", &socket);
	return r;
}

int unit_write_instance(int dirfd, const char *name)
{
	auto_free char *dir = text_format("app@%s.service.d", name);

	return dir ? make_dir(dirfd, dir) : log_oom();
}

/* ---- [Install] as symlinks ---- */

/* In place of a link of an earlier run, but not of a unit. */
static int make_link(int dirfd, const char *target, const char *path)
{
	struct stat st;

	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISLNK(st.st_mode))
		return log_refuse(-EEXIST, "link %s to %s: there is a unit of this name", path,
				  target);
	if (unlinkat(dirfd, path, 0) < 0 && errno != ENOENT)
		return log_fail(-errno, "replace %s", path);
	if (symlinkat(target, dirfd, path) < 0)
		return log_fail(-errno, "link %s", path);
	return 0;
}

/* A name that is a file's name, too, and means one thing. */
static bool is_unit_name(const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				":-_.\\@");

	return n > 0 && n < 250 && !word[n] && *word != '.' && strchr(word, '.');
}

/* WHO.wants/NAME -> ../UNIT */
static int link_into(int dirfd, const char *who, const char *kind, const char *unit,
		     const char *name)
{
	auto_free char *dir = text_format("%s.%s", who, kind), *path = NULL, *target = NULL;
	int r;

	path = dir ? text_format("%s/%s", dir, name) : NULL;
	target = text_format("../%s", unit);
	if (!path || !target)
		return log_oom();
	r = make_dir(dirfd, dir);
	return r < 0 ? r : make_link(dirfd, target, path);
}

/* One assignment: its words are units. kind NULL: further names of this one. */
static int link_words(int dirfd, const struct app_setting *s, const char *kind, const char *unit,
		      const char *name)
{
	auto_free char *words = strdup(s->value);
	char *at = NULL;
	int r = 0;

	if (!words)
		return log_oom();
	for (char *w = strtok_r(words, " \t", &at); r == 0 && w; w = strtok_r(NULL, " \t", &at)) {
		if (!is_unit_name(w))
			r = log_refuse(-EINVAL, "%s:%u: %s=: \"%s\": not the name of a unit",
				       s->file, s->line, s->key, w);
		else if (kind)
			r = link_into(dirfd, w, kind, unit, name);
		else
			r = make_link(dirfd, unit, w);
	}
	return r;
}

static int link_all(int dirfd, const struct app *app, const char *unit, const char *name)
{
	static const struct {
		const char *key, *kind;
	} keys[] = {
		{"WantedBy", "wants"},
		{"RequiredBy", "requires"},
		{"UpheldBy", "upholds"},
		{"Alias", NULL},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < app->n_settings; i++) {
		const struct app_setting *s = &app->settings[i];

		for (size_t k = 0; r == 0 && k < ARRAY_SIZE(keys); k++)
			if (streq(s->section, "Install") && streq(s->key, keys[k].key) &&
			    (name || !keys[k].kind))
				r = link_words(dirfd, s, keys[k].kind, unit, name);
	}
	return r;
}

/* What is linked of a template is its default instance; without one, nothing is. */
static int install(int dirfd, const struct app *app, const char *suffix)
{
	const char *base = unit_base(app);
	auto_free char *unit = text_format("%s.%s", base, suffix), *name = NULL;
	const char *instance = "", *value;

	if (!unit)
		return log_oom();
	if (app->instance && !*app->instance) {
		for (size_t i = 0; (value = app_next(app, "Install", "DefaultInstance", &i));)
			instance = value;
		if (!*instance)
			return link_all(dirfd, app, unit, NULL);
	}
	name = text_format("%s%s.%s", base, instance, suffix);
	if (!name)
		return log_oom();
	if (streq(suffix, "socket"))
		return link_into(dirfd, "sockets.target", "wants", unit, name);
	return link_all(dirfd, app, unit, name);
}

static int write_one(int dirfd, const struct app *app, const char *suffix, struct buf *text)
{
	auto_free char *path = text_format("%s.%s", unit_base(app), suffix);
	int r;

	if (!path)
		return log_oom();
	r = write_unit(dirfd, path, text);
	return r < 0 ? r : install(dirfd, app, suffix);
}

int unit_write_whole(int dirfd, struct app *const *apps, size_t n)
{
	int bad = 0;

	for (size_t i = 0; i < n; i++) {
		auto_buf service = {0}, socket = {0};
		struct unit u = {apps[i], true, &service, apps, n};
		int r;

		unit_add_whole(&u);
		r = write_one(dirfd, apps[i], "service", &service);
		u.out = &socket;
		if (r == 0 && unit_add_whole_socket(&u))
			r = write_one(dirfd, apps[i], "socket", &socket);
		bad = bad < 0 ? bad : r;
	}
	return bad;
}
