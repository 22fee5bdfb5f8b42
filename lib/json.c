/* SPDX-License-Identifier: MIT */
/* The one strict reader, and a writer that appends to a buffer. Leans on jansson. */
#include "json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"
#include "parse.h"
#include "strv.h"

/* jansson's own limit is 2048 levels; a recursive reader of ours must not meet such a document.
 * Arrays and objects are levels, the outermost is the first. */
static bool too_deep(const json_t *j, unsigned depth)
{
	if (depth > JSON_MAX_DEPTH)
		return json_is_array(j) || json_is_object(j);
	if (json_is_array(j)) {
		for (size_t i = 0; i < json_array_size(j); i++)
			if (too_deep(json_array_get(j, i), depth + 1))
				return true;
	} else if (json_is_object(j)) {
		for (void *it = json_object_iter((json_t *)j); it;
		     it = json_object_iter_next((json_t *)j, it))
			if (too_deep(json_object_iter_value(it), depth + 1))
				return true;
	}
	return false;
}

/*
 * Every value costs jansson up to 250 bytes, "[]," of three, so 4 MiB of text could become 300 MiB.
 * There is a value for each comma and bracket outside of strings; what is no JSON may count wrong.
 */
static bool too_many(const char *text, size_t len)
{
	bool quoted = false;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '"')
			quoted = !quoted;
		else if (quoted)
			i += c == '\\';
		else
			n += c == ',' || c == '[' || c == '{';
	}
	return n > JSON_MAX_VALUES;
}

int json_parse(const char *text, size_t len, char why[static 160], json_t **ret)
{
	auto_json json_t *j = NULL;
	json_error_t error;

	if (too_many(text, len)) {
		(void)snprintf(why, 160, "more than %u values", JSON_MAX_VALUES);
		return -EBADMSG;
	}
	j = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (!j) {
		if (json_error_code(&error) == json_error_out_of_memory)
			return -ENOMEM;
		(void)snprintf(why, 160, "line %d: %.120s", error.line, error.text);
		return -EBADMSG;
	}
	if (too_deep(j, 1)) {
		(void)snprintf(why, 160, "nested more than %d levels deep", JSON_MAX_DEPTH);
		return -EBADMSG;
	}
	*ret = TAKE_PTR(j);
	return 0;
}

/* What a number that jansson does not have becomes: a string that no person would write. */
#define WIDE_MARK '\x01'
#define WIDE_TEXT "\"\\u0001%.*s\""

/* Length of the integer at s if it is one of those, else 0. */
static size_t wide_digits(const char *s, size_t left)
{
	char digits[24];
	uint64_t value;
	size_t n = 0;

	while (n < left && n < sizeof(digits) - 1 && s[n] >= '0' && s[n] <= '9')
		n++;
	if (n < 19 || n > 20 || (n < left && strchr(".eE", s[n])))
		return 0;
	memcpy(digits, s, n);
	digits[n] = '\0';
	return parse_u64(digits, 1ULL << 63, UINT64_MAX, &value) == 0 ? n : 0;
}

/* The text with those numbers as strings; lines stay what they are. */
static void mark_wide(const char *text, size_t len, struct buf *out)
{
	bool quoted = false;
	char before = 0; /* the character before, if it may be part of a number */

	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		size_t n = 0;

		if (!quoted && !before && c >= '1' && c <= '9')
			n = wide_digits(text + i, len - i);
		if (n > 0) {
			buf_fmt(out, WIDE_TEXT, (int)n, text + i);
			i += n - 1;
			continue;
		}
		buf_char(out, c);
		if (quoted && c == '\\' && i + 1 < len)
			buf_char(out, text[++i]);
		else if (c == '"')
			quoted = !quoted;
		before = c && strchr("-+.0123456789eE", c) ? c : 0;
	}
}

int json_parse_wide(const char *text, size_t len, char why[static 160], json_t **ret)
{
	auto_buf marked = {0};

	mark_wide(text, len, &marked);
	if (marked.error)
		return marked.error;
	return json_parse(marked.data ? marked.data : "", marked.len, why, ret);
}

bool json_is_wide(const json_t *j, uint64_t *ret)
{
	const char *s = json_string_value(j);
	uint64_t value;

	if (!s || s[0] != WIDE_MARK || parse_u64(s + 1, 1ULL << 63, UINT64_MAX, &value) < 0)
		return false;
	if (ret)
		*ret = value;
	return true;
}

/*
 * The member: 1, or 0 when it is missing or null. A key that differs from it in case alone is an
 * error: other readers (all that are written in Go) would take it for this one.
 */
static int member(const json_t *obj, const char *key, json_t **ret)
{
	json_t *j = NULL, *value;
	const char *k;

	json_object_foreach ((json_t *)obj, k, value) {
		if (strcasecmp(k, key) != 0)
			continue;
		if (strcmp(k, key) != 0)
			return -EBADMSG;
		j = value;
	}
	*ret = j;
	return j && !json_is_null(j);
}

