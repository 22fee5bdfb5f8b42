/* SPDX-License-Identifier: MIT */
/* Members of a profile, and what is said of those that are wrong. */
#include "seccomp-reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/log.h"

int seccomp_bad(const struct seccomp_reader *rd, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!rd->syscall)
		return log_refuse(-EINVAL, "seccomp profile %s: %s", rd->name, text);
	return log_refuse(-EINVAL, "seccomp profile %s: syscalls[%zu] (%s): %s", rd->name,
			  rd->index, rd->syscall, text);
}

int seccomp_get_string(const struct seccomp_reader *rd, const json_t *obj, const char *key,
		       const char **ret)
{
	int r = json_get_string(obj, key, ret);

	return r < 0 ? seccomp_bad(rd, "\"%s\": not a string", key) : r;
}

int seccomp_get_array(const struct seccomp_reader *rd, const json_t *obj, const char *key,
		      json_t **ret)
{
	int r = json_get_array(obj, key, ret);

	return r < 0 ? seccomp_bad(rd, "\"%s\": not a list", key) : r;
}

int seccomp_get_object(const struct seccomp_reader *rd, const json_t *obj, const char *key,
		       json_t **ret)
{
	int r = json_get_object(obj, key, ret);

	return r < 0 ? seccomp_bad(rd, "\"%s\": not an object", key) : r;
}

int seccomp_get_number(const struct seccomp_reader *rd, const json_t *obj, const char *key,
		       int64_t max, uint64_t *ret)
{
	int64_t value = 0;
	int r = json_get_i64(obj, key, &value);

	if (r < 0 || value < 0 || value > max)
		return seccomp_bad(rd, "\"%s\": not a number from 0 to %jd", key, (intmax_t)max);
	if (r > 0)
		*ret = (uint64_t)value;
	return r;
}

int seccomp_check_keys(const struct seccomp_reader *rd, json_t *obj, const char *const *keys)
{
	const char *key;
	json_t *value;

	if (!json_is_object(obj))
		return seccomp_bad(rd, "not an object");
	if (rd->oci)
		return 0; /* "MUST NOT generate an error if they encounter an unknown property" */
	json_object_foreach (obj, key, value) {
		size_t i = 0;

		while (keys[i] && !streq(keys[i], key))
			i++;
		if (!keys[i])
			return seccomp_bad(rd, "unknown key \"%s\"", key);
	}
	return 0;
}
