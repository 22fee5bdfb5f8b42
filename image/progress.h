/* SPDX-License-Identifier: MIT */
/* What a person sees while a load runs, on stderr: a bar on a terminal, else a line a layer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	bool bar, lines;
	bool drawn; /* the bar is on the screen */
	size_t layers;
	uint64_t bytes;
};

void progress_init(struct progress *p, bool quiet, size_t layers, uint64_t bytes);
/* Redraw the bar. */
void progress_update(struct progress *p, size_t layers_done, uint64_t bytes_done);
/* Without a terminal: a line for a layer that was unpacked. */
void progress_layer(struct progress *p, size_t layers_done, const char *label, uint64_t size);
/* Take the bar off the screen: before any other line, and at the end. */
void progress_clear(struct progress *p);
/* The same for a process that was killed. */
void progress_abandon(void);
