/* SPDX-License-Identifier: MIT */
/*
 * Units of apps, as text: drop-ins of the packaged templates, and whole units, which are the same
 * templates with the drop-in worked in. What is the operator's passes through, last, so that it
 * wins.
 */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "app-service.h"
#include "escape.h"

static bool is_template(const struct app *app)
{
	return app->instance && !*app->instance;
}

const char *unit_base(const struct app *app)
{
	const char *name = app_get(app, "ServiceName");

	return name ? name : app->name;
}

/* Other apps are called by the names of their files, whatever their units are called. */
static const char *base_of(const struct unit *u, const char *app)
{
	for (size_t i = 0; u->whole && i < u->n_others; i++)
		if (streq(u->others[i]->name, app))
			return unit_base(u->others[i]);
	return app;
}

void unit_name(const struct unit *u, struct buf *out, const char *app, const char *suffix)
{
	if (app)
		buf_fmt(out, "%s%s.%s", u->whole ? "" : "app@", base_of(u, app), suffix);
	else
		buf_fmt(out, "%s%s%s.%s", u->whole ? "" : "app@",
			u->whole ? unit_base(u->app) : u->app->name,
			is_template(u->app) ? "%i" : "", suffix);
}

void unit_id(const struct unit *u, struct buf *out)
{
	if (u->whole)
		buf_str(out, u->app->name);
	if (!u->whole || is_template(u->app))
		buf_str(out, "%i");
}

bool unit_listens(const struct app *app)
{
	return app_get(app, "ListenStream") || app_get(app, "ListenDatagram");
}

/* ---- specifiers in the sections that systemd reads ---- */

static void add_unescaped(struct buf *out, const char *s, size_t n)
{
	for (; n > 0; n--, s++)
		buf_char(out, *s == '-' ? '/' : *s);
}

/*
 * In a unit called app@NAME.service, %i would be the app and %p "app". What the file means is the
 * app's own instance and prefix, as in the whole unit NAME.service.
 */
static bool add_specifier(const struct app *app, struct buf *out, char c)
{
	size_t prefix = strcspn(app->name, "@");
	const char *instance = app->instance ? app->instance : "", *dash;

	switch (c) {
	case 'i':
		buf_str(out, instance);
		return true;
	case 'I':
		add_unescaped(out, instance, strlen(instance));
		return true;
	case 'p':
		buf_add(out, app->name, prefix);
		return true;
	case 'P':
		add_unescaped(out, app->name, prefix);
		return true;
	case 'j':
		dash = memrchr(app->name, '-', prefix);
		if (dash)
			buf_add(out, dash + 1, (size_t)(app->name + prefix - dash - 1));
		else
			buf_add(out, app->name, prefix);
		return true;
	default:
		return false;
	}
}

void unit_add_own(const struct unit *u, struct buf *out, const char *value)
{
	auto_buf text = {0};

	for (const char *s = value; *s; s++) {
		if (*s != '%' || !s[1] || u->whole) {
			buf_char(&text, *s);
		} else if (add_specifier(u->app, &text, *++s)) {
			continue;
		} else {
			buf_char(&text, '%');
			buf_char(&text, *s);
		}
	}
	if (text.error)
		out->error = text.error;
	else if (text.data)
		escape_line(out, text.data);
}

void unit_add_plain(const struct unit *u, const struct buf *text)
{
	const char *s = text->data ? text->data : "", *at;

	if (text->error)
		u->out->error = text->error;
	while (is_template(u->app) && (at = strstr(s, "%%i"))) {
		buf_add(u->out, s, (size_t)(at - s));
		s = at + 1;
	}
	buf_str(u->out, s);
}

/* ---- sections ---- */

static void add_heading(struct buf *out, const char *writer, const char *path)
{
	buf_fmt(out, "# Written by %s from ", writer);
	escape_line(out, path);
	buf_str(out, "; changes here are lost.\n");
}

