/* SPDX-License-Identifier: MIT */
/*
 * The parent's half of a start; child.c is the other, handshake.h what they say. Read this file
 * first:
 *
 *     prepare      everything that can fail with a plain sentence
 *     netns        is made aside meanwhile, by a process of its own
 *     clone init   into new namespaces; it mounts and becomes the reaper, or waits to be the app
 *     clone app    beside a reaper, into its PID namespace; it waits
 *     state        is written before the app may start
 *     start        the app's process walks its steps, and execve closes the channel; the
 *                  reaper's has closed meanwhile; the app of a service is held there (hold.h)
 *                  until systemd knows it (service_ready)
 *     checker      beside an app without a reaper: checks its health, where that is asked for
 */
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "child.h"
#include "container.h"
#include "handshake.h"
#include "health.h"
#include "hold.h"
#include "launch.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "netns.h"
#include "scope.h"
#include "service.h"
#include "state.h"
#include "userns.h"

/* How long an app that cannot be joined may take to have ended. */
#define APP_END_MS 1000

struct channels {
	int init, init_child; /* our end and the child's */
	int app, app_child;
};

static void channels_done(struct channels *ch)
{
	fd_drop(&ch->init);
	fd_drop(&ch->init_child);
	fd_drop(&ch->app);
	fd_drop(&ch->app_child);
}

pid_t clone_process(uint64_t flags, int cgroup_fd, int *ret_pidfd)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		/* to a parent that is not us the kernel sends what our own end would send it */
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
	};
	long pid;

	if (cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (__u64)cgroup_fd;
	}
	pid = syscall(SYS_clone3, &args, sizeof(args));
	return pid < 0 ? -errno : (pid_t)pid;
}

/* What init makes in its own time, or joins. */
#define LATE_NAMESPACES ((uint64_t)(CLONE_NEWCGROUP | CLONE_NEWNET | CLONE_NEWUSER))

/* Those that its first process is born into: some belong to the user namespace, if it has one. */
static uint64_t first_namespaces(const struct spec *spec)
{
	uint64_t flags = spec->namespaces & ~LATE_NAMESPACES;

	return userns_is_own(spec) ? flags & ~(uint64_t)(CLONE_NEWUTS | CLONE_NEWIPC) : flags;
}

/* The processes of a service are children of systemd, which then sees how the app ends. */
static uint64_t parent_flag(const struct container *c)
{
	return c->spec->unit && !c->joined ? CLONE_PARENT : 0;
}

static int clone_init(struct container *c, struct channels *ch)
{
	uint64_t flags = first_namespaces(c->spec);
	pid_t pid;

	pid = clone_process(flags | parent_flag(c), c->cgroup_fd, &c->init_pidfd);
	if (pid < 0)
		return log_fail(pid, "clone the container's first process");
	if (pid == 0) {
		(void)close(ch->init); /* so that our death is an end of file to it */
		child_init(c, ch->init_child, ch->app);
	}
	c->init_pid = pid;
	fd_drop(&ch->init_child);
	return 0;
}

/* The exit code of docker for a command that cannot be executed. */
static int exec_failure(const struct container *c, const struct message *m)
{
	const char *command = c->stub_argv[2];

	if (m->error == -ENOENT || m->error == -ENOTDIR) {
		(void)log_refuse(m->error,
				 strchr(command, '/')
					 ? "command \"%s\": no such file in the image "
					   "(or its interpreter is missing)"
					 : "command \"%s\": not found in the image's PATH",
				 command);
		return 127;
	}
	if (m->error == -EISDIR)
		(void)log_refuse(m->error, "command \"%s\": is a directory", command);
	else if (m->error == -EACCES)
		(void)log_refuse(m->error, "command \"%s\": not executable by this user", command);
	else
		(void)log_fail(m->error, "command \"%s\"", command);
	return 126;
}

