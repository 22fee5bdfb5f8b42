/* SPDX-License-Identifier: MIT */
/* systemd's extract-word with its strictest flags, and its opposite. */
#include "quote.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "strv.h"
#include "text.h"

#define BLANKS " \t\n\r"

static const struct {
	char letter, meaning;
} escapes[] = {
	{'a', '\a'}, {'b', '\b'}, {'f', '\f'},	{'n', '\n'}, {'r', '\r'},  {'t', '\t'},
	{'v', '\v'}, {'s', ' '},  {'\\', '\\'}, {'"', '"'},  {'\'', '\''},
};

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* Exactly n digits of a base at *s, which is moved past them. */
static int take_digits(const char **s, int n, int base, uint32_t *ret)
{
	uint32_t v = 0;

	for (; n > 0; n--, (*s)++) {
		int d = digit_value(**s);

		if (d >= base)
			return -EINVAL;
		v = v * (uint32_t)base + (uint32_t)d;
	}
	*ret = v;
	return 0;
}

static int add_code_point(struct buf *out, uint32_t cp)
{
	char utf8[4];
	size_t n;

	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return -EINVAL;
	if (cp < 0x80) {
		utf8[0] = (char)cp;
		n = 1;
	} else if (cp < 0x800) {
		utf8[0] = (char)(0xc0 | cp >> 6);
		utf8[1] = (char)(0x80 | (cp & 0x3f));
		n = 2;
	} else if (cp < 0x10000) {
		utf8[0] = (char)(0xe0 | cp >> 12);
		utf8[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		utf8[2] = (char)(0x80 | (cp & 0x3f));
		n = 3;
	} else {
		utf8[0] = (char)(0xf0 | cp >> 18);
		utf8[1] = (char)(0x80 | (cp >> 12 & 0x3f));
		utf8[2] = (char)(0x80 | (cp >> 6 & 0x3f));
		utf8[3] = (char)(0x80 | (cp & 0x3f));
		n = 4;
	}
	buf_add(out, utf8, n);
	return 0;
}

/* The escape at *s, behind its backslash; *s is moved past it. */
static int take_escape(const char **s, struct buf *out)
{
	uint32_t v = 0;
	char c = **s;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(escapes); i++) {
		if (escapes[i].letter != c)
			continue;
		buf_char(out, escapes[i].meaning);
		(*s)++;
		return 0;
	}
	if (c == 'x' || c == 'u' || c == 'U') {
		(*s)++;
		r = take_digits(s, c == 'x' ? 2 : c == 'u' ? 4 : 8, 16, &v);
	} else {
		r = take_digits(s, 3, 8, &v);
	}
	if (r < 0 || v == 0)
		return -EINVAL;
	if (c == 'u' || c == 'U')
		return add_code_point(out, v);
	if (v > 0xff)
		return -EINVAL;
	buf_char(out, (char)v);
	return 0;
}

/* The word at *s, which is moved to the blank behind it or the end. */
static int take_word(const char **s, struct buf *out, const char **ret_why)
{
	char quote = '\0';

	for (; **s && (quote || !strchr(BLANKS, **s));) {
		char c = *(*s)++;

		if (c == '\\') {
			if (take_escape(s, out) == 0)
				continue;
			*ret_why = "an unknown escape follows the backslash";
			return -EINVAL;
		}
		if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? '\0' : c;
		else
			buf_char(out, c);
	}
	if (quote) {
		*ret_why = "the quote is not closed";
		return -EINVAL;
	}
	return 0;
}

/* Hand the vector over as the end of *words. */
static int append(char ***words, char ***more)
{
	char **end;
	size_t n = strv_len(*more);

	if (strv_room(words, n, &end) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		end[i] = TAKE_PTR((*more)[i]);
		end[i + 1] = NULL;
	}
	return 0;
}

int quote_split(const char *text, char ***words, const char **ret_why)
{
	auto_strv char **split = NULL;

	for (text += strspn(text, BLANKS); *text; text += strspn(text, BLANKS)) {
		auto_buf word = {0};
		int r = take_word(&text, &word, ret_why);

		if (r < 0)
			return r;
		if (strv_take(&split, buf_take(&word)) < 0)
			return -ENOMEM;
	}
	return append(words, &split);
}

static int split_json(const char *text, char ***words, const char **ret_why)
{
	auto_strv char **split = NULL;
	auto_json json_t *list = NULL;
	char why[160];
	json_t *item;
	size_t i;
	int r;

	r = json_parse(text, strlen(text), why, &list);
	if (r == -ENOMEM)
		return r;
	if (r < 0 || !json_is_array(list)) {
		*ret_why = "not a JSON list";
		return -EINVAL;
	}
	json_array_foreach (list, i, item) {
		if (!json_is_string(item)) {
			*ret_why = "not a JSON list of strings";
			return -EINVAL;
		}
		if (strv_add(&split, json_string_value(item)) < 0)
			return -ENOMEM;
	}
	return append(words, &split);
}

int quote_split_command(const char *text, char ***words, const char **ret_why)
{
	text += strspn(text, BLANKS);
	return *text == '[' ? split_json(text, words, ret_why) : quote_split(text, words, ret_why);
}

/* Bytes that mean themselves at every place of a unit file's line. */
static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("_@%$+=:,./-", c));
}

static void add_escaped(struct buf *out, char c)
{
	if (c == '\n')
		buf_str(out, "\\n");
	else if (c == '\t')
		buf_str(out, "\\t");
	else if (c == '"' || c == '\\')
		buf_fmt(out, "\\%c", c);
	else if ((unsigned char)c < 0x20 || c == 0x7f)
		buf_fmt(out, "\\x%02x", (unsigned char)c);
	else
		buf_char(out, c);
}

void quote_add(struct buf *out, const char *word)
{
	size_t plain = 0;

	while (is_plain(word[plain]))
		plain++;
	if (out->len > 0 && !strchr(BLANKS, out->data[out->len - 1]))
		buf_char(out, ' ');
	if (plain > 0 && !word[plain]) {
		buf_str(out, word);
		return;
	}
	buf_char(out, '"');
	for (; *word; word++)
		add_escaped(out, *word);
	buf_char(out, '"');
}