int json_get_string(const json_t *obj, const char *key, const char **ret)
{
	json_t *j;
	int r = member(obj, key, &j);

	if (r <= 0)
		return r;
	if (!json_is_string(j))
		return -EBADMSG;
	*ret = json_string_value(j);
	return 1;
}

int json_get_text(const json_t *obj, const char *key, char **ret)
{
	const char *s = NULL;
	int r = json_get_string(obj, key, &s);
	char *copy;

	if (r <= 0)
		return r;
	copy = strdup(s);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 1;
}

int json_get_object(const json_t *obj, const char *key, json_t **ret)
{
	json_t *j;
	int r = member(obj, key, &j);

	if (r <= 0)
		return r;
	if (!json_is_object(j))
		return -EBADMSG;
	*ret = j;
	return 1;
}

int json_get_array(const json_t *obj, const char *key, json_t **ret)
{
	json_t *j;
	int r = member(obj, key, &j);

	if (r <= 0)
		return r;
	if (!json_is_array(j))
		return -EBADMSG;
	*ret = j;
	return 1;
}

int json_get_bool(const json_t *obj, const char *key, bool *ret)
{
	json_t *j;
	int r = member(obj, key, &j);

	if (r <= 0)
		return r;
	if (!json_is_boolean(j))
		return -EBADMSG;
	*ret = json_is_true(j);
	return 1;
}

int json_get_i64(const json_t *obj, const char *key, int64_t *ret)
{
	json_t *j;
	int r = member(obj, key, &j);

	if (r <= 0)
		return r;
	if (!json_is_integer(j))
		return -EBADMSG;
	*ret = json_integer_value(j);
	return 1;
}

int json_get_strv(const json_t *obj, const char *key, char ***ret)
{
	char **end;
	json_t *list;
	int r;

	r = json_get_array(obj, key, &list);
	if (r <= 0)
		return r;
	if (strv_room(ret, json_array_size(list), &end) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (!s)
			return -EBADMSG;
		*end = strdup(s);
		if (!*end++)
			return -ENOMEM;
		*end = NULL;
	}
	return 1;
}

void json_add_string(struct buf *b, const char *s)
{
	size_t left = strlen(s);

	buf_char(b, '"');
	while (left > 0) {
		int len = utf8_decode(s, left, NULL);

		if (len == 0) {
			buf_str(b, "\xef\xbf\xbd");
			len = 1;
		} else if (*s == '"' || *s == '\\') {
			buf_char(b, '\\');
			buf_char(b, *s);
		} else if ((unsigned char)*s < 0x20 || *s == 0x7f) {
			buf_fmt(b, "\\u%04x", (unsigned char)*s);
		} else {
			buf_add(b, s, (size_t)len);
		}
		s += len;
		left -= (size_t)len;
	}
	buf_char(b, '"');
}

static void comma(struct buf *b)
{
	char last = b->len > 0 ? b->data[b->len - 1] : '{';

	if (last != '{' && last != '[' && last != ':')
		buf_char(b, ',');
}

void json_add_key(struct buf *b, const char *key)
{
	comma(b);
	json_add_string(b, key);
	buf_char(b, ':');
}

static void open_with(struct buf *b, const char *key, char bracket)
{
	if (key)
		json_add_key(b, key);
	else
		comma(b);
	buf_char(b, bracket);
}

void json_open_object(struct buf *b, const char *key)
{
	open_with(b, key, '{');
}

void json_open_array(struct buf *b, const char *key)
{
	open_with(b, key, '[');
}

void json_member(struct buf *b, const char *key, const char *value)
{
	if (!value)
		return;
	json_add_key(b, key);
	json_add_string(b, value);
}

void json_member_i64(struct buf *b, const char *key, int64_t value)
{
	json_add_key(b, key);
	buf_fmt(b, "%lld", (long long)value);
}

void json_member_bool(struct buf *b, const char *key, bool value)
{
	json_add_key(b, key);
	buf_str(b, value ? "true" : "false");
}

void json_element(struct buf *b, const char *value)
{
	comma(b);
	json_add_string(b, value);
}

void json_member_strv(struct buf *b, const char *key, char *const *v)
{
	json_add_key(b, key);
	buf_char(b, '[');
	for (; v && *v; v++)
		json_element(b, *v);
	buf_char(b, ']');
}

static int print(const char *document, size_t layout)
{
	auto_json json_t *j = json_loads(document, JSON_REJECT_DUPLICATES, NULL);
	auto_free char *text = NULL;

	/* no limit of depth: what is wrapped here may have been at the limit itself */
	if (!j)
		return -EBADMSG;
	/* in ASCII, so that labels and names of images cannot steer a terminal */
	text = json_dumps(j, layout | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	if (!text)
		return -ENOMEM;
	for (const char *c = text; *c; c++) /* DEL is ASCII as well */
		if (*c == 0x7f)
			(void)fputs("\\u007f", stdout);
		else
			(void)putchar(*c);
	return putchar('\n') == EOF || ferror(stdout) ? -EIO : 0;
}

int json_print(const char *document)
{
	return print(document, JSON_INDENT(2));
}

int json_print_line(const char *document)
{
	return print(document, JSON_COMPACT);
}
