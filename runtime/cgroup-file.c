/* SPDX-License-Identifier: MIT */
/* Reading, writing and waiting. */
#include "cgroup-file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/parse.h"
#include "lib/text.h"

int cgroup_write(int dirfd, const char *file, const char *value)
{
	auto_fd int fd = openat(dirfd, file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

int cgroup_read(int dirfd, const char *file, char **ret)
{
	return fs_read_file(dirfd, file, CGROUP_FILE_MAX, ret, NULL);
}

int cgroup_read_number(int dirfd, const char *file, uint64_t *ret)
{
	auto_free char *text = NULL;
	int r = cgroup_read(dirfd, file, &text);

	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	if (streq(text, "max")) {
		*ret = UINT64_MAX;
		return 0;
	}
	return parse_u64(text, 0, UINT64_MAX, ret);
}

int cgroup_key(const char *text, const char *key, uint64_t *ret)
{
	size_t n = strlen(key);

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, n) == 0 && line[n] == ' ') {
			*ret = strtoull(line + n + 1, NULL, 10);
			return 0;
		}
	}
	return -ENOENT;
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int cgroup_wait_event(int dirfd, const char *key, unsigned value, int timeout_ms)
{
	auto_fd int fd = openat(dirfd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	int64_t end = now_ms() + timeout_ms;

	if (fd < 0)
		return -errno;
	for (;;) {
		struct pollfd p = {fd, POLLPRI, 0};
		uint64_t is = !value;
		char text[256];
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
		int64_t left = end - now_ms();

		if (n < 0) /* it was removed while we looked */
			return errno == ENODEV ? -ENOENT : -errno;
		text[n] = '\0';
		if (cgroup_key(text, key, &is) < 0)
			return -EOPNOTSUPP;
		if (is == value)
			return 0;
		if (left <= 0)
			return -ETIMEDOUT;
		(void)poll(&p, 1, (int)left);
	}
}

bool cgroup_has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p += n)
		if ((p == text || p[-1] == ' ') && (!p[n] || strchr(" \n", p[n])))
			return true;
	return false;
}
