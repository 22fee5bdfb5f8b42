/* SPDX-License-Identifier: MIT */
/*
 * App files: what systemd reads in the units that are made of one is what its author has said, and
 * nothing else. The first line may be "#!NAME PATH", of the app and its file.
 */
#include "app-input.h"
#include "lib/cleanup.h"
#include "lib/parse.h"
#include "lib/path.h"
#include "lib/quote.h"
#include "unit-reader.h"

/* ---- what was meant ---- */

static void slashes(struct buf *out, const char *s, size_t n)
{
	for (; n > 0; n--, s++)
		buf_char(out, *s == '-' ? '/' : *s);
}

/* In a drop-in of app@NAME.service the specifiers mean the app, not that unit. */
static void own_specifier(const struct app *app, char c, struct buf *out)
{
	size_t n = strcspn(app->name, "@");
	const char *instance = app->instance ? app->instance : "", *last = app->name;

	for (size_t i = 0; i < n; i++)
		if (app->name[i] == '-')
			last = app->name + i + 1;
	if (c == 'i')
		buf_str(out, instance);
	else if (c == 'I')
		slashes(out, instance, strlen(instance));
	else if (c == 'p')
		buf_add(out, app->name, n);
	else if (c == 'P')
		slashes(out, app->name, n);
	else if (c == 'j')
		buf_add(out, last, (size_t)(app->name + n - last));
	else
		buf_fmt(out, "%%%c", c);
}

/* The value of an assignment in one of systemd's sections, as systemd is to read it. */
static char *meant(const struct app *app, bool whole, const char *value)
{
	auto_buf out = {0};

	buf_str(&out, "");
	for (const char *s = value; *s; s++) {
		if (*s == '%' && s[1] && !whole)
			own_specifier(app, *++s, &out);
		else
			buf_char(&out, *s == '\t' ? ' ' : *s);
	}
	for (char *s = out.data; *s; s++)
		if (*s == '\t')
			*s = ' ';
	return strdup(unit_strip(out.data));
}

