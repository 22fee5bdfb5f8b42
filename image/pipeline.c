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
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/text.h"
#include "finish.h"
#include "stored.h"

enum {
	WORKERS_MAX = 64,
	/* zstd windows: two layers and two below them may be open at once in 64 MiB */
	WINDOW_LOG = 23,
	WINDOW_LOG_ALONE = 25, /* when one layer is unpacked at a time */
	PROGRESS_MSEC = 100,
};

/* ---- planning ---- */

static struct job *find_job(struct pipeline *p, const char *chain_id)
{
	for (size_t i = 0; i < p->n; i++)
		if (streq(p->jobs[i].source->chain_id, chain_id))
			return &p->jobs[i];
	return NULL;
}

static void add_job(struct pipeline *p, const struct manifest_layer *source, struct job *below,
		    struct layer_totals *totals)
{
	struct job *job = &p->jobs[p->n];

	*job = (struct job){
		.source = source,
		.below = below,
		.depth = below ? below->depth + 1 : 0,
		.index = p->n++,
		.totals = totals,
	};
	(void)snprintf(job->label, sizeof(job->label), "layer %zu (sha256:%.12s)", job->depth + 1,
		       *source->digest ? source->digest : source->diff_id);
}

static int make_jobs(struct pipeline *p, const struct manifest_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += list->items[i].n_layers;
	p->jobs = calloc(n + 1, sizeof(*p->jobs));
	p->order = calloc(n + 1, sizeof(struct job *));
	p->tops = calloc(list->n, sizeof(struct job *));
	p->totals = calloc(list->n, sizeof(*p->totals));
	if (!p->jobs || !p->order || !p->tops || !p->totals)
		return log_oom();
	p->n_images = list->n;
	for (size_t i = 0; i < list->n; i++) {
		const struct manifest *m = &list->items[i];

		for (size_t k = 0; k < m->n_layers; k++) {
			const struct manifest_layer *l = &m->layers[k];
			struct job *known = find_job(p, l->chain_id);

			if (!known)
				add_job(p, l, p->tops[i], &p->totals[i]);
			p->tops[i] = known ? known : &p->jobs[p->n - 1];
		}
	}
	return 0;
}

static int set_limits(struct pipeline *p)
{
	uint64_t max_bytes = p->limits->unpacked_bytes, space;
	struct statvfs st;

	if (fstatvfs(p->store->dirfd, &st) < 0)
		return log_fail(-errno, "ask for the free space of %s", p->store->path);
	space = (uint64_t)st.f_bavail * st.f_frsize / 5 * 4;
	if (space < max_bytes)
		max_bytes = space;
	for (size_t i = 0; i < p->n_images; i++) {
		p->totals[i].max_bytes = max_bytes;
		p->totals[i].max_entries = p->limits->entries;
	}
	return 0;
}

/* What the store has already is done. A layer that depends on those below it is found by chain id,
 * as is the bottom one, for which that is the diff id. */
static int find_stored(struct pipeline *p, struct job *job)
{
	struct stored_layer stored;
	const char *const keys[] = {job->source->diff_id, job->source->chain_id};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		int r = stored_layer_read(p->store, keys[i], &stored);

		if (r == -ENOENT)
			continue;
		if (r < 0)
			return r;
		if (!streq(stored.diff_id, job->source->diff_id) ||
		    (i == 0 && stored.depends && job->depth > 0))
			continue;
		job->state = JOB_DONE;
		job->place = JOB_STORED;
		memcpy(job->key, keys[i], sizeof(job->key));
		job->depends = stored.depends;
		job->has_root = stored.has_root;
		job->size = stored.size;
		job->entries = stored.entries;
		return 0;
	}
	return 0;
}

/* zstd frames that need much memory are unpacked one at a time, bottom up, so that none waits. */
static void choose_workers(struct pipeline *p, int workers)
{
	uint64_t window = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct source source;
		uint64_t w;

		if (p->jobs[i].state == JOB_DONE ||
		    tarball_find(p->tarball, p->jobs[i].source->member, &source) < 0)
			continue; /* a missing one is reported when it is unpacked */
		w = stream_zstd_window(&source);
		window = w > window ? w : window;
		(void)close(source.fd);
	}
	p->window_log = window > 1U << WINDOW_LOG ? WINDOW_LOG_ALONE : WINDOW_LOG;
	if (workers <= 0)
		workers = (int)sysconf(_SC_NPROCESSORS_ONLN);
	if (workers > WORKERS_MAX)
		workers = WORKERS_MAX;
	p->workers = p->window_log == WINDOW_LOG_ALONE || workers < 1 ? 1 : workers;
}

