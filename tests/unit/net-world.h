/* SPDX-License-Identifier: MIT */
/*
 * Network namespaces for unit tests, which touch nothing of the machine's: the test itself becomes
 * the "host" in a namespace of its own (and, if it is not root, in a user namespace), apps are
 * children with one more each.
 */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/ip.h"
#include "test.h"

static int world_write(const char *path, const char *text)
{
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ? -errno : 0;
}

/* False, with a word about it, where the machine does not let us. */
__attribute__((unused)) static bool world_enter(void)
{
	uid_t uid = geteuid();
	char map[64];

	if (unshare((uid ? CLONE_NEWUSER : 0) | CLONE_NEWNET) < 0) {
		(void)printf("skip: no network namespace: %s\n", strerror(errno));
		return false;
	}
	if (uid == 0)
		return true;
	(void)snprintf(map, sizeof(map), "0 %u 1", uid);
	return CHECK(world_write("/proc/self/setgroups", "deny") == 0) &&
	       CHECK(world_write("/proc/self/uid_map", map) == 0);
}

/* An app: it runs up(data) in a namespace of its own, then waits for the end of the test. -1, if
 * that failed. */
__attribute__((unused)) static pid_t world_start(int (*up)(void *data), void *data)
{
	int fds[2], r = -EPIPE;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		r = unshare(CLONE_NEWNET) < 0 ? -errno : up(data);
		(void)!write(fds[1], &r, sizeof(r));
		for (;;)
			(void)pause();
	}
	(void)close(fds[1]);
	if (read(fds[0], &r, sizeof(r)) != (ssize_t)sizeof(r))
		r = -EPIPE;
	(void)close(fds[0]);
	if (r == 0)
		return pid;
	(void)printf("app: %s\n", strerror(-r));
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return -1;
}

__attribute__((unused)) static void world_stop(pid_t pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* What call(data) gives in the namespace of pid (0: ours), 0 to 125. */
__attribute__((unused)) static int world_in(pid_t pid, int (*call)(void *data), void *data)
{
	int status = 0;
	pid_t child;

	(void)fflush(stdout);
	child = fork();
	if (child == 0) {
		char path[64];
		int fd;

		(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
		fd = pid ? open(path, O_RDONLY | O_CLOEXEC) : -1;
		if (pid && (fd < 0 || setns(fd, CLONE_NEWNET) < 0))
			_exit(126);
		_exit(call(data));
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return 127;
	return WEXITSTATUS(status);
}

static socklen_t world_address(const char *text, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in *a4 = (void *)ret;
	struct sockaddr_in6 *a6 = (void *)ret;

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, text, &a4->sin_addr) == 1) {
		a4->sin_family = AF_INET;
		a4->sin_port = htons(port);
		return sizeof(*a4);
	}
	(void)inet_pton(AF_INET6, text, &a6->sin6_addr);
	a6->sin6_family = AF_INET6;
	a6->sin6_port = htons(port);
	return sizeof(*a6);
}

/* Listen on TCP port 80 of all addresses of both families: a connection is made by the kernel, no
 * one needs to accept it. */
__attribute__((unused)) static int world_listen(void)
{
	struct sockaddr_storage a;
	socklen_t n = world_address("::", 80, &a);
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	if (fd < 0) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		n = world_address("0.0.0.0", 80, &a);
	}
	if (fd < 0 || bind(fd, (const struct sockaddr *)&a, n) < 0 || listen(fd, 64) < 0)
		return -errno;
	return 0; /* open as long as the process lives */
}

/* For world_in: 0 if TCP port 80 of the address answers, 1 if it refuses, 2 if there is no answer
 * within three seconds, in which a lost packet comes again, 3 if there is no way there. */
__attribute__((unused)) static int world_connect(void *text)
{
	struct sockaddr_storage a;
	socklen_t n = world_address(text, 80, &a);
	int fd = socket(a.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0), error = 0;
	socklen_t size = sizeof(error);
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	if (fd < 0)
		return 4;
	if (connect(fd, (const struct sockaddr *)&a, n) < 0 && errno != EINPROGRESS)
		return errno == ECONNREFUSED ? 1 : 3;
	if (poll(&p, 1, 3000) != 1)
		return 2;
	(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	return error == 0 ? 0 : error == ECONNREFUSED ? 1 : error == ETIMEDOUT ? 2 : 3;
}
