/* SPDX-License-Identifier: MIT */
/*
 * The one place that lays out control messages. A path longer than sun_path is shortened by a
 * descriptor: of the socket itself to connect, of its directory to bind.
 */
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"

/* Of one descriptor, aligned as the kernel wants it. */
union control {
	char space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int socket_connect(int type, int dirfd, const char *path)
{
	auto_fd int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	auto_fd int place = openat(dirfd, path, O_PATH | O_CLOEXEC);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (fd < 0 || place < 0)
		return -errno;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", place);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int socket_bind(int type, int dirfd, const char *name)
{
	auto_fd int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dirfd,
			 name);

	if ((size_t)n >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int socket_send(int socket_fd, const void *data, size_t n, int fd)
{
	struct iovec iov = {(void *)data, n};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	union control control = {0};

	if (fd >= 0) {
		struct cmsghdr *c;

		msg.msg_control = control.space;
		msg.msg_controllen = sizeof(control.space);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	return sendmsg(socket_fd, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

ssize_t socket_receive(int socket_fd, void *data, size_t n, int *ret_fd)
{
	struct iovec iov = {data, n};
	union control control;
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.space,
			     .msg_controllen = sizeof(control.space)};
	ssize_t received = recvmsg(socket_fd, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c;

	*ret_fd = -1;
	if (received < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	return received;
}
