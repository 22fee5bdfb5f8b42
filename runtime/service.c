/* SPDX-License-Identifier: MIT */
/*
 * The hand-over of a service: systemd runs nap as the unit's main process, and nap names the app
 * in its place. The app is systemd's child (launch.c), so its end is the unit's.
 */
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "container.h"
#include "hold.h"
#include "lib/log.h"
#include "lib/notify.h"
#include "lib/parse.h"
#include "lib/path.h"
#include "lib/socket.h"
#include "lib/strv.h"
#include "mountfd.h"
#include "mounts.h"
#include "userns.h"

#define LISTEN_FDS_MAX 512
#define BARRIER_TIMEOUT_MS 30000
/* Where the app finds systemd's socket: the path that it has outside, too. */
#define NOTIFY_PATH "/run/systemd/notify"

char *service_own_unit(void)
{
	auto_free char *cgroup = NULL;
	const char *name;

	if (cgroup_of(getpid(), &cgroup) < 0)
		return NULL;
	name = path_basename(cgroup);
	return endswith(name, ".service") ? strdup(name) : NULL;
}

static const char *variable_of(const char *name, const char *pid_name)
{
	const char *pid = getenv(pid_name), *value = getenv(name);
	uint64_t number;

	/* without a pid it is for whoever reads it */
	if (pid && (parse_u64(pid, 1, INT32_MAX, &number) < 0 || (pid_t)number != getpid()))
		return NULL;
	return value;
}

/* The descriptors are the app's: nothing else that we execute is to have them. */
static int take_listen_fds(struct container *c)
{
	const char *value = getenv("LISTEN_PID") ? variable_of("LISTEN_FDS", "LISTEN_PID") : NULL;
	uint64_t n;

	if (!value)
		return 0;
	if (parse_u64(value, 0, LISTEN_FDS_MAX, &n) < 0)
		return log_refuse(-EINVAL, "LISTEN_FDS=%s: not a number of descriptors", value);
	for (int fd = 3; fd < 3 + (int)n; fd++)
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			return log_fail(-errno, "take descriptor %d of LISTEN_FDS", fd);
	c->n_listen_fds = (unsigned)n;
	return 0;
}

int service_open(struct container *c)
{
	if (!c->spec->unit)
		return 0;
	c->notify_fd = notify_open();
	if (c->notify_fd == -ENXIO) {
		(void)log_refuse(-ENXIO, "no systemd waits for this service ($NOTIFY_SOCKET)");
		log_hint("nap start %s starts it", c->spec->id);
		return -ENXIO;
	}
	if (c->notify_fd < 0)
		return log_fail(c->notify_fd, "connect to $NOTIFY_SOCKET");
	return take_listen_fds(c);
}

/* The app's own pid, as getpid(2) will tell it. */
static pid_t pid_inside(const struct container *c)
{
	if (!(c->spec->namespaces & CLONE_NEWPID))
		return getpid();
	return c->spec->init ? 2 : 1;
}

static int set_env(struct container *c, const char *name, const char *value)
{
	auto_free char *assignment = text_format("%s=%s", name, value);

	return !assignment || env_set(&c->env, assignment) < 0 ? log_oom() : 0;
}

static int pass_with_pid(struct container *c, const char *name, const char *value,
			 const char *pid_name)
{
	char pid[16];
	int r;

	(void)snprintf(pid, sizeof(pid), "%d", (int)pid_inside(c));
	r = set_env(c, name, value);
	return r == 0 ? set_env(c, pid_name, pid) : r;
}

static int pass_listen_fds(struct container *c)
{
	const char *names = getenv("LISTEN_FDNAMES");
	char n[16];
	int r;

	if (c->n_listen_fds == 0)
		return 0;
	(void)snprintf(n, sizeof(n), "%u", c->n_listen_fds);
	r = pass_with_pid(c, "LISTEN_FDS", n, "LISTEN_PID");
	return r == 0 && names ? set_env(c, "LISTEN_FDNAMES", names) : r;
}

/* Beside a reaper, which passes on what systemd may hear (stub-notify.h). Gives a mount of it. */
static int own_socket(struct container *c)
{
	int r;

	r = c->messages_fd = socket_bind(SOCK_DGRAM, c->run_dirfd, "notify");
	if (r >= 0 && (fchmodat(c->run_dirfd, "notify", 0666, 0) < 0 ||
		       fchownat(c->run_dirfd, "notify", container_id(c, 0), container_id(c, 0),
				AT_SYMLINK_NOFOLLOW) < 0))
		r = -errno;
	if (r < 0)
		return log_fail(r, "make the socket of the app's messages");
	r = mountfd_clone(c->run_dirfd, "notify", false);
	return r < 0 ? log_fail(r, "open the socket of the app's messages") : r;
}

static int systemd_socket(void)
{
	const char *socket = getenv("NOTIFY_SOCKET");
	int r;

	if (*socket != '/')
		return log_refuse(-EOPNOTSUPP, "Notify=yes: $NOTIFY_SOCKET is not a path");
	r = mountfd_clone(AT_FDCWD, socket, false);
	return r < 0 ? log_fail(r, "open %s", socket) : r;
}

/* Writing to a socket is not writing to its file system: the mount is as closed as can be. */
static int pass_notify_socket(struct container *c)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
					      MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC};
	struct mount_op op = {.target = NOTIFY_PATH, .kind = OP_FILE};
	const char *watchdog;
	int r;

	op.tree_fd = c->spec->init ? own_socket(c) : systemd_socket();
	if (op.tree_fd < 0)
		return op.tree_fd;
	r = mounts_add(c, &op);
	if (r < 0)
		return r;
	r = mountfd_setattr(op.tree_fd, &attr, false);
	if (r < 0)
		return log_fail(r, "protect the socket of the app's messages");
	r = set_env(c, "NOTIFY_SOCKET", NOTIFY_PATH);
	watchdog = variable_of("WATCHDOG_USEC", "WATCHDOG_PID");
	return r == 0 && watchdog ? pass_with_pid(c, "WATCHDOG_USEC", watchdog, "WATCHDOG_PID") : r;
}

uint64_t service_watchdog_usec(void)
{
	const char *value = variable_of("WATCHDOG_USEC", "WATCHDOG_PID");
	uint64_t usec;

	return value && parse_u64(value, 1, UINT64_MAX - 1, &usec) == 0 ? usec : 0;
}

int service_prepare(struct container *c)
{
	int r;

	if (!c->spec->unit)
		return 0;
	r = pass_listen_fds(c);
	return r == 0 && c->spec->notify == NOTIFY_YES ? pass_notify_socket(c) : r;
}

int service_ready(struct container *c)
{
	char text[48];
	int r;

	(void)snprintf(text, sizeof(text), "MAINPID=%d%s", (int)c->app_pid,
		       c->spec->notify == NOTIFY_NO ? "\nREADY=1" : "");
	r = notify_send(c->notify_fd, text);
	if (r < 0)
		return log_fail(r, "tell systemd of %s", c->spec->id);
	if (notify_barrier(c->notify_fd, BARRIER_TIMEOUT_MS) < 0)
		log_warn("systemd has not answered: it may miss how %s ends", c->spec->id);
	if (c->held)
		hold_release(c->app_pid);
	c->held = false;
	return 0;
}

void service_failed(struct container *c)
{
	auto_free char *text = text_format("STATUS=%s", log_first_error());

	if (text && c->notify_fd >= 0)
		(void)notify_send(c->notify_fd, text); /* the log has it, too */
}