/* Report what a child said (or that it died without a word) and translate it. */
static int child_failure(struct container *c, int r, const struct message *m)
{
	if (r < 0)
		return log_fail(r, "hear from the container's process");
	if (r == 0)
		return log_refuse(-EIO, "the container's process died while it was being started");
	c->step = m->exit_code;
	if (m->exit_code == EXIT_NAP_NETWORK)
		return netns_failure(c, m->error);
	if (netns_has_told(c))
		return m->error;
	if (m->exit_code == EXIT_NAP_EXEC)
		return exec_failure(c, m);
	if (m->exit_code == EXIT_NAP_APPARMOR)
		return log_fail(m->error, "cannot set the AppArmor profile %s", c->spec->apparmor);
	return log_fail(m->error, "cannot %s", m->text);
}

/* Nothing can be cloned beside an init that has ended: then its reason is the one to tell. */
static int clone_failure(struct container *c, const struct channels *ch, int error)
{
	struct message m;
	int fd, r;

	if (c->joined)
		return proc_send_signal(c->init_pidfd, 0) < 0
			       ? log_refuse(error, "container %s has ended", c->spec->id)
			       : log_fail(error, "clone the process");
	r = handshake_receive(ch->init, &m, &fd);
	fd_drop(&fd);
	if (r == 0 || (r == 1 && m.stage == STAGE_FAILED))
		return child_failure(c, r, &m);
	return log_fail(error, "clone the app's process");
}

/*
 * nap itself stays outside: setns(2) with CLONE_NEWPID is about the children to come only, and is
 * taken back, so that later children (the terminal's guard) are the host's again.
 */
static pid_t clone_inside(struct container *c, int *ret_pidfd)
{
	auto_fd int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	bool join = c->spec->namespaces & CLONE_NEWPID;
	pid_t pid;

	if (self < 0 || (join && setns(c->init_pidfd, CLONE_NEWPID) < 0))
		return -errno;
	pid = clone_process(parent_flag(c), c->cgroup_fd, ret_pidfd);
	if (pid != 0 && join && setns(self, CLONE_NEWPID) < 0) {
		int r = -errno;

		if (pid > 0)
			(void)proc_send_signal(*ret_pidfd, SIGKILL); /* nobody knows of it yet */
		return r;
	}
	return pid;
}

static int clone_app(struct container *c, struct channels *ch)
{
	pid_t pid = clone_inside(c, &c->app_pidfd);

	if (pid < 0)
		return clone_failure(c, ch, pid);
	if (pid == 0) {
		if (ch->init >= 0)
			(void)close(ch->init);
		(void)close(ch->app);
		child_app(c, ch->app_child);
	}
	c->app_pid = pid;
	fd_drop(&ch->app_child);
	return 0;
}

static int wait_for_mounted(struct container *c, int channel)
{
	struct message m;
	int fd, r;

	r = handshake_receive(channel, &m, &fd);
	if (r != 1 || m.stage != STAGE_MOUNTED) {
		fd_drop(&fd);
		return child_failure(c, r, &m);
	}
	c->tty_fd = fd;
	return 0;
}

static int allow_start(int channel)
{
	int r = handshake_send(channel, STAGE_START, -1);

	/* if it is gone already, it has said why */
	return r < 0 && r != -EPIPE ? log_fail(r, "start the app") : 0;
}

/* Wait until execve has closed the channel. */
static int wait_for_exec(struct container *c, int channel)
{
	struct message m;
	int fd, r;

	r = handshake_receive(channel, &m, &fd);
	if (r == 1 && m.stage == STAGE_TERMINAL) {
		c->tty_fd = fd;
		r = handshake_receive(channel, &m, &fd);
	}
	fd_drop(&fd);
	return r == 0 ? 0 : child_failure(c, r, &m);
}

/*
 * Let the app start once the root is ready: that is for its process to wait for, too, but systemd
 * reaps what has ended, and must know by then that it was the main process. So that of a service is
 * held; not before, lest a signal stop it while nobody looks.
 */
