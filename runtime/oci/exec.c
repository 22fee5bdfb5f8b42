/* SPDX-License-Identifier: MIT */
/*
 * exec: a further process in a container of an engine. It is cloned into the container's PID
 * namespace and cgroup, joins the others by the pidfd of the first process, and takes on what its
 * own document says, under the filter that the container was created with.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "init.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/strv.h"
#include "runtime/pty.h"
#include "runtime/user.h"

/* ---- the document ---- */

/* A name that nobody knows cannot be had, as in a bundle. */
static void add_caps(struct oci_process *p, char *const *names)
{
	for (; names && *names; names++) {
		uint64_t bit;
		int cap;

		if (caps_parse(*names, &cap) < 0) {
			log_warn("--cap: \"%s\": no such capability", *names);
			continue;
		}
		bit = UINT64_C(1) << cap;
		p->caps.bounding |= bit;
		p->caps.permitted |= bit;
		p->caps.effective |= bit;
	}
}

static int set_env(struct oci_process *p, char *const *env)
{
	for (; env && *env; env++) {
		if (!strchr(*env, '='))
			return log_refuse(-EINVAL, "--env: \"%s\": not NAME=VALUE", *env);
		if (env_set(&p->env, *env) < 0)
			return log_oom();
	}
	return 0;
}

/* Names are those of the container's own passwd. */
static int set_user(struct oci_container *oc, const struct oci_exec_options *q)
{
	struct oci_process *p = &oc->config.process;
	CLEANUP(user_done)
	struct user_spec u = {0};
	int r;

	if (q->user) {
		r = user_resolve(oc->c.rootfs_fd, q->user, NULL, &u);
		if (r < 0)
			return r;
		p->uid = u.uid;
		p->gid = u.gid;
		env_unset(p->env, "HOME"); /* that of another */
	}
	if (q->n_groups > 0) {
		gid_t *groups = reallocarray(NULL, q->n_groups, sizeof(gid_t));

		if (!groups)
			return log_oom();
		memcpy(groups, q->groups, q->n_groups * sizeof(gid_t));
		free(p->groups);
		p->groups = groups;
		p->n_groups = q->n_groups;
	}
	return 0;
}

/* The container's own process, and what the options of exec say over it. */
static int adapt_process(struct oci_container *oc, const struct oci_exec_options *q)
{
	struct oci_process *p = &oc->config.process;
	int r;

	p->terminal = q->tty;
	p->rows = p->columns = 0;
	p->no_new_privs = q->no_new_privs; /* who execs may want what the app may not: ping, sudo */
	strv_free(TAKE_PTR(p->args));
	if (strv_copy(q->args, &p->args) < 0 || text_set(&p->cwd, q->cwd) < 0 ||
	    text_set(&p->apparmor, q->apparmor) < 0 ||
	    text_set(&p->selinux_label, q->process_label) < 0)
		return log_oom();
	r = set_env(p, q->env);
	add_caps(p, q->caps);
	return r == 0 ? set_user(oc, q) : r;
}

static int read_process(struct oci_container *oc, const struct oci_exec_options *q)
{
	struct oci_process p = {0};
	int r;

	if (!q->process)
		return adapt_process(oc, q);
	r = oci_process_read(q->process, &p);
	if (r < 0)
		return r;
	p.terminal |= q->tty;
	oci_process_done(&oc->config.process);
	oc->config.process = p;
	return 0;
}

/* ---- the container ---- */

static int check_status(const struct oci_container *oc, const struct oci_exec_options *q)
{
	enum oci_status status = oci_status_of(&oc->state);

	if (status == OCI_PAUSED && !q->ignore_paused)
		return log_refuse(-EBUSY, "cannot exec in a paused container (--ignore-paused)");
	if (status == OCI_STOPPED || status == OCI_CREATING)
		return log_refuse(-ESRCH, "container not running: %s", oc->state.id);
	return 0;
}

static int open_files(struct oci_container *oc)
{
	struct container *c = &oc->c;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)oc->state.pid);
	c->rootfs_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->rootfs_fd < 0)
		return -errno;
	return oci_namespace(&oc->config, CLONE_NEWUSER)
		       ? proc_open_namespace(oc->state.pid, "user", &c->userns_fd)
		       : 0;
}

static int open_container(struct oci_container *oc, char *const *cgroups)
{
	struct container *c = &oc->c;
	int r, s;

	c->joined = true;
	c->init_pidfd = oci_state_open(&oc->state);
	r = open_files(oc);
	s = oci_cgroup_open(&oc->state.cgroup, cgroups, oc->state.pid, &c->cgroup_fd);
	/* the pid may have been reused meanwhile: the pidfd knows */
	if (c->init_pidfd < 0 || proc_send_signal(c->init_pidfd, 0) < 0)
		return log_refuse(-ESRCH, "container not running: %s", oc->state.id);
	return r < 0 ? log_fail(r, "open the root and the namespaces of %s", oc->state.id) : s;
}

static int load_seccomp(struct oci_container *oc)
{
	int r;

	if (!oc->config.seccomp)
		return 0;
	r = seccomp_program_read(oc->state.dirfd, "seccomp", &oc->c.seccomp);
	return r < 0 && r != -ENOENT ? log_fail(r, "read the seccomp program of %s", oc->state.id)
				     : 0;
}

