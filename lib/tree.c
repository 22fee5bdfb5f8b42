/* SPDX-License-Identifier: MIT */
/*
 * Whole trees: remove, copy, measure. All walks go by descriptor and never through a symlink, stay
 * on the file system they started on, and keep one descriptor per level open.
 */
#include "fs.h"

#include <dirent.h>
#include <errno.h>
#include <endian.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cleanup.h"
#include "text.h"

static bool is_dot(const char *name)
{
	return streq(name, ".") || streq(name, "..");
}

/* Take fd over as a stream. */
static DIR *open_stream(int fd)
{
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d && fd >= 0)
		(void)close(fd); /* errno of fdopendir is what the caller reports */
	return d;
}

static DIR *open_dir(int atfd, const char *name)
{
	return open_stream(openat(atfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/* A directory whose entries are to be removed: never what is mounted there, be it a bind mount of
 * the same file system, which st_dev would not tell. */
static DIR *open_doomed(int atfd, const char *name)
{
	int fd = fs_openat2(atfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, RESOLVE_NO_XDEV);

	if (fd < 0)
		errno = -fd;
	return open_stream(fd);
}

/* The new name cannot be guessed, else the tree could hold it already. */
static int move_up(int atfd, const char *name, DIR *top)
{
	char moved[32];
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -errno;
	(void)snprintf(moved, sizeof(moved), ".nap-rm-%016llx", (unsigned long long)random);
	return renameat(atfd, name, dirfd(top), moved) < 0 ? -errno : 0;
}

/*
 * Trees that a container made can be deeper than the limit of open descriptors: a directory that
 * is too deep is moved up beside the root of the removal and taken from there.
 */
static int remove_level(DIR *d, DIR *top, unsigned depth);

static int remove_dir(int atfd, const char *name, DIR *top, unsigned depth)
{
	int r;

	/* most directories of a fresh upper are empty */
	if (unlinkat(atfd, name, AT_REMOVEDIR) == 0)
		return 0;
	if (depth >= 128) {
		r = move_up(atfd, name, top);
		return r < 0 ? r : 1;
	}
	{
		auto_dir DIR *sub = open_doomed(atfd, name);

		if (!sub)
			return errno == ENOENT ? 0 : -errno;
		r = remove_level(sub, top, depth + 1);
		if (r < 0)
			return r;
	}
	if (unlinkat(atfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return -errno;
	return r;
}

/* 0; 1 when something was moved to the top meanwhile, which then needs another pass. */
static int remove_level(DIR *d, DIR *top, unsigned depth)
{
	int moved = 0;

	for (;;) {
		struct dirent *e;
		int r;

		errno = 0;
		e = readdir(d);
		if (!e)
			return errno ? -errno : moved;
		if (is_dot(e->d_name))
			continue;
		/* d_type first: unlinkat of a directory costs a failed call per level */
		if (e->d_type != DT_DIR && unlinkat(dirfd(d), e->d_name, 0) == 0)
			continue;
		if (e->d_type != DT_DIR && errno == ENOENT)
			continue;
		if (e->d_type != DT_DIR && errno != EISDIR)
			return -errno;
		r = remove_dir(dirfd(d), e->d_name, top, depth);
		if (r < 0)
			return r;
		moved |= r;
	}
}

static int remove_below(int atfd, const char *name)
{
	int r;

	do {
		auto_dir DIR *top = open_doomed(atfd, name);

		if (!top)
			return errno == ENOENT ? 0 : -errno;
		r = remove_level(top, top, 0);
	} while (r > 0);
	if (r < 0)
		return r;
	return unlinkat(atfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int fs_remove_tree(int atfd, const char *path)
{
	const char *slash = strrchr(path, '/');
	auto_free char *above = NULL;
	auto_fd int parent = -1;

	if (unlinkat(atfd, path, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	if (unlinkat(atfd, path, AT_REMOVEDIR) == 0)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -errno;
	if (!slash)
		return remove_below(atfd, path);
	/* mounts on the way to the tree are fine */
	above = strndup(path, (size_t)(slash - path) + 1);
	if (!above)
		return -ENOMEM;
	parent = openat(atfd, above, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return parent < 0 ? -errno : remove_below(parent, slash + 1);
}

/* Capabilities that count in the user namespace of whoever is root there become those that count
 * everywhere. Gives the new length. */
static ssize_t without_root(const char *name, char *value, ssize_t n)
{
	uint32_t magic;

	if (!streq(name, "security.capability") || n != XATTR_CAPS_SZ_3)
		return n;
	memcpy(&magic, value, sizeof(magic));
	magic = htole32((le32toh(magic) & ~VFS_CAP_REVISION_MASK) | VFS_CAP_REVISION_2);
	memcpy(value, &magic, sizeof(magic));
	return XATTR_CAPS_SZ_2;
}

static int copy_xattrs(int src, int dst, bool based)
{
	char names[4096], value[65536];
	ssize_t len = flistxattr(src, names, sizeof(names));

	if (len < 0)
		return errno == ENOTSUP ? 0 : -errno;
	for (char *name = names; name < names + len; name += strlen(name) + 1) {
		ssize_t n = fgetxattr(src, name, value, sizeof(value));

		if (n < 0)
			return -errno;
		if (based)
			n = without_root(name, value, n);
		if (fsetxattr(dst, name, value, (size_t)n, 0) < 0 && errno != ENOTSUP)
			return -errno;
	}
	return 0;
}

static int copy_data(int src, int dst, off_t size)
{
	while (size > 0) {
		ssize_t n = copy_file_range(src, NULL, dst, NULL, (size_t)size, 0);

		if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP))
			n = sendfile(dst, src, NULL, (size_t)size);
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		size -= n;
	}
	return 0;
}

/* Owner, then mode (chown clears setuid), attributes, times last. */
static int copy_attributes(int src, int dst, const struct stat *st, bool based)
{
	struct timespec times[2] = {st->st_atim, st->st_mtim};
	int r;

	if (fchown(dst, st->st_uid, st->st_gid) < 0 || fchmod(dst, st->st_mode & 07777) < 0)
		return -errno;
	r = copy_xattrs(src, dst, based);
	if (r < 0)
		return r;
	return futimens(dst, times) < 0 ? -errno : 0;
}

static int copy_file(int srcdir, int dstdir, const char *name, const struct stat *st, bool based)
{
	auto_fd int src = openat(srcdir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	auto_fd int dst = -1;
	int r;

	if (src < 0)
		return -errno;
	dst = openat(dstdir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (dst < 0)
		return -errno;
	r = copy_data(src, dst, st->st_size);
	if (r < 0)
		return r;
	return copy_attributes(src, dst, st, based);
}

/* Symlinks, fifos, sockets and devices: what has no content to copy. */
static int copy_node(int srcdir, int dstdir, const char *name, const struct stat *st)
{
	struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (S_ISLNK(st->st_mode)) {
		auto_free char *target = NULL;
		int r = fs_readlink(srcdir, name, &target);

		if (r < 0)
			return r;
		if (symlinkat(target, dstdir, name) < 0)
			return -errno;
	} else if (mknodat(dstdir, name, st->st_mode, st->st_rdev) < 0) {
		return -errno;
	}
	if (fchownat(dstdir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISLNK(st->st_mode) &&
	    fchmodat(dstdir, name, st->st_mode & 07777, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return utimensat(dstdir, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/* Files with several names, so that their names stay links of one file in the copy. */
struct link_seen {
	dev_t dev;
	ino_t ino;
	char *path; /* below the root of the copy */
};

struct copy {
	int dst_root;
	uid_t base;
	struct link_seen *links;
	size_t n_links;
};

static void copy_done(struct copy *c)
{
	for (size_t i = 0; i < c->n_links; i++)
		free(c->links[i].path);
	free(c->links);
}

/* Others may be writing where the copy is made: what was a directory of it a moment ago could be a
 * link to somewhere else by now. */
static int link_within(int root, const char *path, int dstdir, const char *name)
{
	auto_fd int fd = fs_openat2(root, path, O_PATH | O_NOFOLLOW, 0,
				    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);

	char self[32];

	if (fd < 0)
		return fd;
	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, dstdir, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

/* 1 when name was made as a link to an earlier copy, 0 when it is new and now remembered. */
static int copy_link(struct copy *c, int dstdir, const char *prefix, const char *name,
		     const struct stat *st)
{
	struct link_seen *grown;
	char *path;
	int r;

	for (size_t i = 0; i < c->n_links; i++) {
		if (c->links[i].dev != st->st_dev || c->links[i].ino != st->st_ino)
			continue;
		r = link_within(c->dst_root, c->links[i].path, dstdir, name);
		return r < 0 ? r : 1;
	}
	grown = reallocarray(c->links, c->n_links + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	c->links = grown;
	path = text_format("%s%s", prefix, name);
	if (!path)
		return -ENOMEM;
	c->links[c->n_links++] = (struct link_seen){st->st_dev, st->st_ino, path};
	return 0;
}

/* What has no id in the namespace is shown below base: nobody's, and stays so. */
static void shift_ids(const struct copy *c, struct stat *st)
{
	if (st->st_uid >= c->base)
		st->st_uid -= c->base;
	if (st->st_gid >= c->base)
		st->st_gid -= c->base;
}

static int copy_level(struct copy *c, int srcfd, int dstfd, const char *prefix, unsigned depth);

static int copy_entry(struct copy *c, int srcdir, int dstdir, const char *prefix, const char *name,
		      unsigned depth)
{
	struct stat st;
	int r;

	if (fstatat(srcdir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	shift_ids(c, &st);
	if (S_ISDIR(st.st_mode)) {
		auto_free char *below = text_format("%s%s/", prefix, name);
		auto_fd int src = -1, dst = -1;

		if (!below)
			return -ENOMEM;
		if (mkdirat(dstdir, name, 0700) < 0)
			return -errno;
		src = openat(srcdir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		dst = openat(dstdir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (src < 0 || dst < 0)
			return -errno;
		return copy_level(c, src, dst, below, depth + 1);
	}
	if (st.st_nlink > 1) {
		r = copy_link(c, dstdir, prefix, name, &st);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	if (S_ISREG(st.st_mode))
		return copy_file(srcdir, dstdir, name, &st, c->base > 0);
	return copy_node(srcdir, dstdir, name, &st);
}

static int copy_level(struct copy *c, int srcfd, int dstfd, const char *prefix, unsigned depth)
{
	auto_dir DIR *d = open_dir(srcfd, ".");
	struct stat st;

	if (!d || fstat(srcfd, &st) < 0)
		return -errno;
	if (depth > 256)
		return -ELOOP;
	shift_ids(c, &st);
	for (;;) {
		struct dirent *e;
		int r;

		errno = 0;
		e = readdir(d);
		if (!e)
			break;
		if (is_dot(e->d_name))
			continue;
		r = copy_entry(c, srcfd, dstfd, prefix, e->d_name, depth);
		if (r < 0)
			return r;
	}
	if (errno)
		return -errno;
	return copy_attributes(srcfd, dstfd, &st, c->base > 0);
}

int fs_copy_tree(int srcfd, int dstfd, uid_t base)
{
	CLEANUP(copy_done)
	struct copy c = {.dst_root = dstfd, .base = base};

	return copy_level(&c, srcfd, dstfd, "", 0);
}
