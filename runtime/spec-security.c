/* SPDX-License-Identifier: MIT */
/* What confines the app: capabilities, no_new_privs, the seccomp profile, what of /proc and /sys is
 * hidden. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "caps.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/path.h"
#include "lib/strv.h"
#include "origin.h"
#include "procfs.h"
#include "spec-parts.h"

/* ---- capabilities ---- */

static int change_caps(const struct request *q, uint64_t ours, uint64_t *mask, char **names,
		       bool add)
{
	STRV_FOREACH (name, names) {
		uint64_t bits;
		int cap;

		if (strcasecmp(*name, "all") == 0)
			bits = ours;
		else if (caps_parse(*name, &cap) == 0)
			bits = UINT64_C(1) << cap;
		else
			return request_refuse(q, add ? "cap-add" : "cap-drop", *name,
					      "no such capability");
		*mask = add ? *mask | bits : *mask & ~bits;
	}
	return 0;
}

/* On a machine that withholds a capability from nap itself, what was asked for by name is told. */
static void limit_caps(struct spec *spec, const struct request *q, uint64_t ours)
{
	uint64_t missing = spec->caps & ~ours;

	STRV_FOREACH (name, q->cap_add) {
		int cap;

		if (caps_parse(*name, &cap) == 0 && missing >> cap & 1)
			log_warn("%s is not ours to give: it is left out", caps_name(cap));
	}
	spec->caps &= ~missing;
}

/* docker: "--cap-add ALL --cap-drop X" is all but X, "--cap-drop ALL --cap-add X" is X alone. */
static int set_caps(struct spec *spec, const struct request *q)
{
	bool drop_all = false;
	uint64_t ours;
	int r;

	r = caps_all(&ours);
	if (r < 0)
		return log_fail(r, "read our own capabilities");
	STRV_FOREACH (name, q->cap_drop)
		drop_all |= strcasecmp(*name, "all") == 0;
	spec->caps = q->privileged ? ours : drop_all ? 0 : caps_default();
	r = change_caps(q, ours, &spec->caps, q->cap_add, true);
	if (r == 0 && !drop_all)
		r = change_caps(q, ours, &spec->caps, q->cap_drop, false);
	if (r == 0)
		limit_caps(spec, q, ours);
	return r;
}

/* ---- what --security-opt says: NAME, NAME=VALUE or NAME:VALUE ---- */

static int set_no_new_privs(struct spec *spec, const struct request *q, const char *value)
{
	if (!*value)
		spec->no_new_privs = true;
	else if (parse_bool(value, &spec->no_new_privs) < 0)
		return request_refuse(q, "security-opt no-new-privileges", value,
				      "not true or false");
	return 0;
}

static int set_landlock(struct spec *spec, const struct request *q, const char *value)
{
	if (parse_bool(value, &spec->landlock) < 0)
		return request_refuse(q, "security-opt landlock", value, "not true or false");
	return 0;
}

static int set_seccomp(struct spec *spec, const struct request *q, const char *value)
{
	if (!*value)
		return request_refuse(q, "security-opt seccomp", value,
				      "must be a file, builtin or unconfined");
	spec->seccomp_unconfined = streq(value, "unconfined");
	free(TAKE_PTR(spec->seccomp_profile));
	if (spec->seccomp_unconfined || streq(value, "builtin"))
		return 0;
	return spec_copy_text(value, &spec->seccomp_profile);
}

static int set_apparmor(struct spec *spec, const struct request *q, const char *value)
{
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return request_refuse(q, "security-opt apparmor", value,
					      "not the name of a profile");
	if (!*value || strlen(value) > 255)
		return request_refuse(q, "security-opt apparmor", value,
				      "not the name of a profile");
	free(TAKE_PTR(spec->apparmor));
	return streq(value, "unconfined") ? 0 : spec_copy_text(value, &spec->apparmor);
}

/* Absolute paths joined by colons, each appended to *list. */
static int take_paths(const struct request *q, const char *option, const char *value, char ***list)
{
	auto_free char *copy = strdup(value);
	char *rest = copy, *word;

	if (!copy)
		return log_oom();
	while ((word = strsep(&rest, ":"))) {
		char *path;
		int r = path_normalize(word, &path);

		if (r == -ENOMEM || (r == 0 && strv_take(list, path) < 0))
			return log_oom();
		if (r < 0 || streq(path, "/"))
			return request_refuse(q, option, value, "not absolute paths below /");
	}
	return 0;
}

static int set_mask(struct spec *spec, const struct request *q, const char *value)
{
	return take_paths(q, "security-opt mask", value, &spec->mask);
}

static int set_unmask(struct spec *spec, const struct request *q, const char *value)
{
	if (strcasecmp(value, "all") == 0) {
		spec->masks = false;
		return 0;
	}
	return take_paths(q, "security-opt unmask", value, &spec->unmask);
}

/* docker's word for unmask=ALL */
static int set_system_paths(struct spec *spec, const struct request *q, const char *value)
{
	if (!streq(value, "unconfined"))
		return request_refuse(q, "security-opt systempaths", value, "must be unconfined");
	spec->masks = false;
	return 0;
}

static const struct {
	const char *name;
	int (*set)(struct spec *spec, const struct request *q, const char *value);
} security_options[] = {
	{"no-new-privileges", set_no_new_privs},
	{"seccomp", set_seccomp},
	{"mask", set_mask},
	{"apparmor", set_apparmor},
	{"landlock", set_landlock},
	{"unmask", set_unmask},
	{"systempaths", set_system_paths},
};

static int set_option(struct spec *spec, const struct request *q, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(security_options); i++) {
		const char *value = startswith(text, security_options[i].name);

		if (value && (!*value || *value == '=' || *value == ':'))
			return security_options[i].set(spec, q, *value ? value + 1 : value);
	}
	return request_refuse(q, "security-opt", text,
			      "must be no-new-privileges[=BOOL], seccomp=FILE, seccomp=unconfined, "
			      "apparmor=PROFILE, landlock=BOOL, mask=PATHS, unmask=PATHS or "
			      "systempaths=unconfined");
}

/* ---- masks ---- */

static bool is_unmasked(const struct spec *spec, const char *path)
{
	STRV_FOREACH (pattern, spec->unmask)
		if (fnmatch(*pattern + 1, path, FNM_PATHNAME) == 0) /* path has no slash in front */
			return true;
	return false;
}

/* Those of paths that are in force. */
static int pick_paths(const struct spec *spec, const char *const *paths, const char ***ret)
{
	size_t n = 0;

	while (paths[n])
		n++;
	*ret = calloc(n + 1, sizeof(**ret));
	if (!*ret)
		return log_oom();
	for (n = 0; spec->masks && *paths; paths++)
		if (!is_unmasked(spec, *paths))
			(*ret)[n++] = *paths;
	return 0;
}

static int set_masks(struct spec *spec)
{
	int r = pick_paths(spec, procfs_masked_dirs, &spec->masked_dirs);

	if (r == 0)
		r = pick_paths(spec, procfs_masked_files, &spec->masked_files);
	return r == 0 ? pick_paths(spec, procfs_read_only, &spec->read_only_paths) : r;
}

int spec_set_security(struct spec *spec, const struct request *q)
{
	int r = 0;

	spec->no_new_privs = spec->masks = spec->landlock = !q->privileged;
	spec->sys_writable = spec->host_devices = spec->seccomp_unconfined = q->privileged;
	STRV_FOREACH (o, q->security_opt)
		if (r == 0)
			r = set_option(spec, q, *o);
	if (r == 0)
		r = set_masks(spec);
	return r == 0 ? set_caps(spec, q) : r;
}
