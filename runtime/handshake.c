/* SPDX-License-Identifier: MIT */
/* Messages between nap and its children. The child's half makes system calls only. */
#include "handshake.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

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
	struct iovec iov = {&m, sizeof(m)};
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

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
	if (sendmsg(channel, &msg, MSG_NOSIGNAL) >= 0)
		return 0;
	return errno == ECONNRESET ? -EPIPE : -errno; /* gone, with something of ours unread */
}

int handshake_receive(int channel, struct message *ret, int *ret_fd)
{
	struct iovec iov = {ret, sizeof(*ret)};
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.space,
			     .msg_controllen = sizeof(control.space)};
	struct cmsghdr *c;
	ssize_t n;

	*ret_fd = -1;
	/* a child that went with a message of ours unread: the kernel says so first, once, and then
	 * gives what the child had to say */
	do
		n = recvmsg(channel, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&msg);
	if (n > 0 && c && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
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
