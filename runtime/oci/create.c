/* SPDX-License-Identifier: MIT */
/*
 * create: from a bundle to a process that waits to be started (init.h says what the two say to each
 * other), and everything undone if that does not come about. run is create, start and waiting.
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
#include "lib/json.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/proc.h"
#include "lib/strv.h"

/* ---- what is kept ---- */

int oci_config_kept(struct oci_container *oc)
{
	auto_free char *dir = text_format("%s/%s", oc->options->root, oc->state.id);

	return dir ? oci_config_read(dir, "config.json", false, &oc->config) : log_oom();
}

int oci_hooks_kept(struct oci_container *oc, enum oci_stage stage, enum oci_status status)
{
	int r;

	if (!(oc->state.hooks >> stage & 1))
		return 0;
	r = oci_config_kept(oc);
	return r == 0 ? oci_hooks_run(&oc->state, &oc->config, stage, status) : r;
}

static int keep_config(const struct oci_container *oc)
{
	auto_free char *text = json_dumps(oc->config.document, JSON_COMPACT);
	int r;

	if (!text)
		return log_oom();
	r = fs_write_file(oc->state.dirfd, "config.json", text, strlen(text), 0600);
	if (r == 0 && oc->c.seccomp.len > 0)
		r = seccomp_program_save(&oc->c.seccomp, oc->state.dirfd, "seccomp");
	return r < 0 ? log_fail(r, "keep the config of %s", oc->state.id) : 0;
}

/* Where the container's streams came from: nothing else tells that later. */
static char *describe_streams(void)
{
	auto_buf b = {0};

	buf_char(&b, '[');
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		auto_free char *path = text_format("/proc/self/fd/%d", fd), *target = NULL;

		if (!path)
			return NULL;
		(void)fs_readlink(AT_FDCWD, path, &target);
		json_element(&b, target ? target : "");
	}
	buf_char(&b, ']');
	return buf_take(&b);
}

static int fill_state(struct oci_container *oc, const char *bundle)
{
	struct oci_state *s = &oc->state;
	const struct oci_namespace *pid = oci_namespace(&oc->config, CLONE_NEWPID);
	char boot[40];
	int r;

	r = proc_boot_id(boot);
	if (r < 0)
		return log_fail(r, "read the id of this boot");
	for (int i = 0; i < OCI_STAGES; i++)
		s->hooks |= (unsigned)(oc->config.hooks[i].n > 0) << i;
	s->new_pid_namespace = pid && !pid->path;
	s->streams = describe_streams();
	if (!s->streams || text_set(&s->bundle, bundle) < 0 ||
	    text_set(&s->rootfs, oc->config.rootfs) < 0 ||
	    text_set(&s->version, oc->config.version) < 0 || text_set(&s->boot, boot) < 0 ||
	    strv_copy(oc->config.annotations, &s->annotations) < 0)
		return log_oom();
	return 0;
}

/* ---- before the clone ---- */

/* What it may hold is what nap holds: more is not to be had. In a user namespace it is all. */
void oci_limit_caps(struct oci_container *oc)
{
	struct caps_sets *sets = &oc->config.process.caps;
	uint64_t have = UINT64_MAX, missing;

	if (!oci_namespace(&oc->config, CLONE_NEWUSER) && caps_all(&have) < 0)
		return;
	missing = (sets->permitted | sets->effective) & ~have;
	for (int cap = 0; cap < 64; cap++)
		if (missing >> cap & 1)
			log_warn("process.capabilities: %s cannot be had", caps_name(cap));
	caps_limit(sets, have);
}

/* As it was named: hooks and engines compare. */
static char *absolute(const char *path)
{
	auto_free char *cwd = NULL, *joined = NULL;
	char *normal;

	if (*path != '/') {
		cwd = getcwd(NULL, 0);
		joined = cwd ? text_format("%s/%s", cwd, path) : NULL;
		path = joined;
	}
	return path && path_normalize(path, &normal) == 0 ? normal : NULL;
}

static int prepare_bundle(struct oci_container *oc)
{
	const struct oci_create_options *q = oc->create;
	auto_free char *bundle = absolute(q->bundle ? q->bundle : ".");
	int r;

	if (!bundle)
		return log_fail(-errno, "find the bundle %s", q->bundle ? q->bundle : ".");
	r = oci_config_read(bundle, q->config ? q->config : "config.json",
			    q->detach && !q->console_socket, &oc->config);
	if (r == 0)
		r = fill_state(oc, bundle);
	if (r == 0)
		r = oci_notify_prepare(oc);
	if (r == 0)
		oci_limit_caps(oc);
	if (r == 0)
		r = oci_spec_from_config(oc);
	oc->c.n_listen_fds = q->preserve_fds;
	if (r == 0)
		r = oci_namespaces_open(oc);
	if (r == 0)
		r = oci_namespaces_up(oc);
	if (r == 0)
		r = oci_mounts_prepare(oc);
	if (r == 0)
		r = oci_prepare_process(oc);
	if (r == 0)
		r = oci_listener_open(oc);
	return r == 0 ? keep_config(oc) : r;
}

/* ---- the clone and what follows ---- */

static int pid_namespace_fd(const struct oci_container *oc)
{
	const struct oci_namespace *n = oci_namespace(&oc->config, CLONE_NEWPID);

	return n ? oc->joined_fd[n - oc->config.namespaces] : -1;
}

