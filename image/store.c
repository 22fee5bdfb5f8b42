/* SPDX-License-Identifier: MIT */
/*
 * The store directory: making it, opening it, its lock, and the limits that protect it. What lies
 * where is written down in image.h.
 */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"

const struct load_limits load_limits_default = {
	.json_bytes = 4U << 20,
	.layers = 500,
	.entries = 2000000,
	.unpacked_bytes = (uint64_t)64 << 30,
	.ratio = 1000,
	.ratio_after_bytes = 1U << 30,
	.sparse_regions = 65536,
	.path_bytes = 4095,
	.path_depth = 512,
};

/* A store that others can write to, or read, would hand them the files of every container. */
static int check_owner(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return log_fail(-errno, "stat %s", path);
	if (st.st_uid != geteuid())
		return log_refuse(-EPERM, "the store %s belongs to uid %u", path, st.st_uid);
	if ((st.st_mode & 077) && fchmod(fd, 0700) < 0)
		return log_fail(-errno, "chmod %s", path);
	return 0;
}

/*
 * The lowest layer of every container: the places where the runtime mounts. Most images lack some
 * of them, and making them in the upper directory of each start costs a copy-up and its removal.
 */
static int make_skeleton(int dirfd)
{
	static const char *const dirs[] = {"skeleton", "skeleton/etc", "skeleton/proc",
					   "skeleton/sys", "skeleton/dev"};
	static const char *const files[] = {"skeleton/etc/hosts", "skeleton/etc/hostname",
					    "skeleton/etc/resolv.conf"};

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (mkdirat(dirfd, dirs[i], 0755) < 0 && errno != EEXIST)
			return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int r = fs_write_file(dirfd, files[i], "", 0, 0644);

		if (r < 0)
			return r;
	}
	return 0;
}

static int make_store(const char *path)
{
	static const char *const parts[] = {"layers",  "images",     "names",
					    "volumes", "containers", "tmp"};
	auto_fd int fd = -1;
	int r;

	r = fs_mkdirs(AT_FDCWD, path, 0755);
	if (r < 0)
		return log_fail(r, "make store %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return log_fail(-errno, "open store %s", path);
	r = check_owner(fd, path);
	if (r < 0)
		return r;
	r = make_skeleton(fd);
	if (r < 0)
		return log_fail(r, "make %s/skeleton", path);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (mkdirat(fd, parts[i], 0700) < 0 && errno != EEXIST)
			return log_fail(-errno, "make %s/%s", path, parts[i]);
	return 0;
}

int store_open(const char *path, struct store **ret)
{
	auto_store struct store *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return log_oom();
	s->dirfd = -1;
	s->path = strdup(path);
	if (!s->path)
		return log_oom();
	/* the last part made is there: so is the store */
	if (faccessat(AT_FDCWD, path, F_OK, 0) == 0)
		s->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dirfd < 0 || faccessat(s->dirfd, "tmp", F_OK, 0) < 0) {
		r = make_store(path);
		if (r < 0)
			return r;
		fd_drop(&s->dirfd);
		s->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (s->dirfd < 0)
			return log_fail(-errno, "open store %s", path);
	}
	r = check_owner(s->dirfd, path);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	fd_drop(&store->dirfd);
	free(store->path);
	free(store);
}

int store_lock(const struct store *store, int operation, int *ret_fd)
{
	auto_fd int fd = openat(store->dirfd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return log_fail(-errno, "open %s/lock", store->path);
	while (flock(fd, operation) < 0)
		if (errno != EINTR)
			return log_fail(-errno, "lock %s/lock", store->path);
	*ret_fd = TAKE_FD(fd);
	return 0;
}
