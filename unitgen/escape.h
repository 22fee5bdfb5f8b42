/* SPDX-License-Identifier: MIT */
/*
 * Text on its way into unit files (systemd.syntax(7)). Whatever comes in, what is written stays
 * within one assignment: no line ends, no continuation, no specifier or variable that the writer
 * did not mean. Out of memory shows in the buffer.
 */
#pragma once

#include <stdbool.h>

#include "lib/text.h"

/* What an operator wrote for systemd to read, specifiers and all. */
void escape_line(struct buf *out, const char *text);
/* A plain text as a value in which systemd expands specifiers. */
void escape_value(struct buf *out, const char *text);
/* A plain text as one word of a command line (Exec*=). */
void escape_word(struct buf *out, const char *word);
/* A path as one word of a list (RequiresMountsFor=, DeviceAllow=). False, and nothing written, if
 * it cannot be one: the lists differ in how they read quotes and backslashes. */
bool escape_path(struct buf *out, const char *path);
