/* SPDX-License-Identifier: MIT */
/*
 * The warnings of nap check: the definition is right, but on this machine something is missing that
 * it names, or a key has no effect. All of it may still come before the app is started.
 */
#include "check-world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/attach.h"
#include "lib/firewall.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/strv.h"

static void warn(const struct app_setting *s, const char *value, const char *why)
{
	log_warn("%s:%u: %s=: \"%s\": %s", s->file, s->line, s->key, value, why);
}

/* ---- other apps ---- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool check_world_has(char **names, const char *name)
{
	return names && bsearch(&name, names, strv_len(names), sizeof(*names), compare_names);
}

/* "db", or "db@1" by its own file or by the template's. */
static bool is_defined(struct check_world *w, const char *name)
{
	const char *at = strchr(name, '@');
	auto_free char *template = at ? strndup(name, (size_t)(at - name) + 1) : NULL;

	return check_world_has(w->names, name) || (template && check_world_has(w->names, template));
}

static void check_app(struct check_world *w, const struct app_setting *s, const char *name)
{
	if (!strchr(name, '%') && !is_defined(w, name))
		warn(s, name, "there is no such app");
}

/* Every "db.app", "db.container" and "back.network" among the words of [Unit]. */
static void check_units(struct check_world *w, const struct app_setting *s)
{
	const char *word = s->value + strspn(s->value, " \t");

	while (*word) {
		size_t n = strcspn(word, " \t");
		auto_free char *name = reference_app(word, n);

		if (name)
			check_app(w, s, name);
		if (reference_is_network(word, n))
			log_warn("%s:%u: %s=: \"%.*s\": a network is made when its first app "
				 "starts: this has no effect",
				 s->file, s->line, s->key, (int)n, word);
		word += n;
		word += strspn(word, " \t");
	}
}

static void check_network(struct check_world *w, const struct app *app, const struct app_setting *s)
{
	CLEANUP(attach_done)
	struct attach_spec a = {0};
	const char *why;

	/* of the template itself, with a "%i" in it */
	if (attach_parse(s->value, &a, &why) < 0)
		return;
	if (a.mode == ATTACH_CONTAINER && !startswith(s->value, "container:"))
		check_app(w, s, a.name);
	if (a.mode == ATTACH_NETWORK)
		check_network_of_app(w, app, s, &a);
}

static void check_rule(struct check_world *w, const struct app *app, const struct app_setting *s)
{
	struct firewall_rule rule;
	const char *why;

	(void)app;
	if (firewall_rule_parse(s->value, &rule, &why) == 0 && rule.target == TARGET_APP)
		check_app(w, s, rule.app);
}

/* ---- files ---- */

/* Does the path, or what it is relative to the app's file, exist? Unknown counts as yes. */
static bool exists(const struct app *app, const char *path, size_t n)
{
	int dir = (int)(path_basename(app->path) - app->path);
	auto_free char *full = *path == '/' ? strndup(path, n)
					    : text_format("%.*s%.*s", dir, app->path, (int)n, path);
	struct stat st;

	/* the template itself: where the instance stands is a "%i" */
	return !full || strchr(full, '%') || stat(full, &st) == 0;
}

static void check_file(struct check_world *w, const struct app *app, const struct app_setting *s)
{
	(void)w;
	if (!exists(app, s->value, strlen(s->value)))
		warn(s, s->value, "does not exist");
}

static void check_env_file(struct check_world *w, const struct app *app,
			   const struct app_setting *s)
{
	if (*s->value != '-')
		check_file(w, app, s);
}

static void check_profile(struct check_world *w, const struct app *app, const struct app_setting *s)
{
	if (!streq(s->value, "unconfined") && !streq(s->value, "builtin"))
		check_file(w, app, s);
}

/* DIR or DIR:O */
static void check_rootfs(struct check_world *w, const struct app *app, const struct app_setting *s)
{
	(void)w;
	if (!exists(app, s->value, strcspn(s->value, ":")))
		warn(s, s->value, "does not exist");
}

static void check_timezone(struct check_world *w, const struct app *app,
			   const struct app_setting *s)
{
	auto_free char *path = text_format("/usr/share/zoneinfo/%s", s->value);

	(void)w;
	if (path && !streq(s->value, "local") && !exists(app, path, strlen(path)))
		warn(s, s->value, "this machine has no such time zone");
}

