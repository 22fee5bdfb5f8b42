/* SPDX-License-Identifier: MIT */
/*
 * Planning a load: which layers there are, each once for what lies below it; which of them the
 * store has already; how much may be unpacked, by how many workers, and in which order.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/text.h"
#include "pipeline.h"
#include "stored.h"

enum {
	/* zstd windows: two layers and two below them may be open at once in 64 MiB */
	WINDOW_LOG = 23,
	WINDOW_LOG_ALONE = 25, /* when one layer is unpacked at a time */
};

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
	uint64_t max_entries = p->limits->entries, inodes;
	struct statvfs st;

	if (fstatvfs(p->staging_fd, &st) < 0)
		return log_fail(-errno, "ask for the free space of %s", p->store->path);
	space = (uint64_t)st.f_bavail * st.f_frsize / 5 * 4;
	if (space < max_bytes)
		max_bytes = space;
	inodes = (uint64_t)st.f_favail / 5 * 4;
	if (st.f_files > 0 && inodes < max_entries) /* 0: they are made as needed */
		max_entries = inodes;
	for (size_t i = 0; i < p->n_images; i++) {
		p->totals[i].max_bytes = max_bytes;
		p->totals[i].max_entries = max_entries;
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