static bool is_legal_key(const char *key)
{
	return !key[strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")];
}

/* ---- operators' own sections ---- */

static bool is_compared(const struct app *app, const struct app_setting *s, const char *section)
{
	bool is_template = app->instance && !*app->instance;

	if (!streq(s->section, section) || !is_legal_key(s->key))
		return false;
	if (streq(section, "Unit"))
		return !reference_key(s->key); /* apps become units there, in place */
	return !streq(section, "Install") ||
	       (!streq(s->key, "Alias") && (is_template || !streq(s->key, "DefaultInstance")));
}

static const struct app_setting *next_own(const struct app *app, const char *section, size_t *i)
{
	while (*i < app->n_settings) {
		const struct app_setting *s = &app->settings[(*i)++];

		if (is_compared(app, s, section))
			return s;
	}
	return NULL;
}

/* What nap itself says, by section. */
static bool is_generated(const struct unit_line *l)
{
	static const struct {
		const char *section, *keys;
	} known[] = {
		{"Unit", " SourcePath RequiresMountsFor BindsTo After Requires Description "
			 "Documentation "},
		{"Service",
		 " Environment MemoryMax MemorySwapMax TasksMax LimitAS LimitCORE LimitCPU "
		 "LimitDATA LimitFSIZE LimitLOCKS LimitMEMLOCK LimitMSGQUEUE LimitNICE "
		 "LimitNOFILE LimitNPROC LimitRSS LimitRTPRIO LimitRTTIME LimitSIGPENDING "
		 "LimitSTACK DeviceAllow LoadCredential ExecStop KillSignal SuccessExitStatus "
		 "TimeoutStopSec ExecReload WatchdogSec WatchdogSignal Restart TimeoutStartSec "
		 "Type SyslogIdentifier NotifyAccess ExecStart ExecStopPost KillMode "
		 "RestartPreventExitStatus OOMPolicy DevicePolicy "},
		{"Install", " WantedBy Also Alias "},
		{"Socket", " ListenStream ListenDatagram "},
	};
	auto_free char *word = text_format(" %s ", l->key);

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (streq(known[i].section, l->section) && strstr(known[i].keys, word))
			return true;
	return streq(l->section, "Unit") && reference_key(l->key);
}

/* All that was said is there, in its order, and nothing that neither nap nor anybody said. */
static void check_section(const struct app *app, bool whole, const struct unit_read *u,
			  const char *section)
{
	size_t i = 0;
	const struct app_setting *own = next_own(app, section, &i);

	for (size_t k = 0; k < u->n; k++) {
		const struct unit_line *l = &u->lines[k];
		auto_free char *value = own ? meant(app, whole, own->value) : NULL;

		if (!streq(l->section, section))
			continue;
		if (own && streq(own->key, l->key) && streq(value, l->value))
			own = next_own(app, section, &i);
		else
			REQUIRE(is_generated(l));
	}
	REQUIRE(!own);
}

/* ---- what nap says ---- */

static bool is_template(const struct app *app)
{
	return app->instance && !*app->instance;
}

static void check_path_word(const char *value, size_t max_words)
{
	auto_strv char **words = NULL;
	auto_free char *clean = NULL;

	REQUIRE(unit_words(value, false, NULL, &words));
	REQUIRE(strv_len(words) > 0 && strv_len(words) <= max_words);
	REQUIRE(path_normalize(words[0], &clean) == 0 && streq(clean, words[0]));
}

/* The template's: devices that can be made, but not opened. */
static bool is_any_device(const char *value)
{
	return streq(value, "char-* m") || streq(value, "block-* m");
}

static void check_credential(const struct app *app, const char *value)
{
	auto_free char *name = unit_plain(value, NULL);
	const char *secret;

	REQUIRE(name && *name && !strpbrk(name, "/:"));
	for (const char *s = name; *s; s++) /* fdname_is_valid() of systemd */
		REQUIRE(*s >= ' ' && *s < 0x7f);
	for (size_t i = 0; (secret = app_next(app, "Container", "Secret", &i));)
		if (strlen(name) == strcspn(secret, ",") && startswith(secret, name))
			return;
	REQUIRE(secret); /* nobody asked for this one */
}

static void check_reload(const struct app *app, bool whole, const char *value)
{
	auto_strv char **words = NULL, **wanted = NULL;
	const char *command = app_get(app, "ReloadCmd"), *why;

	REQUIRE(unit_words(value, true, whole ? NULL : app->name, &words));
	REQUIRE(strv_len(words) >= 3 && streq(words[0], NAP_BINDIR "/nap"));
	REQUIRE(streq(words[streq(words[1], "kill") ? 4 : 2], app->name));
	if (streq(words[1], "kill"))
		return;
	REQUIRE(streq(words[1], "exec") && command);
	REQUIRE(quote_split(command, &wanted, &why) == 0);
	REQUIRE(strv_len(words) == strv_len(wanted) + 3);
	for (size_t i = 0; wanted[i]; i++)
		REQUIRE(streq(words[3 + i], wanted[i]));
}

static void check_start(const struct app *app, const char *value)
{
	auto_strv char **words = NULL;

	REQUIRE(unit_words(value, true, NULL, &words) && strv_len(words) == 5);
	REQUIRE(streq(words[0], NAP_BINDIR "/nap") && streq(words[1], "launch"));
	REQUIRE(streq(words[2], "--file") && streq(words[3], app->path));
	REQUIRE(streq(words[4], app->name));
}

static bool is_own(const struct app *app, const struct unit_line *l)
{
	size_t i = 0;

	return app_next(app, l->section, l->key, &i);
}

static void check_line(const struct app *app, bool whole, const struct unit_line *l)
{
	if (is_own(app, l) || is_template(app)) /* in a template %i stays */
		return;
	if (streq(l->key, "RequiresMountsFor"))
		check_path_word(l->value, 1);
	else if (streq(l->key, "DeviceAllow") && !is_any_device(l->value))
		check_path_word(l->value, 2);
	else if (streq(l->key, "LoadCredential"))
		check_credential(app, l->value);
	else if (streq(l->key, "ExecReload"))
		check_reload(app, whole, l->value);
	else if (streq(l->key, "ExecStart") && whole)
		check_start(app, l->value);
	else if (streq(l->key, "SourcePath")) {
		auto_free char *path = unit_plain(l->value, NULL);

		REQUIRE(path && streq(path, app->path));
	}
}

/* ---- units ---- */

static void check_unit(const struct app *app, bool whole, const struct buf *text)
{
	static const char *const sections[] = {"Unit", "Service", "Install"};
	CLEANUP(unit_read_done)
	struct unit_read u = {0};

	REQUIRE(!text->error && unit_read(text, &u));
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		check_section(app, whole, &u, sections[i]);
	for (size_t i = 0; i < u.n; i++) {
		REQUIRE(!streq(u.lines[i].section, "Socket"));
		check_line(app, whole, &u.lines[i]);
	}
}

static void check_socket(const struct app *app, const struct buf *text)
{
	CLEANUP(unit_read_done)
	struct unit_read u = {0};

	REQUIRE(!text->error && unit_read(text, &u));
	for (size_t i = 0; i < u.n; i++) {
		const struct unit_line *l = &u.lines[i];
		auto_free char *value = unit_plain(l->value, NULL);

		REQUIRE(is_generated(l) && !streq(l->section, "Service"));
		if (streq(l->section, "Socket") && !is_template(app))
			REQUIRE(value && *value && !strpbrk(value, " \t"));
	}
}

static void check_units(const struct app *app)
{
	for (int whole = 0; whole < 2; whole++) {
		auto_buf unit = {0}, socket = {0};

		(whole ? unit_whole : unit_dropin)(app, &unit);
		check_unit(app, whole, &unit);
		if ((whole ? unit_socket_whole : unit_socket_dropin)(app, &socket))
			check_socket(app, &socket);
	}
}

/* ---- input ---- */

static bool is_printable(const char *s)
{
	while ((unsigned char)*s >= ' ' && *s != 0x7f)
		s++;
	return !*s;
}

/* Can a file be called so, and its path be said in a comment and in SourcePath=? */
static bool is_plain_path(const char *path)
{
	return unit_is_utf8(path) && is_printable(path) && !unit_goes_on(path) &&
	       !endswith(path, " ");
}

/* "#!NAME PATH" of the first line. */
static void take_name(const char *text, struct app *app)
{
	const char *line = startswith(text, "#!");
	size_t n = line ? strcspn(line, "\n") : 0, name = line ? strcspn(line, " \n") : 0;
	auto_free char *path = n > name ? strndup(line + name + 1, n - name - 1) : strdup("");

	app->name = strndup(line ? line : "", name);
	if (!kind_app.name_is_valid(app->name)) {
		free(app->name);
		app->name = strdup("web");
	}
	if (path_normalize(path, &app->path) < 0 || !is_plain_path(app->path)) {
		free(app->path);
		app->path = strdup("/etc/nap/apps/web.app");
	}
	if (strchr(app->name, '@'))
		app->instance = strdup(strchr(app->name, '@') + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	auto_app struct app *app = calloc(1, sizeof(*app));

	REQUIRE(app);
	app->kind = &kind_app;
	take_name(text, app);
	if (app_take(app, text, size))
		check_units(app);
	return 0;
}
