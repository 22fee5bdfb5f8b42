/* SPDX-License-Identifier: MIT */
/*
 * state.json: what is on disk about a container, for every later command. Written whole, by rename,
 * into RUNROOT/ID; a kept container that has exited has it in ROOT/containers/ID instead.
 */
#pragma once

#include "container.h"

struct state {
	char *id, *image, *image_id, *command;
	char *boot; /* boot id: pids mean nothing after another */
	char *cgroup, *scope;
	pid_t owner;	     /* the nap that started it */
	pid_t pid, init_pid; /* 0: not started */
	uint64_t pid_start, init_start;
	int64_t created, finished;
	int exit_code; /* valid with finished */
	bool keep;
	uint32_t id_base; /* its ids from 0 on are those of the host from here on; 0: the same */
	/* what nap exec and nap stop need of the spec */
	struct spec *spec;
	char *text; /* the document */
};

/* Write the state of a started container into RUNROOT/state/ID. Reports. */
int state_save(const struct container *c);
/* Mark it as finished and move it into ROOT/containers/ID. Reports. */
int state_save_exit(const struct container *c, int exit_code);
/* Read the state of id, from either place. -ENOENT without a report; -EBADMSG with one. */
int state_load(const struct paths *paths, const char *id, struct state **ret);
void state_free(struct state *s);
static inline void cleanup_state(struct state **s)
{
	state_free(*s);
}
#define auto_state CLEANUP(cleanup_state)
/* A pidfd of the app; -ESRCH if it has ended, and for certain. */
int state_open_app(const struct state *s);
/* A pidfd of PID 1 of the container, or -ESRCH. */
int state_open_init(const struct state *s);
