/* SPDX-License-Identifier: MIT */
/* Columns for a terminal: cells are collected, escaped, and printed as wide as the widest. */
#pragma once

#include <stddef.h>

struct table {
	size_t columns;
	char **cells; /* strv, row by row, the heading first */
	int error;
};

/* headings: NULL-terminated. */
void table_init(struct table *t, const char *const *headings);
/* One cell; NULL prints as "-". Rows fill from left to right. */
void table_add(struct table *t, const char *cell);
/* Print to stdout; 0 or negative errno. Frees nothing. */
int table_print(const struct table *t);
void table_done(struct table *t);

/* "12.3MB" as docker prints sizes (powers of 1000). */
void format_size(unsigned long long bytes, char out[static 16]);
/* "3 hours ago", "5 seconds ago" for a time in seconds since the epoch. */
void format_ago(long long epoch, char out[static 40]);
