/* SPDX-License-Identifier: MIT */
/* From the name of an app or container to the systemd unit that it is. */
#include "service.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "runtime/runtime.h"
#include "unitgen/unitgen.h"

char *service_name(const char *unit)
{
	static const char *const prefixes[] = {"app@", "nap-"};
	bool whole = endswith(unit, ".service");
	size_t n = strlen(unit) - (whole ? strlen(".service") : 0);

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		size_t skip = strlen(prefixes[i]);

		/* "nap-1" may well be an app: only "app@" is never the beginning of a name */
		if (n > skip && strncmp(unit, prefixes[i], skip) == 0 && (whole || i == 0))
			return strndup(unit + skip, n - skip);
	}
	return strdup(unit);
}

/* Is there an app file of this name, or of its template? */
static int is_defined(const char *name)
{
	auto_strv char **names = NULL;
	const char *at = strchr(name, '@');
	size_t n = at ? (size_t)(at - name) + 1 : strlen(name);
	int r;

	r = app_names(&names);
	if (r < 0)
		return r;
	STRV_FOREACH (other, names)
		if (strlen(*other) == n && strncmp(*other, name, n) == 0)
			return 1;
	return 0;
}

static int is_running(const struct paths *paths, const char *name)
{
	auto_free char *unit = NULL;
	int r = geteuid() == 0 ? container_service(paths, name, &unit) : -ENOENT;

	return r == 0 ? 1 : r == -ENOENT ? 0 : r;
}

/* The unit of the container whose name is, or begins with, this; NULL: none, or a one-off. */
static int find_running(const struct paths *paths, const char *name, char **ret_unit)
{
	auto_free char *id = NULL;
	char *unit = NULL;
	int r;

	/* what runs is root's to know */
	r = geteuid() == 0 ? container_resolve(paths, name, &id) : -ENOENT;
	if (r == 0)
		r = container_service(paths, id, &unit);
	if (r < 0 && r != -ENOENT && r != -ENOTUNIQ)
		return r;
	*ret_unit = unit;
	return 0;
}

int service_find(const struct paths *paths, const char *name, char **ret_unit)
{
	auto_free char *plain = service_name(name);
	char *unit = NULL;
	int r;

	if (!plain)
		return log_oom();
	if (!app_name_is_valid(plain)) {
		*ret_unit = NULL;
		return 0;
	}
	/* an app is meant before a container whose name only begins so */
	r = is_running(paths, plain);
	if (r < 0)
		return r;
	r = r > 0 ? 0 : is_defined(plain);
	if (r > 0) {
		unit = text_format("app@%s.service", plain);
		if (!unit)
			return log_oom();
	} else if (r == 0) {
		r = find_running(paths, plain, &unit);
	}
	if (r < 0)
		return r;
	*ret_unit = unit;
	return 0;
}

static int no_such_app(const char *name)
{
	(void)log_refuse(-ENOENT, "no such app: %s", name);
	log_hint("what it is goes into /etc/nap/apps/%s.app, see nap.app(5)", name);
	return -ENOENT;
}

int service_unit(const struct paths *paths, const char *name, bool defined, char **ret_unit)
{
	auto_free char *plain = service_name(name);
	auto_free char *unit = NULL;
	int r;

	if (!plain)
		return log_oom();
	r = service_find(paths, name, &unit);
	if (r < 0)
		return r;
	if (!unit) {
		if (!app_name_is_valid(plain))
			return log_refuse(-EINVAL, "\"%s\": not the name of an app", name);
		r = defined ? is_defined(plain) : 1;
		if (r <= 0)
			return r < 0 ? r : no_such_app(plain);
		unit = endswith(name, ".service") ? strdup(name)
						  : text_format("app@%s.service", plain);
		if (!unit)
			return log_oom();
	}
	*ret_unit = TAKE_PTR(unit);
	return 0;
}
