/* SPDX-License-Identifier: MIT */
/*
 * How systemd reads units, told over again from systemd.syntax(7), systemd.exec(5) and
 * systemd.unit(5), "Specifiers", without a line of what wrote them: lines become assignments,
 * values become words and paths. What systemd would warn of is an error here.
 */
#pragma once

#include "fuzz.h"
#include "lib/strv.h"
#include "lib/text.h"

struct unit_line {
	const char *section, *key, *value; /* into text */
};

struct unit_read {
	char *text;
	struct unit_line *lines;
	size_t n;
};

__attribute__((unused)) static void unit_read_done(struct unit_read *u)
{
	free(u->text);
	free(u->lines);
	*u = (struct unit_read){0};
}

static char *unit_strip(char *s)
{
	size_t n;

	s += strspn(s, " \t\n\r");
	for (n = strlen(s); n > 0 && strchr(" \t\n\r", s[n - 1]); n--)
		s[n - 1] = '\0';
	return s;
}

static bool unit_goes_on(const char *s)
{
	bool escaped = false;

	for (; *s; s++)
		escaped = !escaped && *s == '\\';
	return escaped;
}

static bool unit_is_utf8(const char *s)
{
	while (*s) {
		int n = utf8_decode(s, strnlen(s, 4), NULL);

		if (n == 0)
			return false;
		s += n;
	}
	return true;
}

/* False: there is a line that systemd would not take as it stands. */
__attribute__((unused)) static bool unit_read(const struct buf *unit, struct unit_read *ret)
{
	char *rest = ret->text = strndup(unit->data, unit->len), *line;
	const char *section = NULL;

	REQUIRE(rest && strlen(rest) == unit->len); /* a NUL would end a line */
	while ((line = strsep(&rest, "\n\r"))) {
		bool goes_on = unit_goes_on(line); /* a blank behind the backslash ends that */
		char *equals;

		line = unit_strip(line);
		if (!*line || strchr("#;", *line))
			continue;
		if (goes_on)
			return false;
		if (!unit_is_utf8(line))
			return false;
		if (*line == '[') {
			if (!endswith(line, "]"))
				return false;
			line[strlen(line) - 1] = '\0';
			section = line + 1;
			continue;
		}
		equals = strchr(line, '=');
		if (!equals || equals == line || !section)
			return false;
		*equals++ = '\0';
		ret->lines = reallocarray(ret->lines, ret->n + 1, sizeof(*ret->lines));
		REQUIRE(ret->lines);
		ret->lines[ret->n++] = (struct unit_line){section, unit_strip(line),
							  unit_strip(equals)};
	}
	return true;
}

/* A value in which nothing but "%%" and, of the unit of instance id, "%i" is a specifier. NULL:
 * there is another one. */
__attribute__((unused)) static char *unit_plain(const char *value, const char *id)
{
	struct buf out = {0};

	for (; *value; value++) {
		if (*value != '%' || *++value == '%') {
			buf_char(&out, *value);
		} else if (*value == 'i' && id) {
			buf_str(&out, id);
		} else {
			buf_done(&out);
			return NULL;
		}
	}
	return buf_take(&out);
}

static int unit_hex(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The escape behind the backslash at s; NULL: none that systemd knows. Those that are written. */
static const char *unit_unescape(const char *s, struct buf *out)
{
	static const char letters[] = "abfnrtv\\\"'s", meanings[] = "\a\b\f\n\r\t\v\\\"' ";
	const char *at = *s ? strchr(letters, *s) : NULL;
	int high, low;

	if (at) {
		buf_char(out, meanings[at - letters]);
		return s + 1;
	}
	if (*s != 'x' || (high = unit_hex(s[1])) < 0 || (low = unit_hex(s[2])) < 0)
		return NULL;
	buf_char(out, (char)(high << 4 | low));
	return s + 3;
}

/*
 * The words of a list; with escapes if the key knows them (Exec*=). False: a quote is open, an
 * escape is not known, or (of commands) a variable or a second command begins.
 */
__attribute__((unused)) static bool unit_words(const char *s, bool command, const char *id,
					       char ***ret)
{
	while (*(s += strspn(s, " \t"))) {
		struct buf word = {0};
		bool bare = true;
		char quote = '\0';
		char *plain;

		for (; *s && (quote || !strchr(" \t", *s));) {
			char c = *s++;

			if (c == '\\' && command) {
				s = unit_unescape(s, &word);
				if (!s)
					return buf_done(&word), false;
				bare = false;
			} else if (quote ? c == quote : c == '"' || c == '\'') {
				quote = quote ? '\0' : c;
				bare = false;
			} else if (c == '$' && command) {
				if (*s++ != '$')
					return buf_done(&word), false;
				buf_char(&word, '$');
			} else {
				buf_char(&word, c);
			}
		}
		if (quote || (command && bare && word.len == 1 && *word.data == ';'))
			return buf_done(&word), false;
		plain = unit_plain(word.data ? word.data : "", id);
		buf_done(&word);
		if (!plain)
			return false;
		REQUIRE(strv_take(ret, plain) == 0);
	}
	return true;
}
