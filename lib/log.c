/* SPDX-License-Identifier: MIT */
/*
 * The only place that writes messages for people. Formats a line into a fixed buffer, escapes what
 * a terminal would obey, and writes it at once.
 */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

static const char *log_context;
static enum log_level log_level = LOG_LEVEL_INFO;
static int log_fd = STDERR_FILENO;
static void (*log_warner)(void *data, const char *text);
static void *log_warner_data;
static atomic_int log_error_count;
static char log_first[512];

void log_set_context(const char *context)
{
	log_context = context;
}

void log_set_level(enum log_level level)
{
	log_level = level;
}

void log_set_fd(int fd)
{
	log_fd = fd;
}

void log_divert_warnings(void (*fn)(void *data, const char *text), void *data)
{
	log_warner = fn;
	log_warner_data = data;
}

const char *log_first_error(void)
{
	return log_first;
}

void log_adopt(const char *text)
{
	if (log_error_count++ == 0)
		(void)snprintf(log_first, sizeof(log_first), "%s", text);
}

int log_errors(void)
{
	return log_error_count;
}

/* The message itself, of what was said and errno's reason. */
static void format_message(char *raw, size_t size, bool context, int r, const char *fmt, va_list ap)
{
	size_t n = 0;

	if (context && log_context)
		n = (size_t)snprintf(raw, size, "%s: ", log_context);
	if (n >= size)
		n = size - 1;
	n += (size_t)vsnprintf(raw + n, size - n, fmt, ap);
	if (n >= size)
		n = size - 1;
	if (r < 0)
		(void)snprintf(raw + n, size - n, ": %s", strerror(-r));
}

static void write_line(const char *kind, const char *raw)
{
	char line[8192];
	size_t n = (size_t)snprintf(line, sizeof(line), "%s", kind);

	n += text_escape_to(raw, line + n, sizeof(line) - n - 1);
	line[n++] = '\n';
	(void)!write(log_fd, line, n); /* there is nowhere left to report that reporting failed */
}

static void emit(const char *kind, bool context, const char *fmt, va_list ap)
{
	char raw[4096];

	format_message(raw, sizeof(raw), context, 0, fmt, ap);
	write_line(kind, raw);
}

static void emit_error(int r, const char *fmt, va_list ap)
{
	char raw[4096];

	format_message(raw, sizeof(raw), true, r, fmt, ap);
	if (log_error_count++ == 0)
		(void)text_escape_to(raw, log_first, sizeof(log_first));
	write_line("nap: ", raw);
}

int log_fail(int r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit_error(r, fmt, ap);
	va_end(ap);
	return r;
}

int log_refuse(int r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit_error(0, fmt, ap);
	va_end(ap);
	return r;
}

void log_hint(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit("hint: ", false, fmt, ap);
	va_end(ap);
}

static void divert_warning(const char *fmt, va_list ap)
{
	char raw[4096];

	format_message(raw, sizeof(raw), true, 0, fmt, ap);
	log_warner(log_warner_data, raw);
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	if (log_level < LOG_LEVEL_WARN)
		return;
	va_start(ap, fmt);
	if (log_warner)
		divert_warning(fmt, ap);
	else
		emit("nap: warning: ", true, fmt, ap);
	va_end(ap);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	if (log_level < LOG_LEVEL_INFO)
		return;
	va_start(ap, fmt);
	emit("nap: ", true, fmt, ap);
	va_end(ap);
}

int log_oom(void)
{
	return log_refuse(-ENOMEM, "out of memory");
}
