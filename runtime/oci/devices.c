/* SPDX-License-Identifier: MIT */
/*
 * /dev of the container: the default devices, those of linux.devices, links, and the console. All
 * by descriptors of directories inside the root; a node that is there must be the one asked for, or
 * it is an error (config-linux.md, Devices). In the place of a default device this is for what the
 * image has there only: the document may want another there, as a device or as a mount.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/fs.h"
#include "lib/path.h"
#include "mapping.h"
#include "rootfs.h"
#include "runtime/dev.h"
#include "runtime/mountfd.h"
#include "runtime/pty.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

/* runtime-linux.md, Dev symbolic links: where their target is. */
static const struct {
	const char *needs, *target, *name;
} links[] = {
	{"/proc/self/fd", "/proc/self/fd", "fd"},
	{"/proc/self/fd", "/proc/self/fd/0", "stdin"},
	{"/proc/self/fd", "/proc/self/fd/1", "stdout"},
	{"/proc/self/fd", "/proc/self/fd/2", "stderr"},
	{"/proc/kcore", "/proc/kcore", "core"},
};

struct node {
	const char *name, *host_path;
	mode_t mode; /* with its type */
	dev_t rdev;
	uid_t uid; /* of the host */
	gid_t gid;
	bool replace; /* what is there and is another */
};

/* Is the host's /dev, or another that is ready, mounted there? Nothing is made in it then. */
static bool dev_is_given(const struct oci_config *config)
{
	for (size_t i = 0; i < config->n_mounts; i++)
		if (streq(config->mounts[i].destination, "/dev") &&
		    config->mounts[i].flags & MS_BIND)
			return true;
	return false;
}

/* ---- nodes ---- */

static bool is_same(const struct stat *st, const struct node *n)
{
	if ((st->st_mode & S_IFMT) != (n->mode & S_IFMT))
		return false;
	return S_ISFIFO(n->mode) || st->st_rdev == n->rdev;
}

