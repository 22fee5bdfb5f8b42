/* SPDX-License-Identifier: MIT */
/* Pipes of the app's own, one for both streams where they are one outside, so that what is written
 * stays in its order. */
#include "pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container.h"
#include "flow.h"
#include "lib/log.h"
#include "userns.h"

int pipes_look(int fd, struct stat *ret)
{
	if (fstat(fd, ret) == 0)
		return 1;
	return errno == EBADF ? 0 : log_fail(-errno, "look at descriptor %d", fd);
}

bool pipes_can_reopen(const struct container *c, const struct stat *st)
{
	return !userns_is_own(c->spec) || st->st_mode & S_IWOTH;
}

/* A socket cannot be opened by anybody: a reaper has a way around that (dev.c). */
static int is_wanted(const struct container *c, int fd, struct stat *st)
{
	int r = pipes_look(fd, st);

	return r <= 0 ? r : !S_ISSOCK(st->st_mode) && !pipes_can_reopen(c, st);
}

static int make(struct container *c, int i)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return log_fail(-errno, "make a pipe");
	c->pipe_fd[i] = fds[0];
	c->pipe_child_fd[i] = fds[1];
	if (fchown(fds[1], container_id(c, c->user.uid), container_id(c, c->user.gid)) < 0 ||
	    fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0)
		return log_fail(-errno, "prepare a pipe");
	return 0;
}

int pipes_up(struct container *c)
{
	struct stat st[PIPES];
	int r = 0;

	if (c->spec->terminal || (c->spec->unit && !c->joined))
		return 0;
	for (int i = 0; r == 0 && i < PIPES; i++) {
		r = is_wanted(c, STDOUT_FILENO + i, &st[i]);
		if (r <= 0)
			continue;
		if (i == 0 || c->pipe_fd[0] < 0 || st[0].st_dev != st[i].st_dev ||
		    st[0].st_ino != st[i].st_ino) {
			r = make(c, i);
			continue;
		}
		c->pipe_child_fd[i] = fcntl(c->pipe_child_fd[0], F_DUPFD_CLOEXEC, 3);
		r = c->pipe_child_fd[i] < 0 ? log_fail(-errno, "duplicate a pipe") : 0;
	}
	return r;
}

int pipes_start(struct container *c, struct pipes *p)
{
	for (int i = 0; i < PIPES; i++) {
		fd_drop(&c->pipe_child_fd[i]);
		if (c->pipe_fd[i] < 0)
			continue;
		p->flows[i] = flow_new(c->pipe_fd[i], STDOUT_FILENO + i);
		if (!p->flows[i])
			return log_oom();
	}
	return 0;
}

void pipes_poll(const struct pipes *p, struct pollfd fds[static PIPES])
{
	for (int i = 0; i < PIPES; i++) {
		const struct flow *f = p->flows[i];
		bool waits = f && f->waits;

		fds[i].fd = !f || f->ended || f->broken ? -1 : waits ? f->to : f->from;
		fds[i].events = waits ? POLLOUT : POLLIN;
		fds[i].revents = 0;
	}
}

/* Whose reader has gone is told so at its next write, as without us. */
void pipes_pump(struct container *c, struct pipes *p, const struct pollfd fds[static PIPES])
{
	for (int i = 0; i < PIPES; i++) {
		struct flow *f = p->flows[i];

		if (!fds[i].revents)
			continue;
		flow_move(f);
		if (f->broken)
			fd_drop(&c->pipe_fd[i]);
	}
}

void pipes_drain(struct pipes *p, int signal_fd)
{
	for (int i = 0; i < PIPES; i++)
		if (p->flows[i] && !p->flows[i]->broken)
			flow_drain(p->flows[i], signal_fd);
}

void pipes_done(struct pipes *p)
{
	for (int i = 0; i < PIPES; i++)
		free(p->flows[i]);
}
