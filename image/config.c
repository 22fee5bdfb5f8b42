/* SPDX-License-Identifier: MIT */
/*
 * Config blobs: one table says which member is of which type and where it goes. The JSON reader has
 * refused NULs, bad UTF-8, duplicate keys and depth before anything is looked at here.
 */
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/json.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "lib/text.h"

enum kind {
	KIND_STRING,
	KIND_LIST,   /* array of strings */
	KIND_ENV,    /* the same, each NAME=value */
	KIND_SET,    /* object whose keys count (Go's map[string]struct{}) */
	KIND_LABELS, /* object of strings */
	KIND_HEALTH, /* object kept as JSON text */
};

struct member {
	const char *key;
	enum kind kind;
	size_t offset;
};

#define AT(member) offsetof(struct image_config, member)

static const struct member outer[] = {
	{"os", KIND_STRING, AT(os)},
	{"architecture", KIND_STRING, AT(architecture)},
	{"variant", KIND_STRING, AT(variant)},
	{"created", KIND_STRING, AT(created)},
};

static const struct member inner[] = {
	{"Env", KIND_ENV, AT(env)},
	{"Entrypoint", KIND_LIST, AT(entrypoint)},
	{"Cmd", KIND_LIST, AT(cmd)},
	{"User", KIND_STRING, AT(user)},
	{"WorkingDir", KIND_STRING, AT(working_dir)},
	{"StopSignal", KIND_STRING, AT(stop_signal)},
	{"Volumes", KIND_SET, AT(volumes)},
	{"ExposedPorts", KIND_SET, AT(exposed_ports)},
	{"Labels", KIND_LABELS, AT(labels)},
	{"Healthcheck", KIND_HEALTH, AT(healthcheck)},
};

/* The empty string means "not set" in documents that Go programs write. */
static int take_string(const json_t *obj, const char *key, char **ret)
{
	const char *s;
	int r;

	r = json_get_string(obj, key, &s);
	if (r <= 0 || !*s)
		return r < 0 ? r : 0;
	*ret = strdup(s);
	return *ret ? 0 : -ENOMEM;
}

static int take_env(const json_t *obj, const char *key, char ***ret)
{
	int r;

	r = json_get_strv(obj, key, ret);
	STRV_FOREACH (e, *ret) {
		auto_free char *name = strndup(*e, strcspn(*e, "="));

		if (!name)
			return -ENOMEM;
		if (!strchr(*e, '=') || !env_name_is_valid(name))
			return -EBADMSG;
	}
	return r;
}

static int take_set(const json_t *obj, const char *key, char ***ret)
{
	json_t *set, *value;
	char **end;
	const char *name;
	int r;

	r = json_get_object(obj, key, &set);
	if (r <= 0)
		return r;
	if (strv_room(ret, json_object_size(set), &end) < 0)
		return -ENOMEM;
	json_object_foreach (set, name, value) {
		if (!*name || (!json_is_object(value) && !json_is_null(value)))
			return -EBADMSG;
		*end = strdup(name);
		if (!*end++)
			return -ENOMEM;
		*end = NULL;
	}
	return 0;
}

static int take_labels(const json_t *obj, const char *key, char ***ret)
{
	json_t *labels, *value;
	char **end;
	const char *name;
	int r;

	r = json_get_object(obj, key, &labels);
	if (r <= 0)
		return r;
	if (strv_room(ret, json_object_size(labels), &end) < 0)
		return -ENOMEM;
	json_object_foreach (labels, name, value) {
		const char *s = json_is_null(value) ? "" : json_string_value(value);

		if (!s)
			return -EBADMSG;
		*end = text_format("%s=%s", name, s);
		if (!*end++)
			return -ENOMEM;
		*end = NULL;
	}
	return 0;
}

/* Kept as the text it is, for whoever runs it; of the types that docker writes. */
static int take_health(const json_t *obj, const char *key, char **ret)
{
	static const char *const numbers[] = {"Interval", "Timeout", "StartPeriod", "StartInterval",
					      "Retries"};
	auto_strv char **test = NULL;
	json_t *object;
	int64_t number;
	int r;

	r = json_get_object(obj, key, &object);
	if (r <= 0)
		return r;
	r = json_get_strv(object, "Test", &test);
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(numbers); i++)
		r = json_get_i64(object, numbers[i], &number);
	if (r < 0)
		return r;
	*ret = json_dumps(object, JSON_COMPACT);
	return *ret ? 0 : -ENOMEM;
}