static int open_gate(struct container *c, int init, int app)
{
	int r;

	if (!c->spec->unit) {
		r = allow_start(app);
		return r == 0 ? wait_for_mounted(c, init) : r;
	}
	r = wait_for_mounted(c, init);
	c->held = r == 0 && hold_prepare(c->app_pid) == 0;
	return r == 0 ? allow_start(app) : r;
}

/* As wait_for_exec, of the app: it stands at its first instruction then, if it can be held. */
static int wait_for_app_exec(struct container *c, int channel)
{
	int held = c->held ? hold_wait(c->app_pid) : -ESRCH;
	int r = wait_for_exec(c, channel);

	c->held = held == 1;
	if (held == 0 && r == 0) /* it was killed, and could not say so */
		return child_failure(c, 0, NULL);
	return r;
}

/* Beside an app that has ended nothing can be started: then its end is what there is to tell. */
static bool app_has_ended(struct container *c)
{
	wait_for_checker(c);
	return proc_wait_end(c->app_pidfd >= 0 ? c->app_pidfd : c->init_pidfd, APP_END_MS) == 0;
}

/* Beside an app that runs, and that may end at any time. */
static int clone_checker(struct container *c)
{
	CLEANUP(channels_done)
	struct channels ch = {-1, -1, -1, -1};
	struct message m;
	int fd, r;
	pid_t pid;

	r = handshake_open(&ch.app, &ch.app_child);
	if (r < 0)
		return log_fail(r, "make a socket pair");
	pid = clone_inside(c, &c->checker_pidfd);
	if (pid < 0)
		return app_has_ended(c) ? 0 : log_fail(pid, "clone the health checker");
	if (pid == 0) {
		(void)close(ch.app);
		child_checker(c, ch.app_child);
	}
	fd_drop(&ch.app_child);
	r = handshake_receive(ch.app, &m, &fd);
	fd_drop(&fd);
	return r == 0 || app_has_ended(c) ? 0 : child_failure(c, r, &m);
}

static int go(const struct container *c, int channel)
{
	int r = c->scope ? handshake_send(channel, STAGE_GO, -1) : 0;

	return r < 0 ? log_fail(r, "continue the container's first process") : 0;
}

/* Init may be done before the app has even been cloned; the reaper has to find it. */
static int tell_reaper(const struct container *c, int init)
{
	return c->spec->init ? allow_start(init) : 0;
}

/* All of the network is there before the app starts. It may be while the first process has failed
 * at something else: wait_for_mounted hears of that. */
static int connect_network(struct container *c)
{
	int r = netns_wait(c);

	if (r < 0)
		c->step = EXIT_NAP_NETWORK;
	return r;
}

static int run_stages(struct container *c, struct channels *ch)
{
	int app, r;

	r = clone_init(c, ch);
	if (r == 0)
		r = scope_up(c);
	if (r == 0)
		r = go(c, ch->init);
	if (r == 0 && c->spec->init)
		r = clone_app(c, ch);
	else if (r == 0)
		c->app_pid = c->init_pid;
	if (r == 0)
		r = state_save(c);
	app = c->spec->init ? ch->app : ch->init;
	if (r == 0)
		r = tell_reaper(c, ch->init);
	if (r == 0)
		r = connect_network(c);
	if (r == 0)
		r = open_gate(c, ch->init, app);
	if (r == 0)
		r = wait_for_app_exec(c, app);
	/* should the reaper have failed, it took the app along */
	if (r == 0 && c->spec->init)
		r = wait_for_exec(c, ch->init);
	else if (r == 0 && health_is_checked(c->spec))
		r = clone_checker(c);
	return r;
}

/* Until then what is inside is half made, and partly the host's still. The app may have ended by
 * now, and all that is left of it been swept away. */
static int let_others_join(const struct container *c)
{
	if (mknodat(c->run_dirfd, STARTED_FILE, S_IFREG | 0600, 0) < 0 && errno != ENOENT)
		return log_fail(-errno, "note that %s has been started", c->spec->id);
	return 0;
}

