/* SPDX-License-Identifier: MIT */
/*
 * The front door of nap launch: the [Container] keys of an app file become docker's options, which
 * go the same way as those of nap run; what a service has beyond that is added to the spec.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "health.h"
#include "image/image.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/path.h"
#include "lib/quote.h"
#include "lib/strv.h"
#include "origin.h"
#include "spec-parts.h"
#include "unitgen/unitgen.h"

/* ---- keys that are options by another name ---- */

enum kind {
	KIND_TEXT, /* the last one counts */
	KIND_BOOL,
	KIND_LIST,  /* every one counts */
	KIND_FILES, /* the same, paths that start from the directory of the definition */
};

#define AT(member) offsetof(struct request, member)

static const struct {
	const char *key;
	enum kind kind;
	size_t offset;
} keys[] = {
	{"AddCapability", KIND_LIST, AT(cap_add)},
	{"AddHost", KIND_LIST, AT(add_host)},
	{"Allow", KIND_LIST, AT(allow)},
	{"Annotation", KIND_LIST, AT(annotations)},
	{"Deny", KIND_LIST, AT(deny)},
	{"DNS", KIND_LIST, AT(dns)},
	{"DNSOption", KIND_LIST, AT(dns_option)},
	{"DNSSearch", KIND_LIST, AT(dns_search)},
	{"DropCapability", KIND_LIST, AT(cap_drop)},
	{"Environment", KIND_LIST, AT(env)},
	{"EnvironmentFile", KIND_FILES, AT(env_files)},
	{"EnvironmentHost", KIND_BOOL, AT(env_host)},
	{"GroupAdd", KIND_LIST, AT(group_add)},
	{"HealthCmd", KIND_TEXT, AT(health.cmd)},
	{"HealthInterval", KIND_TEXT, AT(health.interval)},
	{"HealthOnFailure", KIND_TEXT, AT(health.on_failure)},
	{"HealthRetries", KIND_TEXT, AT(health.retries)},
	{"HealthStartPeriod", KIND_TEXT, AT(health.start_period)},
	{"HealthStartupCmd", KIND_TEXT, AT(health.startup_cmd)},
	{"HealthStartupInterval", KIND_TEXT, AT(health.startup_interval)},
	{"HealthStartupRetries", KIND_TEXT, AT(health.startup_retries)},
	{"HealthStartupSuccess", KIND_TEXT, AT(health.startup_success)},
	{"HealthStartupTimeout", KIND_TEXT, AT(health.startup_timeout)},
	{"HealthTimeout", KIND_TEXT, AT(health.timeout)},
	{"HttpProxy", KIND_BOOL, AT(http_proxy)},
	{"IP", KIND_TEXT, AT(ip)},
	{"IP6", KIND_TEXT, AT(ip6)},
	{"Label", KIND_LIST, AT(labels)},
	{"Memory", KIND_TEXT, AT(memory)},
	{"Network", KIND_LIST, AT(networks)},
	{"NetworkAlias", KIND_LIST, AT(network_aliases)},
	{"PidsLimit", KIND_TEXT, AT(pids_limit)},
	{"PublishPort", KIND_LIST, AT(publish)},
	{"ReadOnly", KIND_BOOL, AT(read_only)},
	{"ReadOnlyTmpfs", KIND_BOOL, AT(read_only_tmpfs)},
	{"Rootfs", KIND_TEXT, AT(rootfs)},
	{"ShmSize", KIND_TEXT, AT(shm_size)},
	{"StopSignal", KIND_TEXT, AT(stop_signal)},
	{"Sysctl", KIND_LIST, AT(sysctls)},
	{"Timezone", KIND_TEXT, AT(timezone)},
	{"Tmpfs", KIND_LIST, AT(tmpfs)},
	{"Ulimit", KIND_LIST, AT(ulimits)},
	{"UserNS", KIND_TEXT, AT(userns)},
	{"WorkingDir", KIND_TEXT, AT(working_dir)},
};

