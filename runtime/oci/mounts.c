/* SPDX-License-Identifier: MIT */
/*
 * The child's half of config.mounts: in their order, each on a place that is looked up inside the
 * root at that moment and held by descriptor from then on, so that no symlink leads out and none
 * that is exchanged meanwhile is followed (CVE-2021-30465).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fs.h"
#include "lib/path.h"
#include "rootfs.h"
#include "runtime/mountfd.h"

/* ---- attributes ---- */

/* What the kernel has locked (nap in a user namespace) stays as it is; all else was asked for. */
static int change(int fd, uint64_t set, uint64_t clear, bool recursive)
{
	struct mount_attr attr = {.attr_set = set, .attr_clr = clear};
	int r;

	if (!set && !clear)
		return 0;
	r = mountfd_setattr(fd, &attr, recursive);
	if (r != -EPERM || !clear)
		return r;
	attr.attr_clr &= MOUNT_ATTR__ATIME;
	return mountfd_setattr(fd, &attr, recursive);
}

static int propagate(int fd, uint64_t kind)
{
	struct mount_attr attr = {.propagation = kind & ~(uint64_t)MS_REC};

	return mountfd_setattr(fd, &attr, kind & MS_REC);
}

/* By what is mounted below it, and by nap. */
bool mount_is_filled(const struct oci_mount *m)
{
	return is_kind(m, "tmpfs") && !(m->flags & (MS_BIND | MS_REMOUNT));
}

int mount_change(const struct oci_mount *m, int fd)
{
	uint64_t late = mount_is_filled(m) ? MOUNT_ATTR_RDONLY : 0;
	int r = change(fd, m->set & ~late, m->clear, false);

	if (r == 0)
		r = change(fd, m->rec_set & ~late, m->rec_clear, true);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(m->propagation) && m->propagation[i]; i++)
		r = propagate(fd, m->propagation[i]);
	return r;
}

/* ---- places ---- */

/* Of proc and sysfs each nap and the kernel find by name what they are to find there: nothing of
 * the image's may lead elsewhere (CVE-2019-19921, CVE-2023-27561). */
static int open_real_directory(struct walk *w, const char *path, int *ret_fd)
{
	const uint64_t resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS;
	int rootfd = w->c->rootfs_fd, made = -1, r;
	int fd = fs_openat2(rootfd, path, O_PATH | O_DIRECTORY, 0, resolve);

	if (fd == -ENOENT) {
		r = fs_make_in_root(rootfd, path, false, &made);
		if (r < 0)
			return r;
		(void)close(made);
		fd = fs_openat2(rootfd, path, O_PATH | O_DIRECTORY, 0, resolve);
	}
	if (fd == -ELOOP || fd == -ENOTDIR)
		w->what = "/proc or /sys, which must be mounted on ordinary directory";
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

int open_parent(int rootfd, const char *path, int *ret_fd)
{
	size_t n = (size_t)(path_basename(path) - path);
	char parent[PATH_MAX];

	if (n >= sizeof(parent))
		return -ENAMETOOLONG;
	memcpy(parent, path, n);
	parent[n] = '\0';
	return fs_make_in_root(rootfd, parent, false, ret_fd);
}

/* The last component as it is, be it a symlink. */
static int open_without_following(int rootfd, const char *path, bool as_file, int *ret_fd)
{
	const char *name = path_basename(path);
	auto_fd int dirfd = -1;
	int fd, r = open_parent(rootfd, path, &dirfd);

	if (r < 0)
		return r;
	fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		r = fs_make_in_root(dirfd, name, as_file, &fd);
		if (r < 0)
			return r;
	}
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

static bool is_there(const struct walk *w, const char *path)
{
	auto_fd int fd = fs_open_in_root(w->c->rootfs_fd, path, O_PATH);

	return fd >= 0;
}

/* What move_mount(2) has but one errno for. */
static int check_place(int fd, bool is_dir)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode) == is_dir)
		return 0;
	return is_dir ? -ENOTDIR : -EISDIR;
}

