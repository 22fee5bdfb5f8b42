/* SPDX-License-Identifier: MIT */
/*
 * The flock is the life sign: the kernel drops it with the last process that has it, however that
 * ended, so nothing else has to be written down or repaired.
 */
#include "staging.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"

/* Open and lock without waiting: shared by the owners of a place, exclusively for its end.
 * -EWOULDBLOCK: it has an owner; -ENOENT: gone meanwhile. */
static int claim(int dirfd, const char *path, int operation, int *ret_fd)
{
	auto_fd int fd = openat(dirfd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || flock(fd, operation | LOCK_NB) < 0 || fstat(fd, &st) < 0)
		return -errno;
	/* between open and flock the former owner may have removed it */
	if (st.st_nlink == 0)
		return -ENOENT;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int make(const struct store *store, const char *prefix, struct staging *s)
{
	unsigned random;
	int r;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -errno;
	(void)snprintf(s->path, sizeof(s->path), "tmp/%.8s-%08x", prefix, random);
	if (mkdirat(store->dirfd, s->path, 0700) < 0)
		return -errno;
	r = claim(store->dirfd, s->path, LOCK_SH, &s->dirfd);
	if (r < 0 && r != -EWOULDBLOCK && r != -ENOENT)
		(void)unlinkat(store->dirfd, s->path, AT_REMOVEDIR); /* r is what counts */
	return r;
}

int staging_new(const struct store *store, const char *prefix, struct staging *ret)
{
	struct staging s = {.dirfd = -1};
	int r, tries = 0;

	/* a sweep can take a new place for rubbish before it is locked: then another is made */
	do
		r = make(store, prefix, &s);
	while ((r == -EEXIST || r == -ENOENT || r == -EWOULDBLOCK) && ++tries < 16);
	if (r < 0)
		return log_fail(r, "make a directory in %s/tmp", store->path);
	*ret = s;
	return 0;
}

int staging_done(const struct store *store, struct staging *s)
{
	int r;

	if (s->dirfd < 0)
		return 0;
	r = fs_remove_tree(store->dirfd, s->path);
	fd_drop(&s->dirfd);
	return r;
}

static int sweep_place(int dirfd, const char *name)
{
	auto_fd int fd = -1;
	int r;

	r = claim(dirfd, name, LOCK_EX, &fd);
	if (r == -EWOULDBLOCK || r == -ENOENT || r == -ELOOP)
		return 0; /* in use, gone, or a symlink */
	return r < 0 ? r : fs_remove_tree(dirfd, name);
}

static int sweep_link(int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISLNK(st.st_mode))
		return 0;
	return unlinkat(dirfd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int sweep(const struct store *store, int (*one)(int dirfd, const char *name))
{
	auto_dir DIR *dir = NULL;
	int fd = openat(store->dirfd, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return log_fail(-errno, "open %s/tmp", store->path);
	for (;;) {
		struct dirent *e;
		int r;

		errno = 0;
		e = readdir(dir);
		if (!e)
			return errno ? log_fail(-errno, "read %s/tmp", store->path) : 0;
		if (*e->d_name == '.')
			continue;
		r = one(dirfd(dir), e->d_name);
		if (r < 0)
			return log_fail(r, "remove %s/tmp/%s", store->path, e->d_name);
	}
}

int staging_sweep(const struct store *store)
{
	return sweep(store, sweep_place);
}

int staging_sweep_links(const struct store *store)
{
	return sweep(store, sweep_link);
}
