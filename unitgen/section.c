/* SPDX-License-Identifier: MIT */
/*
 * What an assignment is in each section: [Container] (of a network [Network]) is ours, key by key;
 * the other sections are systemd's, of which we refuse what cannot be and leave the rest alone.
 */
#include <errno.h>
#include <string.h>

#include "app.h"
#include "keys.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/quote.h"
#include "lib/strv.h"

struct assignment {
	struct place place;
	const char *section, *key, *value;
};

/* "web.app:3: Key=: why" */
static int refuse_key(const struct assignment *a, const char *why)
{
	return log_refuse(-EINVAL, "%s:%u: %s=: %s", a->place.file, a->place.line, a->key, why);
}

/* "web.app:3: Key=: "value": why" */
static int refuse_value(const struct assignment *a, const char *value, const char * not,
			const char *why)
{
	return log_refuse(-EINVAL, "%s:%u: %s=: \"%s\": %s%s", a->place.file, a->place.line, a->key,
			  value, not, why);
}

/* ---- our own section ---- */

static int check_value(const struct app *app, const struct assignment *a, const struct key *key,
		       const char *value)
{
	auto_free char *sample = NULL;
	const char *why = NULL;
	int r;

	r = specifier_expand(app, true, value, &sample, &why);
	if (r == 0 && key->check)
		r = key->check(key, sample, &why);
	if (r == -ENOMEM)
		return log_oom();
	if (r < 0)
		return why ? refuse_value(a, value, "", why)
			   : refuse_value(a, value, "not ", key->expected);
	return 0;
}

static int add_value(struct app *app, const struct assignment *a, const struct key *key,
		     const char *value)
{
	auto_free char *expanded = NULL;
	const char *why = NULL;
	int r;

	r = check_value(app, a, key, value);
	if (r < 0)
		return r;
	if (specifier_expand(app, false, value, &expanded, &why) < 0)
		return log_oom();
	return app_add(app, &a->place, a->section, a->key, expanded);
}

static int add_words(struct app *app, const struct assignment *a, const struct key *key)
{
	auto_strv char **words = NULL;
	const char *why = NULL;
	int r, bad = 0;

	r = quote_split(a->value, &words, &why);
	if (r < 0)
		return why ? refuse_value(a, a->value, "", why) : log_oom();
	STRV_FOREACH (word, words) {
		r = add_value(app, a, key, *word);
		bad = bad < 0 ? bad : r;
	}
	return bad;
}

static int refuse_unknown(const struct definition_kind *kind, const struct assignment *a)
{
	const char *section = key_other_section(a->key), *nearest = key_nearest(kind->keys, a->key);
	int r = log_refuse(-EINVAL, "%s:%u: %s=: unknown key in section [%s]", a->place.file,
			   a->place.line, a->key, kind->section);

	if (section)
		log_hint("%s= belongs in section [%s]", a->key, section);
	else if (nearest)
		log_hint("did you mean %s=?", nearest);
	return r;
}

static int refuse_foreign(const struct assignment *a, const struct key *key)
{
	const char *instead = NULL;
	int r = refuse_key(a, "not supported");

	if (streq(key->name, "PodmanArgs"))
		instead = podman_instead(a->value);
	log_hint("%s", instead ? instead : key->expected);
	return r;
}

static int take_own(struct app *app, const struct assignment *a)
{
	const struct key *key = key_find(app->kind->keys, a->key);

	if (!key)
		return refuse_unknown(app->kind, a);
	if (key->kind == KEY_REFUSED)
		return refuse_foreign(a, key);
	if (key->kind == KEY_SINGLE || key->kind == KEY_SINGLE_TEXT || !*a->value)
		app_clear(app, a->section, a->key);
	if (!*a->value && key->kind != KEY_SINGLE_TEXT)
		return 0;
	return key->kind == KEY_WORDS ? add_words(app, a, key) : add_value(app, a, key, a->value);
}

/* ---- systemd's sections ---- */

static int take_plain(struct app *app, const struct assignment *a)
{
	if (*a->value)
		return app_add(app, &a->place, a->section, a->key, a->value);
	app_clear(app, a->section, a->key);
	return 0;
}

