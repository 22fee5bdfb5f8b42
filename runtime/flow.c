/* SPDX-License-Identifier: MIT */
/* Reading and writing what is on its way, without ever waiting for the other side alone. */
#include "flow.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define MOVE_BYTES (1U << 20)

struct flow *flow_new(int from, int to)
{
	struct flow *f = calloc(1, sizeof(*f));

	if (f) {
		f->from = from;
		f->to = to;
	}
	return f;
}

bool flow_is_full(const struct flow *f)
{
	return f->start < f->end && !f->broken;
}

void flow_read(struct flow *f)
{
	ssize_t n = read(f->from, f->data, sizeof(f->data));

	f->start = 0;
	f->end = n > 0 ? (size_t)n : 0;
	/* EIO is how a terminal says that its last user has gone */
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		f->ended = true;
}

/* A pipe that can be written to has room for that much; more would wait. */
void flow_write(struct flow *f)
{
	size_t left = f->end - f->start;
	ssize_t n = write(f->to, f->data + f->start, left > PIPE_BUF ? PIPE_BUF : left);

	if (n > 0)
		f->start += (size_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		f->broken = true;
}

void flow_move(struct flow *f)
{
	ssize_t n = -1;

	if (!f->copies && !flow_is_full(f)) {
		n = splice(f->from, NULL, f->to, NULL, MOVE_BYTES, SPLICE_F_NONBLOCK);
		f->waits = n < 0 && errno == EAGAIN && !f->waits;
		f->ended = n == 0;
		f->broken = n < 0 && errno == EPIPE;
		f->copies = n < 0 && errno == EINVAL;
	}
	if (!f->copies)
		return;
	if (flow_is_full(f))
		flow_write(f);
	else
		flow_read(f);
	f->waits = flow_is_full(f);
}

/* Somebody wants us to end, and does not care for what is left. */
static bool is_told_to_end(int signal_fd)
{
	struct signalfd_siginfo info;

	while (read(signal_fd, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGWINCH && info.ssi_signo != SIGCONT)
			return true;
	return false;
}

void flow_drain(struct flow *f, int signal_fd)
{
	do {
		while (flow_is_full(f)) {
			struct pollfd p[] = {{f->to, POLLOUT, 0}, {signal_fd, POLLIN, 0}};

			if (poll(p, 2, -1) < 0 && errno != EINTR)
				return;
			if (is_told_to_end(signal_fd))
				return;
			if (p[0].revents)
				flow_write(f);
		}
		if (!f->ended)
			flow_read(f);
	} while (flow_is_full(f));
}
