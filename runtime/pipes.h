/* SPDX-License-Identifier: MIT */
/*
 * Standard output and error of an app in a user namespace. It may write to what it inherits, but
 * not open that again, as many do by /dev/stdout: a pipe, a file or a terminal of the host's is not
 * its. So it has pipes of its own, and nap, in the foreground, copies them on.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>

struct container;
struct flow;
struct stat;

#define PIPES 2

struct pipes {
	struct flow *flows[PIPES];
};

/* What our standard output or error is: 0 if it is closed. Reports. */
int pipes_look(int fd, struct stat *ret);
/* Can the app, by ids that are not the host's, open again what is so? */
bool pipes_can_reopen(const struct container *c, const struct stat *st);
/* Make those that are needed: c->pipe_fd to read from, c->pipe_child_fd the app's. Reports. */
int pipes_up(struct container *c);
/* The app runs: only it is to have its ends. Reports. */
int pipes_start(struct container *c, struct pipes *p);
/* Fill in PIPES entries for poll, and move what it found. */
void pipes_poll(const struct pipes *p, struct pollfd fds[static PIPES]);
void pipes_pump(struct container *c, struct pipes *p, const struct pollfd fds[static PIPES]);
/* The app has ended: copy its last words. */
void pipes_drain(struct pipes *p, int signal_fd);
void pipes_done(struct pipes *p);