static int by_size(const void *x, const void *y)
{
	const struct job *a = *(struct job *const *)x, *b = *(struct job *const *)y;

	if (a->source->size != b->source->size)
		return a->source->size < b->source->size ? 1 : -1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static void start_progress(struct pipeline *p, bool quiet)
{
	uint64_t bytes = 0;
	size_t layers = 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->jobs[i].state != JOB_DONE) {
			bytes += p->jobs[i].source->size;
			layers++;
		}
	progress_init(&p->progress, quiet, layers, bytes);
}

int pipeline_init(struct pipeline *p, const struct store *store, const struct tarball *tarball,
		  const struct manifest_list *list, const struct load_options *options,
		  int staging_fd)
{
	int r;

	*p = (struct pipeline){
		.store = store,
		.tarball = tarball,
		.limits = &options->limits,
		.staging_fd = staging_fd,
		.done_fd = -1,
		.gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false},
	};
	r = make_jobs(p, list);
	if (r == 0)
		r = set_limits(p);
	for (size_t i = 0; i < p->n && r == 0; i++) {
		p->order[i] = &p->jobs[i];
		r = find_stored(p, &p->jobs[i]);
	}
	if (r < 0)
		return r;
	choose_workers(p, options->workers);
	if (p->workers > 1)
		qsort(p->order, p->n, sizeof(*p->order), by_size);
	start_progress(p, options->quiet);
	p->done_fd = eventfd(0, EFD_CLOEXEC);
	return p->done_fd < 0 ? log_fail(-errno, "make an eventfd") : 0;
}

void pipeline_done(struct pipeline *p)
{
	free(p->jobs);
	free(p->order);
	free(p->tops);
	free(p->totals);
	fd_drop(&p->done_fd);
}

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
	const struct layer_input input = {run, next_chunk};
	struct layer *l = &run->layer;
	const char *why;
	int r;

	r = layer_unpack(l, &input);
	if (r == 0)
		r = verify(run);
	else if (r != -ECANCELED) {
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

/* Unpack without the gate. */
static int run_unlocked(struct pipeline *p, struct job *job)
{
	auto_free struct run *run = calloc(1, sizeof(*run));
	struct source source = {.fd = -1};
	auto_fd int dirfd = -1;
	int r;

	if (!run)
		return fail(p, job, -ENOMEM, "out of memory");
	run->pipeline = p;
	run->job = job;
	run->layer.limits = p->limits;
	run->layer.totals = job->totals;
	run->layer.below = (struct layer_below){run, job->depth, wait_below, open_below};
	run->layer.finisher = (struct layer_finisher){run, take_file, flush_files};
	run->finisher.gate = &p->gate;
	r = open_staging(p, job, &dirfd);
	if (r == 0)
		r = open_feed(run, &source);
	if (r < 0) {
		(void)fail(p, job, r, strerror(-r));
	} else {
		run->layer.dirfd = dirfd;
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
	return r;
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
		(void)!write(p->done_fd, &one, sizeof(one)); /* cannot fail: the counter is 0 */
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

static void stop(struct pipeline *p, int r)
{
	(void)pthread_mutex_lock(&p->gate.mutex);
	if (!atomic_exchange(&p->gate.stop, true))
		p->error = r;
	(void)pthread_cond_broadcast(&p->gate.changed);
	(void)pthread_mutex_unlock(&p->gate.mutex);
}

/* Until the last worker has come back. The signal stays pending: it ends the process once all is
 * cleaned up and it is unblocked. */
static void watch(struct pipeline *p, int signal_fd)
{
	struct pollfd fds[] = {{p->done_fd, POLLIN, 0}, {signal_fd, POLLIN, 0}};

	while (!(fds[0].revents & POLLIN)) {
		if (poll(fds, 2, p->progress.bar ? PROGRESS_MSEC : -1) < 0 && errno != EINTR)
			return; /* the workers are joined all the same */
		if (fds[1].revents & POLLIN) {
			stop(p, -EINTR);
			fds[1].fd = -1;
			fds[1].revents = 0;
		}
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

int pipeline_run(struct pipeline *p, const sigset_t *signals)
{
	auto_fd int signal_fd = signalfd(-1, signals, SFD_CLOEXEC);
	pthread_t threads[WORKERS_MAX];
	int n = 0, r = 0;

	if (signal_fd < 0)
		return log_fail(-errno, "make a signalfd");
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
	watch(p, signal_fd);
	for (int i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL); /* fails for wrong use only */
	progress_clear(&p->progress);
	if (p->error == 0)
		list_layers(p);
	return p->error;
}
