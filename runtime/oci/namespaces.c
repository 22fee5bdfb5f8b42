/* SPDX-License-Identifier: MIT */
/*
 * The namespaces of a container of an engine: those that are joined by path, those it is born into,
 * and those that belong to its user namespace, which it enters last (runtime/userns.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "mapping.h"
#include "runtime/launch.h"
#include "runtime/userns.h"

#define MAP_MAX_BYTES 65536

/* What a user namespace owns if it is made with one. (That of PIDs is the host's, so that its first
 * process can have the rights of the host.) */
#define OWNED_NAMESPACES ((uint64_t)(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET))
/* What init makes in its own time. */
#define LATE_NAMESPACES ((uint64_t)(CLONE_NEWCGROUP | CLONE_NEWUSER | CLONE_NEWTIME))

static const struct oci_namespace_name *name_of(uint64_t type)
{
	const struct oci_namespace_name *n = oci_namespace_names;

	while (n->name && n->type != type)
		n++;
	return n;
}

/* ---- parent ---- */

/* The root would be changed for us, too, and for the host. */
static bool is_ours(int mount_fd)
{
	struct stat st, own;

	return fstat(mount_fd, &st) < 0 || stat("/proc/self/ns/mnt", &own) < 0 ||
	       (st.st_ino == own.st_ino && st.st_dev == own.st_dev);
}

static int open_one(const struct oci_namespace *n, int *ret_fd)
{
	const char *name = name_of(n->type)->name;
	auto_fd int fd = open(n->path, O_RDONLY | O_CLOEXEC);
	int type;

	if (fd < 0)
		return log_fail(-errno, "open the %s namespace %s", name, n->path);
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type < 0 || (uint64_t)(unsigned)type != n->type)
		return log_refuse(-EINVAL, "%s is no %s namespace", n->path, name);
	if (n->type == CLONE_NEWNS && is_ours(fd))
		return log_refuse(-EINVAL, "%s is our own mount namespace", n->path);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int oci_namespaces_open(struct oci_container *oc)
{
	const struct oci_config *config = &oc->config;
	const struct oci_namespace *mount;

	if (config->n_namespaces > ARRAY_SIZE(oc->joined_fd))
		return log_refuse(-E2BIG, "linux.namespaces: too many");
	for (size_t i = 0; i < config->n_namespaces; i++) {
		const struct oci_namespace *n = &config->namespaces[i];
		int r;

		if (!n->path)
			continue;
		r = open_one(n, &oc->joined_fd[i]);
		if (r < 0)
			return r;
	}
	mount = oci_namespace(config, CLONE_NEWNS);
	oc->mounts_its_own = mount && !mount->path;
	return 0;
}

static int make_user(struct oci_container *oc)
{
	const struct oci_config *config = &oc->config;
	int r = oci_mapping_namespace(config->uids, config->n_uids, config->gids, config->n_gids,
				      &oc->c.userns_fd);

	return r < 0 ? log_fail(r, "make a user namespace") : 0;
}

static int read_map(int userns_fd, const char *path, struct oci_mapping **ret, size_t *ret_n)
{
	auto_fd int fd = userns_open_inside(userns_fd, 0, path);
	auto_free char *text = NULL;
	struct oci_mapping m;
	int n = 0, r;

	if (*ret_n > 0)
		return 0;
	r = fd < 0 ? fd : fs_read_fd(fd, MAP_MAX_BYTES, &text, NULL);
	if (r < 0)
		return log_fail(r, "read %s of the user namespace", path);
	for (char *p = text; sscanf(p, "%u %u %u%n", &m.inside, &m.outside, &m.n, &n) == 3;
	     p += n) {
		struct oci_mapping *grown = reallocarray(*ret, *ret_n + 1, sizeof(m));

		if (!grown)
			return log_oom();
		*ret = grown;
		grown[(*ret_n)++] = m;
	}
	return 0;
}

/* One that somebody made: its maps are in force, whatever the config says or does not say. */
static int take_user(struct oci_container *oc, int fd)
{
	struct oci_config *config = &oc->config;
	int r;

	oc->c.userns_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (oc->c.userns_fd < 0)
		return log_fail(-errno, "duplicate a descriptor");
	r = read_map(fd, "/proc/self/uid_map", &config->uids, &config->n_uids);
	return r < 0 ? r : read_map(fd, "/proc/self/gid_map", &config->gids, &config->n_gids);
}

