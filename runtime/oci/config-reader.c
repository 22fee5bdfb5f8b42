/* SPDX-License-Identifier: MIT */
/*
 * The machine below the reader of config.json: members by table, simple values, lists, and
 * messages that name the member by its path. What the members mean is in the other files.
 */
#include "config-reader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"

static int report(const struct oci_reader *rd, const char *fmt, va_list ap)
{
	char text[512];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	return log_refuse(-EINVAL, "%s: %s%s%s", rd->file, rd->path, rd->len ? ": " : "", text);
}

int oci_bad(const struct oci_reader *rd, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = report(rd, fmt, ap);
	va_end(ap);
	return r;
}

int oci_bad_member(struct oci_reader *rd, const char *name, const char *fmt, ...)
{
	size_t len = oci_enter(rd, name);
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = report(rd, fmt, ap);
	va_end(ap);
	oci_leave(rd, len);
	return r;
}

/* A path that is too long for its place is cut: it is only for people. */
static size_t descend(struct oci_reader *rd, const char *text)
{
	size_t len = rd->len;

	(void)snprintf(rd->path + len, sizeof(rd->path) - len, "%s", text);
	rd->len = strlen(rd->path);
	return len;
}

size_t oci_enter(struct oci_reader *rd, const char *name)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "%s%s", rd->len ? "." : "", name);
	return descend(rd, text);
}

size_t oci_enter_element(struct oci_reader *rd, size_t index)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "[%zu]", index);
	return descend(rd, text);
}

void oci_leave(struct oci_reader *rd, size_t len)
{
	rd->len = len;
	rd->path[len] = '\0';
}

int oci_parse(struct oci_reader *rd, const char *text, size_t len, json_t **ret)
{
	auto_json json_t *j = NULL;
	char why[160];
	int r = json_parse_wide(text, len, why, &j);

	if (r == -ENOMEM)
		return log_oom();
	if (r < 0)
		return oci_bad(rd, "%s", why);
	if (!json_is_object(j))
		return oci_bad(rd, "not an object");
	*ret = TAKE_PTR(j);
	return 0;
}

int oci_parse_file(struct oci_reader *rd, const char *path, json_t **ret)
{
	auto_free char *text = NULL;
	size_t len = 0;
	int r;

	if (streq(path, "-"))
		r = fs_read_fd(STDIN_FILENO, JSON_MAX_BYTES, &text, &len);
	else
		r = fs_read_file(AT_FDCWD, path, JSON_MAX_BYTES, &text, &len);
	if (r < 0)
		return log_fail(r, "read %s", rd->file);
	return oci_parse(rd, text, len, ret);
}

static int read_member(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
		       void *ret)
{
	const json_t *value = json_object_get(j, m->name);
	size_t len = oci_enter(rd, m->name);
	int r = 0;

	if (value && !json_is_null(value))
		r = m->read(rd, value, m, (char *)ret + m->offset);
	else if (m->required)
		r = oci_bad(rd, "missing");
	oci_leave(rd, len);
	return r;
}

/* Go's readers would take "Args" for "args": then two runtimes see two different documents. */
static void warn_of_case(const struct oci_reader *rd, const json_t *j,
			 const struct oci_member *table)
{
	for (void *it = json_object_iter((json_t *)j); it;
	     it = json_object_iter_next((json_t *)j, it)) {
		const char *key = json_object_iter_key(it);

		for (const struct oci_member *m = table; m->name; m++)
			if (strcasecmp(m->name, key) == 0 && !streq(m->name, key))
				log_warn("%s: %s%s%s: ignored, it is not \"%s\"", rd->file,
					 rd->path, rd->len ? "." : "", key, m->name);
	}
}

int oci_read_members(struct oci_reader *rd, const json_t *j, const struct oci_member *table,
		     void *ret)
{
	int r = 0;

	if (!json_is_object(j))
		return oci_bad(rd, "not an object");
	warn_of_case(rd, j, table);
	for (const struct oci_member *m = table; r >= 0 && m->name; m++)
		r = read_member(rd, j, m, ret);
	return r;
}

int oci_read_object(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	return oci_read_members(rd, j, m->arg, ret);
}

int oci_allocate(size_t n, size_t size, void **ret)
{
	void *p;

	if (n == 0)
		return 0;
	p = calloc(n, size);
	if (!p)
		return log_oom();
	free(*ret);
	*ret = p;
	return 0;
}

