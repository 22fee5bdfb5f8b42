/* SPDX-License-Identifier: MIT */
/* The two terminals of an interactive container: ours, and the master of the app's. */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <termios.h>

struct flow;

struct tty {
	struct flow *in, *out; /* ours to the app's, the app's to ours */
	int terminal_fd;       /* ours, standard input or output; -1: none */
	struct termios saved;
	bool raw;
	int eof_ms;   /* our input has ended: how long until the app is told again */
	int guard_fd; /* closing it tells the guard to restore the terminal; it does so when we die
			 too */
	int guard_pid;
};

#define TTY_INIT                                \
	{                                       \
		.guard_fd = -1, .guard_pid = -1 \
	}

/* The size of our terminal, zero if we have none. */
void tty_get_size(struct winsize *ret);
/* Take our terminal into raw mode: all of it if input is forwarded, else its output only. Reports.
 */
int tty_start(struct tty *t, int master_fd, bool interactive);
/* Fill in at most three entries for poll; their number. */
nfds_t tty_poll(const struct tty *t, struct pollfd fds[static 3]);
/* How long poll may wait, in milliseconds; -1: as long as it takes. */
int tty_timeout(const struct tty *t);
/* Nothing happened for so long. */
void tty_quiet(struct tty *t);
/* Move what poll found. */
void tty_pump(struct tty *t, const struct pollfd fds[static 3]);
/* Nobody reads our output any more: the app's terminal is to be closed, which sends it SIGHUP. */
bool tty_hung_up(const struct tty *t);
/* The app has ended: print what is still in its terminal, however slow the reader, or until one of
 * the signals of signal_fd asks us to end. */
void tty_drain(struct tty *t, int signal_fd);
/* Restore our terminal. */
void tty_done(struct tty *t);
/* Copy the size of our terminal to the app's. */
void tty_copy_size(int master_fd);
