/* SPDX-License-Identifier: MIT */
/* What the settings of an app must be together: each is right by itself already. */
#include <errno.h>

#include "app.h"
#include "lib/log.h"
#include "lib/mountspec.h"
#include "lib/parse.h"
#include "lib/probe.h"
#include "lib/strv.h"

/* ---- one key needs another, or does not go with it ---- */

static int check_image(const struct app *app, const char *label)
{
	if (setting_find(app, "Image") && setting_find(app, "Rootfs"))
		return setting_refuse_key(app, "Rootfs", "does not go with Image=");
	if (setting_find(app, "Image") || setting_find(app, "Rootfs"))
		return 0;
	(void)log_refuse(-EINVAL, "%s: no Image= in section [Container]", label);
	log_hint("Image=NAME of an image in the store, or the path of its archive");
	return -EINVAL;
}

/* An entrypoint of one's own drops the image's arguments, and a directory has none. */
static int check_command(const struct app *app)
{
	const char *entrypoint = app_get(app, "Entrypoint");

	if (app_get(app, "Exec") || (entrypoint && *entrypoint && !streq(entrypoint, "[]")))
		return 0;
	if (entrypoint)
		return setting_refuse_key(app, "Entrypoint", "leaves nothing to run without Exec=");
	return setting_find(app, "Rootfs") && !setting_find(app, "Image")
		       ? setting_refuse_key(app, "Rootfs", "needs Exec= as well")
		       : 0;
}

/* What waits for the word of a health check. */
static int check_health(const struct app *app)
{
	static const char why[] = "there is no health check with HealthCmd=none";
	const char *health = app_get(app, "HealthCmd"), *notify = app_get(app, "Notify"),
		   *action = app_get(app, "HealthOnFailure"), *ignored;
	auto_strv char **argv = NULL;
	int bad = 0;

	if (!health || setting_find(app, "HealthStartupCmd") ||
	    probe_parse(health, &argv, &ignored) < 0 || argv)
		return 0;
	if (notify && streq(notify, "healthy"))
		bad = setting_refuse_key(app, "Notify", why);
	if (action && !streq(action, "none"))
		bad = setting_refuse_key(app, "HealthOnFailure", why);
	return bad;
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
	};
	int bad = 0;

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		auto_free char *why = NULL;

		if (!setting_find(app, pairs[i].key) || setting_find(app, pairs[i].needs))
			continue;
		why = text_format("needs %s= as well", pairs[i].needs);
		bad = why ? setting_refuse_key(app, pairs[i].key, why) : log_oom();
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
		return setting_refuse_key(app, "RunInit", "does not go with PidMode=host");
	return 0;
}

static int check_user(const struct app *app)
{
	const char *user = app_get(app, "User");

	if (user && strchr(user, ':') && setting_find(app, "Group"))
		return setting_refuse_key(app, "Group", "User= names a group already");
	return 0;
}

/* ---- mounts: each target once ---- */

static int parse_tmpfs(const char *text, struct mount_spec *ret, const char **ret_why)
{
	return mountspec_parse_tmpfs(text, true, ret, ret_why);
}

static int parse_mount(const char *text, struct mount_spec *ret, const char **ret_why)
{
	return mountspec_parse_mount(text, true, ret, ret_why);
}

/* In the order in which a start takes them. */
static const struct {
	const char *key;
	int (*parse)(const char *text, struct mount_spec *ret, const char **ret_why);
} mounts[] = {
	{"Volume", mountspec_parse_volume},
	{"Mount", parse_mount},
	{"Tmpfs", parse_tmpfs},
};

/* Remember the target of s in *targets. */
static int add_target(const struct app_setting *s, size_t kind, char ***targets)
{
	CLEANUP(mountspec_done)
	struct mount_spec m = {0};
	const char *why = NULL;
	int r = mounts[kind].parse(s->value, &m, &why);

	if (r < 0)
		return r == -ENOMEM ? log_oom() : 0; /* of a template, with a %i in it */
	STRV_FOREACH (t, *targets) {
		if (!streq(*t, m.target))
			continue;
		/* an anonymous volume asks for a place to write, which there is then */
		if (m.kind == MOUNT_ANON && streq(s->key, "Volume"))
			return 0;
		return setting_refuse(s, "something is mounted there already");
	}
	return strv_take(targets, TAKE_PTR(m.target)) < 0 ? log_oom() : 0;
}

static int check_targets(const struct app *app)
{
	auto_strv char **targets = NULL;
	int r, bad = 0;

	for (size_t kind = 0; kind < ARRAY_SIZE(mounts); kind++) {
		for (size_t i = 0; i < app->n_settings; i++) {
			const struct app_setting *s = &app->settings[i];

			if (!streq(s->section, "Container") || !streq(s->key, mounts[kind].key))
				continue;
			r = add_target(s, kind, &targets);
			bad = bad < 0 ? bad : r;
		}
	}
	return bad;
}

/* ---- all ---- */

int rules_check(const struct app *app, const char *label)
{
	const int results[] = {
		check_image(app, label), check_command(app), check_health(app), check_pairs(app),
		check_init(app),	 check_targets(app), check_user(app),	rules_network(app),
	};

	for (size_t i = 0; i < ARRAY_SIZE(results); i++)
		if (results[i] < 0)
			return results[i];
	return 0;
}
