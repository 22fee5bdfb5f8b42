/* SPDX-License-Identifier: MIT */
/*
 * Reading an app: its main file, then its drop-ins, each assignment through section.c, into one
 * list of settings; at last what they say together is looked at (rules.c).
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

#define APP_MAX_BYTES (1U << 20)

bool app_name_is_template(const char *name)
{
	size_t n = strcspn(name, "@");
	auto_free char *base = strndup(name, n);

	return base && name_is_valid(base) && streq(name + n, "@");
}

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
	const char *value, *last = NULL;
	size_t i = 0;

	while ((value = app_next(app, "Container", key, &i)))
		last = value;
	return last;
}

/* ---- loading ---- */

static int app_new(const char *name, struct app **ret)
{
	auto_app struct app *app = calloc(1, sizeof(*app));
	const char *at = strchr(name, '@');

	if (!app || !(app->name = strdup(name)) || (at && !(app->instance = strdup(at + 1))))
		return log_oom();
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
	r = fs_read_file(AT_FDCWD, source->path, APP_MAX_BYTES, &text, &len);
	if (r < 0)
		return log_fail(r, "%s", source->label);
	l->unknown[0] = '\0';
	return conf_parse(source->label, text, len, section_take, l);
}

/* Everything wrong in all files is told before the first code is returned. */
static int load(const char *name, const struct sources *sources, struct app **ret)
{
	auto_app struct app *app = NULL;
	struct loader l = {0};
	int r, bad;

	r = app_new(name, &app);
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
		bad = rules_check(app, sources->main.label);
	if (bad < 0)
		return bad;
	*ret = TAKE_PTR(app);
	return 0;
}

static int refuse_name(const char *name)
{
	(void)log_refuse(-EINVAL, "\"%s\" cannot be the name of an app", name);
	log_hint("[a-z0-9][a-z0-9_.-]{0,62}, and @INSTANCE of a template");
	return -EINVAL;
}

int app_load(const char *name, struct app **ret)
{
	CLEANUP(sources_done)
	struct sources sources = {0};
	int r;

	if (!app_name_is_valid(name) && !app_name_is_template(name))
		return refuse_name(name);
	r = sources_find(name, &sources);
	return r < 0 ? r : load(name, &sources, ret);
}

int app_load_file_as(const char *path, const char *name, struct app **ret)
{
	CLEANUP(sources_done)
	struct sources sources = {0};
	int r;

	if (!app_name_is_valid(name) && !app_name_is_template(name))
		return refuse_name(name);
	r = sources_beside(path, name, &sources);
	return r < 0 ? r : load(name, &sources, ret);
}

int app_load_file(const char *path, struct app **ret)
{
	auto_free char *name = strdup(path_basename(path));
	char *suffix;

	if (!name)
		return log_oom();
	suffix = strrchr(name, '.');
	if (!suffix || (!streq(suffix, ".app") && !streq(suffix, ".container")))
		return log_refuse(-EINVAL, "%s: not called NAME.app or NAME.container", path);
	*suffix = '\0';
	return app_load_file_as(path, name, ret);
}
