/* SPDX-License-Identifier: MIT */
/*
 * Health checks. The one who checks is a program of its own (stub-health.c): PID 1 of the container
 * as its reaper, or a process beside an app that is PID 1 itself. It is confined like the app when
 * it is executed, and is all that stays. This is what it is told and given.
 */
#pragma once

#include <stdbool.h>

/* Its argv: numbers as decimal text, times in milliseconds. */
enum health_argument {
	HEALTH_NAME,
	HEALTH_PROFILE, /* "exec PROFILE", AppArmor's that a probe runs in; empty: none */
	HEALTH_INTERVAL,
	HEALTH_TIMEOUT,
	HEALTH_RETRIES,
	HEALTH_START_PERIOD,
	HEALTH_STARTUP_INTERVAL,
	HEALTH_STARTUP_TIMEOUT,
	HEALTH_STARTUP_RETRIES, /* 0: it may fail for ever */
	HEALTH_STARTUP_SUCCESSES,
	HEALTH_WATCHDOG,    /* how often to say WATCHDOG=1; 0: no unhealthy app is ended */
	HEALTH_READY,	    /* 1: the first success is READY=1 */
	HEALTH_PROBE_WORDS, /* how many the probe's command has: they follow, then one that is
			       ignored, then the startup probe's to the end */
	HEALTH_COMMANDS,
};

/* Its descriptors, beside standard input, output and error. All signals are blocked. */
enum health_fd {
	HEALTH_FD_APP = 3,  /* a pidfd: it ends when the app does */
	HEALTH_FD_SIGNALS,  /* a signalfd of SIGCHLD, non-blocking */
	HEALTH_FD_STATE,    /* the file of HEALTH_STATE_BYTES that it writes its verdicts into */
	HEALTH_FD_NOTIFY,   /* a socket connected to systemd; may be closed */
	HEALTH_FD_MESSAGES, /* of PID 1: the socket that the app finds as systemd's; may be closed
			     */
	HEALTH_FD_FIFOS, /* two, of PID 1: /dev/stdout and /dev/stderr, to be copied; may be closed
			  */
	HEALTH_FD_END = HEALTH_FD_FIFOS + 2,
};

/* "starting", "healthy" or "unhealthy", padded with blanks, and a newline. */
#define HEALTH_STATE_BYTES 10

struct container;
struct spec;

/* Does the spec ask for health checks? */
bool health_is_checked(const struct spec *spec);
/* Make what the checker is given: its program, its arguments, the file that it writes. Reports. */
int health_prepare(struct container *c);
/*
 * Child: put the descriptors where the checker looks for them, with pidfd for the app's and
 * fifos (-1: none) for /dev/stdout and /dev/stderr. All others
 * are closed by execve(2); those in keep, n of them, are moved out of the way. Negative errno.
 */
int health_take_fds(const struct container *c, int pidfd, const int fifos[static 2], int **keep,
		    unsigned n);
