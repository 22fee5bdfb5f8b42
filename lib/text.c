/* SPDX-License-Identifier: MIT */
/* Growing buffer, UTF-8 decoding and terminal-safe escaping. Knows nothing of what the text means.
 */
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

bool endswith(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && streq(s + n - m, suffix);
}

int utf8_decode(const char *s, size_t n, unsigned *ret_cp)
{
	static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *u = (const unsigned char *)s;
	unsigned cp;
	int len;

	if (n == 0)
		return 0;
	if (u[0] < 0x80) {
		cp = u[0];
		len = 1;
	} else if ((u[0] & 0xe0) == 0xc0) {
		cp = u[0] & 0x1f;
		len = 2;
	} else if ((u[0] & 0xf0) == 0xe0) {
		cp = u[0] & 0x0f;
		len = 3;
	} else if ((u[0] & 0xf8) == 0xf0) {
		cp = u[0] & 0x07;
		len = 4;
	} else {
		return 0;
	}
	if ((size_t)len > n)
		return 0;
	for (int i = 1; i < len; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (u[i] & 0x3f);
	}
	if (len > 1 && cp < least[len])
		return 0;
	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	if (ret_cp)
		*ret_cp = cp;
	return len;
}

/* Code points that move, hide or reorder what a person sees. */
static bool cp_is_hostile(unsigned cp)
{
	static const struct {
		unsigned first, last;
	} ranges[] = {
		{0x00, 0x1f},	  {0x7f, 0x9f},	    {0xad, 0xad},	{0x61c, 0x61c},
		{0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},	{0x2060, 0x206f},
		{0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (cp >= ranges[i].first && cp <= ranges[i].last)
			return true;
	return false;
}

size_t text_escape_to(const char *s, char *out, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	size_t left = strlen(s), n = 0;

	if (size == 0)
		return 0;
	while (left > 0) {
		unsigned cp = 0;
		int len = utf8_decode(s, left, &cp);

		if (len > 0 && !cp_is_hostile(cp)) {
			if (n + (size_t)len >= size)
				break;
			memcpy(out + n, s, (size_t)len);
			n += (size_t)len;
		} else {
			len = len > 0 ? len : 1;
			if (n + 4 * (size_t)len >= size)
				break;
			for (int i = 0; i < len; i++) {
				unsigned char c = (unsigned char)s[i];

				out[n++] = '\\';
				out[n++] = 'x';
				out[n++] = hex[c >> 4];
				out[n++] = hex[c & 15];
			}
		}
		s += len;
		left -= (size_t)len;
	}
	out[n] = '\0';
	return n;
}

char *text_escape(const char *s)
{
	size_t size = 4 * strlen(s) + 1;
	char *out = malloc(size);

	if (out)
		(void)text_escape_to(s, out, size);
	return out;
}

char *text_format(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return s;
}

int text_set(char **text, const char *value)
{
	char *copy;

	if (!value)
		return 0;
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

static bool buf_grow(struct buf *b, size_t n)
{
	size_t size = b->size ? b->size : 256;
	char *data;

	if (b->error)
		return false;
	if (n >= SIZE_MAX / 2 - b->len) {
		b->error = -ENOMEM;
		return false;
	}
	if (b->len + n < b->size)
		return true;
	while (size <= b->len + n)
		size *= 2;
	data = realloc(b->data, size);
	if (!data) {
		b->error = -ENOMEM;
		return false;
	}
	b->data = data;
	b->size = size;
	return true;
}

void buf_add(struct buf *b, const void *data, size_t n)
{
	if (!buf_grow(b, n))
		return;
	if (n > 0)
		memcpy(b->data + b->len, data, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n >= 0 && buf_grow(b, (size_t)n)) {
		(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
	va_end(ap);
}

char *buf_take(struct buf *b)
{
	char *s;

	if (!b->data)
		(void)buf_grow(b, 0);
	if (b->error) {
		buf_done(b);
		return NULL;
	}
	b->data[b->len] = '\0';
	s = b->data;
	*b = (struct buf){0};
	return s;
}

void buf_done(struct buf *b)
{
	free(b->data);
	*b = (struct buf){0};
}
