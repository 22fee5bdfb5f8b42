/* SPDX-License-Identifier: MIT */
/*
 * Reading a definition: its main file, then its drop-ins, each assignment through section.c, into
 * one list of settings; at last what they say together is looked at (rules.c). What is about apps
 * alone is at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app.h"
#include "lib/conf.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/path.h"
#include "lib/strv.h"

#define DEFINITION_MAX_BYTES (1U << 20)

/* ---- settings ---- */

static void setting_done(struct app_setting *s)
{
	free(s->section);
	free(s->key);
	free(s->value);
	free(s->file);
}

void app_free(struct app *app)
{
	if (!app)
		return;
	for (size_t i = 0; i < app->n_settings; i++)
		setting_done(&app->settings[i]);
	free(app->settings);
	free(app->name);
	free(app->instance);
	free(app->path);
	free(app);
}

int app_add(struct app *app, const struct place *place, const char *section, const char *key,
	    const char *value)
{
	struct app_setting *s;

	s = reallocarray(app->settings, app->n_settings + 1, sizeof(*s));
	if (!s)
		return log_oom();
	app->settings = s;
	s = &app->settings[app->n_settings++];
	*s = (struct app_setting){strdup(section), strdup(key), strdup(value), strdup(place->file),
				  place->line};
	return s->section && s->key && s->value && s->file ? 0 : log_oom();
}

static bool is_of(const struct app_setting *s, const char *section, const char *key)
{
	return streq(s->key, key) && streq(s->section, section);
}

void app_clear(struct app *app, const char *section, const char *key)
{
	size_t kept = 0;

	for (size_t i = 0; i < app->n_settings; i++) {
		if (is_of(&app->settings[i], section, key))
			setting_done(&app->settings[i]);
		else
			app->settings[kept++] = app->settings[i];
	}
	app->n_settings = kept;
}

const char *app_next(const struct app *app, const char *section, const char *key, size_t *i)
{
	while (*i < app->n_settings) {
		const struct app_setting *s = &app->settings[(*i)++];

		if (is_of(s, section, key))
			return s->value;
	}
	return NULL;
}

const char *app_get(const struct app *app, const char *key)
{
	const char *section = app->kind ? app->kind->section : "Container", *value, *last = NULL;
	size_t i = 0;

	while ((value = app_next(app, section, key, &i)))
		last = value;
	return last;
}

/* ---- loading ---- */

static int app_new(const struct definition_kind *kind, const char *name, struct app **ret)
{
	auto_app struct app *app = calloc(1, sizeof(*app));
	const char *at = strchr(name, '@');

	if (!app || !(app->name = strdup(name)) || (at && !(app->instance = strdup(at + 1))))
		return log_oom();
	app->kind = kind;
	*ret = TAKE_PTR(app);
	return 0;
}

/* Where relative paths start from, whatever we are told and wherever we are. */
static int set_path(struct app *app, const char *path)
{
	auto_free char *joined = NULL, *cwd = NULL;
	int r;

	if (*path != '/') {
		cwd = getcwd(NULL, 0);
		if (!cwd)
			return log_fail(-errno, "find the current directory");
		joined = text_format("%s/%s", cwd, path);
		if (!joined)
			return log_oom();
		path = joined;
	}
	r = path_normalize(path, &app->path);
	return r < 0 ? log_fail(r, "%s", path) : 0;
}

static int load_source(struct loader *l, const struct source *source)
{
	auto_free char *text = NULL;
	struct stat st;
	size_t len;
	int r;

	if (stat(source->path, &st) < 0)
		return log_fail(-errno, "%s", source->label);
	if (S_ISCHR(st.st_mode))
		return 0; /* a drop-in that is masked */
	if (!S_ISREG(st.st_mode))
		return log_refuse(-EINVAL, "%s: not a regular file", source->label); /* may hang */
	r = fs_read_file(AT_FDCWD, source->path, DEFINITION_MAX_BYTES, &text, &len);
	if (r < 0)
		return log_fail(r, "%s", source->label);
	l->unknown[0] = '\0';
	return conf_parse(source->label, text, len, section_take, l);
}

/* Everything wrong in all files is told before the first code is returned. */
static int load(const struct definition_kind *kind, const char *name, const struct sources *sources,
		struct app **ret)
{
	auto_app struct app *app = NULL;
	struct loader l = {0};
	int r, bad;

