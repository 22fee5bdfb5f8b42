/* SPDX-License-Identifier: MIT */
/*
 * All layers of a load, unpacked into the staging directory by a worker per core, largest first. A
 * layer that turns out to need the ones below it gets them unpacked first; layers the store has
 * already are not unpacked at all.
 */
#pragma once

#include "feed.h"
#include "layer.h"
#include "manifest.h"
#include "progress.h"

enum { WORKERS_MAX = 64 };

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE };

enum job_place {
	JOB_NOWHERE,
	JOB_STAGED, /* in STAGING/INDEX */
	JOB_STORED, /* in STORE/layers/KEY before this load began */
	JOB_SHARED, /* another job of this load made the same layer */
};

/* One layer on top of certain others: as often as a chain id occurs. */
struct job {
	const struct manifest_layer *source;
	struct job *below; /* NULL at the bottom */
	size_t depth;	   /* number of layers below */
	size_t index;	   /* in pipeline.jobs; names the staging directory */
	struct layer_totals *totals;
	char label[48]; /* "layer 3 (sha256:0123456789ab)" */
	enum job_state state;
	enum job_place place;
	struct feed *feed; /* while running */
	/* once done */
	char key[SHA256_HEX + 1];
	bool depends, has_root;
	uint64_t size, entries;
};

struct pipeline {
	const struct store *store;
	const struct tarball *tarball;
	const struct load_limits *limits;
	int staging_fd;
	struct progress progress;
	struct job *jobs;
	size_t n;
	struct job **order;	     /* in which they are taken up */
	struct job **tops;	     /* of each manifest, the topmost job; NULL without layers */
	struct layer_totals *totals; /* of each manifest */
	size_t n_images;
	unsigned window_log;
	int workers;
	struct gate gate;
	int running; /* workers that have not come back */
	int done_fd; /* eventfd, written by the last one */
	int error;
};

/* Plan the jobs of all images; nothing is unpacked yet (plan.c, like pipeline_done). Reports. */
int pipeline_init(struct pipeline *p, const struct store *store, const struct tarball *tarball,
		  const struct manifest_list *list, const struct load_options *options,
		  int staging_fd);
/* Unpack everything. Reports. */
int pipeline_run(struct pipeline *p);
void pipeline_done(struct pipeline *p);

/* The job that made what job shares, or job itself. */
struct job *pipeline_maker(struct pipeline *p, struct job *job);
/* An O_PATH descriptor of the fs/ of a finished job. Negative errno. */
int pipeline_open_fs(const struct pipeline *p, const struct job *job);
