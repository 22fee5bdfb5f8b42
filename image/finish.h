/* SPDX-License-Identifier: MIT */
/*
 * The second half of making small files, in batches: contents, owner, mode and times of files that
 * exist and are open. A thread that has nothing better to do takes the batches; if none does, the
 * one that made the files finishes them itself. In a layer of many small files this is a third of
 * the work.
 */
#pragma once

#include <stdbool.h>

#include "feed.h"
#include "layer.h"

enum {
	FINISH_BATCHES = 3,
	FINISH_FILES = 64,
	FINISH_BYTES = 256 << 10,
};

struct finish_file {
	int fd;
	bool chown;
	struct attributes attributes;
	size_t offset, size; /* in the batch's data */
};

enum finish_state { FINISH_FREE, FINISH_QUEUED, FINISH_RUNNING };

struct finish_batch {
	enum finish_state state;
	struct finish_file files[FINISH_FILES];
	size_t n, used;
	unsigned char *data;
};

/* Zeroed, with gate set, it is ready for use. */
struct finisher {
	struct gate *gate;
	struct finish_batch batches[FINISH_BATCHES];
	unsigned current; /* the one being collected */
	unsigned oldest;  /* of the queued ones */
	int error;
};

/* Take over fd, whose n bytes of contents are at data. 0, or the error of any earlier file. */
int finish_push(struct finisher *f, int fd, const struct attributes *a, bool chown,
		const void *data, size_t n);
/* Until all files are finished. */
int finish_flush(struct finisher *f);
/* Finish one queued batch, if there is one: true. Called with the gate held, by a helper. */
bool finish_help(struct finisher *f);
void finish_done(struct finisher *f);
