/* SPDX-License-Identifier: MIT */
/*
 * What stays beside the app: PID 1 of the container as its reaper, with no rights at all, or, where
 * health is checked, with those of the app.
 */
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/securebits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caps.h"
#include "container.h"
#include "dev.h"
#include "handshake.h"
#include "health.h"
#include "reaper.h"
#include "userns.h"

/* ---- the reaper: no descriptors but what it relays, no rights, one page ---- */

/* Move them above those that have a place. */
static int take_relay(struct walk *w, int i, int *ret_stream, int *ret_fifo)
{
	auto_fd int fifo = -1;
	int r = dev_open_relay(w->c, w->dev_dirfd, i, &fifo);

	*ret_stream = *ret_fifo = -1;
	if (r < 0 || fifo < 0)
		return r;
	*ret_stream = fcntl(STDOUT_FILENO + i, F_DUPFD_CLOEXEC, REAPER_FD_END);
	*ret_fifo = fcntl(fifo, F_DUPFD_CLOEXEC, REAPER_FD_END);
	return *ret_stream < 0 || *ret_fifo < 0 ? -errno : 0;
}

static int place_relay(int i, int stream, int fifo)
{
	if (fifo < 0) {
		(void)close(REAPER_FD_STREAMS + i);
		(void)close(REAPER_FD_FIFOS + i);
		return 0;
	}
	return dup2(stream, REAPER_FD_STREAMS + i) < 0 || dup2(fifo, REAPER_FD_FIFOS + i) < 0
		       ? -errno
		       : 0;
}

/* From the app, and on to systemd: both or none. */
static int take_messages(const struct container *c, int *ret_from, int *ret_to)
{
	*ret_from = *ret_to = -1;
	if (c->messages_fd < 0)
		return 0;
	*ret_from = fcntl(c->messages_fd, F_DUPFD_CLOEXEC, REAPER_FD_END);
	*ret_to = fcntl(c->notify_fd, F_DUPFD_CLOEXEC, REAPER_FD_END);
	return *ret_from < 0 || *ret_to < 0 ? -errno : 0;
}

static int place_messages(int from, int to)
{
	if (from < 0) {
		(void)close(REAPER_FD_MESSAGES);
		(void)close(REAPER_FD_NOTIFY);
		return 0;
	}
	return dup2(from, REAPER_FD_MESSAGES) < 0 || dup2(to, REAPER_FD_NOTIFY) < 0 ? -errno : 0;
}

/* Only the stub and the channels stay, until execve closes them as well, and what is relayed. */
static int close_descriptors(struct walk *w)
{
	int streams[2], fifos[2], from, to, r;

	r = take_messages(w->c, &from, &to);
	for (int i = 0; r == 0 && i < 2; i++)
		r = take_relay(w, i, &streams[i], &fifos[i]);
	if (r < 0)
		return r;
	if (dup3(w->c->stub_fd, 0, O_CLOEXEC) < 0 || dup3(w->app_channel, 1, O_CLOEXEC) < 0 ||
	    dup3(w->channel, 2, O_CLOEXEC) < 0)
		return -errno;
	w->app_channel = 1;
	w->channel = 2;
	for (int i = 0; r == 0 && i < 2; i++)
		r = place_relay(i, streams[i], fifos[i]);
	if (r == 0)
		r = place_messages(from, to);
	if (r < 0)
		return r;
	return syscall(SYS_close_range, REAPER_FD_END, ~0U, 0) < 0 ? -errno : 0;
}

/* Without the root's privilege at execve, one call does what dropping each capability would. */
static int shed_privileges(struct walk *w)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	int r;

	(void)sigaction(SIGCHLD, &ignore, NULL);
	if (userns_is_own(w->c->spec) &&
	    (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
		return -errno;
	if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0, 0) < 0)
		return -errno;
	r = caps_set(0);
	if (r < 0)
		return r;
	/* what the change of ids made of it is up to the sysctl fs.suid_dumpable */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : walk_tie_again(w);
}

static int tell_app(struct walk *w)
{
	int r = handshake_send(w->app_channel, STAGE_MOUNTED, -1);

	return r == -EPIPE ? 0 : r; /* it is gone, and nap knows */
}

/* From tell_app on the app may run, and with CAP_SYS_PTRACE it may trace us: nothing is left here
 * that it does not have itself. The stub looks for PID 2 once. */
static const struct step reaper_steps[] = {
	{"close the init's descriptors", EXIT_NAP_NAMESPACE, close_descriptors},
	{"drop the init's privileges", EXIT_NAP_CAPABILITIES, shed_privileges},
	{"continue the app", EXIT_NAP_NAMESPACE, tell_app},
	{"wait for the app", EXIT_NAP_NAMESPACE, walk_wait_for_start},
};

void walk_become_reaper(struct walk *w)
{
	static const struct step exec_step = {"execute the init", EXIT_NAP_NAMESPACE, NULL};
	static char name[] = "init";
	char *argv[] = {name, NULL}, *env[] = {NULL};

	walk_steps(w, reaper_steps, ARRAY_SIZE(reaper_steps));
	(void)syscall(SYS_execveat, 0, "", argv, env, AT_EMPTY_PATH);
	walk_fail(w, &exec_step, -errno);
}

/* ---- becoming the health checker: confined like the app, with a few descriptors more ---- */

/* With a reaper, the app is the second process. */
static int find_app(struct walk *w)
{
	w->app_pidfd = (int)syscall(SYS_pidfd_open, 2, 0);
	return w->app_pidfd < 0 ? -errno : 0;
}

static int take_descriptors(struct walk *w)
{
	int *keep[] = {&w->channel, &w->app_channel, &w->program_fd, &w->landlock_fd};
	int fifos[2] = {-1, -1}, r = 0;

	for (int i = 0; r == 0 && w->dev_dirfd >= 0 && i < 2; i++)
		r = dev_open_relay(w->c, w->dev_dirfd, i, &fifos[i]);
	w->program_fd = w->c->checker_fd;
	return r < 0 ? r : health_take_fds(w->c, w->app_pidfd, fifos, keep, ARRAY_SIZE(keep));
}

static const struct step checker_step[] = {
	{"give the health checker its descriptors", EXIT_NAP_NAMESPACE, take_descriptors},
};

void walk_become_checker(struct walk *w)
{
	static const struct step exec_step = {"execute the health checker", EXIT_NAP_NAMESPACE,
					      NULL};
	static const struct step tell_steps[] = {
		{"tie the container to nap", EXIT_NAP_NAMESPACE, walk_tie_again},
		{"continue the app", EXIT_NAP_NAMESPACE, tell_app},
	};

	walk_early(w);
	walk_steps(w, checker_step, 1);
	walk_confine(w);
	if (w->app_channel >= 0)
		walk_steps(w, tell_steps, ARRAY_SIZE(tell_steps));
	walk_filter(w);
	(void)syscall(SYS_execveat, w->program_fd, "", w->c->checker_argv, w->c->env,
		      AT_EMPTY_PATH);
	walk_fail(w, &exec_step, -errno);
}

void walk_become_checking_reaper(struct walk *w)
{
	static const struct step steps[] = {
		{"wait for the app", EXIT_NAP_NAMESPACE, walk_wait_for_start},
		{"find the app", EXIT_NAP_NAMESPACE, find_app},
	};

	walk_steps(w, steps, ARRAY_SIZE(steps));
	walk_become_checker(w);
}
