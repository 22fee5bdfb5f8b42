/* SPDX-License-Identifier: MIT */
/*
 * Between a compressed blob and whoever unpacks it: a few buffers in a ring. The consumer fills
 * them itself, one at a time, until another thread has nothing better to do and takes that over;
 * so a core that is free is used, and no thread is made that might only wait.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "digest.h"
#include "stream.h"

/* One lock for all threads of a load: it is taken once per 256 KiB. */
struct gate {
	pthread_mutex_t mutex;
	pthread_cond_t changed; /* anything at all */
	atomic_bool stop;	/* something failed: everybody out */
};

enum {
	FEED_SLOTS = 4,
	FEED_BYTES = 256 << 10,
};

struct feed {
	struct gate *gate;
	struct stream *stream;
	struct sha256 *hash; /* of the decompressed bytes, fed in order by whoever has time */
	unsigned char *slots[FEED_SLOTS];
	size_t lengths[FEED_SLOTS];
	bool hashed[FEED_SLOTS];
	unsigned head, filled; /* the first filled slot, and how many there are */
	bool held;	       /* the consumer has the slot before head */
	bool filling;	       /* somebody is in stream_read, which is for one at a time */
	bool hashing;	       /* somebody is in sha256_add */
	atomic_bool helped;    /* another thread fills */
	bool ended;	       /* nothing more is coming */
	bool closed;	       /* the consumer has all it wants */
	int error;
	/* other work for a helper; false: there is none. Called with the gate held */
	bool (*chore)(void *data);
	void *chore_data;
};

/* Takes stream over, also on failure. 0 or -ENOMEM. */
int feed_init(struct feed *f, struct gate *gate, struct stream *stream);
void feed_done(struct feed *f);
/* The next filled buffer, hashed, valid until the next call; *ret_n is 0 at the end. -ECANCELED
 * when all is to stop; other errors are explained by stream_why. */
int feed_next(struct feed *f, const void **ret, size_t *ret_n);
/* Fill f's buffers, hash them, do chores, until the consumer closes f. Called with the gate held,
 * by a thread that is not the consumer's; returns with it held. */
void feed_help(struct feed *f);
/* Could feed_help do anything? Called with the gate held. */
bool feed_wants_help(const struct feed *f);
/* Wait until no helper is in f any more: before feed_done. */
void feed_close(struct feed *f);
