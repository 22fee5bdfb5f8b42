/* SPDX-License-Identifier: MIT */
/* Tables, sizes and ages for people. */
#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "strv.h"
#include "text.h"

void table_init(struct table *t, const char *const *headings)
{
	*t = (struct table){0};
	for (; headings[t->columns]; t->columns++)
		table_add(t, headings[t->columns]);
}

void table_add(struct table *t, const char *cell)
{
	if (strv_take(&t->cells, text_escape(cell && *cell ? cell : "-")) < 0)
		t->error = -ENOMEM;
}

/* Columns a UTF-8 text takes, counting every code point as one. */
static size_t text_width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

int table_print(const struct table *t)
{
	size_t n = strv_len(t->cells);

	if (t->error)
		return t->error;
	for (size_t i = 0; i < n; i++) {
		size_t width = 0, column = i % t->columns;

		if (column == t->columns - 1 || i == n - 1) {
			(void)printf("%s\n", t->cells[i]);
			continue;
		}
		for (size_t j = column; j < n; j += t->columns)
			if (text_width(t->cells[j]) > width)
				width = text_width(t->cells[j]);
		(void)printf("%s%*s", t->cells[i], (int)(width - text_width(t->cells[i]) + 3), "");
	}
	return ferror(stdout) ? -EIO : 0;
}

void table_done(struct table *t)
{
	strv_free(t->cells);
	*t = (struct table){0};
}

void format_size(unsigned long long bytes, char out[static 16])
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double v = (double)bytes;
	size_t i = 0;

	/* 999.5 would be shown as 1000, or as 1e+03 */
	for (; v >= 999.5; i++)
		v /= 1000;
	(void)snprintf(out, 16, "%.3g%s", v, units[i]);
}

void format_ago(long long epoch, char out[static 40])
{
	static const struct {
		long long seconds;
		const char *unit;
	} units[] = {
		{31536000, "year"}, {2592000, "month"}, {604800, "week"}, {86400, "day"},
		{3600, "hour"},	    {60, "minute"},	{1, "second"},
	};
	long long age = (long long)time(NULL) - epoch;

	if (age < 1) {
		(void)strcpy(out, "just now");
		return;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		long long n = age / units[i].seconds;

		if (n >= 1) {
			(void)snprintf(out, 40, "%lld %s%s ago", n, units[i].unit,
				       n > 1 ? "s" : "");
			return;
		}
	}
}