/* A path as it is written in the definition, made absolute. NULL: out of memory. */
static char *beside(const struct app *app, const char *path)
{
	size_t n = (size_t)(path_basename(app->path) - app->path);

	return *path == '/' ? strdup(path) : text_format("%.*s%s", (int)n, app->path, path);
}

static int take_list(const struct app *app, const char *key, char ***list)
{
	const char *v;

	for (size_t i = 0; (v = app_next(app, "Container", key, &i));)
		if (strv_take(list, strdup(v)) < 0)
			return log_oom();
	return 0;
}

/* "-" before a file: only if there is one. */
static int take_files(const struct app *app, const char *key, char ***list)
{
	const char *v;

	for (size_t i = 0; (v = app_next(app, "Container", key, &i));) {
		bool optional = *v == '-';
		auto_free char *path = beside(app, v + optional);

		if (!path)
			return log_oom();
		if (optional && fs_is_absent(AT_FDCWD, path))
			continue;
		if (strv_take(list, TAKE_PTR(path)) < 0)
			return log_oom();
	}
	return 0;
}

static int take_bool(const struct app *app, const char *key, bool *ret)
{
	const char *v = app_get(app, key);

	if (v && parse_bool(v, ret) < 0)
		return app_refuse(app, key, v, "not a boolean");
	return 0;
}

static int take_key(const struct app *app, size_t row, struct request *q)
{
	const char *key = keys[row].key;
	void *member = (char *)q + keys[row].offset;

	switch (keys[row].kind) {
	case KIND_TEXT:
		return spec_copy_text(app_get(app, key), member);
	case KIND_BOOL:
		return take_bool(app, key, member);
	case KIND_LIST:
		return take_list(app, key, member);
	case KIND_FILES:
		return take_files(app, key, member);
	}
	return -EINVAL;
}

/* ---- keys that take more ---- */

static int take_name(const struct app *app, struct request *q)
{
	const char *hostname = app_get(app, "HostName");

	if (!hostname)
		hostname = app_get(app, "ContainerName");
	if (spec_copy_text(app->name, &q->name) < 0)
		return -ENOMEM;
	return spec_copy_text(hostname, &q->hostname);
}

int image_from_app(const struct app *app, char **ret)
{
	const char *image = app_get(app, "Image");

	*ret = NULL;
	if (!image || app_get(app, "Rootfs"))
		return 0;
	*ret = *image == '.' ? beside(app, image) : strdup(image);
	return *ret ? 0 : log_oom();
}

static int take_image(const struct app *app, struct request *q)
{
	return image_from_app(app, &q->image);
}

static int split(const struct app *app, const char *key, char ***words)
{
	const char *text = app_get(app, key), *why = NULL;
	int r = streq(key, "Entrypoint") ? quote_split_command(text, words, &why)
					 : quote_split(text, words, &why);

	if (r == 0)
		return 0;
	return why ? app_refuse(app, key, text, why) : log_oom();
}

static int take_command(const struct app *app, struct request *q)
{
	int r = app_get(app, "Exec") ? split(app, "Exec", &q->command) : 0;

	if (r < 0 || !app_get(app, "Entrypoint"))
		return r;
	r = split(app, "Entrypoint", &q->entrypoint);
	if (r == 0 && strv_len(q->entrypoint) == 0 && strv_add(&q->entrypoint, "") < 0)
		return log_oom();
	return r;
}

static int take_user(const struct app *app, struct request *q)
{
	const char *user = app_get(app, "User"), *group = app_get(app, "Group");

	if (!group)
		return spec_copy_text(user, &q->user);
	q->user = text_format("%s:%s", user ? user : "", group);
	return q->user ? 0 : log_oom();
}

