/* SPDX-License-Identifier: MIT */
/*
 * nap exec: a further process in a running container. It goes the way of an app beside its reaper:
 * joined by pidfd, confined by what state.json says of the app, executed through the stub.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "container.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/path.h"
#include "lib/proc.h"
#include "lib/strv.h"
#include "state.h"

#define STARTED_POLL_MS 5

static int set_env(struct spec *spec, char *const *env)
{
	for (; env && *env; env++) {
		auto_free char *name = strndup(*env, strcspn(*env, "="));
		auto_free char *assignment = NULL;
		const char *value;

		if (!name || !env_name_is_valid(name))
			return log_refuse(-EINVAL, "--env: \"%s\": not NAME=VALUE", *env);
		value = strchr(*env, '=') ? *env + strlen(name) + 1 : getenv(name);
		if (!value) {
			env_unset(spec->env, name);
			continue;
		}
		assignment = text_format("%s=%s", name, value);
		if (!assignment || env_set(&spec->env, assignment) < 0)
			return log_oom();
	}
	return 0;
}

/* Lay the request over the spec of the app. */
static int adapt_spec(struct spec *spec, const struct exec_request *q)
{
	spec->terminal = q->terminal;
	spec->interactive = q->interactive;
	if (text_set(&spec->user_text, q->user) < 0)
		return log_oom();
	if (q->working_dir) {
		auto_free char *dir = NULL;

		if (path_normalize(q->working_dir, &dir) < 0)
			return log_refuse(-EINVAL, "--workdir: \"%s\": not an absolute path",
					  q->working_dir);
		free(spec->working_dir);
		spec->working_dir = TAKE_PTR(dir);
	}
	if (q->terminal && !env_get(spec->env, "TERM") && strv_add(&spec->env, "TERM=xterm") < 0)
		return log_oom();
	return set_env(spec, q->env);
}

/* The filter as the app has it: the default, or the program kept when the container was started. */
static int load_seccomp(struct container *c)
{
	int r;

	if (c->spec->seccomp_unconfined)
		return 0;
	if (!c->spec->seccomp_profile)
		return seccomp_default_program(c->spec->caps, &c->seccomp);
	r = seccomp_program_read(c->run_dirfd, "seccomp", &c->seccomp);
	return r < 0 ? log_fail(r, "read the seccomp program of %s", c->spec->id) : 0;
}

/* Who has heard from the app may come before nap has noted that it runs. */
static int wait_until_started(const struct container *c, const char *id)
{
	for (int waited = 0; faccessat(c->run_dirfd, STARTED_FILE, F_OK, 0) < 0; waited++) {
		if (waited * STARTED_POLL_MS >= CONTAINER_OWNER_TIMEOUT_MS)
			return log_refuse(-ETIMEDOUT, "container %s is still being started", id);
		if (proc_wait_end(c->init_pidfd, STARTED_POLL_MS) == 0)
			return log_refuse(-ESRCH, "container %s has ended", id);
	}
	return 0;
}

/* The container's root, for its passwd file, and its cgroup, to be born in. */
static int open_container(struct container *c, const struct state *s)
{
	auto_free char *cgroup = NULL;
	char path[64];
	int r;

	c->run_path = container_run_path(c->paths, s->id);
	if (!c->run_path)
		return log_oom();
	c->run_dirfd = open(c->run_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)s->init_pid);
	c->rootfs_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->run_dirfd < 0 || c->rootfs_fd < 0)
		return log_fail(-errno, "open the root of %s", s->id);
	r = wait_until_started(c, s->id);
	if (r < 0)
		return r;
	/* the pid may have been reused between the two: the pidfd knows */
	if (proc_send_signal(c->init_pidfd, 0) < 0)
		return log_refuse(-ESRCH, "container %s has ended", s->id);
	r = s->cgroup || s->scope || s->spec->unit ? cgroup_of(s->init_pid, &cgroup) : 0;
	if (r < 0 && r != -EMEDIUMTYPE)
		return log_fail(r, "find the cgroup of %s", s->id);
	if (cgroup) {
		c->cgroup_fd = open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (c->cgroup_fd < 0)
			return log_fail(-errno, "open the cgroup of %s", s->id);
	}
	return 0;
}

static int run(struct container *c, const struct state *s, const struct exec_request *q)
{
	int r;

	r = adapt_spec(s->spec, q);
	if (r == 0)
		r = open_container(c, s);
	if (r == 0)
		r = prepare_process(c, q->command);
	if (r == 0)
		r = load_seccomp(c);
	if (r < 0)
		return r;
	wait_block_signals();
	r = launch_into(c);
	return r == 0 ? wait_for_app(c) : r;
}

int container_exec(const struct paths *paths, const char *id, const struct exec_request *q)
{
	CLEANUP(container_done)
	struct container c;
	auto_state struct state *s = NULL;
	int r;

	container_init(&c, paths, NULL);
	/* a process of ours inside must not be a way to its executable (CVE-2019-5736) */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return log_fail(-errno, "become non-dumpable");
	r = state_load(paths, id, &s);
	if (r == -ENOENT)
		return log_refuse(r, "no such container: %s", id);
	if (r < 0)
		return r;
	c.spec = s->spec;
	c.joined = true;
	c.id_base = s->id_base;
	c.init_pidfd = state_open_init(s);
	if (c.init_pidfd == -ESRCH)
		return log_refuse(-ESRCH, "container %s is not running", id);
	if (c.init_pidfd < 0)
		return log_fail(c.init_pidfd, "look whether %s runs", id);
	r = run(&c, s, q);
	if (c.app_pidfd >= 0 && r < 0)
		proc_end_child(c.app_pidfd);
	return r;
}
