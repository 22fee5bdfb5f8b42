/* SPDX-License-Identifier: MIT */
/*
 * Becoming the app, or what is confined like it: every step takes something away. No decisions, no
 * allocation, no parsing.
 */
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caps.h"
#include "container.h"
#include "handshake.h"
#include "landlock.h"
#include "lib/fs.h"
#include "pty.h"
#include "tty.h"
#include "userns.h"

int walk_wait_for_start(struct walk *w)
{
	return handshake_wait(w->channel, STAGE_START);
}

/* nap has written the state and init has made the root, in whichever order. */
static int wait_for_both(struct walk *w)
{
	bool start = false, mounted = w->c->joined;

	while (!start || !mounted) {
		struct message m;
		int fd, r;

		r = handshake_receive(w->channel, &m, &fd);
		if (r <= 0)
			return r < 0 ? r : -EPIPE;
		start |= m.stage == STAGE_START;
		mounted |= m.stage == STAGE_MOUNTED;
	}
	return 0;
}

static int join_namespaces(struct walk *w)
{
	uint64_t flags = w->c->spec->namespaces & ~(uint64_t)(CLONE_NEWPID | CLONE_NEWUSER);

	return setns(w->c->init_pidfd, (int)flags) < 0 ? -errno : 0;
}

/* systemd has made its process the leader of one already, if that is what becomes the app. */
int walk_new_session(struct walk *w)
{
	(void)w;
	return getsid(0) != getpid() && setsid() < 0 ? -errno : 0;
}

static int open_new_terminal(struct walk *w)
{
	auto_fd int master = pty_open_joined(&w->c->tty_size), slave = -1;
	int r;

	if (master < 0)
		return master;
	tty_copy_size(master);
	slave = pty_open_slave(master, container_id(w->c, w->c->user.uid));
	if (slave < 0)
		return slave;
	r = handshake_send(w->channel, STAGE_TERMINAL, master);
	return r < 0 ? r : TAKE_FD(slave);
}

/* Beside a start of the whole container nobody else runs here yet, and /dev/pts/0 is what init
 * made. */
static int open_terminal(struct walk *w)
{
	int fd;

	if (w->c->joined)
		return open_new_terminal(w);
	fd = open("/dev/pts/0", O_RDWR | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int set_stdio(struct walk *w)
{
	if (w->c->spec->terminal) {
		int fd = open_terminal(w), r = fd < 0 ? fd : pty_take(fd);

		if (r < 0)
			return r;
	} else if (w->c->stdin_fd >= 0 && dup2(w->c->stdin_fd, STDIN_FILENO) < 0) {
		return -errno;
	}
	for (int i = 0; i < 2; i++)
		if (w->c->pipe_child_fd[i] >= 0 &&
		    dup2(w->c->pipe_child_fd[i], STDOUT_FILENO + i) < 0)
			return -errno;
	return 0;
}

int walk_new_keyring(struct walk *w)
{
	(void)w;
	/* refused outright in some sandboxes: then the app cannot reach ours either */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS &&
	    errno != EPERM)
		return -errno;
	return 0;
}

int walk_set_limits(struct walk *w)
{
	for (size_t i = 0; i < w->c->spec->n_rlimits; i++) {
		const struct rlimit_spec *l = &w->c->spec->rlimits[i];
		struct rlimit limit = l->limit, now;

		w->what = rlimit_constant(l->resource);
		if (l->best_effort && getrlimit((__rlimit_resource_t)l->resource, &now) == 0) {
			if (limit.rlim_max > now.rlim_max)
				limit.rlim_max = now.rlim_max;
			if (limit.rlim_cur > limit.rlim_max)
				limit.rlim_cur = limit.rlim_max;
		}
		if (setrlimit((__rlimit_resource_t)l->resource, &limit) < 0)
			return -errno;
	}
	return 0;
}

/* From here on the rights are those of the user namespace: all of them, until each is given up. */
static int enter_user_ns(struct walk *w)
{
	if (!userns_is_own(w->c->spec) || w->entered)
		return 0;
	return setns(w->c->init_pidfd, CLONE_NEWUSER) < 0 ? -errno : 0;
}

static int drop_bounding(struct walk *w)
{
	return caps_drop_bounding(w->c->spec->caps);
}

static int set_groups(struct walk *w)
{
	const struct user_spec *u = &w->c->user;

	return setgroups(u->n_groups, u->groups) < 0 || setresgid(u->gid, u->gid, u->gid) < 0
		       ? -errno
		       : 0;
}

/* Without no_new_privs the filter needs CAP_SYS_ADMIN, which goes with the user. */
static int early_seccomp(struct walk *w)
{
	return w->c->spec->no_new_privs ? 0 : seccomp_apply(&w->c->seccomp);
}

/* Not before the namespaces have been joined: that takes the right to trace who is in them. */
static int enter_domain(struct walk *w)
{
	return landlock_enter(w->landlock_fd);
}

static int set_user(struct walk *w)
{
	uid_t uid = w->c->user.uid;

	return setresuid(uid, uid, uid) < 0 ? -errno : 0;
}

/* What the change of ids made of it is up to the sysctl fs.suid_dumpable. */
int walk_stay_undumpable(struct walk *w)
{
	(void)w;
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;
}

int walk_take_file_ids(struct walk *w, uid_t uid, gid_t gid)
{
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) < 0)
		return -errno;
	(void)setfsgid(gid);
	(void)setfsuid(uid);
	if (setfsgid((gid_t)-1) != (int)gid || setfsuid((uid_t)-1) != (int)uid)
		return -EPERM;
	return walk_stay_undumpable(w);
}

static int set_caps(struct walk *w)
{
	return caps_set(w->c->user.uid == 0 ? w->c->spec->caps : 0);
}

