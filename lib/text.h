/* SPDX-License-Identifier: MIT */
/*
 * Text: comparison, a growing buffer, and the escaping of text that comes from images and archives
 * before it reaches a terminal, a log or a JSON document.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline bool streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* The rest of s after prefix, or NULL. */
static inline const char *startswith(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

bool endswith(const char *s, const char *suffix);

/*
 * Escape what a terminal would obey or hide: C0 and C1 controls, DEL, invalid UTF-8, and the bidi
 * and zero-width controls of Unicode, each as \xNN per byte. Writes at most size - 1 bytes and a
 * NUL to out; returns the length written. Never splits an escape.
 */
size_t text_escape_to(const char *s, char *out, size_t size);
/* The same, allocated; NULL when out of memory. The caller frees. */
char *text_escape(const char *s);

/* Length of the valid UTF-8 sequence at s (1 to 4), or 0. *ret_cp may be NULL. */
int utf8_decode(const char *s, size_t n, unsigned *ret_cp);

/* asprintf that returns NULL when out of memory. The caller frees. */
__attribute__((format(printf, 1, 2))) char *text_format(const char *fmt, ...);

/* Free *text and put a copy of value there; NULL leaves it as it is. 0, or -ENOMEM, which does as
 * well. */
int text_set(char **text, const char *value);

/*
 * A growing, always NUL-terminated buffer; {0} is an empty one. The first failed allocation is
 * remembered: later calls do nothing, and buf_take() and buf_error() report it.
 */
struct buf {
	char *data;
	size_t len, size;
	int error; /* 0 or -ENOMEM */
};

void buf_add(struct buf *b, const void *data, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
__attribute__((format(printf, 2, 3))) void buf_fmt(struct buf *b, const char *fmt, ...);
/* Hand the text over; NULL when out of memory. The buffer is empty afterwards. */
char *buf_take(struct buf *b);
void buf_done(struct buf *b);
#define auto_buf          \
	CLEANUP(buf_done) \
	struct buf