static int clone_init(struct oci_container *oc, int parent, int child)
{
	struct container *c = &oc->c;
	pid_t pid = oci_clone(oci_namespaces_to_clone(oc), c->cgroup_fd, pid_namespace_fd(oc),
			      &c->init_pidfd);

	if (pid < 0)
		return log_fail(pid, "clone the container's first process");
	if (pid == 0) {
		(void)close(parent); /* so that our death is an end of file to it */
		oci_init(oc, child);
	}
	c->init_pid = c->app_pid = oc->state.pid = pid;
	(void)proc_start_time(pid, &oc->state.pid_start);
	return 0;
}

static int wait_for(struct oci_container *oc, int channel, enum stage stage)
{
	struct message m;
	int fd, r;

	r = handshake_receive(channel, &m, &fd);
	if (r == 1 && m.stage == stage) {
		if (fd >= 0)
			oc->c.tty_fd = fd;
		return 0;
	}
	fd_drop(&fd);
	return oci_child_failure(oc, r, &m);
}

static int let_go(int channel)
{
	int r = handshake_send(channel, STAGE_GO, -1);

	return r == -EPIPE ? 0 : r; /* if it is gone, it has said why */
}

static int run_early_hooks(struct oci_container *oc, int channel)
{
	int r = wait_for(oc, channel, STAGE_MADE);

	if (r == 0)
		r = oci_state_save(&oc->state);
	if (r == 0)
		r = oci_hooks_run(&oc->state, &oc->config, OCI_PRESTART, OCI_CREATED);
	if (r == 0)
		r = oci_hooks_run(&oc->state, &oc->config, OCI_CREATE_RUNTIME, OCI_CREATED);
	return r == 0 ? let_go(channel) : r;
}

static int run_stages(struct oci_container *oc, int channel)
{
	int r;

	r = oci_cgroup_adopt(&oc->state.cgroup, oc->state.id, &oc->config, oc->state.pid);
	if (r == 0)
		r = wait_for(oc, channel, STAGE_MADE);
	if (r == 0)
		r = oci_netdevs_move(oc);
	if (r == 0)
		r = let_go(channel);
	if (r == 0 && oci_has_early_hooks(&oc->state))
		r = run_early_hooks(oc, channel);
	return r == 0 ? wait_for(oc, channel, STAGE_MOUNTED) : r;
}

int oci_write_pid(const char *path, pid_t pid)
{
	char text[16];
	int n, r;

	if (!path)
		return 0;
	n = snprintf(text, sizeof(text), "%d", (int)pid);
	r = fs_replace_file(AT_FDCWD, path, text, (size_t)n, 0644, false);
	return r < 0 ? log_fail(r, "write %s", path) : 0;
}

static int finish(struct oci_container *oc)
{
	const struct oci_create_options *q = oc->create;
	int r = 0;

	if (oc->c.tty_fd >= 0 && q->console_socket) {
		r = oci_console_send(q->console_socket, oc->c.tty_fd);
		fd_drop(&oc->c.tty_fd);
	}
	if (r < 0)
		return r;
	oc->state.creating = false;
	r = oci_state_save(&oc->state);
	/* an engine takes this for the end of create */
	return r == 0 ? oci_write_pid(q->pid_file, oc->state.pid) : r;
}

static int make(struct oci_container *oc)
{
	auto_fd int parent = -1, child = -1;
	int r;

	r = prepare_bundle(oc);
	if (r < 0)
		return r;
	r = oci_start_listen(oc->state.dirfd, &oc->start_fd);
	if (r < 0)
		return log_fail(r, "listen in %s/%s", oc->options->root, oc->state.id);
	r = oci_cgroup_up(oc->options, oc->state.id, &oc->config, &oc->state.cgroup,
			  &oc->c.cgroup_fd);
	if (r < 0)
		return r;
	r = handshake_open(&parent, &child);
	if (r < 0)
		return log_fail(r, "make a socket pair");
	r = clone_init(oc, parent, child);
	if (r < 0)
		return r;
	fd_drop(&child);
	r = run_stages(oc, parent);
	return r == 0 ? finish(oc) : r;
}

/* Nothing of what failed is left. */
static void undo(struct oci_container *oc)
{
	if (oc->c.init_pidfd >= 0)
		proc_end_child(oc->c.init_pidfd);
	(void)oci_cgroup_down(&oc->state.cgroup);
	(void)oci_state_remove(oc->options, &oc->state);
}

/* A process of ours inside must not be a way to its executable (CVE-2019-5736). */
static int create(struct oci_container *oc, const char *id)
{
	int r;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return log_fail(-errno, "become non-dumpable");
	r = oci_state_claim(oc->options, id, &oc->state);
	if (r < 0)
		return r;
	r = make(oc);
	if (r < 0)
		undo(oc);
	return r;
}

int oci_create(const struct oci_options *o, const char *id, const struct oci_create_options *q)
{
	CLEANUP(oci_container_done)
	struct oci_container oc;

	oci_container_init(&oc, o);
	oc.create = q;
	return create(&oc, id);
}

int oci_run(const struct oci_options *o, const char *id, const struct oci_create_options *q)
{
	CLEANUP(oci_container_done)
	struct oci_container oc;
	int r;

	oci_container_init(&oc, o);
	oc.create = q;
	if (!q->detach) {
		/* what runs in the foreground leaves nobody behind */
		if (!q->no_subreaper)
			(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
		wait_block_signals();
	}
	r = create(&oc, id);
	if (r < 0)
		return r;
	oci_mounts_done(&oc);	  /* the host may unmount what they were copied from */
	fd_drop(&oc.state.dirfd); /* and its lock, which start takes */
	r = oci_start_created(o, id, q->detach ? NULL : &oc.c.ready_fd);
	if (r == 0 && !q->detach)
		r = wait_for_app(&oc.c);
	if (r < 0 || (!q->detach && !q->keep))
		(void)oci_delete(o, id, true);
	return r;
}
