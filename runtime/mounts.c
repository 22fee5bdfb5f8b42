/* SPDX-License-Identifier: MIT */
/*
 * Bind mounts, volumes and tmpfs. Each becomes a detached tree with its attributes set before
 * anyone sees it; sources are opened once, by descriptor. Targets are resolved inside the root when
 * they are attached, one after the other, since one may lie inside another.
 */
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "container.h"
#include "idmap.h"
#include "idrange.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/path.h"
#include "mountfd.h"
#include "userns.h"

#define FILLING_MARK "trusted.nap.filling"

/* The entries of the directory fd, which stays the caller's. */
static int open_entries(int fd, DIR **ret)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d;

	if (copy < 0)
		return -errno;
	d = fdopendir(copy);
	if (!d) {
		(void)close(copy);
		return -ENOMEM;
	}
	*ret = d;
	return 0;
}

/* 1 if the directory holds nothing. */
static int is_empty(int fd)
{
	auto_dir DIR *d = NULL;
	int n = 0, r;

	r = open_entries(fd, &d);
	if (r < 0)
		return r;
	while (n < 3 && readdir(d))
		n++;
	return n <= 2;
}

static int empty_directory(int fd)
{
	auto_dir DIR *d = NULL;
	struct dirent *e;
	int r;

	r = open_entries(fd, &d);
	while (r == 0 && (e = readdir(d)))
		if (!streq(e->d_name, ".") && !streq(e->d_name, ".."))
			r = fs_remove_tree(fd, e->d_name);
	return r;
}

/* One that goes with the container has its ids on disk, as all else there; one with a name has
 * those that the container sees, whoever that is. */
static bool has_ids_of(const struct container *c, const struct mount_spec *m)
{
	return userns_is_own(c->spec) && m->kind == MOUNT_ANON;
}

/*
 * Docker fills an empty volume with what the image has in its place. A mark on the directory tells
 * a filling that was cut short from what containers wrote: it is begun again.
 */
static int fill_volume(const struct container *c, const struct mount_spec *m, int fd)
{
	bool half = fgetxattr(fd, FILLING_MARK, NULL, 0) >= 0;
	auto_fd int source = -1;
	int r = 0;

	if (m->no_copy || (!half && is_empty(fd) != 1))
		return 0;
	source = fs_open_in_root(c->rootfs_fd, m->target, O_RDONLY | O_DIRECTORY);
	if (source < 0)
		return 0; /* the image has no directory there */
	if (half)
		r = empty_directory(fd);
	/* where attributes are not to be had, only a crash makes the difference */
	(void)fsetxattr(fd, FILLING_MARK, "", 0, 0);
	if (r == 0)
		r = fs_copy_tree(source, fd, has_ids_of(c, m) ? 0 : c->id_base);
	if (r < 0) {
		(void)empty_directory(fd); /* what stays is marked */
		return log_fail(r, "fill the volume for %s from the image", m->target);
	}
	(void)fremovexattr(fd, FILLING_MARK);
	return 0;
}

