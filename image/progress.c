/* SPDX-License-Identifier: MIT */
/* The bar has no colours, so NO_COLOR has nothing to switch off; TERM=dumb gets lines. */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/table.h"
#include "lib/text.h"

enum { COLUMNS_MIN = 40, BAR_MAX = 40 };

static bool on_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && !streq(term, "dumb");
}

void progress_init(struct progress *p, bool quiet, size_t layers, uint64_t bytes)
{
	bool terminal = on_terminal();

	*p = (struct progress){
		.bar = terminal && !quiet,
		.lines = !terminal && !quiet,
		.layers = layers,
		.bytes = bytes,
	};
}

static size_t columns(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void progress_update(struct progress *p, size_t layers_done, uint64_t bytes_done)
{
	char line[160], done[16], all[16], bar[BAR_MAX + 1];
	size_t width = columns() > COLUMNS_MIN + BAR_MAX ? BAR_MAX : 10, n;
	int len;

	if (!p->bar || p->bytes == 0)
		return;
	if (bytes_done > p->bytes)
		bytes_done = p->bytes;
	n = (size_t)((double)bytes_done / (double)p->bytes * (double)width);
	memset(bar, ' ', width);
	memset(bar, '=', n);
	bar[width] = '\0';
	format_size(bytes_done, done);
	format_size(p->bytes, all);
	len = snprintf(line, sizeof(line), "\r[%s] %zu/%zu layers %s/%s\033[K", bar, layers_done,
		       p->layers, done, all);
	p->drawn = true;
	(void)!write(STDERR_FILENO, line, (size_t)len); /* only a bar */
}

void progress_clear(struct progress *p)
{
	static const char clear[] = "\r\033[K";

	if (p->drawn)
		(void)!write(STDERR_FILENO, clear, sizeof(clear) - 1); /* only a bar */
	p->drawn = false;
}

void progress_abandon(void)
{
	struct progress p = {.drawn = on_terminal()};

	progress_clear(&p);
}

void progress_layer(struct progress *p, size_t layers_done, const char *label, uint64_t size)
{
	char text[16];

	if (!p->lines)
		return;
	format_size(size, text);
	log_info("%zu/%zu %s %s", layers_done, p->layers, label, text);
}
