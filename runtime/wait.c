/* SPDX-License-Identifier: MIT */
/*
 * The foreground of nap run and nap exec: signals go to the app, bytes between the two terminals,
 * until the app has ended. One poll loop, no threads.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "pipes.h"
#include "ready.h"
#include "tty.h"

#define FDS 4 /* that are polled always */

static const int forwarded[] = {SIGHUP,	 SIGINT,  SIGQUIT, SIGUSR1, SIGUSR2,
				SIGALRM, SIGTERM, SIGCONT, SIGWINCH};

static void signal_set(sigset_t *set)
{
	(void)sigemptyset(set);
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++)
		(void)sigaddset(set, forwarded[i]);
}

void wait_block_signals(void)
{
	sigset_t set;

	signal_set(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN); /* a closed stdout is an error of write */
}

static void forward(const struct container *c, int signal_fd)
{
	struct signalfd_siginfo info;

	if (read(signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGWINCH && c->tty_fd >= 0)
		tty_copy_size(c->tty_fd);
	else
		(void)proc_send_signal(c->init_pid == c->app_pid && c->app_pidfd < 0 ? c->init_pidfd
										     : c->app_pidfd,
				       (int)info.ssi_signo); /* it may just have ended */
}

static int exit_code_of(int pidfd)
{
	siginfo_t info = {0};

	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0)
		if (errno != EINTR)
			return log_fail(-errno, "wait for the app");
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

void wait_for_checker(struct container *c)
{
	siginfo_t info;

	if (c->checker_pidfd < 0)
		return;
	(void)waitid(P_PIDFD, (id_t)c->checker_pidfd, &info, WEXITED);
	fd_drop(&c->checker_pidfd);
}

/* It is told once. */
static void hear(struct container *c)
{
	if (c->ready_fd >= 0 && ready_pass_on(c->ready_fd, 0) != 0)
		fd_drop(&c->ready_fd);
}

int wait_for_app(struct container *c)
{
	int app = c->app_pidfd >= 0 ? c->app_pidfd : c->init_pidfd;
	CLEANUP(tty_done)
	struct tty tty = TTY_INIT;
	CLEANUP(pipes_done)
	struct pipes pipes = {0};
	auto_fd int signal_fd = -1;
	sigset_t set;
	int r;

	signal_set(&set);
	signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signal_fd < 0)
		return log_fail(-errno, "make a signal descriptor");
	if (c->tty_fd >= 0) {
		r = tty_start(&tty, c->tty_fd, c->spec->interactive);
		if (r < 0)
			return r;
	}
	r = pipes_start(c, &pipes);
	if (r < 0)
		return r;
	for (;;) {
		struct pollfd fds[FDS + PIPES + 3] = {{app, POLLIN, 0},
						      {signal_fd, POLLIN, 0},
						      {c->checker_pidfd, POLLIN, 0},
						      {c->ready_fd, POLLIN, 0}};
		struct pollfd *terminal = fds + FDS + PIPES;
		nfds_t n = FDS + PIPES + (c->tty_fd >= 0 ? tty_poll(&tty, terminal) : 0);
		int ready;

		pipes_poll(&pipes, fds + FDS);
		ready = poll(fds, n, tty_timeout(&tty));

		if (ready < 0 && errno != EINTR)
			return log_fail(-errno, "poll");
		if (ready == 0)
			tty_quiet(&tty);
		if (fds[1].revents)
			forward(c, signal_fd);
		if (fds[2].revents)
			wait_for_checker(c);
		hear(c); /* before its end: it may be its last word */
		pipes_pump(c, &pipes, fds + FDS);
		if (n > FDS + PIPES)
			tty_pump(&tty, terminal);
		if (n > FDS + PIPES && tty_hung_up(&tty))
			fd_drop(&c->tty_fd);
		if (fds[0].revents)
			break;
	}
	if (c->tty_fd >= 0)
		tty_drain(&tty, signal_fd);
	pipes_drain(&pipes, signal_fd);
	return exit_code_of(app);
}
