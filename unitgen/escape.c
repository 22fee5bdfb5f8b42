/* SPDX-License-Identifier: MIT */
/*
 * How systemd 252 reads values, where it differs from what one expects: a carriage return ends a
 * line, an assignment that is not UTF-8 is dropped, a backslash at the end continues the line, a
 * lone ";" begins another command, and not every list of words knows backslashes.
 */
#include "escape.h"

#include <string.h>

/* The length of the character at s; 0 if it is a control or not UTF-8. */
static int clean_char(const char *s)
{
	unsigned cp = 0;
	int n = utf8_decode(s, strnlen(s, 4), &cp);

	return n > 0 && cp >= 0x20 && cp != 0x7f ? n : 0;
}

static void add_clean(struct buf *out, const char *text, bool double_percent)
{
	const char *s = text;

	while (*s) {
		int n = clean_char(s);

		if (double_percent && *s == '%')
			buf_char(out, '%');
		if (n > 0)
			buf_add(out, s, (size_t)n);
		else
			buf_char(out, ' ');
		s += n > 0 ? n : 1;
	}
	/* the blank behind the backslash is trimmed */
	if (s > text && s[-1] == '\\')
		buf_char(out, ' ');
}

void escape_line(struct buf *out, const char *text)
{
	add_clean(out, text, false);
}

void escape_value(struct buf *out, const char *text)
{
	add_clean(out, text, true);
}

static bool is_plain(const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				"_@+=:,./-");

	return n > 0 && !word[n];
}

void escape_word(struct buf *out, const char *word)
{
	if (is_plain(word)) {
		buf_str(out, word);
		return;
	}
	buf_char(out, '"');
	while (*word) {
		int n = clean_char(word);

		if (n == 0)
			buf_fmt(out, "\\x%02x", (unsigned char)*word);
		else if (*word == '%' || *word == '$')
			buf_fmt(out, "%c%c", *word, *word);
		else if (*word == '"' || *word == '\\')
			buf_fmt(out, "\\%c", *word);
		else
			buf_add(out, word, (size_t)n);
		word += n > 0 ? n : 1;
	}
	buf_char(out, '"');
}

bool escape_path(struct buf *out, const char *path)
{
	bool blank = false;

	for (const char *s = path; *s;) {
		int n = clean_char(s);

		if (n == 0 || strchr("\"'\\", *s))
			return false;
		blank |= *s == ' ';
		s += n;
	}
	if (blank)
		buf_char(out, '"');
	add_clean(out, path, true);
	if (blank)
		buf_char(out, '"');
	return true;
}