/* "-" before a device: only if there is one. */
static int take_devices(const struct app *app, struct request *q)
{
	const char *v;

	for (size_t i = 0; (v = app_next(app, "Container", "AddDevice", &i));) {
		bool optional = *v == '-';
		auto_free char *source = NULL;

		v += optional;
		source = strndup(v, strcspn(v, ":"));
		if (!source)
			return log_oom();
		if (optional && fs_is_absent(AT_FDCWD, source))
			continue;
		if (strv_add(&q->devices, v) < 0)
			return log_oom();
	}
	return 0;
}

/* The source of a mount: NAME.volume is the volume NAME, "./x" lies beside the definition. */
static int add_source(const struct app *app, struct buf *out, const char *source, size_t n)
{
	auto_free char *copy = strndup(source, n);
	auto_free char *path = NULL;

	if (!copy)
		return -ENOMEM;
	if (*copy != '/' && *copy != '.' && endswith(copy, ".volume"))
		copy[n - strlen(".volume")] = '\0';
	path = *copy == '.' ? beside(app, copy) : strdup(copy);
	buf_str(out, path ? path : "");
	return path ? 0 : -ENOMEM;
}

static int take_volumes(const struct app *app, struct request *q)
{
	const char *v;

	for (size_t i = 0; (v = app_next(app, "Container", "Volume", &i));) {
		size_t n = strcspn(v, ":");
		auto_buf text = {0};

		if ((v[n] && add_source(app, &text, v, n) < 0))
			return log_oom();
		buf_str(&text, v[n] ? v + n : v);
		if (strv_take(&q->volumes, buf_take(&text)) < 0)
			return log_oom();
	}
	return 0;
}

static int add_mount(const struct app *app, struct request *q, const char *v)
{
	auto_buf text = {0};

	while (*v) {
		size_t n = strcspn(v, ",");
		size_t name = startswith(v, "source=") ? strlen("source=")
			      : startswith(v, "src=")  ? strlen("src=")
						       : n;

		buf_add(&text, v, name);
		if (name < n && add_source(app, &text, v + name, n - name) < 0)
			return log_oom();
		v += n;
		if (*v == ',')
			buf_char(&text, *v++);
	}
	return strv_take(&q->mounts, buf_take(&text)) < 0 ? log_oom() : 0;
}

static int take_mounts(const struct app *app, struct request *q)
{
	const char *v;
	int r = 0;

	for (size_t i = 0; r == 0 && (v = app_next(app, "Container", "Mount", &i));)
		r = add_mount(app, q, v);
	return r;
}

static int add_security(struct request *q, const char *name, const char *value)
{
	return strv_take(&q->security_opt, text_format("%s=%s", name, value)) < 0 ? log_oom() : 0;
}

static int take_security(const struct app *app, struct request *q)
{
	const char *profile = app_get(app, "SeccompProfile"), *v;
	bool named = profile && (streq(profile, "unconfined") || streq(profile, "builtin"));
	auto_free char *path = NULL;
	int r = 0;

	if (profile) {
		path = named ? strdup(profile) : beside(app, profile);
		r = path ? add_security(q, "seccomp", path) : log_oom();
	}
	v = app_get(app, "NoNewPrivileges");
	if (r == 0 && v)
		r = add_security(q, "no-new-privileges", v);
	v = app_get(app, "AppArmor");
	if (r == 0 && v)
		r = add_security(q, "apparmor", v);
	v = app_get(app, "Landlock");
	if (r == 0 && v)
		r = add_security(q, "landlock", v);
	for (size_t i = 0; r == 0 && (v = app_next(app, "Container", "Mask", &i));)
		r = add_security(q, "mask", v);
	for (size_t i = 0; r == 0 && (v = app_next(app, "Container", "Unmask", &i));)
		r = add_security(q, "unmask", v);
	return r;
}

