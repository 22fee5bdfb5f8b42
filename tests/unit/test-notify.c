/* SPDX-License-Identifier: MIT */
/* What reaches a socket that plays systemd's, by path and by abstract name, and the barrier. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/notify.h"
#include "lib/socket.h"
#include "lib/text.h"

/* Listen on name as systemd does. */
static int listen_on(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t n = strlen(name);

	memcpy(address.sun_path, name, n);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	CHECK(bind(fd, (struct sockaddr *)&address,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) == 0);
	return fd;
}

/* The next message, or "" if there is none; *ret_fd: what was attached, or -1. */
static const char *receive(int fd, int *ret_fd)
{
	static char text[256];
	ssize_t n = 0;

	*ret_fd = -1;
	if (fs_wait_readable(fd, 0) == 0)
		n = socket_receive(fd, text, sizeof(text) - 1, ret_fd);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void check_messages(const char *name)
{
	auto_fd int systemd = listen_on(name), fd = -1;
	int attached;

	CHECK(setenv("NOTIFY_SOCKET", name, 1) == 0);
	fd = notify_open();
	CHECK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
	CHECK(notify_send(fd, "MAINPID=7\nREADY=1") == 0);
	CHECK_STREQ(receive(systemd, &attached), "MAINPID=7\nREADY=1");
	CHECK(attached < 0);
	/* nobody comes to the barrier */
	CHECK(notify_barrier(fd, 10) == -ETIMEDOUT);
	CHECK_STREQ(receive(systemd, &attached), "BARRIER=1");
	CHECK(attached >= 0 && close(attached) == 0);
	/* systemd has gone */
	fd_drop(&systemd);
	CHECK(notify_send(fd, "READY=1") == -ECONNREFUSED);
	CHECK(notify_barrier(fd, 10) == -ENOTCONN);
}

/* A systemd of its own process, which reads what waits and ends: all its descriptors are closed. */
static void check_barrier(const char *name)
{
	auto_fd int systemd = listen_on(name), fd = -1;
	int status = -1;
	pid_t pid;

	CHECK(setenv("NOTIFY_SOCKET", name, 1) == 0);
	fd = notify_open();
	pid = fork();
	if (pid == 0) {
		char byte;
		int attached;

		(void)recv(systemd, &byte, 1, MSG_PEEK);
		_exit(streq(receive(systemd, &attached), "BARRIER=1") && attached >= 0 ? 0 : 1);
	}
	CHECK(notify_barrier(fd, 10000) == 0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void check_names(void)
{
	char name[200];

	CHECK(unsetenv("NOTIFY_SOCKET") == 0 && notify_open() == -ENXIO);
	CHECK(setenv("NOTIFY_SOCKET", "", 1) == 0 && notify_open() == -ENXIO);
	CHECK(setenv("NOTIFY_SOCKET", "@", 1) == 0 && notify_open() == -EINVAL);
	CHECK(setenv("NOTIFY_SOCKET", "run/notify", 1) == 0 && notify_open() == -EINVAL);
	CHECK(setenv("NOTIFY_SOCKET", "vsock:2:1", 1) == 0 && notify_open() == -EINVAL);
	CHECK(setenv("NOTIFY_SOCKET", "/nowhere/notify", 1) == 0 && notify_open() == -ENOENT);
	memset(name, 'x', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	CHECK(setenv("NOTIFY_SOCKET", name, 1) == 0 && notify_open() == -EINVAL);
}

int main(void)
{
	char dir[] = "/tmp/test-notify.XXXXXX", path[64], abstract[64];

	if (!CHECK(mkdtemp(dir)))
		return test_report();
	(void)snprintf(path, sizeof(path), "%s/notify", dir);
	(void)snprintf(abstract, sizeof(abstract), "@%s", dir);
	check_messages(path);
	CHECK(unlink(path) == 0);
	check_barrier(path);
	CHECK(unlink(path) == 0 && rmdir(dir) == 0);
	check_messages(abstract);
	check_barrier(abstract);
	check_names();
	return test_report();
}
