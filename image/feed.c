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
		f->hashed[slot] = false;
		f->filled++;
	}
	if (f->helped)
		(void)pthread_cond_broadcast(&f->gate->changed);
}

/*
 * Hash the slot after k filled ones, whose predecessors are hashed. Called with the gate held,
 * which is let go meanwhile.
 */
static void hash(struct feed *f, unsigned slot)
{
	f->hashing = true;
	(void)pthread_mutex_unlock(&f->gate->mutex);
	sha256_add(f->hash, f->slots[slot], f->lengths[slot]);
	(void)pthread_mutex_lock(&f->gate->mutex);
	f->hashing = false;
	f->hashed[slot] = true;
	if (f->helped)
		(void)pthread_cond_broadcast(&f->gate->changed);
}

/* The first filled slot that is not hashed; FEED_SLOTS if there is none. */
static unsigned first_unhashed(const struct feed *f)
{
	for (unsigned i = 0; i < f->filled; i++) {
		unsigned slot = (f->head + i) % FEED_SLOTS;

		if (!f->hashed[slot])
			return slot;
	}
	return FEED_SLOTS;
}

bool feed_wants_help(const struct feed *f)
{
	return !f->helped && !f->closed;
}

/* Filling comes first, it is what the consumer would have to wait for. */
static bool help_once(struct feed *f)
{
	unsigned slot = first_unhashed(f);

	if (!f->ended && !is_full(f) && !f->filling) {
		fill(f);
		return true;
	}
	if (f->chore && f->chore(f->chore_data))
		return true;
	if (slot == FEED_SLOTS || f->hashing)
		return false;
	hash(f, slot);
	return true;
}

void feed_help(struct feed *f)
{
	f->helped = true;
	while (!f->closed && !atomic_load(&f->gate->stop))
		if (!help_once(f))
			(void)pthread_cond_wait(&f->gate->changed, &f->gate->mutex);
	f->helped = false;
	(void)pthread_cond_broadcast(&f->gate->changed);
}

void feed_close(struct feed *f)
{
	(void)pthread_mutex_lock(&f->gate->mutex);
	f->closed = true;
	(void)pthread_cond_broadcast(&f->gate->changed);
	while (f->helped)
		(void)pthread_cond_wait(&f->gate->changed, &f->gate->mutex);
	(void)pthread_mutex_unlock(&f->gate->mutex);
}

static int wait_or(struct feed *f, bool can, void (*act)(struct feed *, unsigned), unsigned slot)
{
	if (atomic_load(&f->gate->stop))
		return -ECANCELED;
	if (can)
		act(f, slot);
	else
		(void)pthread_cond_wait(&f->gate->changed, &f->gate->mutex);
	return 0;
}

static void fill_one(struct feed *f, unsigned slot)
{
	(void)slot;
	fill(f);
}

/* Wait for a filled and hashed slot, or the end; what nobody else is at is done here. */
static int take(struct feed *f, unsigned *ret_slot)
{
	int r = 0;

	if (f->held && f->helped)
		(void)pthread_cond_broadcast(&f->gate->changed);
	f->held = false;
	while (r == 0 && f->filled == 0 && !f->ended)
		r = wait_or(f, !f->helped && !f->filling, fill_one, 0);
	while (r == 0 && f->filled > 0 && !f->hashed[f->head])
		r = wait_or(f, !f->hashing, hash, f->head);
	if (r == 0 && atomic_load(&f->gate->stop))
		r = -ECANCELED;
	if (r < 0 || f->filled == 0)
		return r < 0 ? r : f->error;
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
	*ret = f->slots[slot];
	*ret_n = f->lengths[slot];
	return 0;
}