static void add_source(struct buf *out, const char *path)
{
	buf_str(out, "SourcePath=");
	escape_value(out, path);
	buf_char(out, '\n');
}

bool unit_key_is_valid(const char *key)
{
	size_t n = strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

	return n > 0 && !key[n];
}

static void add_section(const struct unit *u, const char *section)
{
	for (size_t i = 0; i < u->app->n_settings; i++) {
		const struct app_setting *s = &u->app->settings[i];

		if (!streq(s->section, section) || !unit_key_is_valid(s->key))
			continue;
		buf_fmt(u->out, "%s=", s->key);
		unit_add_own(u, u->out, s->value);
		buf_char(u->out, '\n');
	}
}

static void add_unit_section(const struct unit *u)
{
	add_source(u->out, u->app->path);
	unit_add_dependencies(u);
}

static void add_service_section(const struct unit *u)
{
	/* so that nap launch knows that systemd has read this */
	buf_str(u->out, "Environment=NAP_UNIT_SEEN=1\n");
	unit_add_service(u);
	add_section(u, "Service");
}

static bool starts_by_itself(const struct app *app)
{
	static const char *const keys[] = {"WantedBy", "RequiredBy", "UpheldBy"};
	size_t i;

	for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
		i = 0;
		if (app_next(app, "Install", keys[k], &i))
			return true;
	}
	return false;
}

/* An instance can have no alias, and only a template has a default instance. */
static bool can_have(const struct unit *u, const char *key)
{
	if (streq(key, "Alias"))
		return u->whole;
	return !streq(key, "DefaultInstance") || is_template(u->app);
}

/* systemctl enable reads this, from a drop-in, too, where the template has its own WantedBy= that
 * the app's take the place of. */
static void add_install_section(const struct unit *u)
{
	if (!u->whole && starts_by_itself(u->app))
		buf_str(u->out, "WantedBy=\n");
	for (size_t i = 0; i < u->app->n_settings; i++) {
		const struct app_setting *s = &u->app->settings[i];

		if (!streq(s->section, "Install") || !unit_key_is_valid(s->key) ||
		    !can_have(u, s->key))
			continue;
		buf_fmt(u->out, "%s=", s->key);
		unit_add_own(u, u->out, s->value);
		buf_char(u->out, '\n');
	}
	if (!unit_listens(u->app))
		return;
	buf_str(u->out, "Also=");
	unit_name(u, u->out, NULL, "socket");
	buf_char(u->out, '\n');
}

/* ---- drop-ins ---- */

void unit_dropin(const struct app *app, struct buf *out)
{
	struct unit u = {.app = app, .out = out};

	add_heading(out, "nap-generator", app->path);
	buf_str(out, "[Unit]\n");
	add_unit_section(&u);
	buf_str(out, "\n[Service]\n");
	add_service_section(&u);
	buf_str(out, "\n[Install]\n");
	add_install_section(&u);
}

void unit_broken(const char *name, const char *path, struct buf *out)
{
	add_heading(out, "nap-generator", path);
	buf_fmt(out, "[Unit]\nDescription=App %s (broken: see nap check %s)\n", name, name);
	add_source(out, path);
	buf_str(out, "\n[Service]\nEnvironment=NAP_UNIT_SEEN=1\n");
}

/* The first word is the address; the second one is for nap launch: systemd knows but one name for
 * all descriptors of a socket unit. */
static void add_listen(const struct unit *u, const struct app_setting *s)
{
	auto_free char *address = strndup(s->value, strcspn(s->value, " \t"));
	auto_buf text = {0};

	if (!address) {
		u->out->error = -ENOMEM;
		return;
	}
	escape_value(&text, address);
	buf_fmt(u->out, "%s=", s->key);
	unit_add_plain(u, &text);
	buf_char(u->out, '\n');
}

static void add_socket_section(const struct unit *u)
{
	buf_str(u->out, "\n[Socket]\n");
	for (size_t i = 0; i < u->app->n_settings; i++) {
		const struct app_setting *s = &u->app->settings[i];

		if (streq(s->section, "Container") &&
		    (streq(s->key, "ListenStream") || streq(s->key, "ListenDatagram")))
			add_listen(u, s);
	}
}

