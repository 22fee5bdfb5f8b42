/* SPDX-License-Identifier: MIT */
/* Reading /proc/PID and working through pidfds. */
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs.h"
#include "text.h"

static int read_proc(pid_t pid, const char *file, char *out, size_t size)
{
	auto_fd int fd = -1;
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = read(fd, out, size - 1);
	if (n < 0)
		return -errno;
	out[n] = '\0';
	return 0;
}

/* State letter and start time; the command name may hold blanks and parentheses. */
static int read_stat(pid_t pid, char *ret_state, uint64_t *ret_ticks)
{
	char text[1024], *p;
	int r;

	r = read_proc(pid, "stat", text, sizeof(text));
	if (r < 0)
		return r;
	p = strrchr(text, ')');
	if (!p || p[1] != ' ')
		return -ESRCH;
	p += 2;
	*ret_state = *p;
	for (int field = 3; field < 22; field++) {
		p = strchr(p, ' ');
		if (!p)
			return -ESRCH;
		p++;
	}
	*ret_ticks = strtoull(p, NULL, 10);
	return 0;
}

int proc_start_time(pid_t pid, uint64_t *ret_ticks)
{
	char state;

	return read_stat(pid, &state, ret_ticks);
}

int proc_open(pid_t pid, uint64_t ticks)
{
	auto_fd int pidfd = -1;
	uint64_t now_ticks;
	char state;
	int r;

	if (pid <= 0)
		return -ESRCH;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return errno == EINVAL ? -ESRCH : -errno;
	r = read_stat(pid, &state, &now_ticks);
	if (r < 0)
		return r;
	if (now_ticks != ticks || state == 'Z' || state == 'X')
		return -ESRCH;
	return TAKE_FD(pidfd);
}

bool proc_is_alive(pid_t pid)
{
	auto_fd int pidfd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	return pidfd >= 0 && poll(&p, 1, 0) == 0; /* readable: a zombie */
}

int proc_send_signal(int pidfd, int signo)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0) < 0 ? -errno : 0;
}

void proc_reap(int pidfd)
{
	siginfo_t info;

	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0)
		if (errno == ECHILD || errno == EBADF || errno == EINVAL)
			return; /* no child of ours, or no longer */
}

void proc_end_child(int pidfd)
{
	if (proc_send_signal(pidfd, SIGKILL) == 0)
		proc_reap(pidfd);
}

int proc_wait_end(int pidfd, int timeout_ms)
{
	return fs_wait_readable(pidfd, timeout_ms);
}

int proc_status_text(pid_t pid, const char *field, char **ret)
{
	char text[8192] = "\n", key[64], *at, *copy;
	int r;

	/* so that the first line begins after a newline as well */
	r = read_proc(pid, "status", text + 1, sizeof(text) - 1);
	if (r < 0)
		return r;
	(void)snprintf(key, sizeof(key), "\n%s:", field);
	at = strstr(text, key);
	if (!at)
		return -ENOENT;
	at += strlen(key);
	at += strspn(at, "\t ");
	at[strcspn(at, "\n")] = '\0';
	copy = strdup(at);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

int proc_status_mask(pid_t pid, const char *field, uint64_t *ret)
{
	auto_free char *text = NULL;
	int r;

	r = proc_status_text(pid, field, &text);
	if (r < 0)
		return r;
	*ret = strtoull(text, NULL, 16);
	return 0;
}

int proc_open_namespace(pid_t pid, const char *name, int *ret_fd)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int proc_boot_id(char ret[static 40])
{
	auto_fd int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	char text[40];
	ssize_t n = fd < 0 ? -1 : read(fd, text, 36);

	if (n < 0)
		return -errno;
	if (n != 36)
		return -EBADMSG;
	text[36] = '\0';
	memcpy(ret, text, sizeof(text));
	return 0;
}

bool proc_kernel_is(unsigned major, unsigned minor)
{
	unsigned running_major = 0, running_minor = 0;
	struct utsname uts;

	(void)uname(&uts); /* cannot fail with a good pointer */
	(void)sscanf(uts.release, "%u.%u", &running_major, &running_minor);
	return running_major > major || (running_major == major && running_minor >= minor);
}
