/* SPDX-License-Identifier: MIT */
/* What is done to all processes of a cgroup at once: listing, signals, freezing. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup-parts.h"
#include "lib/cleanup.h"
#include "lib/log.h"

#define FREEZE_TIMEOUT_MS 10000

struct pids {
	pid_t *pid;
	size_t n, size;
};

static int add_pid(struct pids *p, pid_t pid)
{
	if (p->n == p->size) {
		size_t size = p->size ? p->size * 2 : 64;
		pid_t *more = reallocarray(p->pid, size, sizeof(*more));

		if (!more)
			return -ENOMEM;
		p->pid = more;
		p->size = size;
	}
	p->pid[p->n++] = pid;
	return 0;
}

/* Processes of threaded cgroups (EOPNOTSUPP) are listed by the domain above; 0: not of our PID
 * namespace. */
static int add_procs(int dirfd, void *pids)
{
	auto_free char *text = NULL;
	struct pids *p = pids;
	char *save = NULL;
	int r = cgroup_read(dirfd, "cgroup.procs", &text);

	if (r < 0)
		return r == -EOPNOTSUPP || r == -ENODEV || r == -ENOENT ? 0 : r;
	for (char *w = strtok_r(text, "\n", &save); w && r == 0; w = strtok_r(NULL, "\n", &save))
		if (atoi(w) > 0)
			r = add_pid(p, atoi(w));
	return r;
}

static int open_dir(const struct oci_cgroup *g)
{
	int fd = g->dir ? open(g->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (!g->dir)
		return -EOPNOTSUPP;
	return fd < 0 ? -errno : fd;
}

int oci_cgroup_processes(const struct oci_cgroup *g, pid_t **ret, size_t *ret_n)
{
	auto_fd int fd = open_dir(g);
	struct pids p = {0};
	int r;

	if (fd < 0 && fd != -ENOENT)
		return fd == -EOPNOTSUPP ? fd : log_fail(fd, "open cgroup %s", g->dir);
	r = fd < 0 ? 0 : cgroup_tree_walk(fd, add_procs, &p);
	if (r < 0) {
		free(p.pid);
		return log_fail(r, "list the processes of %s", g->dir);
	}
	*ret = p.pid;
	*ret_n = p.n;
	return 0;
}

/* 1: it was not frozen before. */
static int hold(int dirfd)
{
	auto_free char *is = NULL;
	int r = cgroup_read(dirfd, "cgroup.freeze", &is);

	if (r < 0)
		return r;
	if (*is == '1')
		return 0;
	r = cgroup_write(dirfd, "cgroup.freeze", "1");
	if (r == 0)
		r = cgroup_wait_event(dirfd, "frozen", 1, FREEZE_TIMEOUT_MS);
	if (r < 0)
		(void)cgroup_write(dirfd, "cgroup.freeze", "0");
	return r < 0 ? r : 1;
}

/* They are held meanwhile, where v2 has a freezer: what one forks in time would be spared. */
int cgroup_signal(int dirfd, int signo)
{
	int held = hold(dirfd);
	struct pids p = {0};
	int r;

	r = cgroup_tree_walk(dirfd, add_procs, &p);
	for (size_t i = 0; r == 0 && i < p.n; i++)
		if (kill(p.pid[i], signo) < 0 && errno != ESRCH)
			r = -errno;
	if (held == 1)
		(void)cgroup_write(dirfd, "cgroup.freeze", "0");
	free(p.pid);
	return r;
}

int oci_cgroup_kill(const struct oci_cgroup *g, int signo)
{
	auto_fd int fd = open_dir(g);

	if (fd < 0)
		return fd;
	return signo == SIGKILL ? cgroup_write(fd, "cgroup.kill", "1") : cgroup_signal(fd, signo);
}

int oci_cgroup_freeze(const struct oci_cgroup *g, bool frozen)
{
	auto_fd int fd = open_dir(g);
	int r = fd;

	if (fd == -EOPNOTSUPP) {
		r = cgroup_v1_freeze(g->v1, frozen);
		if (r == -EOPNOTSUPP)
			return log_refuse(r, "the container has no cgroup: the freezer of cgroup "
					     "v2 is needed");
		return r < 0 ? log_fail(r, "%s the container", frozen ? "freeze" : "thaw") : 0;
	}
	if (fd >= 0)
		r = frozen ? hold(fd) : cgroup_write(fd, "cgroup.freeze", "0");
	if (r >= 0 && !frozen)
		r = cgroup_wait_event(fd, "frozen", 0, FREEZE_TIMEOUT_MS);
	return r < 0 ? log_fail(r, "%s cgroup %s", frozen ? "freeze" : "thaw", g->dir) : 0;
}

bool oci_cgroup_is_frozen(const struct oci_cgroup *g)
{
	auto_fd int fd = open_dir(g);
	auto_free char *is = NULL;

	if (fd == -EOPNOTSUPP)
		return cgroup_v1_is_frozen(g->v1);
	return fd >= 0 && cgroup_read(fd, "cgroup.freeze", &is) == 0 && *is == '1';
}