static int make_owned(struct oci_container *oc)
{
	for (size_t i = 0; i < oc->config.n_namespaces; i++) {
		const struct oci_namespace *n = &oc->config.namespaces[i];
		char path[32];

		if (n->path || !(n->type & OWNED_NAMESPACES))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", name_of(n->type)->proc);
		oc->joined_fd[i] = userns_open_inside(oc->c.userns_fd, (int)n->type, path);
		if (oc->joined_fd[i] < 0)
			return log_fail(oc->joined_fd[i], "make the %s namespace",
					name_of(n->type)->name);
	}
	return 0;
}

int oci_namespaces_up(struct oci_container *oc)
{
	const struct oci_namespace *user = oci_namespace(&oc->config, CLONE_NEWUSER);
	int r;

	if (!user)
		return 0;
	r = user->path ? take_user(oc, oc->joined_fd[user - oc->config.namespaces]) : make_user(oc);
	if (r == 0)
		r = make_owned(oc);
	oc->spec->namespaces |= CLONE_NEWUSER; /* it is entered, whoever made it */
	return r;
}

uint64_t oci_namespaces_to_clone(const struct oci_container *oc)
{
	uint64_t flags = oc->spec->namespaces & ~LATE_NAMESPACES;

	return oc->c.userns_fd >= 0 ? flags & ~OWNED_NAMESPACES : flags;
}

/* setns(2) with CLONE_NEWPID is about the children to come only, and is taken back. */
pid_t oci_clone(uint64_t flags, int cgroup_fd, int pidns_fd, int *ret_pidfd)
{
	auto_fd int self = pidns_fd < 0 ? -1 : (int)syscall(SYS_pidfd_open, getpid(), 0);
	pid_t pid;

	if (pidns_fd < 0)
		return clone_process(flags, cgroup_fd, ret_pidfd);
	if (self < 0 || setns(pidns_fd, CLONE_NEWPID) < 0)
		return -errno;
	pid = clone_process(flags, cgroup_fd, ret_pidfd);
	if (pid != 0 && setns(self, CLONE_NEWPID) < 0) {
		int r = -errno;

		if (pid > 0)
			(void)proc_send_signal(*ret_pidfd, SIGKILL); /* nobody knows of it yet */
		return r;
	}
	return pid;
}

/* ---- child ---- */

int oci_namespaces_join(struct walk *w)
{
	const struct oci_container *oc = oci_of(w);

	for (size_t i = 0; i < oc->config.n_namespaces; i++) {
		uint64_t type = oc->config.namespaces[i].type;

		/* the one of PIDs it was born into; that of users comes last */
		if (oc->joined_fd[i] < 0 || type & (CLONE_NEWPID | CLONE_NEWUSER))
			continue;
		if (setns(oc->joined_fd[i], (int)type) < 0) {
			w->what = name_of(type)->name;
			return -errno;
		}
	}
	return 0;
}

static int write_offset(int fd, const char *clock, const struct oci_time_offset *o)
{
	char text[96];
	int n;

	if (!o->given)
		return 0;
	n = snprintf(text, sizeof(text), "%s %lld %u\n", clock, (long long)o->sec, o->nsec);
	return fs_write_all(fd, text, (size_t)n);
}

/* The offsets are for who has not come yet: so it is made, set, and then entered. */
int oci_namespaces_time(struct walk *w)
{
	const struct oci_container *oc = oci_of(w);
	auto_fd int fd = -1, ns = -1;
	int r;

	if (!(oc->spec->namespaces & CLONE_NEWTIME))
		return 0;
	if (unshare(CLONE_NEWTIME) < 0)
		return -errno;
	fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	ns = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || ns < 0)
		return -errno;
	r = write_offset(fd, "monotonic", &oc->config.monotonic);
	if (r == 0)
		r = write_offset(fd, "boottime", &oc->config.boottime);
	if (r < 0)
		return r;
	return setns(ns, CLONE_NEWTIME) < 0 ? -errno : 0;
}

/* Its cgroup is the final one: it becomes the root of what is mounted. */
int oci_namespaces_cgroup(struct walk *w)
{
	return w->c->spec->namespaces & CLONE_NEWCGROUP && unshare(CLONE_NEWCGROUP) < 0 ? -errno
											: 0;
}

int oci_namespaces_enter_user(struct walk *w)
{
	const struct oci_container *oc = oci_of(w);
	uint64_t again = oc->spec->namespaces & CLONE_NEWCGROUP;

	if (oc->c.userns_fd < 0)
		return 0;
	if (oc->mounts_its_own)
		again |= CLONE_NEWNS;
	if (setns(oc->c.userns_fd, CLONE_NEWUSER) < 0 || (again && unshare((int)again) < 0))
		return -errno;
	w->entered = true;
	return 0;
}
