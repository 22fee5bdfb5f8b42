/* SPDX-License-Identifier: MIT */
/*
 * The protocol of sd_notify(3), without the library: datagrams of assignments. systemd knows who
 * sends by the credentials that the kernel adds, so they must be sent by a process that is still
 * there when they are read: hence the barrier.
 */
#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs.h"
#include "socket.h"

int notify_open(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *name = getenv("NOTIFY_SOCKET");
	auto_fd int fd = -1;
	size_t n;

	if (!name || !*name)
		return -ENXIO;
	n = strlen(name);
	if ((name[0] != '/' && name[0] != '@') || n < 2 || n >= sizeof(address.sun_path))
		return -EINVAL;
	memcpy(address.sun_path, name, n);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	else
		n++; /* a path is sent with its NUL, an abstract name would be another with it */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int notify_send(int fd, const char *text)
{
	return socket_send(fd, text, strlen(text), -1);
}

/* systemd closes the descriptor when it comes to the message: then the pipe has hung up. */
int notify_barrier(int fd, int timeout_ms)
{
	static const char text[] = "BARRIER=1"; /* alone in its message, or it is refused */
	auto_fd int read_end = -1, write_end = -1;
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	read_end = ends[0];
	write_end = ends[1];
	r = socket_send(fd, text, strlen(text), write_end);
	if (r < 0)
		return r;
	fd_drop(&write_end);
	return fs_wait_readable(read_end, timeout_ms);
}
