/* SPDX-License-Identifier: MIT */
/* What the settings of an app must be together: each is right by itself already. */
#include <errno.h>

#include "app.h"
#include "lib/log.h"
#include "lib/parse.h"

/* The setting that is in force, for its place. */
static const struct app_setting *find(const struct app *app, const char *key)
{
	const struct app_setting *found = NULL;

	for (size_t i = 0; i < app->n_settings; i++)
		if (streq(app->settings[i].section, "Container") &&
		    streq(app->settings[i].key, key))
			found = &app->settings[i];
	return found;
}

/* "web.app:3: Key=: why" about the setting of a key. */
static int refuse(const struct app *app, const char *key, const char *why)
{
	const struct app_setting *s = find(app, key);

	return log_refuse(-EINVAL, "%s:%u: %s=: %s", s->file, s->line, key, why);
}

/* ---- one key needs another, or does not go with it ---- */

static int check_image(const struct app *app, const char *label)
{
	if (find(app, "Image") && find(app, "Rootfs"))
		return refuse(app, "Rootfs", "does not go with Image=");
	if (find(app, "Image") || find(app, "Rootfs"))
		return 0;
	(void)log_refuse(-EINVAL, "%s: no Image= in section [Container]", label);
	log_hint("Image=NAME of an image in the store, or the path of its archive");
	return -EINVAL;
}

static int check_pairs(const struct app *app)
{
	static const struct {
		const char *key, *needs;
	} pairs[] = {
		{"HealthStartupInterval", "HealthStartupCmd"},
		{"HealthStartupRetries", "HealthStartupCmd"},
		{"HealthStartupSuccess", "HealthStartupCmd"},
		{"HealthStartupTimeout", "HealthStartupCmd"},
		{"Group", "User"},
	};
	int bad = 0;

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		auto_free char *why = NULL;

		if (!find(app, pairs[i].key) || find(app, pairs[i].needs))
			continue;
		why = text_format("needs %s= as well", pairs[i].needs);
		bad = why ? refuse(app, pairs[i].key, why) : log_oom();
	}
	return bad;
}

static bool is_on(const struct app *app, const char *key)
{
	const char *value = app_get(app, key);
	bool on;

	return value && parse_bool(value, &on) == 0 && on;
}

static int check_init(const struct app *app)
{
	const char *mode = app_get(app, "PidMode");

	if (is_on(app, "RunInit") && mode && streq(mode, "host"))
		return refuse(app, "RunInit", "does not go with PidMode=host");
	return 0;
}

static int check_user(const struct app *app)
{
	const char *user = app_get(app, "User");

	if (user && strchr(user, ':') && find(app, "Group"))
		return refuse(app, "Group", "User= names a group already");
	return 0;
}

/* What needs an address of one's own. */
static int check_network(const struct app *app)
{
	static const char *const keys[] = {"IP", "IP6", "NetworkAlias", "PublishPort"};
	const char *network = app_get(app, "Network");
	int bad = 0;

	if (!network || streq(network, "private"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (find(app, keys[i]))
			bad = refuse(app, keys[i], "only with Network=private, the default");
	return bad;
}

int rules_check(const struct app *app, const char *label)
{
	const int results[] = {
		check_image(app, label), check_pairs(app),   check_init(app),
		check_user(app),	 check_network(app),
	};

	for (size_t i = 0; i < ARRAY_SIZE(results); i++)
		if (results[i] < 0)
			return results[i];
	return 0;
}
