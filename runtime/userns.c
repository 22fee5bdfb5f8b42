/* SPDX-License-Identifier: MIT */
/*
 * Making a user namespace takes a process in it until its maps are written. That is one without
 * memory of its own: it shares ours, which is non-dumpable, and does nothing but wait.
 */
#include "userns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "idrange.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/proc.h"

#define STACK_BYTES 16384

bool userns_is_possible(void)
{
	return proc_kernel_is(5, 19);
}

bool userns_is_own(const struct spec *spec)
{
	return spec->namespaces & CLONE_NEWUSER;
}

uid_t container_id(const struct container *c, uid_t id)
{
	return c->id_base + id;
}

/* What is made along with it, so that it owns these as well. */
static uint64_t others(const struct spec *spec)
{
	return spec->namespaces & (CLONE_NEWUTS | CLONE_NEWIPC);
}

/* ---- processes that share our memory: bare calls, so that errno stays ours ---- */

/*
 * nap may have died before it could be told of that. Nothing of nap's is kept open: the container's
 * processes know by the end of file that it has died, and its locks are free then.
 */
static int hold(void *data)
{
	pid_t *nap = data;

	(void)syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)syscall(SYS_close_range, 0, ~0U, 0);
	while (syscall(SYS_getppid) == *nap)
		(void)syscall(SYS_pause);
	return 0;
}

struct opener {
	int userns_fd, flags;
	const char *path;
	int result; /* a descriptor: the table is ours, too */
};

static int open_inside(void *data)
{
	struct opener *o = data;

	o->result = setns(o->userns_fd, CLONE_NEWUSER) < 0 || unshare(o->flags) < 0
			    ? -1
			    : open(o->path, O_RDONLY | O_CLOEXEC);
	if (o->result < 0)
		o->result = -errno;
	return 0;
}

int userns_open_inside(int userns_fd, int flags, const char *path)
{
	const int clone_flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD;
	_Alignas(16) char stack[STACK_BYTES];
	struct opener o = {userns_fd, flags, path, -ECHILD};
	pid_t pid;

	pid = clone(open_inside, stack + sizeof(stack), clone_flags, &o);
	if (pid < 0)
		return -errno;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	/* should it have taken the dumpable bit along */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return o.result;
}

int userns_unshare_net(const struct container *c)
{
	auto_fd int fd = -1;

	if (!userns_is_own(c->spec))
		return unshare(CLONE_NEWNET) < 0 ? -errno : 0;
	fd = userns_open_inside(c->userns_fd, CLONE_NEWNET, "/proc/self/ns/net");
	if (fd < 0)
		return fd;
	return setns(fd, CLONE_NEWNET) < 0 ? -errno : 0;
}

/* ---- making it ---- */

static int write_map(pid_t pid, const char *file, const char *map)
{
	char path[64];
	auto_fd int fd = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fs_write_all(fd, map, strlen(map));
}

/* Nobody makes a user namespace in a chroot. Joining the mount namespace that we are in leads out
 * of it, and back again goes by descriptor. */
static pid_t outside_chroot(struct userns_holder *h, char *stack, int flags)
{
	auto_fd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	pid_t pid;
	int error;

	if (root < 0 || cwd < 0 || self < 0 || setns(self, CLONE_NEWNS) < 0)
		return -1;
	pid = clone(hold, stack, flags, &h->nap, &h->pidfd);
	error = errno;
	if (fchdir(root) < 0 || chroot(".") < 0 || fchdir(cwd) < 0)
		return -1; /* the holder ends with us */
	errno = error;
	return pid;
}

int userns_make(struct userns_holder *h, uint64_t with, const char *uid_map, const char *gid_map,
		int *ret_fd)
{
	const int flags = (int)with | CLONE_NEWUSER | CLONE_VM | CLONE_PIDFD | SIGCHLD;
	char *top = h->stack + sizeof(h->stack);
	pid_t pid;
	int r;

	h->nap = getpid();
	pid = clone(hold, top, flags, &h->nap, &h->pidfd);
	if (pid < 0 && errno == EPERM)
		pid = outside_chroot(h, top, flags);
	if (pid < 0)
		return -errno;
	r = write_map(pid, "uid_map", uid_map);
	if (r == 0)
		r = write_map(pid, "gid_map", gid_map);
	return r == 0 ? proc_open_namespace(pid, "user", ret_fd) : r;
}

static int make(struct container *c)
{
	char map[48];

	(void)snprintf(map, sizeof(map), "0 %u %u\n", c->id_base, IDRANGE_IDS);
	return userns_make(&c->userns_holder, others(c->spec), map, map, &c->userns_fd);
}

int userns_up(struct container *c)
{
	bool lasting = c->spec->lasting_ids || c->spec->keep;
	int r;

	if (!userns_is_own(c->spec))
		return 0;
	r = idrange_claim(c->paths, c->spec->id, c->spec->lasting_ids ? -1 : c->run_dirfd, lasting,
			  NULL, &c->id_base);
	if (r < 0)
		return r;
	r = make(c);
	if (r == 0)
		return 0;
	(void)log_fail(r, "make a user namespace");
	if (r == -ENOSPC || r == -EUSERS)
		log_hint("/proc/sys/user/max_user_namespaces says how many there may be");
	return r;
}

int userns_join_others(const struct container *c)
{
	uint64_t flags = others(c->spec);

	if (c->userns_holder.pidfd < 0 || !flags)
		return 0;
	return setns(c->userns_holder.pidfd, (int)flags) < 0 ? -errno : 0;
}

void userns_release(struct userns_holder *h, bool wait)
{
	if (h->pidfd < 0)
		return;
	if (wait)
		proc_end_child(h->pidfd);
	else
		(void)proc_send_signal(h->pidfd, SIGKILL); /* else it ends with us */
	fd_drop(&h->pidfd);
}

/* ---- who can be inside ---- */

static int refuse(const char *what, uint32_t id)
{
	(void)log_refuse(-EINVAL, "%s %u: the container has the ids 0 to %u only", what, id,
			 IDRANGE_IDS - 1);
	log_hint("UserNS=host (--userns host) does without a user namespace");
	return -EINVAL;
}

int userns_check_user(const struct container *c)
{
	const struct user_spec *u = &c->user;

	if (!userns_is_own(c->spec))
		return 0;
	if (u->uid >= IDRANGE_IDS)
		return refuse("user", u->uid);
	if (u->gid >= IDRANGE_IDS)
		return refuse("group", u->gid);
	for (size_t i = 0; i < u->n_groups; i++)
		if (u->groups[i] >= IDRANGE_IDS)
			return refuse("group", u->groups[i]);
	return 0;
}