/* What a failure leaves is released with the rest: so each is counted before it is read. */
static int read_element(struct oci_reader *rd, const json_t *j, const struct oci_list *list,
			void *element)
{
	int r = oci_read_members(rd, j, list->table, element);

	return r >= 0 && list->check ? list->check(rd, element) : r;
}

static int allocate_elements(const struct oci_list *list, size_t n, void *ret)
{
	int r = oci_allocate(n, list->size, ret);

	if (r == 0 && n > 0)
		*(size_t *)((char *)ret + list->n) = 0;
	return r;
}

static void *next_element(const struct oci_list *list, void *ret)
{
	size_t *n = (size_t *)((char *)ret + list->n);
	char *elements = *(void **)ret, *element = elements + (*n)++ * list->size;

	if (list->initial)
		memcpy(element, list->initial, list->size);
	return element;
}

int oci_read_list(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	const struct oci_list *list = m->arg;
	int r;

	if (!json_is_array(j))
		return oci_bad(rd, "not a list");
	r = allocate_elements(list, json_array_size(j), ret);
	for (size_t i = 0; r >= 0 && i < json_array_size(j); i++) {
		size_t len = oci_enter_element(rd, i);

		r = read_element(rd, json_array_get(j, i), list, next_element(list, ret));
		oci_leave(rd, len);
	}
	return r;
}

int oci_read_named(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	const struct oci_list *list = m->arg;
	int r;

	if (!json_is_object(j))
		return oci_bad(rd, "not an object");
	r = allocate_elements(list, json_object_size(j), ret);
	for (void *it = json_object_iter((json_t *)j); r >= 0 && it;
	     it = json_object_iter_next((json_t *)j, it)) {
		const char *key = json_object_iter_key(it);
		size_t len = oci_enter(rd, key);
		char **element = next_element(list, ret);

		*element = strdup(key);
		r = *element ? read_element(rd, json_object_iter_value(it), list, element)
			     : log_oom();
		oci_leave(rd, len);
	}
	return r;
}

/* A string that is not a number that jansson does not have. */
static int get_string(struct oci_reader *rd, const json_t *j, const char **ret)
{
	if (!json_is_string(j) || json_is_wide(j, NULL))
		return oci_bad(rd, "not a string");
	*ret = json_string_value(j);
	return 0;
}

int oci_read_string(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	const char *s = "";
	int r = get_string(rd, j, &s);

	if (r < 0)
		return r;
	if (!*s)
		return m->required ? oci_bad(rd, "empty") : 0;
	return text_set(ret, s) < 0 ? log_oom() : 0;
}

int oci_read_path(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	const char *s = "";
	int r = get_string(rd, j, &s);

	if (r < 0)
		return r;
	if (!*s && !m->required)
		return 0;
	if (*s != '/')
		return oci_bad(rd, "\"%s\": not an absolute path", s);
	if (strlen(s) >= PATH_MAX)
		return oci_bad(rd, "longer than %d bytes", PATH_MAX - 1);
	return text_set(ret, s) < 0 ? log_oom() : 0;
}

int oci_read_host_path(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
		       void *ret)
{
	const char *s = "";
	char *path;
	int r = get_string(rd, j, &s);

	if (r < 0)
		return r;
	if (!*s)
		return m->required ? oci_bad(rd, "empty") : 0;
	path = *s == '/' ? strdup(s) : text_format("%s/%s", rd->bundle, s);
	if (!path)
		return log_oom();
	free(*(char **)ret);
	*(char **)ret = path;
	return 0;
}

static int read_strings(struct oci_reader *rd, const json_t *j, bool paths, char ***ret)
{
	char **end;
	int r = 0;

	if (!json_is_array(j))
		return oci_bad(rd, "not a list");
	if (strv_room(ret, json_array_size(j), &end) < 0)
		return log_oom();
	for (size_t i = 0; r >= 0 && i < json_array_size(j); i++) {
		size_t len = oci_enter_element(rd, i);
		const char *s = "";

		r = get_string(rd, json_array_get(j, i), &s);
		if (r >= 0 && paths && *s != '/')
			r = oci_bad(rd, "\"%s\": not an absolute path", s);
		oci_leave(rd, len);
		if (r < 0)
			return r;
		*end = strdup(s);
		if (!*end++)
			return log_oom();
		*end = NULL;
	}
	return r;
}