bool unit_socket_dropin(const struct app *app, struct buf *out)
{
	struct unit u = {.app = app, .out = out};

	if (!unit_listens(app))
		return false;
	add_heading(out, "nap-generator", app->path);
	buf_str(out, "[Unit]\n");
	add_source(out, app->path);
	add_socket_section(&u);
	return true;
}

/* ---- whole units ---- */

/* A line of the template, where "%i" is the app. */
static void add_template_line(const struct unit *u, const char *line, size_t n)
{
	const char *end = line + n, *at;

	while ((at = memmem(line, (size_t)(end - line), "%i", 2))) {
		static const char verb[] = " launch ";
		size_t before = (size_t)(at - line);

		buf_add(u->out, line, before);
		if (before >= strlen(verb) && memcmp(at - strlen(verb), verb, strlen(verb)) == 0) {
			buf_str(u->out, "--file ");
			escape_word(u->out, u->app->path);
			buf_char(u->out, ' ');
		}
		unit_id(u, u->out);
		line = at + 2;
	}
	buf_add(u->out, line, (size_t)(end - line));
	buf_char(u->out, '\n');
}

/* Is this line of the template of no use, because what follows gives its key another value? */
static bool is_replaced(const char *line, const char *text)
{
	static const char *const keys[] = {"\nDescription=", "\nTasksMax=", "\nTimeoutStopSec="};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (startswith(line, keys[i] + 1))
			return strstr(text, keys[i]);
	return false;
}

/* A section of the template, without comments, and what belongs to the app behind it. */
static void add_template_section(const struct unit *u, const char *header, const struct buf *text)
{
	const char *line = app_service, *end;
	bool inside = false;

	for (; *line; line = *end ? end + 1 : end) {
		size_t n;

		end = strchrnul(line, '\n');
		n = (size_t)(end - line);
		if (*line == '[')
			inside = n == strlen(header) && memcmp(line, header, n) == 0;
		if (inside && n > 0 && *line != '#' &&
		    !is_replaced(line, text->data ? text->data : ""))
			add_template_line(u, line, n);
	}
	if (text->error)
		u->out->error = text->error;
	buf_add(u->out, text->data ? text->data : "", text->len);
}

void unit_add_whole(const struct unit *u)
{
	auto_buf unit = {0}, service = {0}, install = {0};
	struct unit part = *u;

	part.out = &unit;
	add_unit_section(&part);
	part.out = &service;
	add_service_section(&part);
	part.out = &install;
	add_install_section(&part);
	add_heading(u->out, "nap unit", u->app->path);
	add_template_section(u, "[Unit]", &unit);
	buf_char(u->out, '\n');
	add_template_section(u, "[Service]", &service);
	buf_char(u->out, '\n');
	if (starts_by_itself(u->app)) {
		buf_str(u->out, "[Install]\n");
		buf_add(u->out, install.data, install.len);
	} else {
		add_template_section(u, "[Install]", &install);
	}
}

bool unit_add_whole_socket(const struct unit *u)
{
	if (!unit_listens(u->app))
		return false;
	add_heading(u->out, "nap unit", u->app->path);
	buf_str(u->out, "[Unit]\nDescription=Sockets of app ");
	unit_id(u, u->out);
	buf_char(u->out, '\n');
	add_source(u->out, u->app->path);
	add_socket_section(u);
	buf_str(u->out, "\n[Install]\nWantedBy=sockets.target\n");
	return true;
}

void unit_whole(const struct app *app, struct buf *out)
{
	unit_add_whole(&(struct unit){.app = app, .whole = true, .out = out});
}

bool unit_socket_whole(const struct app *app, struct buf *out)
{
	return unit_add_whole_socket(&(struct unit){.app = app, .whole = true, .out = out});
}
