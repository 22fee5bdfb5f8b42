/* SPDX-License-Identifier: MIT */
/*
 * The child's half of a start: the ways that the processes of a container walk (walk.h), from clone
 * to execve. What they meet on the way is in child-init.c, child-app.c and child-reaper.c.
 */
#include "child.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "container.h"
#include "handshake.h"
#include "health.h"
#include "walk.h"

/* ---- walking ---- */

struct walk walk_begin(const struct container *c, int channel)
{
	return (struct walk){
		.c = c,
		.channel = channel,
		.app_channel = -1,
		.app_pidfd = -1,
		.program_fd = -1,
		.proc_fd = -1,
		.sys_fd = -1,
		.dev_dirfd = -1,
		.tty_fd = -1,
		.landlock_fd = c->landlock_fd,
	};
}

void walk_fail(const struct walk *w, const struct step *s, int error)
{
	struct message m = {.stage = STAGE_FAILED, .exit_code = s->exit_code, .error = error};
	const char *parts[] = {s->name, w->what ? " " : "", w->what ? w->what : ""};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		for (const char *p = parts[i]; *p && n + 1 < sizeof(m.text); p++)
			m.text[n++] = *p;
	/* if nap only saw the end of file, it would take that for an execve */
	for (int tries = 0; tries < 3; tries++)
		if (send(w->channel, &m, sizeof(m), MSG_NOSIGNAL) >= 0)
			break;
	_exit(s->exit_code);
}

void walk_steps(struct walk *w, const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r;

		w->what = NULL;
		r = steps[i].run(w);
		if (r < 0)
			walk_fail(w, &steps[i], r);
	}
}

/* A service outlives nap, and is systemd's child. */
int walk_tie(struct walk *w)
{
	if (w->c->spec->unit && !w->c->joined)
		return 0;
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ? -errno : 0;
}

/* The change of user has untied it; and should nap have died meanwhile, no signal will say so. */
int walk_tie_again(struct walk *w)
{
	int r = walk_tie(w);
	char byte;

	if (r == 0 && recv(w->channel, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) == 0)
		return -EPIPE;
	return r;
}

/* ---- the ways ---- */

void child_checker(const struct container *c, int channel)
{
	struct walk w = walk_begin(c, channel);

	w.app_pidfd = c->app_pidfd >= 0 ? c->app_pidfd : c->init_pidfd;
	walk_join_namespaces(&w);
	walk_become_checker(&w);
}

void child_init(const struct container *c, int channel, int app_channel)
{
	static const struct step start_step[] = {
		{"wait for nap", EXIT_NAP_NAMESPACE, walk_wait_for_start},
	};
	static const struct step tie_step[] = {
		{"tie the container to nap", EXIT_NAP_NAMESPACE, walk_tie_again},
	};
	struct walk w = walk_begin(c, channel);

	w.app_channel = app_channel;
	walk_init(&w);
	if (c->spec->init && health_is_checked(c->spec))
		walk_become_checking_reaper(&w);
	if (c->spec->init)
		walk_become_reaper(&w);
	walk_early(&w);
	walk_steps(&w, start_step, 1);
	walk_become_confined(&w);
	walk_steps(&w, tie_step, 1);
	walk_exec_app(&w);
}

void child_app(const struct container *c, int channel)
{
	struct walk w = walk_begin(c, channel);

	walk_early(&w);
	walk_join(&w);
	walk_become_confined(&w);
	walk_exec_app(&w);
}
