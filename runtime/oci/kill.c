/* SPDX-License-Identifier: MIT */
/* kill and delete: signals to a container of an engine, and the end of what is kept of it. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "ns-processes.h"

/* How long the kernel may take to end what was killed. */
#define END_TIMEOUT_MS 10000
#define THAW_MS 100

static int not_running(const struct oci_state *s)
{
	return log_refuse(-ESRCH, "container not running: %s", s->id);
}

/* By what they share with its first process, which goes last: it is what they are known by. */
static int kill_found(const struct oci_state *s, int pidfd, int signo)
{
	auto_free pid_t *pids = NULL;
	bool others = false;
	size_t n = 0;
	int r = ns_processes(s->pid, s->new_pid_namespace, &pids, &n);

	for (size_t i = 0; r == 0 && i < n; i++) {
		auto_fd int fd = (int)syscall(SYS_pidfd_open, pids[i], 0);

		if (fd >= 0 && pids[i] != s->pid)
			others |= proc_send_signal(fd, signo) == 0; /* else it just ended */
	}
	if (r == 0)
		r = proc_send_signal(pidfd, signo);
	return r == -ESRCH && others ? 0 : r; /* it may have waited for no more than these */
}

/* A namespace of its own ends with its first process; elsewhere all are to be found. */
static int kill_all(const struct oci_state *s, int pidfd, int signo)
{
	if (s->cgroup.dir)
		return oci_cgroup_kill(&s->cgroup, signo);
	return pidfd < 0 ? -ESRCH : kill_found(s, pidfd, signo);
}

int oci_kill(const struct oci_options *o, const char *id, int signo, bool all)
{
	auto_oci_state struct oci_state s = {.dirfd = -1};
	auto_fd int pidfd = -1;
	int r;

	r = oci_state_load(o, id, true, &s);
	if (r < 0)
		return r;
	pidfd = oci_state_open(&s);
	if (pidfd < 0 && all && !s.cgroup.dir && s.new_pid_namespace)
		return 0; /* as with a cgroup: there is nobody left */
	if (pidfd < 0 && !(all && s.cgroup.dir))
		return not_running(&s);
	if (all || (signo == SIGKILL && !s.new_pid_namespace))
		r = kill_all(&s, pidfd, signo);
	else
		r = proc_send_signal(pidfd, signo);
	if (signo == SIGKILL && s.cgroup.v1)
		oci_cgroup_thaw_v1(&s.cgroup, pidfd >= 0 ? s.pid : 0); /* as what v2 holds */
	if (r == -ESRCH)
		return not_running(&s);
	return r < 0 ? log_fail(r, "send signal %d to %s", signo, id) : 0;
}

/* Who is about to die may just have frozen another. */
static int wait_end(const struct oci_state *s, int pidfd)
{
	int r = -ETIMEDOUT;

	for (int ms = 0; r == -ETIMEDOUT && ms < END_TIMEOUT_MS; ms += THAW_MS) {
		oci_cgroup_thaw_v1(&s->cgroup, s->pid);
		r = proc_wait_end(pidfd, THAW_MS);
	}
	return r;
}

/* The end of everything in it. */
static int end(const struct oci_state *s)
{
	auto_fd int pidfd = oci_state_open(s);
	int r;

	if (pidfd < 0)
		return 0;
	r = kill_all(s, pidfd, SIGKILL);
	if (r == 0 || r == -ESRCH)
		r = proc_send_signal(pidfd, SIGKILL);
	if (r < 0 && r != -ESRCH)
		return log_fail(r, "kill %s", s->id);
	r = wait_end(s, pidfd);
	if (r == 0)
		proc_reap(pidfd); /* if it is ours */
	return r < 0 ? log_fail(r, "wait for the end of %s", s->id) : 0;
}

/*
 * The specification wants an error for all that is not stopped (runtime.md, Delete). Of what is
 * only created nothing of the image has run yet, and callers count on its going: containerd's shim
 * deletes a task that never started with neither kill nor --force. runc, crun and youki allow it.
 */
static bool may_delete(enum oci_status status)
{
	return status == OCI_STOPPED || status == OCI_CREATED;
}

static int delete (struct oci_container *oc, bool force)
{
	const struct oci_state *s = &oc->state;
	enum oci_status status = oci_status_of(s);
	int r;

	if (!may_delete(status) && !force)
		return log_refuse(-EBUSY, "cannot delete container %s: it is %s, not stopped",
				  s->id, oci_status_names[status]);
	r = end(s);
	if (r == 0)
		r = oci_cgroup_down(&s->cgroup);
	if (r < 0)
		return r;
	(void)oci_hooks_kept(oc, OCI_POSTSTOP, OCI_STOPPED);
	return oci_state_remove(oc->options, s);
}

int oci_delete(const struct oci_options *o, const char *id, bool force)
{
	CLEANUP(oci_container_done)
	struct oci_container oc;
	int r;

	oci_container_init(&oc, o);
	if (force && !oci_state_exists(o, id))
		return 0;
	r = oci_state_load(o, id, true, &oc.state);
	return r == 0 ? delete (&oc, force) : r;
}
