/* SPDX-License-Identifier: MIT */
/* Finding processes by the namespaces they are in: where there is no cgroup v2. */
#include "ns-processes.h"

#include <dirent.h>
#include <errno.h>
#include <linux/nsfs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/proc.h"
#include "lib/text.h"

#define PID_NAMESPACES_MAX 32 /* the kernel's limit of nesting */

static bool is_same(int fd, const struct stat *of)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == of->st_dev && st.st_ino == of->st_ino;
}

/* Is it that namespace, or (of PID namespaces) one somewhere below it? */
static bool is_within(pid_t pid, const char *name, const struct stat *of)
{
	auto_fd int fd = -1;

	(void)proc_open_namespace(pid, name, &fd); /* it may have ended */
	for (int i = 0; fd >= 0 && i < PID_NAMESPACES_MAX; i++) {
		int parent;

		if (is_same(fd, of))
			return true;
		if (!streq(name, "pid"))
			return false;
		parent = ioctl(fd, NS_GET_PARENT);
		fd_drop(&fd);
		fd = parent; /* EPERM: above ours */
	}
	return false;
}

static int collect(DIR *proc, const char *name, const struct stat *of, pid_t **ret, size_t *ret_n)
{
	auto_free pid_t *pids = NULL;
	size_t n = 0;

	for (struct dirent *e; (e = readdir(proc));) {
		pid_t pid = atoi(e->d_name);
		pid_t *more;

		if (pid <= 0 || !is_within(pid, name, of))
			continue;
		more = reallocarray(pids, n + 1, sizeof(*pids));
		if (!more)
			return -ENOMEM;
		pids = more;
		pids[n++] = pid;
	}
	*ret = TAKE_PTR(pids);
	*ret_n = n;
	return 0;
}

static int only(pid_t pid, pid_t **ret, size_t *ret_n)
{
	pid_t *pids = malloc(sizeof(*pids));

	if (!pids)
		return -ENOMEM;
	*pids = pid;
	*ret = pids;
	*ret_n = 1;
	return 0;
}

int ns_processes(pid_t init, bool by_pid_namespace, pid_t **ret, size_t *ret_n)
{
	const char *name = by_pid_namespace ? "pid" : "mnt";
	auto_dir DIR *proc = opendir("/proc");
	auto_fd int fd = -1;
	struct stat st, own;
	int r = proc_open_namespace(init, name, &fd);

	if (r == 0 && fstat(fd, &st) < 0)
		r = -errno;
	if (r < 0)
		return r;
	if (!proc)
		return -ENOENT;
	/* the host's mount namespace says nothing */
	if (!by_pid_namespace && stat("/proc/self/ns/mnt", &own) == 0 && own.st_ino == st.st_ino)
		return only(init, ret, ret_n);
	return collect(proc, name, &st, ret, ret_n);
}