	r = app_new(kind, name, &app);
	if (r < 0)
		return r;
	l.app = app;
	r = set_path(app, sources->main.path);
	if (r < 0)
		return r;
	bad = load_source(&l, &sources->main);
	for (size_t i = 0; i < sources->n_drop_ins; i++) {
		r = load_source(&l, &sources->drop_ins[i]);
		bad = bad < 0 ? bad : r;
	}
	if (bad == 0)
		bad = kind->check(app, sources->main.label);
	if (bad < 0)
		return bad;
	*ret = TAKE_PTR(app);
	return 0;
}

static int check_name(const struct definition_kind *kind, const char *name)
{
	if (kind->name_is_valid(name))
		return 0;
	(void)log_refuse(-EINVAL, "\"%s\" cannot be the name of %s", name, kind->a_noun);
	log_hint("%s", kind->names);
	return -EINVAL;
}

int definition_load(const struct definition_kind *kind, const char *name, struct app **ret)
{
	CLEANUP(sources_done)
	struct sources sources = {0};
	int r = check_name(kind, name);

	if (r == 0)
		r = sources_find(kind, name, &sources);
	return r < 0 ? r : load(kind, name, &sources, ret);
}

static int load_file_as(const struct definition_kind *kind, const char *path, const char *name,
			struct app **ret)
{
	CLEANUP(sources_done)
	struct sources sources = {0};
	int r = check_name(kind, name);

	if (r == 0)
		r = sources_beside(kind, path, name, &sources);
	return r < 0 ? r : load(kind, name, &sources, ret);
}

static int refuse_suffix(const struct definition_kind *kind, const char *path)
{
	const char *other = kind->suffixes[1];

	return log_refuse(-EINVAL, "%s: not called NAME%s%s%s", path, kind->suffixes[0],
			  other ? " or NAME" : "", other ? other : "");
}

int definition_load_file(const struct definition_kind *kind, const char *path, struct app **ret)
{
	const char *file = path_basename(path);

	for (size_t i = 0; kind->suffixes[i]; i++) {
		auto_free char *name = NULL;

		if (!endswith(file, kind->suffixes[i]))
			continue;
		name = strndup(file, strlen(file) - strlen(kind->suffixes[i]));
		return name ? load_file_as(kind, path, name, ret) : log_oom();
	}
	return refuse_suffix(kind, path);
}

const struct app_setting *setting_find(const struct app *app, const char *key)
{
	const struct app_setting *found = NULL;

	for (size_t i = 0; i < app->n_settings; i++)
		if (is_of(&app->settings[i], app->kind->section, key))
			found = &app->settings[i];
	return found;
}

int setting_refuse(const struct app_setting *s, const char *why)
{
	return log_refuse(-EINVAL, "%s:%u: %s=: \"%s\": %s", s->file, s->line, s->key, s->value,
			  why);
}

int setting_refuse_key(const struct app *app, const char *key, const char *why)
{
	const struct app_setting *s = setting_find(app, key);

	return log_refuse(-EINVAL, "%s:%u: %s=: %s", s->file, s->line, key, why);
}

const char *app_setting_note(const struct app *app, const struct app_setting *s)
{
	return app->kind->note(s);
}

/* ---- apps ---- */

bool app_name_is_template(const char *name)
{
	size_t n = strcspn(name, "@");
	auto_free char *base = strndup(name, n);

	return base && name_is_valid(base) && streq(name + n, "@");
}

static bool is_name(const char *name)
{
	return app_name_is_valid(name) || app_name_is_template(name);
}

static const char *note(const struct app_setting *s)
{
	const struct key *key = streq(s->section, "Container") ? key_find(&container_keys, s->key)
							       : NULL;

	return key ? key->note : NULL;
}

const struct definition_kind kind_app = {
	.noun = "app",
	.a_noun = "an app",
	.suffixes = {".app", ".container"},
	.section = "Container",
	.keys = &container_keys,
	.units = true,
	.name_is_valid = is_name,
	.names = "[a-z0-9][a-z0-9_.-]{0,62}, and @INSTANCE of a template",
	.check = rules_check,
	.note = note,
};

int app_load(const char *name, struct app **ret)
{
	return definition_load(&kind_app, name, ret);
}

int app_load_file_as(const char *path, const char *name, struct app **ret)
{
	return load_file_as(&kind_app, path, name, ret);
}

int app_load_file(const char *path, struct app **ret)
{
	return definition_load_file(&kind_app, path, ret);
}

int app_names(char ***ret)
{
	return definition_names(&kind_app, ret);
}
