/* SPDX-License-Identifier: MIT */
/* Bytes on their way from one descriptor to another, for poll loops. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define FLOW_BUFFER 16384

struct flow {
	int from, to; /* borrowed; from is non-blocking */
	char data[FLOW_BUFFER];
	size_t start, end;
	bool ended;  /* nothing more comes from from */
	bool broken; /* nobody reads at to any more */
	bool waits;  /* flow_move: for room at to */
	bool copies; /* flow_move: the kernel does not move it by itself */
};

/* NULL: out of memory. The caller frees. */
struct flow *flow_new(int from, int to);
/* Is there something left to write? */
bool flow_is_full(const struct flow *f);
/* Fill the empty buffer. */
void flow_read(struct flow *f);
/* Write what poll(2) says there is room for. */
void flow_write(struct flow *f);
/* Of a pipe: move what poll says there is, without copying it where that can be. */
void flow_move(struct flow *f);
/* Move what is still to be had, however slow the reader, or until one of the signals of signal_fd
 * asks us to end. */
void flow_drain(struct flow *f, int signal_fd);
