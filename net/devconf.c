/* SPDX-License-Identifier: MIT */
/* The settings of interfaces that netlink cannot change, as files of /proc. */
#include "devconf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/cleanup.h"

static int open_key(int family, const char *interface, const char *key, int flags)
{
	char path[128];
	int fd, n;

	n = snprintf(path, sizeof(path), "/proc/sys/net/ipv%c/conf/%s/%s",
		     family == AF_INET6 ? '6' : '4', interface, key);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int read_number(int fd, int *ret)
{
	char text[32];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return n < 0 ? -errno : -EIO;
	text[n] = '\0';
	*ret = (int)strtol(text, NULL, 10);
	return 0;
}

int devconf_read(int family, const char *interface, const char *key, int *ret)
{
	auto_fd int fd = open_key(family, interface, key, O_RDONLY);

	return fd < 0 ? fd : read_number(fd, ret);
}

int devconf_write(int family, const char *interface, const char *key, int value)
{
	auto_fd int fd = open_key(family, interface, key, O_RDWR);
	char text[32];
	int is, n;

	if (fd < 0)
		return fd;
	/* writing takes the lock of all networking, reading does not */
	if (read_number(fd, &is) == 0 && is == value)
		return 0;
	n = snprintf(text, sizeof(text), "%d", value);
	return pwrite(fd, text, (size_t)n, 0) < 0 ? -errno : 0;
}

bool devconf_has_ipv6(const char *interface)
{
	int disabled;

	return devconf_read(AF_INET6, interface, "disable_ipv6", &disabled) == 0 && !disabled;
}