/* By the bare call: libc has its own ways to an answer. */
int walk_stay_inside(struct walk *w)
{
	char path[PATH_MAX];

	(void)w;
	if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
		return -errno;
	return path[0] == '/' ? 0 : -ENOENT;
}

/* After the capabilities: the directory is entered with the app's rights. */
static int enter_working_dir(struct walk *w)
{
	w->what = w->c->spec->working_dir;
	return chdir(w->what) < 0 ? -errno : walk_stay_inside(w);
}

int walk_forbid_privileges(struct walk *w)
{
	if (!w->c->spec->no_new_privs)
		return 0;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

static int late_seccomp(struct walk *w)
{
	return w->c->spec->no_new_privs ? seccomp_apply(&w->c->seccomp) : 0;
}

int walk_find_executable(struct walk *w)
{
	int r = -ENOENT;

	w->what = w->c->spec->argv[0];
	for (char **path = w->c->candidates; *path; path++) {
		struct stat st;

		if (stat(*path, &st) < 0) {
			if (errno == EACCES)
				r = -EACCES;
			continue;
		}
		if (S_ISREG(st.st_mode) && faccessat(AT_FDCWD, *path, X_OK, AT_EACCESS) == 0) {
			w->exec_path = *path;
			return 0;
		}
		r = S_ISDIR(st.st_mode) ? -EISDIR : -EACCES;
	}
	return r;
}

/* By the bare call: libc keeps two real-time signals to itself, which the app may well have. */
int walk_reset_signals(struct walk *w)
{
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} action = {0};
	sigset_t none;

	(void)w;
	for (int signo = 1; signo < NSIG; signo++)
		(void)syscall(SYS_rt_sigaction, signo, &action, NULL, sizeof(action.mask));
	(void)sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}

/* What the app's process can do while the root is still being made, on another processor. */
static const struct step early_app_steps[] = {
	{"start a session", EXIT_NAP_SETSID, walk_new_session},
	{"make a session keyring", EXIT_NAP_KEYRING, walk_new_keyring},
	{"set", EXIT_NAP_LIMITS, walk_set_limits},
	{"reset signals", EXIT_NAP_SIGNALS, walk_reset_signals},
};

/* Whoever runs inside has these, and nothing more. */
static const struct step confine_steps[] = {
	{"enter the user namespace", EXIT_NAP_NAMESPACE, enter_user_ns},
	{"drop capabilities", EXIT_NAP_CAPABILITIES, drop_bounding},
	{"set groups", EXIT_NAP_GROUP, set_groups},
	{"enter a Landlock domain", EXIT_NAP_SECCOMP, enter_domain},
	{"load the seccomp filter", EXIT_NAP_SECCOMP, early_seccomp},
	{"set the user", EXIT_NAP_USER, set_user},
	{"stay non-dumpable", EXIT_NAP_USER, walk_stay_undumpable},
	{"set capabilities", EXIT_NAP_CAPABILITIES, set_caps},
	{"enter the working directory", EXIT_NAP_CHDIR, enter_working_dir},
	{"forbid new privileges", EXIT_NAP_NO_NEW_PRIVILEGES, walk_forbid_privileges},
};

static const struct step stdio_step[] = {
	{"set standard input and output", EXIT_NAP_STDIN, set_stdio},
};

static const struct step find_step[] = {
	{"execute", EXIT_NAP_EXEC, walk_find_executable},
};

static const struct step filter_step[] = {
	{"load the seccomp filter", EXIT_NAP_SECCOMP, late_seccomp},
};

void walk_early(struct walk *w)
{
	walk_steps(w, early_app_steps, ARRAY_SIZE(early_app_steps));
}

void walk_join_namespaces(struct walk *w)
{
	static const struct step join_step[] = {
		{"join the container", EXIT_NAP_NAMESPACE, join_namespaces},
	};

	walk_steps(w, join_step, 1);
}

void walk_join(struct walk *w)
{
	static const struct step wait_step[] = {
		{"wait for nap", EXIT_NAP_NAMESPACE, wait_for_both},
	};

	walk_steps(w, wait_step, 1);
	walk_join_namespaces(w);
}

void walk_confine(struct walk *w)
{
	walk_steps(w, confine_steps, ARRAY_SIZE(confine_steps));
}

void walk_filter(struct walk *w)
{
	walk_steps(w, filter_step, 1);
}

void walk_become_confined(struct walk *w)
{
	walk_steps(w, stdio_step, 1);
	walk_confine(w);
	walk_steps(w, find_step, 1);
	walk_filter(w);
}

static const struct step exec_step = {"execute", EXIT_NAP_EXEC, NULL};

void walk_close_rest(struct walk *w)
{
	int fd = 3 + (int)w->c->n_listen_fds;

	/* the highest descriptor of those that stay, so that one call closes all the others */
	if (w->channel != fd && dup3(w->channel, fd, 0) < 0)
		walk_fail(w, &exec_step, -errno);
	for (int i = 3; i <= fd; i++)
		if (fcntl(i, F_SETFD, 0) < 0)
			walk_fail(w, &exec_step, -errno);
	if (syscall(SYS_close_range, fd + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		walk_fail(w, &exec_step, -errno);
}

void walk_exec_stub(struct walk *w)
{
	char **argv = w->c->stub_argv;

	argv[1] = (char *)w->exec_path;
	(void)syscall(SYS_execveat, w->c->stub_fd, "", argv, w->c->env, AT_EMPTY_PATH);
	walk_fail(w, &exec_step, -errno);
}

void walk_exec_app(struct walk *w)
{
	walk_close_rest(w);
	walk_exec_stub(w);
}
