/* SPDX-License-Identifier: MIT */
/*
 * Jobs and workers. Jobs form a forest: each image is a path from a bottom layer up, and images
 * with the same lower layers share them. A worker that meets a need for lower layers unpacks the
 * lowest unstarted one itself, or waits if all are started: the lowest unfinished one never waits,
 * so there is always progress. A worker without a job of its own fills the buffers of another.
 */
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/text.h"
#include "finish.h"
#include "stored.h"

enum { PROGRESS_MSEC = 100 };

/* ---- failing ---- */

/* The first failure is the one that is reported; it stops everybody. Called without the gate. */
static int fail(struct pipeline *p, const struct job *job, int r, const char *why)
{
	if (r == -ECANCELED || atomic_exchange(&p->gate.stop, true))
		return r;
	(void)pthread_mutex_lock(&p->gate.mutex);
	p->error = r;
	progress_clear(&p->progress);
	(void)log_refuse(r, "%s: %s", job->label, why);
	(void)pthread_cond_broadcast(&p->gate.changed);
	(void)pthread_mutex_unlock(&p->gate.mutex);
	return r;
}

/* ---- layers below ---- */

int pipeline_open_fs(const struct pipeline *p, const struct job *job)
{
	char path[SHA256_HEX + 16];
	int fd;

	if (job->place == JOB_STAGED)
		(void)snprintf(path, sizeof(path), "%zu/fs", job->index);
	else
		(void)snprintf(path, sizeof(path), "layers/%s/fs", job->key);
	fd = openat(job->place == JOB_STAGED ? p->staging_fd : p->store->dirfd, path,
		    O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

struct job *pipeline_maker(struct pipeline *p, struct job *job)
{
	if (job->place != JOB_SHARED)
		return job;
	for (size_t i = 0; i < p->n; i++)
		if (p->jobs[i].place == JOB_STAGED && streq(p->jobs[i].key, job->key))
			return &p->jobs[i];
	return job;
}

struct run {
	struct pipeline *pipeline;
	struct job *job;
	struct layer layer;
	struct feed feed;
	struct finisher finisher;
};

static int run_job(struct pipeline *p, struct job *job);

static int open_below(void *data, size_t i)
{
	struct run *run = data;
	struct job *job = run->job;

	while (job->depth > i)
		job = job->below;
	return pipeline_open_fs(run->pipeline, pipeline_maker(run->pipeline, job));
}

/* The lowest unstarted job below; NULL if all are started. *ret_all: and finished. */
static struct job *lowest_waiting(struct job *job, bool *ret_all)
{
	struct job *lowest = NULL;

	*ret_all = true;
	for (job = job->below; job; job = job->below) {
		if (job->state != JOB_DONE)
			*ret_all = false;
		if (job->state == JOB_WAITING)
			lowest = job;
	}
	return lowest;
}

static int wait_below(void *data)
{
	struct run *run = data;
	struct pipeline *p = run->pipeline;
	bool all;
	int r = 0;

	(void)pthread_mutex_lock(&p->gate.mutex);
	while (r == 0) {
		struct job *lowest = lowest_waiting(run->job, &all);

		if (all)
			break;
		if (atomic_load(&p->gate.stop))
			r = -ECANCELED;
		else if (lowest)
			r = run_job(p, lowest);
		else
			(void)pthread_cond_wait(&p->gate.changed, &p->gate.mutex);
	}
	(void)pthread_mutex_unlock(&p->gate.mutex);
	return r;
}

/* ---- one layer ---- */

/* Another job with the same diff id, in a state. */
static struct job *find_twin(struct pipeline *p, const struct job *job, enum job_state state)
{
	for (size_t i = 0; i < p->n; i++)
		if (&p->jobs[i] != job && p->jobs[i].state == state &&
		    streq(p->jobs[i].source->diff_id, job->source->diff_id))
			return &p->jobs[i];
	return NULL;
}

/* Layers that depend on nothing are the same wherever they are. */
static bool share(struct pipeline *p, struct job *job)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct job *twin = &p->jobs[i];

		if (twin == job || twin->state != JOB_DONE || twin->depends ||
		    !streq(twin->source->diff_id, job->source->diff_id))
			continue;
		memcpy(job->key, twin->key, sizeof(job->key));
		job->place = twin->place == JOB_STORED ? JOB_STORED : JOB_SHARED;
		job->has_root = twin->has_root;
		job->size = twin->size;
		job->entries = twin->entries;
		return true;
	}
	return false;
}

static int next_chunk(void *data, const void **ret, size_t *ret_n)
{
	return feed_next(&((struct run *)data)->feed, ret, ret_n);
}

static uint64_t progress(void *data, uint64_t *ret_total)
{
	struct run *run = data;

	*ret_total = run->job->source->size;
	return stream_consumed(run->feed.stream);
}

/* Small files are worth passing on only while there is somebody to take them. A stale answer costs
 * nothing: what nobody takes is finished by flush. */