static int take_member(const json_t *obj, const struct member *m, void *at)
{
	switch (m->kind) {
	case KIND_STRING:
		return take_string(obj, m->key, at);
	case KIND_LIST:
		return json_get_strv(obj, m->key, at);
	case KIND_ENV:
		return take_env(obj, m->key, at);
	case KIND_SET:
		return take_set(obj, m->key, at);
	case KIND_LABELS:
		return take_labels(obj, m->key, at);
	case KIND_HEALTH:
		return take_health(obj, m->key, at);
	}
	return -EINVAL;
}

static const char *describe(enum kind kind)
{
	static const char *const expected[] = {
		[KIND_STRING] = "a string",
		[KIND_LIST] = "an array of strings",
		[KIND_ENV] = "an array of NAME=value",
		[KIND_SET] = "an object with empty objects",
		[KIND_LABELS] = "an object of strings",
		[KIND_HEALTH] = "an object as docker writes it",
	};

	return expected[kind];
}

static int take_members(const json_t *obj, const struct member *members, size_t n, char *why,
			struct image_config *config)
{
	for (const struct member *m = members; m < members + n; m++) {
		int r = take_member(obj, m, (char *)config + m->offset);

		if (r == -EBADMSG)
			(void)snprintf(why, 160, "%s: not %s", m->key, describe(m->kind));
		if (r < 0)
			return r;
	}
	return 0;
}

/* outer members from doc, inner ones from config, which may be NULL */
static int read_config(const json_t *doc, const json_t *object, char *why, struct image_config *ret)
{
	CLEANUP(image_config_done)
	struct image_config config = {0};
	int r;

	r = take_members(doc, outer, ARRAY_SIZE(outer), why, &config);
	if (r < 0)
		return r;
	r = object ? take_members(object, inner, ARRAY_SIZE(inner), why, &config) : 0;
	if (r < 0)
		return r;
	*ret = config;
	config = (struct image_config){0};
	return 0;
}

int image_config_parse(const char *text, size_t len, char why[static 160], struct image_config *ret)
{
	json_t *object = NULL;
	auto_json json_t *doc = NULL;
	int r;

	r = json_parse(text, len, why, &doc);
	if (r < 0)
		return r;
	if (!json_is_object(doc) || json_get_object(doc, "config", &object) < 0) {
		(void)snprintf(why, 160, "%s: not an object",
			       json_is_object(doc) ? "config" : "the document");
		return -EBADMSG;
	}
	return read_config(doc, object, why, ret);
}

/* ---- the reduced form ---- */

int image_config_read_reduced(const json_t *reduced, struct image_config *ret)
{
	char why[160]; /* nap wrote it: which member went bad helps nobody */

	return json_is_object(reduced) ? read_config(reduced, reduced, why, ret) : -EBADMSG;
}

static int pick_members(const json_t *from, const struct member *members, size_t n, json_t *to)
{
	for (const struct member *m = members; m < members + n; m++) {
		json_t *value = json_object_get(from, m->key);

		if (value && json_object_set(to, m->key, value) < 0)
			return -ENOMEM;
	}
	return 0;
}

int image_config_reduce(const char *text, size_t len, char **ret)
{
	auto_json json_t *doc = NULL, *reduced = json_object();
	char why[160];
	int r;

	r = json_parse(text, len, why, &doc);
	if (r < 0)
		return r;
	r = pick_members(doc, outer, ARRAY_SIZE(outer), reduced);
	if (r == 0)
		r = pick_members(json_object_get(doc, "config"), inner, ARRAY_SIZE(inner), reduced);
	if (r < 0)
		return r;
	*ret = json_dumps(reduced, JSON_COMPACT);
	return *ret ? 0 : -ENOMEM;
}

void image_config_done(struct image_config *config)
{
	strv_free(config->env);
	strv_free(config->entrypoint);
	strv_free(config->cmd);
	free(config->user);
	free(config->working_dir);
	free(config->stop_signal);
	strv_free(config->volumes);
	strv_free(config->exposed_ports);
	strv_free(config->labels);
	free(config->healthcheck);
	free(config->os);
	free(config->architecture);
	free(config->variant);
	free(config->created);
	*config = (struct image_config){0};
}
