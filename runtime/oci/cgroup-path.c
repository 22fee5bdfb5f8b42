/* SPDX-License-Identifier: MIT */
/* What cgroupsPath means to either manager: texts only. */
#include <errno.h>
#include <string.h>

#include "cgroup-parts.h"
#include "lib/cleanup.h"
#include "lib/path.h"

#define DEFAULT_SLICE "system.slice"
#define DEFAULT_PREFIX "nap"

/* Beside our own, not below it: a cgroup that holds processes (us) hands no controllers down. */
static size_t parent_len(const char *own, size_t top)
{
	const char *slash = strrchr(own, '/');

	return slash && (size_t)(slash - own) > top ? (size_t)(slash - own) : top;
}

int cgroup_path_dir(const char *top, const char *path, const char *id, const char *own, char **ret)
{
	auto_free char *rooted = NULL, *clean = NULL;
	const char *name = path && *path ? path : id;
	size_t n = strlen(top), parent = *name == '/' ? n : parent_len(own, n);
	char *dir;
	int r;

	/* ".." leads to the top of the hierarchy at most, and below our parent at least */
	rooted = text_format("/%s", name);
	r = rooted ? path_normalize(rooted, &clean) : -ENOMEM;
	if (r < 0)
		return r;
	if (streq(clean, "/"))
		return -EINVAL;
	dir = text_format("%.*s%s", (int)parent, *name == '/' ? top : own, clean);
	if (!dir)
		return -ENOMEM;
	*ret = dir;
	return 0;
}

/* Units are named by letters, digits and these: nothing of a path gets through. */
static bool is_unit_text(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.-\\@",
			    s[i]))
			return false;
	return true;
}

static char *unit_name(const char *prefix, size_t n, const char *name)
{
	if (endswith(name, ".slice") || endswith(name, ".scope"))
		return text_format("%s", name);
	return n ? text_format("%.*s-%s.scope", (int)n, prefix, name)
		 : text_format("%s.scope", name);
}

int cgroup_path_scope(const char *path, const char *id, char **ret_slice, char **ret_unit)
{
	const char *prefix, *name, *text = path && *path ? path : NULL;
	auto_free char *slice = NULL, *unit = NULL;
	size_t n;

	if (!text) {
		slice = text_format(DEFAULT_SLICE);
		unit = text_format(DEFAULT_PREFIX "-%s.scope", id);
	} else {
		n = strcspn(text, ":");
		prefix = text[n] ? text + n + 1 : NULL;
		name = prefix ? strchr(prefix, ':') : NULL;
		if (!name || !name[1] || strchr(name + 1, ':') || !is_unit_text(text, strlen(text)))
			return -EINVAL;
		slice = n ? text_format("%.*s", (int)n, text) : text_format(DEFAULT_SLICE);
		unit = unit_name(prefix, (size_t)(name - prefix), name + 1);
	}
	if (!slice || !unit)
		return -ENOMEM;
	if (!endswith(slice, ".slice") || !endswith(unit, ".scope"))
		return -EINVAL;
	*ret_slice = TAKE_PTR(slice);
	*ret_unit = TAKE_PTR(unit);
	return 0;
}