static int set_mode(int dirfd, const struct node *n)
{
	mode_t mode = n->mode & 07777;

	if (syscall(SYS_fchmodat2, dirfd, n->name, mode, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno != ENOSYS)
		return -errno;
	return fchmodat(dirfd, n->name, mode, 0) < 0 ? -errno : 0;
}

/* Where nodes cannot be made, or would be of no use: the host's, if it is the one. */
static int bind_node(int dirfd, const struct node *n)
{
	auto_fd int source = open(n->host_path, O_PATH | O_CLOEXEC), place = -1, tree = -1;
	struct mount_attr attr = {.propagation = MS_PRIVATE};
	struct stat st;
	int r;

	if (source < 0 || fstat(source, &st) < 0)
		return -errno;
	if (!is_same(&st, n))
		return -EPERM;
	r = fs_make_in_root(dirfd, n->name, true, &place);
	if (r < 0)
		return r;
	tree = mountfd_clone(source, "", false);
	r = tree < 0 ? tree : mountfd_setattr(tree, &attr, false);
	return r < 0 ? r : mountfd_attach(tree, place, "");
}

static uint64_t mount_id(int dirfd, const char *name)
{
	struct statx st;

	if (statx(dirfd, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0 ||
	    !(st.stx_mask & STATX_MNT_ID))
		return 0;
	return st.stx_mnt_id;
}

static bool is_mounted(int dirfd, const char *name)
{
	uint64_t id = mount_id(dirfd, name);

	return id && id != mount_id(dirfd, "");
}

/* Of the root itself, or of a tmpfs that nap made: what was bound is the host's own node. */
static bool is_containers(const struct walk *w, int dirfd, const struct node *n)
{
	const struct oci_container *oc = oci_of(w);
	uint64_t id = mount_id(dirfd, n->name);

	if (id && id == mount_id(oc->c.rootfs_fd, ""))
		return true;
	for (size_t i = 0; id && i < oc->config.n_mounts; i++) {
		int fd = oc->sources[i].tree_fd;

		if (mount_is_filled(&oc->config.mounts[i]) && fd >= 0 && id == mount_id(fd, ""))
			return true;
	}
	return false;
}

/* 1: what is there stays: it is the same, or the document has mounted it. */
static int make_way(int dirfd, const struct node *n)
{
	struct stat st;

	if (fstatat(dirfd, n->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (is_same(&st, n))
		return 1;
	if (!n->replace || S_ISDIR(st.st_mode))
		return -EEXIST;
	if (is_mounted(dirfd, n->name))
		return 1;
	return unlinkat(dirfd, n->name, 0) < 0 ? -errno : 0;
}

/* The umask is 0 here; a default ACL of the directory may still have its say. */
static int make_node(const struct walk *w, int dirfd, const struct node *n)
{
	int r = make_way(dirfd, n);

	if (r < 0)
		return r;
	if (r == 1 && !is_containers(w, dirfd, n))
		return 0;
	if (r == 0 && mknodat(dirfd, n->name, n->mode, n->rdev) < 0)
		return errno == EPERM ? bind_node(dirfd, n) : -errno;
	if (fchownat(dirfd, n->name, n->uid, n->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return set_mode(dirfd, n);
}

static mode_t type_of(const struct oci_device *d)
{
	return d->type == 'b' ? S_IFBLK : d->type == 'p' ? S_IFIFO : S_IFCHR;
}

static int make_device(struct walk *w, const struct oci_config *config, const struct oci_device *d,
		       bool replace)
{
	auto_fd int dirfd = -1;
	struct node n = {
		.name = path_basename(d->path),
		.host_path = d->path,
		.mode = type_of(d) | (d->mode & 07777),
		.rdev = d->type == 'p' ? 0 : makedev((unsigned)d->major, (unsigned)d->minor),
		.replace = replace,
	};
	int r;

	w->what = d->path;
	r = oci_host_uid(config, d->uid, &n.uid);
	if (r == 0)
		r = oci_host_gid(config, d->gid, &n.gid);
	if (r == 0)
		r = open_parent(w->c->rootfs_fd, d->path, &dirfd);
	return r < 0 ? r : make_node(w, dirfd, &n);
}

/* The first of the document's devices in the place of a default one. */
static const struct oci_device *find_device(const struct oci_config *config, const char *path)
{
	for (size_t i = 0; i < config->n_devices; i++)
		if (streq(config->devices[i].path, path))
			return &config->devices[i];
	return NULL;
}

static int make_default(struct walk *w, const struct oci_config *config,
			const struct dev_default *d, int dirfd)
{
	char path[32];
	const struct oci_device *asked;
	struct node n = {
		.name = d->name,
		.host_path = path,
		.mode = S_IFCHR | 0666,
		.rdev = makedev(d->major, d->minor),
		.replace = true,
	};
	int r;

	(void)snprintf(path, sizeof(path), "/dev/%s", d->name);
	asked = find_device(config, path);
	if (asked)
		return make_device(w, config, asked, true);
	w->what = d->name;
	r = oci_host_uid(config, 0, &n.uid);
	if (r == 0)
		r = oci_host_gid(config, 0, &n.gid);
	return r < 0 ? r : make_node(w, dirfd, &n);
}

/* ---- links ---- */

static int make_links(const struct walk *w, int dirfd)
{
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		auto_fd int there = fs_open_in_root(w->c->rootfs_fd, links[i].needs, O_PATH);

		if (there >= 0 && symlinkat(links[i].target, dirfd, links[i].name) < 0 &&
		    errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* The image's, or one made by name, would be the host's. */
static int make_ptmx(int dirfd)
{
	struct stat st;

	if (fstatat(dirfd, "ptmx", &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(st.st_mode) &&
	    unlinkat(dirfd, "ptmx", 0) < 0)
		return errno == EBUSY ? 0 : -errno; /* bound there by the document */
	return symlinkat("pts/ptmx", dirfd, "ptmx") < 0 && errno != EEXIST ? -errno : 0;
}

/* ---- all ---- */

static int fill_dev(struct walk *w, const struct oci_config *config, int dirfd)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < DEV_DEFAULTS; i++)
		r = make_default(w, config, &dev_defaults[i], dirfd);
	for (size_t i = 0; r == 0 && i < config->n_devices; i++)
		r = make_device(w, config, &config->devices[i], false);
	if (r < 0)
		return r;
	w->what = "/dev";
	r = make_links(w, dirfd);
	return r < 0 ? r : make_ptmx(dirfd);
}

int oci_rootfs_devices(struct walk *w)
{
	const struct oci_container *oc = oci_of(w);
	mode_t mask;
	int r;

	if (!has_own_root(oc))
		return 0;
	w->what = "/dev";
	r = fs_make_in_root(w->c->rootfs_fd, "/dev", false, &w->dev_dirfd);
	if (r < 0 || dev_is_given(&oc->config))
		return r;
	mask = umask(0);
	r = fill_dev(w, &oc->config, w->dev_dirfd);
	(void)umask(mask);
	return r;
}

/* ---- the console ---- */

/* From the container's devpts, and nothing that only has its name (CVE-2025-52565). */
static int open_terminal(const struct walk *w)
{
	auto_fd int pts = fs_open_in_root(w->c->rootfs_fd, "/dev/pts", O_PATH | O_DIRECTORY);
	auto_fd int master = -1;
	struct statfs st;
	int r;

	if (pts < 0)
		return pts;
	if (fstatfs(pts, &st) < 0)
		return -errno;
	if (st.f_type != DEVPTS_SUPER_MAGIC)
		return -ENODEV;
	master = openat(pts, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (master < 0)
		return -errno;
	r = pty_prepare(master, &w->c->tty_size);
	return r < 0 ? r : TAKE_FD(master);
}

/* A link of the image's would lead elsewhere. */
static int open_console_place(int dirfd)
{
	int fd = openat(dirfd, "console", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST)
		fd = openat(dirfd, "console", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int mount_console(const struct walk *w, int slave)
{
	struct mount_attr attr = {.propagation = MS_PRIVATE};
	auto_fd int place = open_console_place(w->dev_dirfd), tree = -1;
	struct stat st;
	int r;

	if (place < 0)
		return place;
	if (fstat(place, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	tree = mountfd_clone(slave, "", false);
	r = tree < 0 ? tree : mountfd_setattr(tree, &attr, false);
	return r < 0 ? r : mountfd_attach(tree, place, "");
}

int oci_rootfs_console(struct walk *w)
{
	const struct oci_container *oc = oci_of(w);
	auto_fd int slave = -1;
	uid_t uid;
	int r;

	if (!oc->config.process.terminal || !has_own_root(oc))
		return 0;
	w->what = "/dev/pts";
	w->tty_fd = open_terminal(w);
	if (w->tty_fd < 0)
		return w->tty_fd;
	r = oci_host_uid(&oc->config, oc->config.process.uid, &uid);
	if (r < 0)
		return r;
	slave = pty_open_slave(w->tty_fd, uid);
	if (slave < 0)
		return slave;
	if (dev_is_given(&oc->config))
		return 0;
	w->what = "/dev/console";
	return mount_console(w, slave);
}
