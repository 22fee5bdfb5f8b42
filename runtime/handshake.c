/* SPDX-License-Identifier: MIT */
/* Messages between nap and its children. The child's half makes system calls only. */
#include "handshake.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/socket.h"

int handshake_open(int *ret_parent, int *ret_child)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	*ret_parent = fds[0];
	*ret_child = fds[1];
	return 0;
}

int handshake_send(int channel, enum stage stage, int fd)
{
	struct message m = {.stage = stage};
	int r = socket_send(channel, &m, sizeof(m), fd);

	return r == -ECONNRESET ? -EPIPE : r; /* gone, with something of ours unread */
}

int handshake_receive(int channel, struct message *ret, int *ret_fd)
{
	ssize_t n;

	/* a child that went with a message of ours unread: the kernel says so first, once, and then
	 * gives what the child had to say */
	do
		n = socket_receive(channel, ret, sizeof(*ret), ret_fd);
	while (n == -EINTR || n == -ECONNRESET);
	if (n < 0)
		return (int)n;
	if (n == (ssize_t)sizeof(int)) {
		int error;

		memcpy(&error, ret, sizeof(error));
		*ret = error < 0 ? (struct message){STAGE_FAILED, EXIT_NAP_APPARMOR, error, ""}
				 : (struct message){STAGE_FAILED, EXIT_NAP_EXEC, -error, ""};
		return 1;
	}
	if (n != 0 && n != (ssize_t)sizeof(*ret))
		return -EPROTO;
	if (n > 0)
		ret->text[sizeof(ret->text) - 1] = '\0';
	return n > 0;
}

int handshake_wait(int channel, enum stage stage)
{
	struct message m;
	int fd, r;

	r = handshake_receive(channel, &m, &fd);
	if (r < 0)
		return r;
	if (r == 0)
		return -EPIPE;
	return m.stage == stage ? 0 : -EPROTO;
}
