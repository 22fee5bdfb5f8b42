/* SPDX-License-Identifier: MIT */
/* Sockets in a directory whose path is too long for an address, and descriptors sent over them. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/socket.h"

/* A directory at more than the 108 bytes of sun_path. */
static int make_deep(char *path, size_t size)
{
	char dir[] = "/tmp/nap-socket.XXXXXX";

	CHECK(mkdtemp(dir) != NULL);
	(void)snprintf(path, size, "%s/%0120d", dir, 0);
	CHECK(mkdir(path, 0700) == 0);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void remove_deep(char *path)
{
	*strrchr(path, '/') = '\0';
	CHECK(fs_remove_tree(AT_FDCWD, path) == 0);
}

static void check_connections(void)
{
	char path[256], name[300];
	auto_fd int dirfd = make_deep(path, sizeof(path)), server = -1, client = -1, other = -1;

	(void)snprintf(name, sizeof(name), "%s/s", path);
	CHECK(socket_connect(SOCK_STREAM, AT_FDCWD, name) == -ENOENT);
	server = socket_bind(SOCK_STREAM, dirfd, "s");
	CHECK(server >= 0 && fcntl(server, F_GETFD) == FD_CLOEXEC);
	CHECK(socket_bind(SOCK_STREAM, dirfd, "s") == -EADDRINUSE);
	CHECK(socket_connect(SOCK_STREAM, AT_FDCWD, name) == -ECONNREFUSED);
	CHECK(listen(server, 2) == 0);
	client = socket_connect(SOCK_STREAM, AT_FDCWD, name);
	other = socket_connect(SOCK_STREAM, dirfd, "s");
	CHECK(client >= 0 && other >= 0);
	CHECK(socket_connect(SOCK_DGRAM, dirfd, "s") == -EPROTOTYPE);
	(void)snprintf(name, sizeof(name), "%0150d", 0);
	CHECK(socket_bind(SOCK_STREAM, dirfd, name) == -ENAMETOOLONG);
	remove_deep(path);
}

static void check_descriptors(void)
{
	char text[8] = "";
	int ends[2], fd;

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	CHECK(socket_send(ends[0], "one", 3, -1) == 0);
	CHECK(socket_receive(ends[1], text, sizeof(text), &fd) == 3);
	CHECK_STREQ(text, "one");
	CHECK(fd == -1);
	CHECK(socket_send(ends[0], "two", 3, ends[0]) == 0);
	CHECK(socket_receive(ends[1], text, sizeof(text), &fd) == 3);
	CHECK_STREQ(text, "two");
	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	(void)close(ends[0]);
	CHECK(socket_send(fd, "six", 3, -1) == 0); /* it is the same socket */
	(void)close(fd);
	CHECK(socket_receive(ends[1], text, sizeof(text), &fd) == 3);
	CHECK_STREQ(text, "six");
	CHECK(socket_receive(ends[1], text, sizeof(text), &fd) == 0 && fd == -1);
	CHECK(socket_send(ends[1], "bye", 3, -1) == -EPIPE);
	CHECK(socket_send(ends[1], "bye", 3, 1000000) == -EBADF);
	(void)close(ends[1]);
	CHECK(socket_receive(-1, text, sizeof(text), &fd) == -EBADF && fd == -1);
}

int main(void)
{
	check_connections();
	check_descriptors();
	return test_report();
}
