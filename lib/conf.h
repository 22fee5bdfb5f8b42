/* SPDX-License-Identifier: MIT */
/*
 * The unit-file syntax of systemd.syntax(7): [Sections], Key=Value, '#' and ';' comments, a
 * trailing backslash continues a line (comment lines in between are dropped). Reads; knows no keys.
 */
#pragma once

#include <stddef.h>

/*
 * Called for each assignment, with section "" before the first header. value has its blanks
 * trimmed. Returns 0, or negative after reporting, which ends the reading with that code.
 */
typedef int (*conf_handler)(void *data, const char *file, unsigned line, const char *section,
			    const char *key, const char *value);

/*
 * Read text (named file in messages). Syntax errors are reported as "FILE:LINE: why" and give
 * -EINVAL after the whole text was read, so that one run shows them all.
 */
int conf_parse(const char *file, const char *text, size_t len, conf_handler handler, void *data);
/* Read a file. -ENOENT is returned without a report. */
int conf_load(const char *path, conf_handler handler, void *data);
