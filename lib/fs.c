/* SPDX-License-Identifier: MIT */
/*
 * Opening, reading, writing and removing by descriptor. Everything here is careful about symlinks:
 * the trees it works on may have been written by a container.
 */
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"

int fs_openat2(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.mode = mode,
		.resolve = resolve,
	};
	long fd;

	/* EAGAIN: a rename elsewhere raced with "..", openat2(2) asks to try again */
	for (int tries = 0; tries < 64; tries++) {
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
		if (fd >= 0)
			return (int)fd;
		if (errno != EAGAIN && errno != EINTR)
			break;
	}
	return -errno;
}

int fs_open_in_root(int rootfd, const char *path, int flags)
{
	return fs_openat2(rootfd, path, flags, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

static int make_component(int parent_fd, const char *name, bool as_file)
{
	int fd;

	if (!as_file)
		return mkdirat(parent_fd, name, 0755) < 0 && errno != EEXIST ? -errno : 0;
	fd = openat(parent_fd, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0644);
	if (fd < 0)
		return errno == EEXIST ? 0 : -errno;
	(void)close(fd);
	return 0;
}

/* Put the target of the symlink at prefix, and what is left of the path after it, in place of path.
 * -ENOENT: there is no symlink. */
static int follow_dangling(int dirfd, const char *name, const char *prefix, size_t dir_len,
			   const char *rest, char path[static PATH_MAX])
{
	char target[PATH_MAX], joined[PATH_MAX];
	ssize_t n = readlinkat(dirfd, name, target, sizeof(target) - 1);
	int len;

	if (n < 0)
		return errno == EINVAL ? -ENOENT : -errno;
	target[n] = '\0';
	if (*target == '/')
		dir_len = 0;
	len = snprintf(joined, sizeof(joined), "%.*s%s%s", (int)dir_len, prefix, target, rest);
	if (len < 0 || (size_t)len >= sizeof(joined))
		return -ENAMETOOLONG;
	memcpy(path, joined, (size_t)len + 1);
	return 0;
}

/*
 * Walk the components of path; at each missing one, make it in the directory reached so far.
 * Prefixes are resolved from the root each time, so that symlinks stay beneath it. A symlink to
 * something missing is followed by making that: images have /etc/resolv.conf -> ../run/... 1: path
 * is now where such a link leads.
 */
static int walk_and_make(int rootfd, char path[static PATH_MAX], bool as_file, int *ret_fd)
{
	auto_fd int at = fs_open_in_root(rootfd, ".", O_PATH | O_DIRECTORY);
	const char *p = path;
	char prefix[PATH_MAX];
	size_t n = 0;

	while (at >= 0) {
		size_t len;
		bool last;
		int fd;

		p += strspn(p, "/");
		len = strcspn(p, "/");
		if (len == 0)
			break;
		if (n + len + 2 > sizeof(prefix) || len > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(prefix + n, p, len);
		prefix[n + len] = '\0';
		last = p[len + strspn(p + len, "/")] == '\0';
		fd = fs_open_in_root(rootfd, prefix, O_PATH);
		if (fd == -ENOENT) {
			int r = follow_dangling(at, prefix + n, prefix, n, p + len, path);

			if (r == 0)
				return 1;
			if (r != -ENOENT)
				return r;
			r = make_component(at, prefix + n, as_file && last);
			if (r < 0)
				return r;
			fd = fs_open_in_root(rootfd, prefix, O_PATH);
		}
		fd_drop(&at);
		at = fd;
		p += len;
		n += len;
		prefix[n++] = '/';
	}
	if (at < 0)
		return at;
	*ret_fd = TAKE_FD(at);
	return 0;
}

int fs_make_in_root(int rootfd, const char *path, bool as_file, int *ret_fd)
{
	int fd = fs_open_in_root(rootfd, path, O_PATH);
	char rest[PATH_MAX];
	int r = 1;

	if (fd >= 0) {
		*ret_fd = fd;
		return 0;
	}
	if (fd != -ENOENT)
		return fd;
	if (strlen(path) >= sizeof(rest))
		return -ENAMETOOLONG;
	(void)strcpy(rest, path);
	for (int hops = 0; r == 1 && hops < 40; hops++)
		r = walk_and_make(rootfd, rest, as_file, ret_fd);
	return r == 1 ? -ELOOP : r;
}

int fs_mkdirs(int dirfd, const char *path, mode_t mode)
{
	char prefix[PATH_MAX];
	size_t n = strlen(path);

	if (n == 0)
		return -ENOENT;
	if (n >= sizeof(prefix))
		return -ENAMETOOLONG;
	if (mkdirat(dirfd, path, mode) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return -errno;
	memcpy(prefix, path, n + 1);
	for (char *slash = strchr(prefix + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(dirfd, prefix, mode) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdirat(dirfd, path, mode) < 0 && errno != EEXIST ? -errno : 0;
}

int fs_read_fd(int fd, size_t max, char **ret, size_t *ret_len)
{
	auto_free char *data = NULL;
	size_t len = 0, size = 0;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > max)
		return -EFBIG;
	/* room for one more byte, so that the read that finds the end needs no larger buffer */
	size = S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size + 2 : 4096;
	data = malloc(size);
	if (!data)
		return -ENOMEM;
	for (;;) {
		ssize_t n;

		if (len + 1 >= size) {
			char *grown;

			size *= 2;
			grown = realloc(data, size);
			if (!grown)
				return -ENOMEM;
			data = grown;
		}
		n = read(fd, data + len, size - len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > max)
			return -EFBIG;
	}
	data[len] = '\0';
	*ret = TAKE_PTR(data);
	if (ret_len)
		*ret_len = len;
	return 0;
}

int fs_read_file(int dirfd, const char *path, size_t max, char **ret, size_t *ret_len)
{
	auto_fd int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fs_read_fd(fd, max, ret, ret_len);
}

int fs_write_all(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		if (w == 0)
			return -EIO;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

int fs_write_file(int dirfd, const char *path, const void *data, size_t n, mode_t mode)
{
	auto_fd int fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0)
		return -errno;
	return fs_write_all(fd, data, n);
}

bool fs_is_absent(int dirfd, const char *path)
{
	return faccessat(dirfd, path, F_OK, 0) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

static int replace_by(int dirfd, const char *tmp, const char *path, const char *data, size_t n,
		      mode_t mode, bool sync)
{
	int r = fs_write_file(dirfd, tmp, data, n, mode);

	if (r == 0 && sync) {
		auto_fd int fd = openat(dirfd, tmp, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || fsync(fd) < 0)
			r = -errno;
	}
	if (r == 0 && renameat(dirfd, tmp, dirfd, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(dirfd, tmp, 0); /* the first error counts */
	return r;
}

int fs_replace_file(int dirfd, const char *path, const char *data, size_t n, mode_t mode, bool sync)
{
	char tmp[PATH_MAX];
	int len = snprintf(tmp, sizeof(tmp), "%s.%d~", path, (int)getpid());

	if (len < 0 || (size_t)len >= sizeof(tmp))
		return -ENAMETOOLONG;
	return replace_by(dirfd, tmp, path, data, n, mode, sync);
}

int fs_replace_locked(int dirfd, const char *path, const char *data, size_t n, mode_t mode)
{
	char tmp[PATH_MAX];
	int len = snprintf(tmp, sizeof(tmp), "%s~", path);

	if (len < 0 || (size_t)len >= sizeof(tmp))
		return -ENAMETOOLONG;
	return replace_by(dirfd, tmp, path, data, n, mode, false);
}

int fs_readlink(int dirfd, const char *path, char **ret)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dirfd, path, target, sizeof(target) - 1);
	char *copy;

	if (n < 0)
		return -errno;
	target[n] = '\0';
	copy = strdup(target);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

int fs_wait_readable(int fd, int timeout_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct timespec start, now;
	int left = timeout_ms;

	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	for (;;) {
		int n = poll(&p, 1, left);

		if (n > 0)
			return 0;
		if (n == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
		if (timeout_ms < 0)
			continue;
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		left = timeout_ms - (int)((now.tv_sec - start.tv_sec) * 1000 +
					  (now.tv_nsec - start.tv_nsec) / 1000000);
		if (left < 0)
			left = 0;
	}
}