/* Open or make a volume; two starts at once must not fill it both. */
static int open_volume(const struct container *c, const struct mount_spec *m, size_t index)
{
	uid_t root = container_id(c, 0);
	char path[PATH_MAX];
	auto_fd int fd = -1;
	int r;

	if (m->kind == MOUNT_VOLUME)
		(void)snprintf(path, sizeof(path), "%s/volumes/%s", c->paths->root, m->source);
	else
		(void)snprintf(path, sizeof(path), "%s/volume-%zu", c->storage, index);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return log_fail(-errno, "make volume %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return log_fail(-errno, "open volume %s", path);
	if (has_ids_of(c, m) && fchown(fd, root, root) < 0)
		return log_fail(-errno, "give volume %s to the container", path);
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return log_fail(-errno, "lock volume %s", path);
	r = fill_volume(c, m, fd);
	if (r < 0)
		return r;
	(void)flock(fd,
		    LOCK_UN); /* closing would do, but the descriptor lives on as a mount source */
	return TAKE_FD(fd);
}

static int open_bind_source(const struct mount_spec *m)
{
	int fd = open(m->source, O_PATH | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && m->make_source) {
		int r = fs_mkdirs(AT_FDCWD, m->source, 0755);

		if (r < 0)
			return log_fail(r, "make %s", m->source);
		fd = open(m->source, O_PATH | O_CLOEXEC);
	}
	return fd < 0 ? log_fail(-errno, "open %s to mount it on %s", m->source, m->target) : fd;
}

static int set_option(const struct container *c, int fs, const char *name, const char *value)
{
	char id[16];
	uint32_t n;

	if (c->id_base == 0 || (!streq(name, "uid") && !streq(name, "gid")))
		return mountfd_set(fs, name, value);
	if (parse_u32(value, 0, IDRANGE_IDS - 1, &n) < 0)
		return -EOVERFLOW;
	(void)snprintf(id, sizeof(id), "%u", container_id(c, n));
	return mountfd_set(fs, name, id);
}

/* Its root is the container's root's, unless the options say otherwise. */
static int new_filesystem(const struct container *c, const struct mount_spec *m, const char *type)
{
	auto_free char *copy = strdup(m->data);
	auto_fd int fs = mountfd_open(type);
	char *rest = copy, *word;
	int r = fs;

	if (!copy)
		return -ENOMEM;
	if (r >= 0 && c->id_base && m->kind == MOUNT_TMPFS)
		r = set_option(c, fs, "uid", "0");
	if (r >= 0 && c->id_base && m->kind == MOUNT_TMPFS)
		r = set_option(c, fs, "gid", "0");
	while (r >= 0 && (word = strsep(&rest, ","))) {
		char *value = strchr(word, '=');

		if (!value)
			continue;
		*value++ = '\0';
		r = set_option(c, fs, word, value);
	}
	return r < 0 ? r : mountfd_create(fs, (unsigned)m->attr);
}

/* What the image has there comes with its owner and mode, unless those were asked for. */
static int copy_up(const struct container *c, const struct mount_spec *m, int fd)
{
	auto_fd int source = fs_open_in_root(c->rootfs_fd, m->target, O_RDONLY | O_DIRECTORY);
	auto_fd int dirfd = -1;
	struct stat st;
	int r;

	if (source < 0)
		return 0; /* the image has no directory there */
	dirfd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0 || fstat(dirfd, &st) < 0)
		return -errno;
	r = fs_copy_tree(source, dirfd, 0);
	if (r < 0 || !m->own_root)
		return r;
	return fchown(dirfd, st.st_uid, st.st_gid) < 0 || fchmod(dirfd, st.st_mode & 07777) < 0
		       ? -errno
		       : 0;
}

/* Filled while it is writable, whatever it is to become. */
static int new_tmpfs(const struct container *c, const struct mount_spec *m)
{
	struct mount_attr attr = {.attr_set = m->attr & MOUNT_ATTR_RDONLY};
	struct mount_spec writable = *m;
	auto_fd int fd = -1;
	int r;

	writable.attr &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	fd = new_filesystem(c, &writable, "tmpfs");
	if (fd < 0)
		return fd;
	r = m->copy_up ? copy_up(c, m, fd) : 0;
	if (r == 0 && attr.attr_set)
		r = mountfd_setattr(fd, &attr, false);
	return r < 0 ? r : TAKE_FD(fd);
}

/* A detached copy of source with the attributes asked for, on it and on the mounts below it. */
static int clone_tree(const struct container *c, const struct mount_spec *m, int source)
{
	struct mount_attr attr = {.attr_set = m->attr, .propagation = m->propagation};
	bool recursive = !m->no_recurse;
	auto_fd int fd = mountfd_clone(source, "", recursive);
	int r = fd;

	if (fd >= 0 && userns_is_own(c->spec) && !m->no_idmap && !has_ids_of(c, m)) {
		r = idmap_set(fd, c->userns_fd, recursive);
		if (r < 0 && !m->try_idmap)
			return idmap_refused(m->kind == MOUNT_BIND ? m->source : c->paths->root,
					     c->userns_fd, r);
	}
	if (r >= 0)
		r = mountfd_setattr(fd, &attr, recursive);
	return r < 0 ? log_fail(r, "prepare the mount on %s", m->target) : TAKE_FD(fd);
}

/* In the container's own layer only: the image and a directory of the host stay as they are. */
static void remove_link(const struct container *c, const struct mount_spec *m)
{
	auto_free char *parent = NULL;
	auto_fd int fd = -1;
	struct stat st;

	if (!m->replace_link || (c->spec->rootfs && !c->spec->rootfs_overlay))
		return;
	parent = strndup(m->target, (size_t)(path_basename(m->target) - m->target));
	fd = parent ? fs_open_in_root(c->rootfs_fd, parent, O_PATH | O_DIRECTORY) : -ENOMEM;
	if (fd >= 0 && fstatat(fd, path_basename(m->target), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode))
		(void)unlinkat(fd, path_basename(m->target), 0); /* else it is followed */
}

