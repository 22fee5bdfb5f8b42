/* SPDX-License-Identifier: MIT */
/* The ring of buffers: who fills and who empties it, under the gate's lock. */
#include "feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int feed_init(struct feed *f, struct gate *gate, struct stream *stream)
{
	*f = (struct feed){.gate = gate, .stream = stream, .hash = sha256_new()};
	if (!f->hash)
		return -ENOMEM;
	for (size_t i = 0; i < FEED_SLOTS; i++) {
		f->slots[i] = malloc(FEED_BYTES);
		if (!f->slots[i])
			return -ENOMEM;
	}
	return 0;
}

void feed_done(struct feed *f)
{
	for (size_t i = 0; i < FEED_SLOTS; i++)
		free(f->slots[i]);
	sha256_free(f->hash);
	stream_free(f->stream);
	*f = (struct feed){0};
}

static bool is_full(const struct feed *f)
{
	return f->filled + f->held == FEED_SLOTS;
}

/* Fill the next slot. Called with the gate held, which is let go meanwhile. */
static void fill(struct feed *f)
{
	unsigned slot = (f->head + f->filled) % FEED_SLOTS;
	ssize_t n;

	f->filling = true;
	(void)pthread_mutex_unlock(&f->gate->mutex);
	n = stream_read(f->stream, f->slots[slot], FEED_BYTES);
	(void)pthread_mutex_lock(&f->gate->mutex);
	f->filling = false;
	if (n <= 0) {
		f->ended = true;
		f->error = (int)n;
	} else {
		f->lengths[slot] = (size_t)n;
		f->filled++;
	}
	if (f->helped)
		(void)pthread_cond_broadcast(&f->gate->changed);
}

bool feed_wants_help(const struct feed *f)
{
	return !f->helped && !f->ended;
}

void feed_help(struct feed *f)
{
	f->helped = true;
	while (!f->ended && !atomic_load(&f->gate->stop)) {
		if (is_full(f) || f->filling)
			(void)pthread_cond_wait(&f->gate->changed, &f->gate->mutex);
		else
			fill(f);
	}
	f->helped = false;
	(void)pthread_cond_broadcast(&f->gate->changed);
}

void feed_close(struct feed *f)
{
	(void)pthread_mutex_lock(&f->gate->mutex);
	f->ended = true;
	(void)pthread_cond_broadcast(&f->gate->changed);
	while (f->helped)
		(void)pthread_cond_wait(&f->gate->changed, &f->gate->mutex);
	(void)pthread_mutex_unlock(&f->gate->mutex);
}

/* Wait for a filled slot or the end. */
static int take(struct feed *f, unsigned *ret_slot)
{
	if (f->held) {
		f->held = false;
		if (f->helped)
			(void)pthread_cond_broadcast(&f->gate->changed);
	}
	while (f->filled == 0 && !f->ended) {
		if (atomic_load(&f->gate->stop))
			return -ECANCELED;
		if (f->helped || f->filling)
			(void)pthread_cond_wait(&f->gate->changed, &f->gate->mutex);
		else
			fill(f);
	}
	if (atomic_load(&f->gate->stop))
		return -ECANCELED;
	if (f->filled == 0)
		return f->error;
	*ret_slot = f->head;
	f->head = (f->head + 1) % FEED_SLOTS;
	f->filled--;
	f->held = true;
	return 1;
}

int feed_next(struct feed *f, const void **ret, size_t *ret_n)
{
	unsigned slot = 0;
	int r;

	(void)pthread_mutex_lock(&f->gate->mutex);
	r = take(f, &slot);
	(void)pthread_mutex_unlock(&f->gate->mutex);
	*ret_n = 0;
	if (r <= 0)
		return r;
	sha256_add(f->hash, f->slots[slot], f->lengths[slot]);
	*ret = f->slots[slot];
	*ret_n = f->lengths[slot];
	return 0;
}
