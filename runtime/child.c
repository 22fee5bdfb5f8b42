/* SPDX-License-Identifier: MIT */
/*
 * The child's half of a start: two tables of steps, walked in order, each a few system calls on
 * what the parent prepared. No decisions, no allocation, no parsing. The first step that fails is
 * reported with its name and systemd's exit code for it.
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/securebits.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "caps.h"
#include "container.h"
#include "dev.h"
#include "handshake.h"
#include "health.h"
#include "lib/fs.h"
#include "mountfd.h"
#include "mounts.h"
#include "netns.h"
#include "procfs.h"
#include "reaper.h"
#include "tty.h"

/* What a child has opened on its way, and where it is. */
struct walk {
	const struct container *c;
	int channel;
	int app_channel;	   /* init: where the app waits */
	int app_pidfd, program_fd; /* the health checker's */
	int proc_fd, dev_dirfd;	   /* of the container's /proc and /dev */
	int tty_fd;
	const char *what; /* the object of the step that failed */
	const char *exec_path;
};

struct step {
	const char *name; /* "mount the root": completes the sentence "cannot ..." */
	int exit_code;
	int (*run)(struct walk *w);
};

/* ---- inside the new namespaces, up to a root that is ready ---- */

/* A service outlives nap, and is systemd's child. */
static int die_with_nap(struct walk *w)
{
	if (w->c->spec->unit && !w->c->joined)
		return 0;
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ? -errno : 0;
}

/* The change of user has untied it; and should nap have died meanwhile, no signal will say so. */
static int tie_again(struct walk *w)
{
	int r = die_with_nap(w);
	char byte;

	if (r == 0 && recv(w->channel, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) == 0)
		return -EPIPE;
	return r;
}

/* Only now is the cgroup the final one, so that it becomes the root of the namespace. */
static int enter_cgroup_ns(struct walk *w)
{
	int r = w->c->scope ? handshake_wait(w->channel, STAGE_GO) : 0;

	if (r < 0)
		return r;
	return unshare(CLONE_NEWCGROUP) < 0 ? -errno : 0;
}

static int make_private(struct walk *w)
{
	struct mount_attr attr = {.propagation = MS_PRIVATE};

	(void)w;
	return syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) < 0
		       ? -errno
		       : 0;
}

static int attach_root(struct walk *w)
{
	return mountfd_attach(w->c->rootfs_fd, AT_FDCWD, w->c->run_path);
}

/* A mount point of ours in the image must be a real directory (CVE-2021-30465 and its like). */
static int open_place(struct walk *w, const char *name)
{
	int fd = openat(w->c->rootfs_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && mkdirat(w->c->rootfs_fd, name, 0755) == 0)
		fd = openat(w->c->rootfs_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		w->what = name;
		return -errno;
	}
	return fd;
}

static int mount_proc(struct walk *w)
{
	auto_fd int place = open_place(w, "proc");

	return place < 0 ? place : procfs_up(place, &w->proc_fd);
}

static int mount_dev(struct walk *w)
{
	auto_fd int place = open_place(w, "dev");

	return place < 0 ? place : dev_up(w->c, place, &w->dev_dirfd, &w->what);
}

/* Only now is it needed: the kernel takes its time to make it. */
static int join_network(struct walk *w)
{
	return netns_join(w->c);
}

static int mount_sys(struct walk *w)
{
	auto_fd int place = open_place(w, "sys");

	return place < 0 ? place : sysfs_up(w->c, place, &w->what);
}

static int protect_system(struct walk *w)
{
	return procfs_protect(w->c, w->c->rootfs_fd, w->proc_fd, w->dev_dirfd, &w->what);
}

static int mount_volumes(struct walk *w)
{
	return mounts_attach(w->c, w->c->rootfs_fd, &w->what);
}

static int hide_more(struct walk *w)
{
	return procfs_mask(w->c, w->c->rootfs_fd, w->dev_dirfd, &w->what);
}

static int make_working_dir(struct walk *w)
{
	int fd, r;

	w->what = w->c->spec->working_dir;
	r = fs_make_in_root(w->c->rootfs_fd, w->what, false, &fd);
	if (r == 0)
		(void)close(fd);
	return r;
}