static int open_place(struct walk *w, const struct oci_mount *m, bool is_dir, struct place *ret)
{
	int rootfd = w->c->rootfs_fd, r;

	ret->was_there = is_kind(m, "tmpfs") && is_there(w, m->destination);
	if (filesystem_wants_real_directory(m))
		return open_real_directory(w, m->destination, &ret->fd);
	if (m->dest_no_follow)
		r = open_without_following(rootfd, m->destination, !is_dir, &ret->fd);
	else
		r = fs_make_in_root(rootfd, m->destination, !is_dir, &ret->fd);
	return r < 0 ? r : check_place(ret->fd, is_dir);
}

static void place_done(struct place *p)
{
	fd_drop(&p->fd);
}

/* ---- mounting ---- */

/* A link of the host in place of a mount; one that is there already will do. */
static int copy_link(const struct walk *w, const struct oci_mount *m, const char *target)
{
	const char *name = path_basename(m->destination);
	auto_fd int dirfd = -1;
	int r = open_parent(w->c->rootfs_fd, m->destination, &dirfd);

	if (r < 0)
		return r;
	return symlinkat(target, dirfd, name) < 0 && errno != EEXIST ? -errno : 0;
}

/* The topmost mount on a place, and not the directory that it covers. */
static int change_what_is_there(struct walk *w, const struct oci_mount *m)
{
	auto_fd int fd = fs_open_in_root(w->c->rootfs_fd, m->destination, O_PATH);
	int r = fd < 0 ? fd : mount_change(m, fd);

	return r == 0 && m->flags & MS_REMOUNT ? filesystem_remount(m, fd) : r;
}

/* By these two nap reaches them later, whatever happens to the names. */
static void remember(struct walk *w, const struct oci_mount *m, int *fd)
{
	int *place = streq(m->destination, "/proc")  ? &w->proc_fd
		     : streq(m->destination, "/sys") ? &w->sys_fd
						     : NULL;

	if (!place)
		return;
	fd_drop(place);
	if (is_kind(m, "proc") || is_kind(m, "sysfs"))
		*place = TAKE_FD(*fd);
}

static int mount_one(struct walk *w, const struct oci_container *oc, size_t i)
{
	const struct oci_mount *m = &oc->config.mounts[i];
	struct oci_mount_source *s = &oc->sources[i];
	bool nothing = s->tree_fd < 0 && (!m->type || is_kind(m, "none"));
	CLEANUP(place_done)
	struct place place = {.fd = -1};
	auto_fd int made = -1;
	int fd, r;

	w->what = m->destination;
	if (s->link)
		return copy_link(w, m, s->link);
	if (m->flags & MS_REMOUNT || nothing)
		return change_what_is_there(w, m);
	r = open_place(w, m, s->is_dir, &place);
	if (r < 0)
		return r;
	if (s->tree_fd < 0) {
		r = filesystem_new(w, m, &place, &made);
		if (r < 0)
			return r;
	}
	fd = s->tree_fd < 0 ? made : s->tree_fd;
	r = mountfd_attach(fd, place.fd, "");
	if (r < 0)
		return r;
	remember(w, m, &made);
	if (mount_is_filled(m))
		s->tree_fd = TAKE_FD(made);
	return 0;
}

int mounts_finish(struct walk *w)
{
	const struct oci_container *oc = oci_of(w);
	int r = 0;

	for (size_t i = 0; r == 0 && i < oc->config.n_mounts; i++) {
		const struct oci_mount *m = &oc->config.mounts[i];
		int fd = oc->sources[i].tree_fd;

		w->what = m->destination;
		if (mount_is_filled(m) && fd >= 0)
			r = change(fd, m->set & MOUNT_ATTR_RDONLY, 0, false);
		if (r == 0 && mount_is_filled(m) && fd >= 0)
			r = change(fd, m->rec_set & MOUNT_ATTR_RDONLY, 0, true);
	}
	return r;
}

int oci_rootfs_mount(struct walk *w)
{
	const struct oci_container *oc = oci_of(w);
	int r = 0;

	if (!has_own_root(oc))
		return 0;
	for (size_t i = 0; r == 0 && i < oc->config.n_mounts; i++)
		r = mount_one(w, oc, i);
	return r;
}