static int take_init(const struct app *app, struct request *q)
{
	const char *mode = app_get(app, "RunInit"), *pids = app_get(app, "PidMode");
	bool on;

	q->host_pid = pids && streq(pids, "host");
	if (!mode || streq(mode, "auto"))
		return 0;
	if (parse_bool(mode, &on) < 0)
		return app_refuse(app, "RunInit", mode, "not a boolean or auto");
	q->init = on ? INIT_YES : INIT_NO;
	return 0;
}

static int fill_request(const struct app *app, struct request *q)
{
	static int (*const takers[])(const struct app *app, struct request *q) = {
		take_name,    take_image,  take_command,  take_user, take_devices,
		take_volumes, take_mounts, take_security, take_init,
	};
	int r = 0;

	q->read_only_tmpfs = true;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(keys); i++)
		r = take_key(app, i, q);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(takers); i++)
		r = takers[i](app, q);
	return r;
}

int request_from_app(const struct app *app, const struct network_defaults *defaults,
		     struct request *ret)
{
	CLEANUP(request_done)
	struct request q = {.app = app, .defaults = defaults};
	int r = fill_request(app, &q);

	if (r < 0)
		return r;
	*ret = q;
	q = (struct request){0};
	return 0;
}

/* ---- what makes it a service ---- */

/* Nobody would say that it is ready, or feed its watchdog. */
static int need_health_check(const struct spec *spec, const struct app *app, const char *key)
{
	if (health_is_checked(spec))
		return 0;
	return app_refuse(app, key, app_get(app, key),
			  "there is no health check: neither HealthCmd= nor the image has one");
}

static int set_notify(struct spec *spec, const struct app *app)
{
	const char *v = app_get(app, "Notify");
	bool on = false;

	if (v && streq(v, "healthy")) {
		spec->notify = NOTIFY_HEALTHY;
		return need_health_check(spec, app, "Notify");
	}
	if (take_bool(app, "Notify", &on) < 0)
		return -EINVAL;
	spec->notify = on ? NOTIFY_YES : NOTIFY_NO;
	return 0;
}

static int add_secret(struct spec *spec, const struct app *app, const char *text)
{
	struct secret_spec *grown;
	const char *why = NULL;
	int r;

	grown = reallocarray(spec->secrets, spec->n_secrets + 1, sizeof(*grown));
	if (!grown)
		return log_oom();
	spec->secrets = grown;
	r = secret_parse(text, &grown[spec->n_secrets], &why);
	if (r == -ENOMEM)
		return log_oom();
	if (r < 0)
		return app_refuse(app, "Secret", text, why);
	spec->n_secrets++;
	return 0;
}

static int set_secrets(struct spec *spec, const struct app *app)
{
	const char *v;
	int r = 0;

	for (size_t i = 0; r == 0 && (v = app_next(app, "Container", "Secret", &i));)
		r = add_secret(spec, app, v);
	return r;
}

/* Limits are the unit's, and so are standard input and output. */
int spec_make_service(struct spec *spec, const char *unit)
{
	spec->memory_bytes = spec->cpu_usec_per_sec = 0;
	spec->tasks = UINT64_MAX;
	spec->tasks_asked = spec->limits_asked = false;
	spec->interactive = true;
	return spec_copy_text(unit, &spec->unit);
}

int spec_from_app(const struct app *app, const char *unit, const struct network_defaults *defaults,
		  const struct image *image, struct spec **ret)
{
	CLEANUP(request_done)
	struct request q = {0};
	auto_spec struct spec *spec = NULL;
	int r;

	r = request_from_app(app, defaults, &q);
	if (r == 0)
		r = spec_from_request(&q, image, &spec);
	if (r == 0)
		r = spec_make_service(spec, unit);
	if (r == 0)
		spec->lasting_ids = true;
	if (r == 0)
		r = set_notify(spec, app);
	if (r == 0 && spec->health.watchdog)
		r = need_health_check(spec, app, "HealthOnFailure");
	if (r == 0)
		r = set_secrets(spec, app);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(spec);
	return 0;
}