int oci_read_strings(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	(void)m;
	return read_strings(rd, j, false, ret);
}

int oci_read_paths(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	(void)m;
	return read_strings(rd, j, true, ret);
}

int oci_read_map(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	char **end;
	int r = 0;

	(void)m;
	if (!json_is_object(j))
		return oci_bad(rd, "not an object");
	if (strv_room(ret, json_object_size(j), &end) < 0)
		return log_oom();
	for (void *it = json_object_iter((json_t *)j); it;
	     it = json_object_iter_next((json_t *)j, it)) {
		const char *key = json_object_iter_key(it), *value = "";
		size_t len = oci_enter(rd, key);

		r = *key ? get_string(rd, json_object_iter_value(it), &value)
			 : oci_bad(rd, "a name is empty");
		oci_leave(rd, len);
		if (r < 0)
			return r;
		*end = text_format("%s=%s", key, value);
		if (!*end++)
			return log_oom();
		*end = NULL;
	}
	return 0;
}

int oci_read_bool(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	(void)m;
	if (!json_is_boolean(j))
		return oci_bad(rd, "not true or false");
	*(bool *)ret = json_is_true(j);
	return 0;
}

/* A number of the range of the row, or else of the type. */
static int get_integer(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
		       int64_t min, int64_t max, int64_t *ret)
{
	int64_t value;

	if (m->min || m->max) {
		min = m->min;
		max = m->max;
	}
	if (!json_is_integer(j) && !json_is_wide(j, NULL))
		return oci_bad(rd, "not a whole number");
	value = json_integer_value(j);
	if (json_is_wide(j, NULL) || value < min || value > max)
		return oci_bad(rd, "not a number from %jd to %jd", (intmax_t)min, (intmax_t)max);
	*ret = value;
	return 0;
}

int oci_read_u32(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	int64_t value;
	int r = get_integer(rd, j, m, 0, UINT32_MAX, &value);

	if (r >= 0)
		*(uint32_t *)ret = (uint32_t)value;
	return r;
}

int oci_read_int(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	int64_t value;
	int r = get_integer(rd, j, m, INT_MIN, INT_MAX, &value);

	if (r >= 0)
		*(int *)ret = (int)value;
	return r;
}

int oci_read_i64(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	return get_integer(rd, j, m, INT64_MIN, INT64_MAX, ret);
}

int oci_read_u64(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	int64_t value;
	int r;

	if (json_is_wide(j, ret))
		return 0;
	r = get_integer(rd, j, m, 0, INT64_MAX, &value);
	if (r >= 0)
		*(uint64_t *)ret = (uint64_t)value;
	return r;
}

int oci_read_number(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	struct oci_number number = {.given = true, .value = json_is_true(j)};
	int r = 0;

	if (!json_is_boolean(j))
		r = get_integer(rd, j, m, INT64_MIN, INT64_MAX, &number.value);
	if (r >= 0)
		*(struct oci_number *)ret = number;
	return r;
}

const struct oci_name *oci_find_name(const struct oci_name *names, const char *name)
{
	for (; names->name; names++)
		if (streq(names->name, name))
			return names;
	return NULL;
}

int oci_read_name(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	const struct oci_name *found;
	const char *s = "";
	int r = get_string(rd, j, &s);

	if (r < 0 || (!*s && !m->required))
		return r;
	found = oci_find_name(m->arg, s);
	if (!found)
		return oci_bad(rd, "\"%s\": unknown", s);
	*(uint64_t *)ret = found->value;
	return 0;
}

int oci_read_name32(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	uint64_t value = *(uint32_t *)ret;
	int r = oci_read_name(rd, j, m, &value);

	*(uint32_t *)ret = (uint32_t)value;
	return r;
}

int oci_read_flags(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	uint64_t flags = 0, one = 0;
	int r = 0;

	if (!json_is_array(j))
		return oci_bad(rd, "not a list");
	for (size_t i = 0; r >= 0 && i < json_array_size(j); i++) {
		size_t len = oci_enter_element(rd, i);

		r = oci_read_name(rd, json_array_get(j, i), m, &one);
		oci_leave(rd, len);
		flags |= one;
	}
	if (r >= 0)
		*(uint64_t *)ret = flags;
	return r;
}