int launch(struct container *c)
{
	CLEANUP(channels_done)
	struct channels ch = {-1, -1, -1, -1};
	int r;

	c->step = EXIT_NAP_CGROUP;
	r = cgroup_up(c);
	if (r < 0)
		return r;
	c->step = EXIT_NAP_NAMESPACE;
	r = handshake_open(&ch.init, &ch.init_child);
	if (r == 0 && c->spec->init)
		r = handshake_open(&ch.app, &ch.app_child);
	if (r < 0)
		return log_fail(r, "make a socket pair");
	r = run_stages(c, &ch);
	return r == 0 ? let_others_join(c) : r;
}

/* An app that is not checked as it should be does not run. */
static int check_sibling(struct container *c)
{
	int r;

	c->init_pidfd = (int)syscall(SYS_pidfd_open, c->app_pid, 0);
	if (c->init_pidfd < 0)
		return 0; /* it has ended already: its exit status is the one to see */
	r = clone_checker(c);
	if (r < 0)
		(void)proc_send_signal(c->init_pidfd, SIGKILL);
	return r;
}

/* What nap is to its children otherwise: the sibling of who becomes the app. Gives an exit code. */
static int stand_by(struct container *c, struct channels *ch)
{
	int r;

	fd_drop(&ch->init_child);
	r = open_gate(c, ch->init, ch->init);
	if (r == 0)
		r = wait_for_app_exec(c, ch->init);
	if (r == 0 && health_is_checked(c->spec))
		r = check_sibling(c);
	if (r == 0)
		r = let_others_join(c);
	if (r == 0 && proc_is_alive(c->app_pid))
		r = service_ready(c);
	if (r != 0)
		service_failed(c);
	return r == 0 ? 0 : 1;
}

/* The holder of the network namespace is a child, which the app would not expect to have. */
static int enter_namespaces(struct container *c)
{
	int r;

	r = unshare((int)first_namespaces(c->spec)) < 0 ? -errno : userns_join_others(c);
	if (r < 0)
		return log_fail(r, "make the namespaces");
	/* last: who has to undo it all must still be in the host's */
	r = netns_await(c);
	r = r < 0 ? netns_failure(c, r) : netns_wait(c);
	if (r == 0 && (r = netns_enter(c)) < 0)
		(void)netns_failure(c, r);
	if (r < 0) {
		c->step = EXIT_NAP_NETWORK;
		return r;
	}
	netns_release(c, true);
	userns_release(&c->userns_holder, true);
	return 0;
}

int launch_in_place(struct container *c)
{
	CLEANUP(channels_done)
	struct channels ch = {-1, -1, -1, -1};
	auto_fd int sibling = -1;
	pid_t pid;
	int r;

	c->step = EXIT_NAP_NAMESPACE;
	c->init_pid = c->app_pid = getpid();
	r = handshake_open(&ch.init, &ch.init_child);
	if (r < 0)
		return log_fail(r, "make a socket pair");
	r = state_save(c);
	if (r < 0)
		return r;
	pid = clone_process(CLONE_PARENT, -1, &sibling);
	if (pid < 0)
		return log_fail(pid, "clone the process that tells systemd");
	if (pid == 0)
		_exit(stand_by(c, &ch));
	fd_drop(&ch.init);
	r = enter_namespaces(c);
	if (r < 0) {
		(void)proc_send_signal(sibling, SIGKILL); /* else it would tell of our end, too */
		return r;
	}
	child_init(c, ch.init_child, -1);
}

int launch_into(struct container *c)
{
	CLEANUP(channels_done)
	struct channels ch = {-1, -1, -1, -1};
	int r;

	r = handshake_open(&ch.app, &ch.app_child);
	if (r < 0)
		return log_fail(r, "make a socket pair");
	r = clone_app(c, &ch);
	if (r == 0)
		r = allow_start(ch.app);
	return r == 0 ? wait_for_exec(c, ch.app) : r;
}
