/* SPDX-License-Identifier: MIT */
/* A process that unshares its network namespace, brings lo up, says how that went, and waits. */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "launch.h"
#include "lib/log.h"
#include "lib/proc.h"

static int bring_loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	auto_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

__attribute__((noreturn)) static void hold(pid_t nap, int ready_fd)
{
	int r = 0;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != nap) /* which died before we asked to be told */
		_exit(1);
	if (unshare(CLONE_NEWNET) < 0)
		r = -errno;
	if (r == 0)
		r = bring_loopback_up();
	(void)!write(ready_fd, &r, sizeof(r)); /* the reader sees the end of file otherwise */
	for (;;)
		(void)pause();
}

int netns_start(struct container *c)
{
	int fds[2];
	pid_t nap = getpid(), pid;

	if (!(c->spec->namespaces & CLONE_NEWNET))
		return 0;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return log_fail(-errno, "make a pipe");
	pid = clone_process(0, -1, &c->netns_pidfd);
	if (pid == 0)
		hold(nap, fds[1]);
	(void)close(fds[1]);
	c->netns_ready_fd = fds[0];
	return pid < 0 ? log_fail(pid, "clone the process that makes the network namespace") : 0;
}

int netns_join(const struct container *c)
{
	ssize_t n;
	int r;

	if (c->netns_pidfd < 0)
		return 0;
	n = read(c->netns_ready_fd, &r, sizeof(r));
	if (n != (ssize_t)sizeof(r))
		return n < 0 ? -errno : -EPIPE;
	if (r < 0)
		return r;
	return setns(c->netns_pidfd, CLONE_NEWNET) < 0 ? -errno : 0;
}

void netns_release(struct container *c)
{
	siginfo_t info;

	if (c->netns_pidfd < 0)
		return;
	(void)proc_send_signal(c->netns_pidfd, SIGKILL);
	while (waitid(P_PIDFD, (id_t)c->netns_pidfd, &info, WEXITED) < 0 && errno == EINTR)
		;
	fd_drop(&c->netns_pidfd);
	fd_drop(&c->netns_ready_fd);
}