static int prepare_exec(struct oci_container *oc, const char *id, const struct oci_exec_options *q)
{
	int r;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return log_fail(-errno, "become non-dumpable");
	r = oci_state_load(oc->options, id, false, &oc->state);
	if (r == 0)
		r = check_status(oc, q);
	if (r == 0)
		r = oci_config_kept(oc);
	if (r == 0)
		r = open_container(oc, q->cgroups);
	if (r == 0)
		r = read_process(oc, q);
	if (r < 0)
		return r;
	if (!oc->config.process.args || !*oc->config.process.args)
		return log_refuse(-EINVAL, "exec: there is no command");
	oci_limit_caps(oc);
	r = load_seccomp(oc);
	if (r == 0)
		r = oci_listener_open(oc);
	if (r == 0)
		r = oci_spec_from_config(oc);
	oc->c.n_listen_fds = q->preserve_fds;
	if (r == 0)
		r = oci_prepare_process(oc);
	if (r == 0 && oc->spec->terminal && q->detach && !q->console_socket)
		r = log_refuse(-EINVAL, "a terminal of a process in the background: use "
					"--console-socket to say where to send it");
	return r;
}

/* ---- the child ---- */

static int join(struct walk *w)
{
	const struct oci_container *oc = oci_of(w);
	uint64_t flags = 0;

	for (size_t i = 0; i < oc->config.n_namespaces; i++)
		flags |= oc->config.namespaces[i].type;
	flags &= ~(uint64_t)(CLONE_NEWPID | CLONE_NEWUSER);
	if (flags && setns(w->c->init_pidfd, (int)flags) < 0)
		return -errno;
	if (flags & CLONE_NEWNS)
		return 0;
	return fchdir(w->c->rootfs_fd) < 0 || chroot(".") < 0 ? -errno : 0;
}

static int take_terminal(struct walk *w)
{
	int r;

	if (!w->c->spec->terminal)
		return 0;
	r = w->tty_fd = pty_open_joined(&w->c->tty_size);
	if (r >= 0)
		r = handshake_send(w->channel, STAGE_TERMINAL, w->tty_fd);
	if (r == 0)
		r = oci_console_take(w);
	fd_drop(&w->tty_fd);
	return r;
}

static int enter_cgroups(struct walk *w)
{
	return oci_cgroup_enter_v1(&oci_of(w)->state.cgroup);
}

static const struct step exec_steps[] = {
	{"learn its own pid", EXIT_NAP_NAMESPACE, oci_process_learn_pid},
	{"enter its cgroups", EXIT_NAP_CGROUP, enter_cgroups},
	{"set", EXIT_NAP_LIMITS, oci_process_tune},
	{"set", EXIT_NAP_LIMITS, oci_process_affinity},
	{"take the null device", EXIT_NAP_STDIN, oci_console_take_null},
	{"join the container", EXIT_NAP_NAMESPACE, join},
	{"start a session", EXIT_NAP_SETSID, walk_new_session},
	{"make the terminal", EXIT_NAP_STDIN, take_terminal},
	{"enter the working directory", EXIT_NAP_CHDIR, oci_process_look},
};

__attribute__((noreturn)) static void exec_init(struct oci_container *oc, int channel)
{
	struct walk w = walk_begin(&oc->c, channel);

	walk_steps(&w, exec_steps, ARRAY_SIZE(exec_steps));
	oci_confine(&w);
	oci_execute(&w);
}

/* ---- the parent ---- */

static int clone_exec(struct oci_container *oc, int parent, int child)
{
	struct container *c = &oc->c;
	int pidns = oci_namespace(&oc->config, CLONE_NEWPID) ? c->init_pidfd : -1;
	pid_t pid = oci_clone(0, c->cgroup_fd, pidns, &c->app_pidfd);

	if (pid < 0)
		return proc_send_signal(c->init_pidfd, 0) < 0
			       ? log_refuse(-ESRCH, "container not running: %s", oc->state.id)
			       : log_fail(pid, "clone the process");
	if (pid == 0) {
		(void)close(parent);
		exec_init(oc, child);
	}
	c->app_pid = pid;
	return 0;
}

static int see_through(struct oci_container *oc, int channel, const struct oci_exec_options *q)
{
	struct message m;
	int fd, r;

	r = handshake_receive(channel, &m, &fd);
	if (r == 1 && m.stage == STAGE_TERMINAL) {
		oc->c.tty_fd = fd;
		r = q->console_socket ? oci_console_send(q->console_socket, fd) : 0;
		if (r < 0)
			return r;
		if (q->console_socket)
			fd_drop(&oc->c.tty_fd);
		r = handshake_receive(channel, &m, &fd);
	}
	fd_drop(&fd);
	return r == 0 ? 0 : oci_child_failure(oc, r, &m);
}

static int execute(struct oci_container *oc, const struct oci_exec_options *q)
{
	auto_fd int parent = -1, child = -1;
	int r = handshake_open(&parent, &child);

	if (r < 0)
		return log_fail(r, "make a socket pair");
	r = clone_exec(oc, parent, child);
	if (r < 0)
		return r;
	fd_drop(&child);
	r = see_through(oc, parent, q);
	if (r == 0)
		r = oci_write_pid(q->pid_file, oc->c.app_pid);
	if (r < 0)
		proc_end_child(oc->c.app_pidfd);
	return r;
}

int oci_exec(const struct oci_options *o, const char *id, const struct oci_exec_options *q)
{
	CLEANUP(oci_container_done)
	struct oci_container oc;
	int r;

	oci_container_init(&oc, o);
	r = prepare_exec(&oc, id, q);
	if (r < 0)
		return r;
	if (!q->detach)
		wait_block_signals();
	r = execute(&oc, q);
	return r == 0 && !q->detach ? wait_for_app(&oc.c) : r;
}
