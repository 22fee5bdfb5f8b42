/* SPDX-License-Identifier: MIT */
/* Line reader for unit-file syntax. What keys mean is the handler's business. */
#include "conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "cleanup.h"
#include "fs.h"
#include "log.h"
#include "text.h"

#define CONF_MAX_BYTES (1U << 20)

struct reader {
	const char *file;
	conf_handler handler;
	void *data;
	char section[128];
	int bad; /* the first error, kept while the rest is read */
};

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t\r");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r", s[n - 1]))
		s[--n] = '\0';
	return s;
}

static int take_line(struct reader *r, unsigned line, char *text)
{
	char *equals, *key;
	size_t n;

	text = trim(text);
	if (!*text)
		return 0;
	n = strlen(text);
	if (*text == '[') {
		if (text[n - 1] != ']' || n < 3 || n - 2 >= sizeof(r->section))
			return log_refuse(-EINVAL, "%s:%u: \"%s\": not a section header", r->file,
					  line, text);
		memcpy(r->section, text + 1, n - 2);
		r->section[n - 2] = '\0';
		return 0;
	}
	equals = strchr(text, '=');
	if (!equals || equals == text)
		return log_refuse(-EINVAL, "%s:%u: \"%s\": not Key=Value", r->file, line, text);
	*equals = '\0';
	key = trim(text);
	return r->handler(r->data, r->file, line, r->section, key, trim(equals + 1));
}

/* Out of memory is the only thing that ends the reading. */
static int take_logical(struct reader *r, unsigned line, struct buf *logical)
{
	auto_free char *text = buf_take(logical);
	int e;

	if (!text)
		return log_oom();
	e = take_line(r, line, text);
	if (e < 0 && !r->bad)
		r->bad = e;
	return 0;
}

static bool is_comment(const char *s)
{
	s += strspn(s, " \t");
	return *s == '#' || *s == ';';
}

/* A backslash at the end continues the line, two are one that is escaped, as systemd has it. */
static bool goes_on(const char *s)
{
	size_t n = strlen(s), backslashes = 0;

	while (backslashes < n && s[n - backslashes - 1] == '\\')
		backslashes++;
	return backslashes % 2 == 1;
}

int conf_parse(const char *file, const char *text, size_t len, conf_handler handler, void *data)
{
	struct reader r = {.file = file, .handler = handler, .data = data};
	auto_buf logical = {0};
	const char *end = text + len;
	unsigned line = 0, first = 0;
	int e;

	if (memchr(text, '\0', len))
		return log_refuse(-EINVAL, "%s: holds a NUL byte", file);
	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		auto_free char *s = strndup(text, (size_t)((nl ? nl : end) - text));

		if (!s)
			return log_oom();
		text = nl ? nl + 1 : end;
		line++;
		if (is_comment(s))
			continue;
		if (!logical.len)
			first = line;
		if (goes_on(s)) {
			s[strlen(s) - 1] = ' ';
			buf_str(&logical, s);
			continue;
		}
		buf_str(&logical, s);
		e = take_logical(&r, first, &logical);
		if (e < 0)
			return e;
	}
	/* the last line asked for more: it ends here all the same */
	e = take_logical(&r, first, &logical);
	return e < 0 ? e : r.bad;
}

int conf_load(const char *path, conf_handler handler, void *data)
{
	auto_free char *text = NULL;
	size_t len;
	int r;

	r = fs_read_file(AT_FDCWD, path, CONF_MAX_BYTES, &text, &len);
	if (r == -ENOENT)
		return r;
	if (r < 0)
		return log_fail(r, "read %s", path);
	return conf_parse(path, text, len, handler, data);
}
