/* SPDX-License-Identifier: MIT */
/*
 * Populating /dev. Nodes are made anew, never bound from the host, and never taken from the image.
 */
#include "dev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "container.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "mountfd.h"
#include "pipes.h"
#include "userns.h"

#define TTY_GID 5 /* where grantpt(3) looks for it: the same in all distributions */
#define RUN_ATTR (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

const struct dev_default dev_defaults[DEV_DEFAULTS] = {
	{"null", 1, 3},	  {"zero", 1, 5},    {"full", 1, 7},
	{"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0},
};

static const struct {
	const char *target, *name;
} links[] = {
	{"/proc/self/fd", "fd"},       {"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"},
	{"/proc/self/fd/2", "stderr"}, {"/proc/kcore", "core"},	     {"pts/ptmx", "ptmx"},
};

static int add_node(struct container *c, const char *path, const struct stat *st)
{
	struct dev_node *grown = reallocarray(c->nodes, c->n_nodes + 1, sizeof(*grown));
	char *copy = strdup(path);

	if (grown)
		c->nodes = grown;
	if (!grown || !copy) {
		free(copy);
		return log_oom();
	}
	grown[c->n_nodes++] = (struct dev_node){copy, st->st_mode, st->st_rdev, st->st_uid,
						st->st_gid};
	return 0;
}

static bool is_standard(const char *name)
{
	for (size_t i = 0; i < DEV_DEFAULTS; i++)
		if (streq(dev_defaults[i].name, name))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (streq(links[i].name, name))
			return true;
	return streq(name, "pts") || streq(name, "shm") || streq(name, "mqueue") ||
	       streq(name, "console");
}

/* Every device of the host below dir. */
static int add_host_nodes(struct container *c, const char *dir, const char *prefix, int depth)
{
	auto_dir DIR *d = opendir(dir);
	struct dirent *e;

	if (!d || depth > 8)
		return 0;
	while ((e = readdir(d))) {
		auto_free char *path = text_format("%s/%s", dir, e->d_name);
		auto_free char *name = text_format("%s%s", prefix, e->d_name);
		struct stat st;
		int r = 0;

		if (!path || !name)
			return log_oom();
		if (e->d_name[0] == '.' || is_standard(name) || lstat(path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode)) {
			auto_free char *below = text_format("%s/", name);

			r = below ? add_host_nodes(c, path, below, depth + 1) : log_oom();
		} else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
			r = add_node(c, name, &st);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

/* A directory stands for all devices in it. */
static int add_device(struct container *c, const struct device_spec *d)
{
	const char *name = startswith(d->target, "/dev/");
	struct stat st;

	if (stat(d->source, &st) < 0)
		return log_fail(-errno, "look at device %s", d->source);
	if (S_ISDIR(st.st_mode)) {
		auto_free char *below = text_format("%s/", name);

		return below ? add_host_nodes(c, d->source, below, 0) : log_oom();
	}
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return log_refuse(-EINVAL, "device %s: not a device", d->source);
	return add_node(c, name, &st);
}

/* What stands for standard output or error cannot be a link to a socket: open(2) refuses those.
 * Nor, in a user namespace, to what the unit writes to instead, unless nap is there to copy it. */
static int needs_relay(const struct container *c, int fd)
{
	bool copied = c->pipe_child_fd[fd - STDOUT_FILENO] >= 0;
	struct stat st;
	int r;

	if (!c->spec->init || c->spec->terminal || copied)
		return 0;
	r = pipes_look(fd, &st);
	return r <= 0 ? r : S_ISSOCK(st.st_mode) || !pipes_can_reopen(c, &st);
}

int dev_prepare(struct container *c)
{
	for (int i = 0; i < 2; i++) {
		int r = needs_relay(c, STDOUT_FILENO + i);

		if (r < 0)
			return r;
		c->relay[i] = r;
	}
	if (c->spec->host_devices) {
		int r = add_host_nodes(c, "/dev", "", 0);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < c->spec->n_devices; i++) {
		int r = add_device(c, &c->spec->devices[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

static const char *const stream_names[2] = {"stdout", "stderr"};

/* In place of the links. The app may open its own for reading and writing, as some loggers do;
 * others in the container may write. */
static int make_relays(const struct container *c, int dirfd)
{
	for (int i = 0; i < 2; i++) {
		const char *name = stream_names[i];

		if (!c->relay[i])
			continue;
		if (unlinkat(dirfd, name, 0) < 0 || mknodat(dirfd, name, S_IFIFO | 0622, 0) < 0 ||
		    fchownat(dirfd, name, container_id(c, c->user.uid),
			     container_id(c, c->user.gid), AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
	}
	return 0;
}

/* For reading and writing: it stays open when nobody else has it. */
int dev_open_relay(const struct container *c, int dirfd, int i, int *ret_fd)
{
	int fd = -1;

	if (c->relay[i]) {
		fd = openat(dirfd, stream_names[i], O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return -errno;
	}
	*ret_fd = fd;
	return 0;
}

static int make_standard(int dirfd)
{
	for (size_t i = 0; i < DEV_DEFAULTS; i++)
		if (mknodat(dirfd, dev_defaults[i].name, S_IFCHR | 0666,
			    makedev(dev_defaults[i].major, dev_defaults[i].minor)) < 0)
			return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlinkat(links[i].target, dirfd, links[i].name) < 0)
			return -errno;
	return 0;
}

static int make_nodes(const struct container *c, int dirfd, const char **ret_what)
{
	for (size_t i = 0; i < c->n_nodes; i++) {
		const struct dev_node *n = &c->nodes[i];
		const char *slash = strrchr(n->path, '/');
		char parent[256];

		*ret_what = n->path;
		if (slash) {
			if ((size_t)(slash - n->path) >= sizeof(parent))
				return -ENAMETOOLONG;
			memcpy(parent, n->path, (size_t)(slash - n->path));
			parent[slash - n->path] = '\0';
			if (fs_mkdirs(dirfd, parent, 0755) < 0)
				return -errno;
		}
		if (mknodat(dirfd, n->path, n->mode, n->rdev) < 0 && errno != EEXIST)
			return -errno;
		if (fchownat(dirfd, n->path, container_id(c, n->uid), container_id(c, n->gid),
			     AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
	}
	return 0;
}

/* Some file systems give their root to that of the host, whoever makes them. */
static int give_root(const struct container *c, int fd)
{
	uid_t root = container_id(c, 0);

	return c->id_base && fchownat(fd, "", root, root, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

static int mount_below(const struct container *c, int dirfd, const char *name, const char *type,
		       const char *const *options, unsigned attr)
{
	auto_fd int fd = -1;
	int r;

	if (mkdirat(dirfd, name, 0755) < 0)
		return -errno;
	fd = mountfd_new(type, options, attr);
	r = fd < 0 ? fd : give_root(c, fd);
	return r < 0 ? r : mountfd_attach(fd, dirfd, name);
}

/* With the host's IPC namespace, its shared memory is what the person asked for. */
static int mount_host_shm(int dirfd)
{
	struct mount_attr attr = {.attr_set = RUN_ATTR};
	auto_fd int fd = -1;
	int r;

	if (mkdirat(dirfd, "shm", 0755) < 0)
		return -errno;
	fd = mountfd_clone(AT_FDCWD, "/dev/shm", false);
	if (fd < 0)
		return fd;
	r = mountfd_setattr(fd, &attr, false);
	return r < 0 ? r : mountfd_attach(fd, dirfd, "shm");
}

static int mount_parts(const struct container *c, int dirfd, const char **ret_what)
{
	char size[32], tty[16];
	const char *const pts[] = {"ptmxmode", "0666", "mode", "0620", "gid", tty, NULL};
	const char *const shm[] = {"mode", "1777", "size", size, NULL};
	int r;

	(void)snprintf(size, sizeof(size), "%llu", (unsigned long long)c->spec->shm_bytes);
	(void)snprintf(tty, sizeof(tty), "%u", container_id(c, TTY_GID));
	*ret_what = "/dev/pts";
	r = mount_below(c, dirfd, "pts", "devpts", pts, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (r < 0)
		return r;
	*ret_what = "/dev/shm";
	r = c->spec->namespaces & CLONE_NEWIPC
		    ? mount_below(c, dirfd, "shm", "tmpfs", shm, RUN_ATTR)
		    : mount_host_shm(dirfd);
	if (r < 0)
		return r;
	*ret_what = "/dev/mqueue";
	return mount_below(c, dirfd, "mqueue", "mqueue", NULL, RUN_ATTR);
}

int dev_up(const struct container *c, int target_fd, int *ret_dirfd, const char **ret_what)
{
	static const char *const options[] = {"mode", "755", "size", "65536k", NULL};
	auto_fd int dirfd = mountfd_new("tmpfs", options, MOUNT_ATTR_NOSUID);
	mode_t mask;
	int r;

	*ret_what = "/dev";
	if (dirfd < 0)
		return dirfd;
	r = mountfd_attach(dirfd, target_fd, "");
	mask = umask(0); /* /dev/null is for everybody */
	if (r == 0)
		r = make_standard(dirfd);
	if (r == 0)
		r = make_relays(c, dirfd);
	if (r == 0)
		r = make_nodes(c, dirfd, ret_what);
	(void)umask(mask);
	if (r == 0)
		r = mount_parts(c, dirfd, ret_what);
	if (r < 0)
		return r;
	*ret_dirfd = TAKE_FD(dirfd);
	return 0;
}
