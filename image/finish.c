/* SPDX-License-Identifier: MIT */
/* A short ring of batches: one is collected, the others wait or are being written. */
#include "finish.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/fs.h"

static int finish_file(const struct finish_batch *b, const struct finish_file *file)
{
	int r = fs_write_all(file->fd, b->data + file->offset, file->size);

	if (r == 0)
		r = attr_finish(file->fd, &file->attributes, file->chown);
	(void)close(file->fd); /* an error of a delayed write would come at syncfs */
	return r;
}

/* Called with the gate held, which is let go meanwhile. */
static void run(struct finisher *f, struct finish_batch *b)
{
	int r = 0;

	b->state = FINISH_RUNNING;
	(void)pthread_mutex_unlock(&f->gate->mutex);
	for (size_t i = 0; i < b->n; i++) {
		int one = finish_file(b, &b->files[i]);

		r = r < 0 ? r : one;
	}
	(void)pthread_mutex_lock(&f->gate->mutex);
	b->n = b->used = 0;
	b->state = FINISH_FREE;
	if (r < 0 && f->error == 0)
		f->error = r;
	(void)pthread_cond_broadcast(&f->gate->changed);
}

/* Run the oldest queued batch; false if none is queued. */
bool finish_help(struct finisher *f)
{
	struct finish_batch *b = &f->batches[f->oldest];

	if (b->state != FINISH_QUEUED)
		return false;
	f->oldest = (f->oldest + 1) % FINISH_BATCHES;
	run(f, b);
	return true;
}

/* Queue the current batch and make the next one current, finishing some if all are in use. */
static int submit(struct finisher *f)
{
	int r;

	(void)pthread_mutex_lock(&f->gate->mutex);
	f->batches[f->current].state = FINISH_QUEUED;
	f->current = (f->current + 1) % FINISH_BATCHES;
	(void)pthread_cond_broadcast(&f->gate->changed);
	while (f->batches[f->current].state != FINISH_FREE)
		if (!finish_help(f))
			(void)pthread_cond_wait(&f->gate->changed, &f->gate->mutex);
	r = f->error;
	(void)pthread_mutex_unlock(&f->gate->mutex);
	return r;
}

int finish_push(struct finisher *f, int fd, const struct attributes *a, bool chown,
		const void *data, size_t n)
{
	struct finish_batch *b = &f->batches[f->current];
	int r = 0;

	if (b->n == FINISH_FILES || n > FINISH_BYTES - b->used) {
		r = submit(f);
		b = &f->batches[f->current];
	}
	if (!b->data)
		b->data = malloc(FINISH_BYTES);
	if (r < 0 || !b->data) {
		(void)close(fd); /* nothing was written to it */
		return r < 0 ? r : -ENOMEM;
	}
	b->files[b->n++] = (struct finish_file){fd, chown, *a, b->used, n};
	if (n > 0)
		memcpy(b->data + b->used, data, n);
	b->used += n;
	return 0;
}

int finish_flush(struct finisher *f)
{
	for (int i = 0; i < FINISH_BATCHES; i++)
		(void)submit(f); /* every batch has its turn; the error is remembered */
	return f->error;
}

void finish_done(struct finisher *f)
{
	for (size_t i = 0; i < FINISH_BATCHES; i++) {
		struct finish_batch *b = &f->batches[i];

		for (size_t k = 0; k < b->n; k++)
			(void)close(b->files[k].fd); /* of a load that failed */
		free(b->data);
		*b = (struct finish_batch){0};
	}
}
