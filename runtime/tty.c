/* SPDX-License-Identifier: MIT */
/*
 * Raw mode, window size, and moving bytes. A small guard process restores our terminal even when
 * nap is killed with SIGKILL: it holds one end of a pipe and waits for the other to close.
 */
#include "tty.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flow.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"

#define EOF_MS 100
#define EOF_MS_MAX 1000

void tty_get_size(struct winsize *ret)
{
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, ret) < 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, ret) < 0)
		*ret = (struct winsize){0};
}

void tty_copy_size(int master_fd)
{
	struct winsize size;

	tty_get_size(&size);
	(void)ioctl(master_fd, TIOCSWINSZ, &size); /* the app may have ended */
}

/* Only the end of the pipe ends it: not the signals of the terminal it guards. */
__attribute__((noreturn)) static void guard(int pipe_fd, int terminal_fd,
					    const struct termios *saved)
{
	sigset_t all;
	char byte;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)prctl(PR_SET_NAME, "nap-tty-guard", 0, 0, 0);
	(void)setpgid(0, 0);
	if (dup2(terminal_fd, 0) < 0 || dup2(pipe_fd, 1) < 0)
		_exit(1);
	(void)syscall(SYS_close_range, 2, ~0U, 0);
	while (read(1, &byte, 1) < 0 && errno == EINTR)
		;
	(void)tcsetattr(0, TCSADRAIN, saved);
	_exit(0);
}

static int start_guard(struct tty *t)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return log_fail(-errno, "make a pipe");
	pid = fork();
	if (pid == 0) {
		(void)close(fds[1]);
		guard(fds[0], t->terminal_fd, &t->saved);
	}
	(void)close(fds[0]);
	if (pid < 0) {
		(void)close(fds[1]);
		return log_fail(-errno, "fork the guard of the terminal");
	}
	t->guard_fd = fds[1];
	t->guard_pid = pid;
	return 0;
}

/* Without forwarded input our terminal keeps its keys; its output is the app's terminal's already.
 */
static int enter_raw_mode(struct tty *t, bool interactive)
{
	struct termios raw;
	int r;

	t->terminal_fd = interactive ? STDIN_FILENO : STDOUT_FILENO;
	if (tcgetattr(t->terminal_fd, &t->saved) < 0)
		return 0; /* not a terminal: bytes are forwarded as they are */
	r = start_guard(t);
	if (r < 0)
		return r;
	raw = t->saved;
	if (interactive)
		cfmakeraw(&raw);
	else
		raw.c_oflag &= ~(tcflag_t)OPOST;
	if (tcsetattr(t->terminal_fd, TCSADRAIN, &raw) < 0)
		return log_fail(-errno, "set the terminal to raw mode");
	t->raw = true;
	return 0;
}

int tty_start(struct tty *t, int master_fd, bool interactive)
{
	int flags = fcntl(master_fd, F_GETFL);

	if (flags < 0 || fcntl(master_fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return log_fail(-errno, "prepare the terminal");
	t->out = flow_new(master_fd, STDOUT_FILENO);
	t->in = flow_new(STDIN_FILENO, master_fd);
	if (!t->out || !t->in)
		return log_oom();
	t->in->ended = !interactive;
	return enter_raw_mode(t, interactive);
}

bool tty_hung_up(const struct tty *t)
{
	return t->out->broken;
}

nfds_t tty_poll(const struct tty *t, struct pollfd fds[static 3])
{
	short master = 0;

	if (!flow_is_full(t->out) && !t->out->ended)
		master |= POLLIN;
	if (flow_is_full(t->in))
		master |= POLLOUT;
	fds[0] = (struct pollfd){master ? t->out->from : -1, master, 0};
	fds[1] = (struct pollfd){flow_is_full(t->out) ? t->out->to : -1, POLLOUT, 0};
	fds[2] = (struct pollfd){flow_is_full(t->in) || t->in->ended ? -1 : t->in->from, POLLIN, 0};
	return 3;
}

/* Our input has ended: the app reads end of file as a terminal gives it. */
static void send_eof(struct tty *t)
{
	struct termios mode;
	char eof = 4;

	if (tcgetattr(t->in->to, &mode) == 0)
		eof = (char)mode.c_cc[VEOF];
	(void)!write(t->in->to, &eof,
		     1); /* a full terminal has a reader who will see the end later */
	t->eof_ms = t->eof_ms ? 2 * t->eof_ms : EOF_MS;
	if (t->eof_ms > EOF_MS_MAX)
		t->eof_ms = EOF_MS_MAX;
}

/*
 * What has ended stays ended: a later read of the app has to find that too, and an end that comes
 * just when a shell changes the mode of its terminal is lost. So it is told again when all is
 * quiet.
 */
int tty_timeout(const struct tty *t)
{
	return t->eof_ms ? t->eof_ms : -1;
}

void tty_quiet(struct tty *t)
{
	send_eof(t);
}

void tty_pump(struct tty *t, const struct pollfd fds[static 3])
{
	if (fds[0].revents & (POLLIN | POLLHUP | POLLERR) && !flow_is_full(t->out))
		flow_read(t->out);
	if (fds[0].revents & POLLOUT)
		flow_write(t->in);
	if (flow_is_full(t->out))
		flow_write(t->out);
	if (fds[2].revents) {
		flow_read(t->in);
		if (flow_is_full(t->in))
			flow_write(t->in);
		else if (t->in->ended)
			send_eof(t);
	}
}

void tty_drain(struct tty *t, int signal_fd)
{
	flow_drain(t->out, signal_fd);
}

void tty_done(struct tty *t)
{
	if (t->raw)
		(void)tcsetattr(t->terminal_fd, TCSADRAIN, &t->saved); /* the guard does it again */
	fd_drop(&t->guard_fd);
	if (t->guard_pid > 0)
		while (waitpid(t->guard_pid, NULL, 0) < 0 && errno == EINTR)
			;
	free(t->in);
	free(t->out);
}