/* SOURCE:TARGET; the start makes a source that is missing. */
static void check_volume(struct check_world *w, const struct app *app, const struct app_setting *s)
{
	size_t n = strcspn(s->value, ":");

	(void)w;
	if (s->value[n] && (*s->value == '/' || *s->value == '.') && !exists(app, s->value, n))
		warn(s, s->value, "the source does not exist: an empty directory will be made");
}

static void check_mount(struct check_world *w, const struct app *app, const struct app_setting *s)
{
	const char *word = s->value, *source;

	(void)w;
	for (; *word; word += strspn(word, ",")) {
		size_t n = strcspn(word, ",");

		if ((source = startswith(word, "source=")) || (source = startswith(word, "src=")))
			if (*source == '/' && !exists(app, source, n - (size_t)(source - word)))
				warn(s, s->value, "the source does not exist");
		word += n;
	}
}

/* "-/dev/x" may be missing. */
static void check_device(struct check_world *w, const struct app *app, const struct app_setting *s)
{
	(void)w;
	if (*s->value == '/' && !exists(app, s->value, strcspn(s->value, ":")))
		warn(s, s->value, "the device does not exist");
}

/* ---- images ---- */

static void check_image(struct check_world *w, const struct app *app, const struct app_setting *s)
{
	auto_free char *normalized = NULL;
	char id[65];

	if (*s->value == '/' || *s->value == '.')
		check_file(w, app, s);
	else if (strchr(s->value, '%'))
		return;
	else if (ref_normalize(s->value, &normalized) == -EINVAL)
		(void)log_refuse(-EINVAL, "%s:%u: %s=: \"%s\": no image can be called so", s->file,
				 s->line, s->key, s->value);
	else if (w->no_store || (w->store && image_resolve(w->store, s->value, id) < 0))
		warn(s, s->value, "the image is not in the store (nap load puts it there)");
}

/* What waits for a health check can have it from the image, if that has one. */
static void check_health(struct check_world *w, const struct app *app, const struct app_setting *s)
{
	const char *name = app_get(app, "Image");
	auto_image struct image *image = NULL;
	char id[65];

	bool needed = streq(s->key, "Notify") ? streq(s->value, "healthy")
					      : !streq(s->value, "none");

	if (!needed || app_get(app, "HealthCmd") || app_get(app, "HealthStartupCmd"))
		return;
	if (!name) {
		warn(s, s->value, "there is no HealthCmd=");
		return;
	}
	if (w->store && image_resolve(w->store, name, id) == 0 &&
	    image_open(w->store, name, &image) == 0 && !image->config.healthcheck)
		warn(s, s->value, "neither HealthCmd= nor the image has a health check");
}

/* The reaper and the health checker speak for the app; to systemd they are not the main process. */
static void check_service(const struct app_setting *s)
{
	if (streq(s->key, "NotifyAccess") && *s->value && !streq(s->value, "all"))
		warn(s, s->value, "Notify= and health checks need all");
}

/* ---- all ---- */

static const struct {
	const char *key;
	void (*check)(struct check_world *w, const struct app *app, const struct app_setting *s);
} checks[] = {
	{"AddDevice", check_device},
	{"Allow", check_rule},
	{"Deny", check_rule},
	{"EnvironmentFile", check_env_file},
	{"HealthOnFailure", check_health},
	{"Image", check_image},
	{"Mount", check_mount},
	{"Network", check_network},
	{"Notify", check_health},
	{"Rootfs", check_rootfs},
	{"SeccompProfile", check_profile},
	{"Timezone", check_timezone},
	{"Volume", check_volume},
};

static void check_container(struct check_world *w, const struct app *app,
			    const struct app_setting *s)
{
	const char *note = app_setting_note(app, s);

	if (note)
		log_warn("%s:%u: %s=: %s", s->file, s->line, s->key, note);
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if (streq(checks[i].key, s->key))
			checks[i].check(w, app, s);
}

void check_world_warn(struct check_world *world, const struct app *app)
{
	for (size_t i = 0; i < app->n_settings; i++) {
		const struct app_setting *s = &app->settings[i];

		if (streq(s->section, "Container")) {
			check_container(world, app, s);
			continue;
		}
		if (app_key_is_ours(s->key))
			log_warn("%s:%u: %s=: belongs in section [Container]: here systemd ignores "
				 "it",
				 s->file, s->line, s->key);
		if (streq(s->section, "Unit") && reference_key(s->key))
			check_units(world, s);
		if (streq(s->section, "Service"))
			check_service(s);
	}
	check_network_ports(world, app);
}
