/* SPDX-License-Identifier: MIT */
/*
 * Messages for people, on stderr, one line each: "nap: CONTEXT: what failed: why".
 *
 * Whoever knows the noun reports, once, and everyone above hands the code on untouched. Each call
 * is one write(2), so lines of several threads do not mix. Text that comes from an image or an
 * archive goes through text_escape() first; the log itself escapes control characters as well.
 */
#pragma once

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR, /* errors only */
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
};

/* What every message starts with after "nap: ", e.g. "load web.tar". Not copied. NULL: nothing. */
void log_set_context(const char *context);
/* Messages above this level are not written. The default is LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);
/* Divert messages to fd (default 2). */
void log_set_fd(int fd);
/* Hand warnings to fn, in the place of writing them. */
void log_divert_warnings(void (*fn)(void *data, const char *text), void *data);
/* The text of the first error that was reported, without "nap: " and the hint; "" if there was
 * none. For who is told in another way, too (systemctl status). */
const char *log_first_error(void);
/* Text has been reported already, by a process of ours: it counts as our own error. */
void log_adopt(const char *text);
/* How many error lines were written: lets main know that a failure was already explained. */
int log_errors(void);

/* Report "...: strerror(-r)" and return r, a negative errno. */
__attribute__((format(printf, 2, 3))) int log_fail(int r, const char *fmt, ...);
/* Report the text alone, where errno would say nothing more, and return r. */
__attribute__((format(printf, 2, 3))) int log_refuse(int r, const char *fmt, ...);
/* What a person can do about the error just reported: a line "hint: ...". */
__attribute__((format(printf, 1, 2))) void log_hint(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_warn(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *fmt, ...);

/* Out of memory is an error like any other: return log_oom(). */
int log_oom(void);
