/* SPDX-License-Identifier: MIT */
/*
 * What an app's unit depends on: the operator's own [Unit], where apps are named by their files;
 * the app whose network it shares; its sockets; the mounts below the host's paths that it names.
 */
#include <errno.h>
#include <string.h>

#include "escape.h"
#include "lib/attach.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/strv.h"
#include "unit.h"

/* KEY=UNITS, unless none are left. */
static void add_units(const struct unit *u, const char *key, const char *value)
{
	auto_buf own = {0}, words = {0};
	const char *s;

	unit_add_own(u, &own, value);
	for (s = own.data ? own.data : ""; *s;) {
		size_t blanks = strspn(s, " \t"), n = strcspn(s + blanks, " \t");
		auto_free char *app = reference_app(s + blanks, n);

		if (!reference_is_network(s + blanks, n)) {
			buf_add(&words, s, blanks);
			if (app)
				unit_name(u, &words, app, "service");
			else
				buf_add(&words, s + blanks, n);
		}
		s += blanks + n;
	}
	if (own.error || words.error)
		u->out->error = -ENOMEM;
	else if (words.data)
		buf_fmt(u->out, "%s=%s\n", key, words.data + strspn(words.data, " \t"));
}

/* Append the apps that a value names to *names. */
static int take_named(const struct unit *u, const char *value, char ***names)
{
	auto_buf own = {0};
	int r = 0;

	unit_add_own(u, &own, value);
	for (const char *s = own.data ? own.data : ""; r == 0 && *s;) {
		size_t n;
		auto_free char *app = NULL;

		s += strspn(s, " \t");
		n = strcspn(s, " \t");
		app = reference_app(s, n);
		if (app)
			r = strv_add(names, app);
		s += n;
	}
	return own.error ? own.error : r;
}

static void add_own_section(const struct unit *u)
{
	for (size_t i = 0; i < u->app->n_settings; i++) {
		const struct app_setting *s = &u->app->settings[i];

		if (!streq(s->section, "Unit") || !unit_key_is_valid(s->key))
			continue;
		if (reference_key(s->key)) {
			add_units(u, s->key, s->value);
			continue;
		}
		buf_fmt(u->out, "%s=", s->key);
		unit_add_own(u, u->out, s->value);
		buf_char(u->out, '\n');
	}
}

/* ---- other units ---- */

static void add_one(const struct unit *u, const char *key, const char *app, const char *suffix)
{
	buf_fmt(u->out, "%s=", key);
	unit_name(u, u->out, app, suffix);
	buf_char(u->out, '\n');
}

/* Run after it, and as long as it does. app NULL: the app itself. */
static void add_need(const struct unit *u, const char *key, const char *app, const char *suffix)
{
	add_one(u, key, app, suffix);
	add_one(u, "After", app, suffix);
}

/* The app of Network=app:NAME, NAME.app and NAME.container, or NULL. */
static char *network_of(const struct app *app)
{
	const char *network = app_get(app, "Network"), *name;
	size_t n;

	if (!network)
		return NULL;
	name = startswith(network, "app:");
	if (name)
		return strdup(name);
	n = attach_reference(network);
	return n > 0 ? strndup(network, n) : NULL;
}

/* The namespace lives as long as that app's process. */
static void add_network(const struct unit *u)
{
	auto_free char *app = network_of(u->app);

	if (app)
		add_need(u, "BindsTo", app, "service");
}

int unit_named_apps(const struct app *app, char ***names)
{
	struct unit u = {.app = app};
	auto_free char *network = network_of(app);
	int r = network ? strv_add(names, network) : 0;

	for (size_t i = 0; r == 0 && i < app->n_settings; i++) {
		const struct app_setting *s = &app->settings[i];

		if (streq(s->section, "Unit") && reference_key(s->key))
			r = take_named(&u, s->value, names);
	}
	return r < 0 ? log_oom() : 0;
}

/* ---- mounts ---- */

/* RequiresMountsFor= a path of the host; a relative one starts where the app file is. */
static void add_mount(const struct unit *u, const char *path, size_t n)
{
	const char *dir = u->app->path;
	int dir_len = (int)(path_basename(dir) - dir);
	auto_free char *joined = NULL, *clean = NULL;
	auto_buf word = {0};

	joined = *path == '/' ? strndup(path, n)
			      : text_format("%.*s%.*s", dir_len, dir, (int)n, path);
	if (!joined) {
		u->out->error = -ENOMEM;
		return;
	}
	if (path_normalize(joined, &clean) < 0 || !escape_path(&word, clean))
		return; /* systemd could not read it; the start does */
	buf_str(u->out, "RequiresMountsFor=");
	unit_add_plain(u, &word);
	buf_char(u->out, '\n');
}

static bool is_path(const char *s)
{
	return *s == '/' || *s == '.';
}

/* SOURCE:TARGET[:OPTIONS]; one part alone is a target, and a source may be a name. */
static void mounts_of_volume(const struct unit *u, const char *value)
{
	size_t n = strcspn(value, ":");

	if (value[n] && is_path(value))
		add_mount(u, value, n);
}

/* type=bind,source=PATH,... */
static void mounts_of_mount(const struct unit *u, const char *value)
{
	static const char *const keys[] = {"source=", "src="};

	for (; *value; value += strspn(value, ",")) {
		const char *end = strchrnul(value, ','), *source;

		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			if ((source = startswith(value, keys[i])) && is_path(source))
				add_mount(u, source, (size_t)(end - source));
		value = end;
	}
}

/* DIR[:OPTIONS], or what is no path at all. */
static void mounts_of_path(const struct unit *u, const char *value)
{
	if (is_path(value))
		add_mount(u, value, strcspn(value, ":"));
}

static void mounts_of_file(const struct unit *u, const char *value)
{
	value += *value == '-'; /* it may be missing */
	if (strchr(value, '/'))
		add_mount(u, value, strlen(value));
}

static const struct {
	const char *key;
	void (*add)(const struct unit *u, const char *value);
} mounts[] = {
	{"Rootfs", mounts_of_path},	     {"Image", mounts_of_path},
	{"Volume", mounts_of_volume},	     {"Mount", mounts_of_mount},
	{"EnvironmentFile", mounts_of_file}, {"SeccompProfile", mounts_of_file},
};

void unit_add_dependencies(const struct unit *u)
{
	add_own_section(u);
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		const char *value;

		for (size_t k = 0; (value = app_next(u->app, "Container", mounts[i].key, &k));)
			mounts[i].add(u, value);
	}
	add_network(u);
	if (unit_listens(u->app))
		add_need(u, "Requires", NULL, "socket");
}