static int take_file(void *data, int fd, const struct attributes *a, bool chown, const void *p,
		     size_t n)
{
	struct run *run = data;
	int r;

	if (!run->feed.helped || n > FINISH_BYTES / 4)
		return 0;
	r = finish_push(&run->finisher, fd, a, chown, p, n);
	return r < 0 ? r : 1;
}

static int flush_files(void *data)
{
	return finish_flush(&((struct run *)data)->finisher);
}

static bool finish_some(void *data)
{
	return finish_help(&((struct run *)data)->finisher);
}

/* Both digests; the stream was read to its end. */
static int verify(struct run *run)
{
	const struct manifest_layer *source = run->job->source;
	char digest[SHA256_HEX + 1], diff_id[SHA256_HEX + 1];

	if (stream_digest(run->feed.stream, digest) < 0 ||
	    sha256_final(run->feed.hash, diff_id) < 0)
		return fail(run->pipeline, run->job, -EIO, "cannot compute its digests");
	if (*source->digest && !streq(source->digest, digest))
		return fail(run->pipeline, run->job, -EBADMSG, "digest mismatch");
	if (!streq(source->diff_id, diff_id))
		return fail(run->pipeline, run->job, -EBADMSG,
			    "diff id mismatch: not what the config says it contains");
	return 0;
}

static int record(struct run *run)
{
	struct job *job = run->job;
	const struct layer *l = &run->layer;
	struct stored_layer stored = {
		.size = l->size,
		.entries = l->entries,
		.has_root = l->has_root,
		.depends = l->depends,
	};
	int r;

	memcpy(stored.diff_id, job->source->diff_id, sizeof(stored.diff_id));
	r = stored_layer_write(l->dirfd, &stored);
	if (r < 0)
		return fail(run->pipeline, job, r, strerror(-r));
	memcpy(job->key, l->depends ? job->source->chain_id : job->source->diff_id,
	       sizeof(job->key));
	job->place = JOB_STAGED;
	job->depends = l->depends;
	job->has_root = l->has_root;
	job->size = l->size;
	job->entries = l->entries;
	return 0;
}

static int unpack(struct run *run)
{
	const struct layer_input input = {run, next_chunk, progress};
	struct layer *l = &run->layer;
	const char *why;
	int r;

	r = layer_unpack(l, &input);
	if (r == 0)
		r = verify(run);
	else if (r != -ECANCELED && r != -EAGAIN) {
		why = *l->why ? l->why : stream_why(run->feed.stream);
		r = fail(run->pipeline, run->job, r, *why ? why : strerror(-r));
	}
	return r < 0 ? r : record(run);
}

static void set_feed(struct run *run, struct feed *feed)
{
	(void)pthread_mutex_lock(&run->pipeline->gate.mutex);
	run->job->feed = feed;
	(void)pthread_cond_broadcast(&run->pipeline->gate.changed); /* there is help to be given */
	(void)pthread_mutex_unlock(&run->pipeline->gate.mutex);
}

static int open_feed(struct run *run, struct source *ret_source)
{
	struct pipeline *p = run->pipeline;
	const struct stream_limits limits = {
		.ratio = p->limits->ratio,
		.ratio_after_bytes = p->limits->ratio_after_bytes,
		.window_log = p->window_log,
	};
	auto_stream struct stream *stream = NULL;
	int r;

	r = tarball_find(p->tarball, run->job->source->member, ret_source);
	if (r == 0)
		r = stream_open(ret_source, &limits, &stream);
	if (r == 0)
		r = feed_init(&run->feed, &p->gate, TAKE_PTR(stream));
	return r;
}