static int protect_root(struct walk *w)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

	return w->c->spec->read_only ? mountfd_setattr(w->c->rootfs_fd, &attr, false) : 0;
}

/* The terminal comes from the container's own devpts and is its console. */
static int make_terminal(struct walk *w)
{
	auto_fd int slave = -1, place = -1, tree = -1;
	int unlock = 0, r;

	if (!w->c->spec->terminal)
		return 0;
	w->tty_fd = openat(w->dev_dirfd, "pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (w->tty_fd < 0 || ioctl(w->tty_fd, TIOCSPTLCK, &unlock) < 0 ||
	    ioctl(w->tty_fd, TIOCSWINSZ, &w->c->tty_size) < 0)
		return -errno;
	tty_copy_size(w->tty_fd); /* here: the app may ask for it first thing */
	slave = openat(w->dev_dirfd, "pts/0", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	place = openat(w->dev_dirfd, "console", O_CREAT | O_EXCL | O_CLOEXEC | O_WRONLY, 0600);
	if (slave < 0 || place < 0)
		return -errno;
	tree = mountfd_clone(slave, "", false);
	r = tree < 0 ? tree : mountfd_attach(tree, w->dev_dirfd, "console");
	return r;
}

/*
 * In a chroot the root of our namespace is not ours, and would still be there for who joins later:
 * joining the namespace we are in makes it ours, and then the one that is replaced.
 */
static int enter_namespace_root(void)
{
	auto_fd int self = (int)syscall(SYS_pidfd_open, getpid(), 0);

	return self < 0 || setns(self, CLONE_NEWNS) < 0 ? -errno : 0;
}

static int pivot(struct walk *w)
{
	int r = enter_namespace_root();

	if (r < 0)
		return r;
	if (fchdir(w->c->rootfs_fd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

static int set_hostname(struct walk *w)
{
	const char *name = w->c->spec->hostname;

	return name && sethostname(name, strlen(name)) < 0 ? -errno : 0;
}

static int tell_mounted(struct walk *w)
{
	return handshake_send(w->channel, STAGE_MOUNTED, w->tty_fd);
}

static const struct step init_steps[] = {
	{"tie the container to nap", EXIT_NAP_NAMESPACE, die_with_nap},
	{"enter the cgroup namespace", EXIT_NAP_CGROUP, enter_cgroup_ns},
	{"make mounts private", EXIT_NAP_NAMESPACE, make_private},
	{"attach the root", EXIT_NAP_NAMESPACE, attach_root},
	{"mount /proc", EXIT_NAP_NAMESPACE, mount_proc},
	{"mount", EXIT_NAP_NAMESPACE, mount_dev},
	{"make the network namespace", EXIT_NAP_NETWORK, join_network},
	{"mount", EXIT_NAP_NAMESPACE, mount_sys},
	{"protect", EXIT_NAP_NAMESPACE, protect_system},
	{"mount on", EXIT_NAP_NAMESPACE, mount_volumes},
	{"hide", EXIT_NAP_NAMESPACE, hide_more},
	{"make the working directory", EXIT_NAP_CHDIR, make_working_dir},
	{"make the terminal", EXIT_NAP_STDIN, make_terminal},
	{"make the root read-only", EXIT_NAP_NAMESPACE, protect_root},
	{"enter the root", EXIT_NAP_NAMESPACE, pivot},
	{"set the host name", EXIT_NAP_NAMESPACE, set_hostname},
	{"report", EXIT_NAP_NAMESPACE, tell_mounted},
};

/* ---- becoming the app ---- */

static int wait_for_start(struct walk *w)
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
	uint64_t flags = w->c->spec->namespaces & ~(uint64_t)CLONE_NEWPID;

	return setns(w->c->init_pidfd, (int)flags) < 0 ? -errno : 0;
}

/* systemd has made its process the leader of one already, if that is what becomes the app. */
static int new_session(struct walk *w)
{
	(void)w;
	return getsid(0) != getpid() && setsid() < 0 ? -errno : 0;
}

/*
 * A terminal in a container that runs already: its /dev is in other hands, so what is opened must
 * prove to be the multiplexer of a devpts.
 */
static int open_new_terminal(struct walk *w)
{
	auto_fd int master = fs_openat2(AT_FDCWD, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK,
					0, RESOLVE_NO_SYMLINKS);
	struct statfs fs;
	struct stat st;
	int unlock = 0, slave, r;

	if (master < 0)
		return master;
	if (fstatfs(master, &fs) < 0 || fstat(master, &st) < 0)
		return -errno;
	if (fs.f_type != DEVPTS_SUPER_MAGIC || st.st_rdev != makedev(5, 2))
		return -ENOTTY;
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0 ||
	    ioctl(master, TIOCSWINSZ, &w->c->tty_size) < 0)
		return -errno;
	tty_copy_size(master);
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return -errno;
	r = handshake_send(w->channel, STAGE_TERMINAL, master);
	if (r < 0) {
		(void)close(slave);
		return r;
	}
	return slave;
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
	int fd = w->c->stdin_fd;

	if (w->c->spec->terminal) {
		fd = open_terminal(w);
		if (fd < 0)
			return fd;
		if (ioctl(fd, TIOCSCTTY, 0) < 0 || fchown(fd, w->c->user.uid, (gid_t)-1) < 0 ||
		    dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
			return -errno;
	}
	return fd >= 0 && dup2(fd, STDIN_FILENO) < 0 ? -errno : 0;
}

static int new_keyring(struct walk *w)
{
	(void)w;
	/* refused outright in some sandboxes: then the app cannot reach ours either */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS &&
	    errno != EPERM)
		return -errno;
	return 0;
}

static int set_limits(struct walk *w)
{
	for (size_t i = 0; i < w->c->spec->n_rlimits; i++) {
		const struct rlimit_spec *l = &w->c->spec->rlimits[i];
		struct rlimit limit = l->limit, now;

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

static int set_user(struct walk *w)
{
	uid_t uid = w->c->user.uid;

	return setresuid(uid, uid, uid) < 0 ? -errno : 0;
}

/* What the change of ids made of it is up to the sysctl fs.suid_dumpable. */
static int stay_undumpable(struct walk *w)
{
	(void)w;
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;
}

static int set_caps(struct walk *w)
{
	return caps_set(w->c->user.uid == 0 ? w->c->spec->caps : 0);
}

/* After the capabilities: the directory is entered with the app's rights. What getcwd then says
 * must lie inside the root (CVE-2024-21626). */
static int enter_working_dir(struct walk *w)
{
	char path[PATH_MAX];

	w->what = w->c->spec->working_dir;
	if (chdir(w->what) < 0)
		return -errno;
	if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
		return -errno;
	return path[0] == '/' ? 0 : -ENOENT;
}

static int forbid_privileges(struct walk *w)
{
	if (!w->c->spec->no_new_privs)
		return 0;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

static int late_seccomp(struct walk *w)
{
	return w->c->spec->no_new_privs ? seccomp_apply(&w->c->seccomp) : 0;
}

/* The first candidate the app's user may execute; else the most telling errno. */
static int find_executable(struct walk *w)
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
static int reset_signals(struct walk *w)
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
	{"start a session", EXIT_NAP_SETSID, new_session},
	{"make a session keyring", EXIT_NAP_KEYRING, new_keyring},
	{"set resource limits", EXIT_NAP_LIMITS, set_limits},
	{"drop capabilities", EXIT_NAP_CAPABILITIES, drop_bounding},
	{"reset signals", EXIT_NAP_SIGNALS, reset_signals},
};

/* Whoever runs inside has these, and nothing more. */
static const struct step confine_steps[] = {
	{"set groups", EXIT_NAP_GROUP, set_groups},
	{"load the seccomp filter", EXIT_NAP_SECCOMP, early_seccomp},
	{"set the user", EXIT_NAP_USER, set_user},
	{"stay non-dumpable", EXIT_NAP_USER, stay_undumpable},
	{"set capabilities", EXIT_NAP_CAPABILITIES, set_caps},
	{"enter the working directory", EXIT_NAP_CHDIR, enter_working_dir},
	{"forbid new privileges", EXIT_NAP_NO_NEW_PRIVILEGES, forbid_privileges},
};

static const struct step stdio_step[] = {
	{"set standard input and output", EXIT_NAP_STDIN, set_stdio},
};

static const struct step find_step[] = {
	{"execute", EXIT_NAP_EXEC, find_executable},
};

static const struct step filter_step[] = {
	{"load the seccomp filter", EXIT_NAP_SECCOMP, late_seccomp},
};

/* ---- walking ---- */

__attribute__((noreturn)) static void fail(const struct walk *w, const struct step *s, int error)
{
	struct message m = {.stage = STAGE_FAILED, .exit_code = s->exit_code, .error = error};
	const char *parts[] = {s->name, w->what ? " " : "", w->what ? w->what : ""};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		for (const char *p = parts[i]; *p && n + 1 < sizeof(m.text); p++)
			m.text[n++] = *p;
	(void)send(w->channel, &m, sizeof(m), MSG_NOSIGNAL); /* nap sees the end of file anyway */
	_exit(s->exit_code);
}

static void walk_steps(struct walk *w, const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r;

		w->what = NULL;
		r = steps[i].run(w);
		if (r < 0)
			fail(w, &steps[i], r);
	}
}

static void confine_app(struct walk *w)
{
	walk_steps(w, stdio_step, 1);
	walk_steps(w, confine_steps, ARRAY_SIZE(confine_steps));
	walk_steps(w, find_step, 1);
	walk_steps(w, filter_step, 1);
}

/* Hand the process over to the stub, with everything but stdio and the channel closed by exec. */
__attribute__((noreturn)) static void become_app(struct walk *w)
{
	static const struct step exec_step = {"execute", EXIT_NAP_EXEC, NULL};
	char **argv = w->c->stub_argv;
	int fd = 3 + (int)w->c->n_listen_fds;

	/* the highest descriptor of those that stay, so that one call closes all the others */
	if (w->channel != fd && dup3(w->channel, fd, 0) < 0)
		fail(w, &exec_step, -errno);
	for (int i = 3; i <= fd; i++)
		if (fcntl(i, F_SETFD, 0) < 0)
			fail(w, &exec_step, -errno);
	argv[1] = (char *)w->exec_path;
	if (syscall(SYS_close_range, fd + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		fail(w, &exec_step, -errno);
	(void)syscall(SYS_execveat, w->c->stub_fd, "", argv, w->c->env, AT_EMPTY_PATH);
	fail(w, &exec_step, -errno);
}

/* ---- becoming PID 1 of the container beside the app: no descriptors, no rights, one page ---- */

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

/* Only the stub and the channels stay, until execve closes them as well, and what is relayed. */
static int close_descriptors(struct walk *w)
{
	int streams[2], fifos[2], r = 0;

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
	if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0, 0) < 0)
		return -errno;
	r = caps_set(0);
	if (r < 0)
		return r;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : die_with_nap(w);
}

static int tell_app(struct walk *w)
{
	int r = handshake_send(w->app_channel, STAGE_MOUNTED, -1);

	return r == -EPIPE ? 0 : r; /* it is gone, and nap knows */
}

/* From tell_app on the app may run, and with CAP_SYS_PTRACE it may trace us: nothing is left here
 * that it does not have itself. */
static const struct step reaper_steps[] = {
	{"close the init's descriptors", EXIT_NAP_NAMESPACE, close_descriptors},
	{"drop the init's privileges", EXIT_NAP_CAPABILITIES, shed_privileges},
	{"continue the app", EXIT_NAP_NAMESPACE, tell_app},
};

__attribute__((noreturn)) static void become_reaper(struct walk *w)
{
	static const struct step exec_step = {"execute the init", EXIT_NAP_NAMESPACE, NULL};
	static char name[] = "init";
	char *argv[] = {name, NULL}, *env[] = {NULL};

	walk_steps(w, reaper_steps, ARRAY_SIZE(reaper_steps));
	(void)syscall(SYS_execveat, 0, "", argv, env, AT_EMPTY_PATH);
	fail(w, &exec_step, -errno);
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
	int *keep[] = {&w->channel, &w->app_channel, &w->program_fd};
	int fifos[2] = {-1, -1}, r = 0;

	for (int i = 0; r == 0 && w->dev_dirfd >= 0 && i < 2; i++)
		r = dev_open_relay(w->c, w->dev_dirfd, i, &fifos[i]);
	w->program_fd = w->c->checker_fd;
	return r < 0 ? r : health_take_fds(w->c, w->app_pidfd, fifos, keep, ARRAY_SIZE(keep));
}

static const struct step checker_step[] = {
	{"give the health checker its descriptors", EXIT_NAP_NAMESPACE, take_descriptors},
};

__attribute__((noreturn)) static void become_checker(struct walk *w)
{
	static const struct step exec_step = {"execute the health checker", EXIT_NAP_NAMESPACE,
					      NULL};
	static const struct step tell_steps[] = {
		{"tie the container to nap", EXIT_NAP_NAMESPACE, tie_again},
		{"continue the app", EXIT_NAP_NAMESPACE, tell_app},
	};

	walk_steps(w, early_app_steps, ARRAY_SIZE(early_app_steps));
	walk_steps(w, checker_step, 1);
	walk_steps(w, confine_steps, ARRAY_SIZE(confine_steps));
	if (w->app_channel >= 0)
		walk_steps(w, tell_steps, ARRAY_SIZE(tell_steps));
	walk_steps(w, filter_step, 1);
	(void)syscall(SYS_execveat, w->program_fd, "", w->c->checker_argv, w->c->env,
		      AT_EMPTY_PATH);
	fail(w, &exec_step, -errno);
}

__attribute__((noreturn)) static void become_checking_reaper(struct walk *w)
{
	static const struct step steps[] = {
		{"wait for the app", EXIT_NAP_NAMESPACE, wait_for_start},
		{"find the app", EXIT_NAP_NAMESPACE, find_app},
	};

	walk_steps(w, steps, ARRAY_SIZE(steps));
	become_checker(w);
}

void child_checker(const struct container *c, int channel)
{
	static const struct step join_step[] = {
		{"join the container", EXIT_NAP_NAMESPACE, join_namespaces},
	};
	struct walk w = {.c = c,
			 .channel = channel,
			 .app_channel = -1,
			 .app_pidfd = c->app_pidfd >= 0 ? c->app_pidfd : c->init_pidfd,
			 .dev_dirfd = -1,
			 .tty_fd = -1};

	walk_steps(&w, join_step, 1);
	become_checker(&w);
}

void child_init(const struct container *c, int channel, int app_channel)
{
	static const struct step start_step[] = {
		{"wait for nap", EXIT_NAP_NAMESPACE, wait_for_start},
	};
	static const struct step tie_step[] = {
		{"tie the container to nap", EXIT_NAP_NAMESPACE, tie_again},
	};
	struct walk w = {.c = c,
			 .channel = channel,
			 .app_channel = app_channel,
			 .proc_fd = -1,
			 .dev_dirfd = -1,
			 .tty_fd = -1};

	walk_steps(&w, init_steps, ARRAY_SIZE(init_steps));
	if (c->spec->init && health_is_checked(c->spec))
		become_checking_reaper(&w);
	if (c->spec->init)
		become_reaper(&w);
	walk_steps(&w, early_app_steps, ARRAY_SIZE(early_app_steps));
	walk_steps(&w, start_step, 1);
	confine_app(&w);
	walk_steps(&w, tie_step, 1);
	become_app(&w);
}

void child_app(const struct container *c, int channel)
{
	static const struct step join_steps[] = {
		{"wait for nap", EXIT_NAP_NAMESPACE, wait_for_both},
		{"join the container", EXIT_NAP_NAMESPACE, join_namespaces},
	};
	struct walk w = {.c = c,
			 .channel = channel,
			 .app_channel = -1,
			 .proc_fd = -1,
			 .dev_dirfd = -1,
			 .tty_fd = -1};

	walk_steps(&w, early_app_steps, ARRAY_SIZE(early_app_steps));
	walk_steps(&w, join_steps, ARRAY_SIZE(join_steps));
	confine_app(&w);
	become_app(&w);
}