/* A word that names an app must be the name of one; there are no other files of Quadlet's here. */
static int check_unit_word(const struct app *app, const struct assignment *a, const char *word)
{
	/* a ".network" says nothing: networks are made when they are needed */
	static const char *const foreign[] = {".pod",	".volume", ".image",
					      ".build", ".kube",   ".artifact"};
	auto_free char *reference = reference_app(word, strlen(word));
	auto_free char *name = NULL;
	const char *why = NULL;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
		if (endswith(word, foreign[i]))
			return refuse_value(a, word, "", "nap has no units of this kind");
	if (!reference)
		return 0;
	/* of the specifiers only those of [Container] can stand in another app's name */
	r = specifier_expand(app, true, reference, &name, &why);
	if (r == -ENOMEM)
		return log_oom();
	return r < 0 || !app_name_is_valid(name)
		       ? refuse_value(a, word, "", "this cannot be the name of an app")
		       : 0;
}

static int take_unit(struct app *app, const struct assignment *a)
{
	auto_free char *copy = strdup(a->value);
	char *rest = copy, *word;
	int r, bad = 0;

	if (!copy)
		return log_oom();
	while (reference_key(a->key) && (word = strsep(&rest, " \t"))) {
		r = check_unit_word(app, a, word);
		bad = bad < 0 ? bad : r;
	}
	return bad < 0 ? bad : take_plain(app, a);
}

static int take_service(struct app *app, const struct assignment *a)
{
	static const struct {
		const char *key, *hint;
	} refused[] = {
		{"DynamicUser", "User= of [Container] is the app's user"},
		{"ExecStart", "Exec= of [Container] is what the app runs"},
		{"Group", "Group= of [Container] is the app's group"},
		{"KillMode",
		 "StopSignal= and StopTimeout= of [Container] say how the app is ended"},
		{"Type", "Notify= of [Container] says when the app is ready"},
		{"User", "User= of [Container] is the app's user"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		if (!streq(refused[i].key, a->key))
			continue;
		(void)refuse_key(a, "cannot be set in section [Service]");
		log_hint("%s", refused[i].hint);
		return -EINVAL;
	}
	return take_plain(app, a);
}

static int take_quadlet(struct app *app, const struct assignment *a)
{
	bool on;

	if (!streq(a->key, "DefaultDependencies"))
		return refuse_key(a, "unknown key in section [Quadlet]");
	if (*a->value && parse_bool(a->value, &on) < 0)
		return refuse_value(a, a->value, "not ", "a boolean");
	app_clear(app, a->section, a->key);
	return take_plain(app, a);
}

/* ---- all sections ---- */

static const struct {
	const char *name;
	int (*take)(struct app *app, const struct assignment *a);
} sections[] = {
	{"Unit", take_unit},
	{"Service", take_service},
	{"Install", take_plain},
	{"Quadlet", take_quadlet},
};

/* Nothing here may become something else in a unit: one line of text it is. */
static int check_text(const struct assignment *a)
{
	static const char key_set[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t left = strlen(a->value), backslashes = 0;

	if (a->key[strspn(a->key, key_set)])
		return refuse_key(a, "not the name of a key");
	for (const char *s = a->value; left > 0;) {
		int n = utf8_decode(s, left, NULL);

		if (n == 0)
			return refuse_value(a, a->value, "not ", "UTF-8");
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return refuse_value(a, a->value, "", "holds a control character");
		backslashes = *s == '\\' ? backslashes + 1 : 0;
		s += n;
		left -= (size_t)n;
	}
	if (backslashes % 2 == 1)
		return refuse_value(a, a->value, "", "ends in a backslash");
	return 0;
}

static int refuse_section(struct loader *l, const struct assignment *a)
{
	if (!*a->section)
		return refuse_key(a, "stands before the first section");
	if (streq(l->unknown, a->section))
		return -EINVAL;
	(void)snprintf(l->unknown, sizeof(l->unknown), "%s", a->section);
	(void)log_refuse(-EINVAL, "%s:%u: [%s]: unknown section", a->place.file, a->place.line,
			 a->section);
	log_hint("the sections are [Unit], [%s], [Service] and [Install]", l->app->kind->section);
	return -EINVAL;
}

static int take(struct app *app, const struct assignment *a,
		int (*in_section)(struct app *app, const struct assignment *a))
{
	int r;

	if (startswith(a->key, "X-"))
		return 0;
	r = check_text(a);
	return r < 0 ? r : in_section(app, a);
}

int section_take(void *data, const char *file, unsigned line, const char *section, const char *key,
		 const char *value)
{
	const struct assignment a = {{file, line}, section, key, value};
	struct loader *l = data;

	if (startswith(section, "X-"))
		return 0;
	if (streq(l->app->kind->section, section))
		return take(l->app, &a, take_own);
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (streq(sections[i].name, section))
			return take(l->app, &a,
				    l->app->kind->units ? sections[i].take : take_plain);
	return refuse_section(l, &a);
}