static int open_staging(const struct pipeline *p, const struct job *job, int *ret_fd)
{
	char name[24];
	int fd;

	(void)snprintf(name, sizeof(name), "%zu", job->index);
	if (mkdirat(p->staging_fd, name, 0755) < 0)
		return -errno;
	fd = openat(p->staging_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*ret_fd = fd;
	return fd < 0 ? -errno : 0;
}

static int run_once(struct pipeline *p, struct job *job, int dirfd, bool counted)
{
	auto_free struct run *run = calloc(1, sizeof(*run));
	struct source source = {.fd = -1};
	int r;

	if (!run)
		return fail(p, job, -ENOMEM, "out of memory");
	run->pipeline = p;
	run->job = job;
	run->layer.dirfd = dirfd;
	run->layer.counted = counted;
	run->layer.limits = p->limits;
	run->layer.totals = job->totals;
	run->layer.below = (struct layer_below){run, job->depth, wait_below, open_below};
	run->layer.finisher = (struct layer_finisher){run, take_file, flush_files};
	run->finisher.gate = &p->gate;
	r = open_feed(run, &source);
	if (r < 0) {
		(void)fail(p, job, r, strerror(-r));
	} else {
		run->feed.chore = finish_some;
		run->feed.chore_data = run;
		set_feed(run, &run->feed);
		r = unpack(run);
		feed_close(&run->feed);
		set_feed(run, NULL);
	}
	finish_done(&run->finisher);
	feed_done(&run->feed);
	if (source.fd >= 0)
		(void)close(source.fd); /* only read from */
	if (r == -EAGAIN) {
		atomic_fetch_sub(&job->totals->entries, run->layer.reserved);
		atomic_fetch_sub(&job->totals->bytes, run->layer.size);
	}
	return r;
}

/* Unpack without the gate. */
static int run_unlocked(struct pipeline *p, struct job *job)
{
	auto_fd int dirfd = -1;
	int r;

	r = open_staging(p, job, &dirfd);
	if (r < 0)
		return fail(p, job, r, strerror(-r));
	r = run_once(p, job, dirfd, false);
	if (r != -EAGAIN)
		return r;
	r = fs_remove_tree(dirfd, "fs");
	if (r == 0)
		r = fs_remove_tree(dirfd, "plnk");
	return r < 0 ? fail(p, job, r, "remove the first of its entries")
		     : run_once(p, job, dirfd, true);
}

static size_t count_done(const struct pipeline *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->jobs[i].state == JOB_DONE && p->jobs[i].place != JOB_STORED;
	return n;
}

/* Called with the gate held, which is let go meanwhile. */
static int run_job(struct pipeline *p, struct job *job)
{
	int r = 0;

	job->state = JOB_RUNNING;
	if (!share(p, job)) {
		(void)pthread_mutex_unlock(&p->gate.mutex);
		r = run_unlocked(p, job);
		(void)pthread_mutex_lock(&p->gate.mutex);
	}
	if (r < 0)
		return r;
	job->state = JOB_DONE;
	(void)pthread_cond_broadcast(&p->gate.changed);
	return 0;
}

/* ---- workers ---- */

/* The next job in order, but not one that is being unpacked already under another layer: that one's
 * result may do for both. */
static struct job *pick(struct pipeline *p, bool *ret_left)
{
	*ret_left = false;
	for (size_t i = 0; i < p->n; i++) {
		struct job *job = p->order[i];

		if (job->state != JOB_DONE)
			*ret_left = true;
		if (job->state == JOB_WAITING && !find_twin(p, job, JOB_RUNNING))
			return job;
	}
	return NULL;
}

static struct feed *find_feed(struct pipeline *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct feed *f = p->jobs[i].feed;

		if (f && feed_wants_help(f))
			return f;
	}
	return NULL;
}

static void work(struct pipeline *p)
{
	bool left = true;

	while (left && !atomic_load(&p->gate.stop)) {
		struct job *job = pick(p, &left);
		struct feed *feed = job ? NULL : find_feed(p);

		if (job)
			(void)run_job(p, job); /* a failure is in p->error and has set stop */
		else if (feed)
			feed_help(feed);
		else if (left)
			(void)pthread_cond_wait(&p->gate.changed, &p->gate.mutex);
	}
}

static void *worker(void *data)
{
	struct pipeline *p = data;
	const uint64_t one = 1;

	(void)pthread_mutex_lock(&p->gate.mutex);
	work(p);
	if (--p->running == 0)
		while (write(p->done_fd, &one, sizeof(one)) < 0)
			; /* cannot fail for good: the counter is 0 */
	(void)pthread_mutex_unlock(&p->gate.mutex);
	return NULL;
}

static void update_progress(struct pipeline *p)
{
	uint64_t bytes = 0;

	(void)pthread_mutex_lock(&p->gate.mutex);
	for (size_t i = 0; i < p->n; i++) {
		const struct job *job = &p->jobs[i];

		if (job->state == JOB_DONE && job->place != JOB_STORED)
			bytes += job->source->size;
		else if (job->feed)
			bytes += stream_consumed(job->feed->stream);
	}
	if (!atomic_load(&p->gate.stop))
		progress_update(&p->progress, count_done(p), bytes);
	(void)pthread_mutex_unlock(&p->gate.mutex);
}

/* Until the last worker has come back. */
static void watch(struct pipeline *p)
{
	struct pollfd done = {p->done_fd, POLLIN, 0};

	while (!(done.revents & POLLIN)) {
		if (poll(&done, 1, p->progress.bar ? PROGRESS_MSEC : -1) < 0 && errno != EINTR)
			return; /* the workers are joined all the same */
		update_progress(p);
	}
}

/* Without a terminal: only now, since a load that fails says one line, and why. */
static void list_layers(struct pipeline *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->jobs[i].place == JOB_STAGED || p->jobs[i].place == JOB_SHARED)
			progress_layer(&p->progress, ++n, p->jobs[i].label, p->jobs[i].size);
}

int pipeline_run(struct pipeline *p)
{
	pthread_t threads[WORKERS_MAX];
	int n = 0, r = 0;

	(void)pthread_mutex_lock(&p->gate.mutex);
	for (; n < p->workers; n++) {
		r = pthread_create(&threads[n], NULL, worker, p);
		if (r != 0)
			break;
		p->running++;
	}
	(void)pthread_mutex_unlock(&p->gate.mutex);
	if (n == 0)
		return log_fail(-r, "start a thread");
	watch(p);
	for (int i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL); /* fails for wrong use only */
	progress_clear(&p->progress);
	if (p->error == 0)
		list_layers(p);
	return p->error;
}