static int prepare_one(struct container *c, const struct mount_spec *m, size_t index)
{
	auto_fd int source = -1;
	struct stat st = {.st_mode = S_IFDIR};
	int fd;

	remove_link(c, m);
	if (m->kind == MOUNT_TMPFS || m->kind == MOUNT_DEVPTS) {
		fd = m->kind == MOUNT_TMPFS ? new_tmpfs(c, m) : new_filesystem(c, m, "devpts");
		if (fd < 0)
			return log_fail(fd, "prepare the mount on %s", m->target);
	} else {
		source = m->kind == MOUNT_BIND ? open_bind_source(m) : open_volume(c, m, index);
		if (source < 0)
			return source;
		if (fstat(source, &st) < 0)
			return log_fail(-errno, "stat %s", m->source);
		fd = clone_tree(c, m, source);
		if (fd < 0)
			return fd;
	}
	c->mounts[c->n_mounts++] = (struct mount_op){
		.tree_fd = fd,
		.target = m->target,
		.kind = S_ISDIR(st.st_mode) ? OP_DIR : OP_FILE,
	};
	return 0;
}

/* A file of nap's own that root in the container is to be able to change. */
static int give(const struct container *c, const char *name)
{
	uid_t root = container_id(c, 0);

	if (!userns_is_own(c->spec) ||
	    fchownat(c->run_dirfd, name, root, root, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return errno == ENOENT ? 0 : -errno;
}

/* The three files about names, unless the operator mounts something there. */
static int prepare_files(struct container *c)
{
	static const struct {
		const char *file, *target;
	} files[] = {
		{"hosts", "/etc/hosts"},
		{"resolv.conf", "/etc/resolv.conf"},
		{"hostname", "/etc/hostname"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct mount_attr attr = {
			.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
			.propagation = MS_PRIVATE,
		};
		int fd, r;

		if (mounts_have(c->spec, files[i].target))
			continue;
		r = c->names_dirfd >= 0 ? 0 : give(c, files[i].file);
		if (r < 0)
			return log_fail(r, "prepare %s", files[i].target);
		fd = mountfd_clone(c->names_dirfd >= 0 ? c->names_dirfd : c->run_dirfd,
				   files[i].file, false);
		if (fd == -ENOENT)
			continue; /* no hostname with the host's UTS namespace */
		if (fd < 0)
			return log_fail(fd, "prepare %s", files[i].target);
		c->mounts[c->n_mounts++] = (struct mount_op){
			.tree_fd = fd, .target = files[i].target, .kind = OP_FILE};
		r = mountfd_setattr(fd, &attr, false);
		if (r < 0)
			return log_fail(r, "prepare %s", files[i].target);
	}
	return 0;
}

int mounts_prepare(struct container *c)
{
	int r;

	c->mounts = reallocarray(NULL, c->spec->n_mounts + 3, sizeof(struct mount_op));
	if (!c->mounts)
		return log_oom();
	r = prepare_files(c);
	for (size_t i = 0; r == 0 && i < c->spec->n_mounts; i++)
		r = prepare_one(c, &c->spec->mounts[i], i);
	return r;
}

int mounts_add(struct container *c, const struct mount_op *op)
{
	struct mount_op *grown = reallocarray(c->mounts, c->n_mounts + 1, sizeof(struct mount_op));

	if (!grown) {
		if (op->tree_fd >= 0)
			(void)close(op->tree_fd);
		return log_oom();
	}
	c->mounts = grown;
	c->mounts[c->n_mounts++] = *op;
	return 0;
}

bool mounts_have(const struct spec *spec, const char *target)
{
	for (size_t i = 0; i < spec->n_mounts; i++)
		if (streq(spec->mounts[i].target, target))
			return true;
	return false;
}

/* Before Linux 6.15 only what is attached can be copied. */
static int copy_attached(int rootfd, const char *path)
{
	auto_fd int fd = fs_open_in_root(rootfd, path, O_PATH);

	return fd < 0 ? fd : mountfd_clone(fd, "", false);
}

static int attach(const struct mount_op *op, int rootfd)
{
	auto_fd int copy = -1, target = -1;
	int r;

	if (op->tree_fd < 0) {
		copy = copy_attached(rootfd, op->copied);
		if (copy < 0)
			return copy;
	}
	r = fs_make_in_root(rootfd, op->target, op->kind == OP_FILE, &target);
	return r < 0 ? r : mountfd_attach(copy < 0 ? op->tree_fd : copy, target, "");
}

int mounts_attach(const struct container *c, int rootfd, const char **ret_what)
{
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct mount_op *op = &c->mounts[i];
		int r = attach(op, rootfd);

		if (r < 0) {
			*ret_what = op->target;
			return r;
		}
	}
	return 0;
}
