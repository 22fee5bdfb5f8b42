/* SPDX-License-Identifier: MIT */
/*
 * The parent's preparations: everything that can fail with a plain sentence fails here, before any
 * process is cloned, and the children find only arrays to walk.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "container.h"
#include "credentials.h"
#include "dev.h"
#include "handshake.h"
#include "health.h"
#include "landlock.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lsm.h"
#include "mounts.h"
#include "pipes.h"
#include "rootfs.h"
#include "service.h"
#include "stub.h"
#include "stubs.h"
#include "tty.h"
#include "user.h"
#include "userns.h"

/* Above the descriptors that the child gives the app. */
#define STUB_FD_MIN 4

static int make_env(struct container *c)
{
	const char *home = c->user.home ? c->user.home : "/";
	char *entry;

	if (strv_copy(c->spec->env, &c->env) < 0)
		return log_oom();
	if (env_get(c->env, "HOME"))
		return 0;
	entry = text_format("HOME=%s", home);
	return strv_take(&c->env, entry) < 0 ? log_oom() : 0;
}

/* Where the command may be: itself if it is a path, else in each directory of the app's PATH. */
static int make_candidates(struct container *c, const char *command)
{
	const char *path = env_get(c->env, "PATH");

	if (strchr(command, '/'))
		return strv_add(&c->candidates, command) < 0 ? log_oom() : 0;
	c->candidates = calloc(1, sizeof(char *));
	while (c->candidates && path) {
		size_t n = strcspn(path, ":");
		char *candidate = n > 0 ? text_format("%.*s/%s", (int)n, path, command)
					: text_format("./%s", command);

		if (strv_take(&c->candidates, candidate) < 0)
			return log_oom();
		path = path[n] ? path + n + 1 : NULL;
	}
	return c->candidates ? 0 : log_oom();
}

static int make_stub_argv(struct container *c, char *const *argv)
{
	size_t n = strv_len(argv);
	const char *profile = c->spec->apparmor, *context = profile ? NULL : c->spec->selinux;

	c->stub_word = text_format("%u%s%s%s", 3 + c->n_listen_fds, profile ? ",exec " : "",
				   context ? "," : "",
				   profile   ? profile
				   : context ? context
					     : "");
	c->stub_argv = calloc(n + 3, sizeof(char *));
	if (!c->stub_argv || !c->stub_word)
		return log_oom();
	c->stub_argv[0] = c->stub_word;
	memcpy(c->stub_argv + 2, argv, n * sizeof(char *));
	return 0;
}

/* A profile is kept as it was compiled, so that nap exec confines exactly like the app was. */
static int load_seccomp(struct container *c)
{
	const struct spec *spec = c->spec;
	int r;

	if (spec->seccomp_unconfined)
		return 0;
	if (!spec->seccomp_profile)
		return seccomp_default_program(spec->caps, &c->seccomp);
	r = seccomp_load_profile(spec->seccomp_profile, spec->caps, &c->seccomp);
	if (r < 0)
		return r;
	r = seccomp_program_save(&c->seccomp, c->run_dirfd, "seccomp");
	return r < 0 ? log_fail(r, "keep the seccomp program") : 0;
}

int prepare_command(struct container *c, char *const *argv)
{
	int r = make_candidates(c, argv[0]);

	if (r == 0)
		r = make_stub_argv(c, argv);
	if (r < 0)
		return r;
	c->stub_fd = stub_open(stub_program, sizeof(stub_program),
			       STUB_FD_MIN + (int)c->n_listen_fds);
	return c->stub_fd < 0 ? log_fail(c->stub_fd, "make the stub") : 0;
}

int prepare_process(struct container *c, char *const *argv)
{
	int r;

	r = user_resolve(c->rootfs_fd, c->spec->user_text, c->spec->group_add, &c->user);
	if (r == 0)
		r = userns_check_user(c);
	if (r == 0)
		r = make_env(c);
	if (r == 0)
		r = landlock_prepare(c);
	if (r == 0)
		r = pipes_up(c);
	if (r == 0)
		r = prepare_command(c, argv);
	if (r < 0)
		return r;
	if (c->spec->terminal)
		tty_get_size(&c->tty_size);
	if (!c->spec->interactive && !c->spec->terminal && (!c->spec->unit || c->joined)) {
		c->stdin_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (c->stdin_fd < 0)
			return log_fail(-errno, "open /dev/null");
	}
	return 0;
}

static int prepare_app(struct container *c)
{
	return prepare_process(c, c->spec->argv);
}

static int check_profile(struct container *c)
{
	return lsm_check(c->spec->apparmor);
}

int prepare(struct container *c)
{
	static const struct {
		int (*run)(struct container *c);
		int exit_code;
	} steps[] = {
		{check_profile, EXIT_NAP_APPARMOR},	{rootfs_up, EXIT_NAP_NAMESPACE},
		{prepare_app, EXIT_NAP_USER},		{load_seccomp, EXIT_NAP_SECCOMP},
		{dev_prepare, EXIT_NAP_NAMESPACE},	{mounts_prepare, EXIT_NAP_NAMESPACE},
		{credentials_up, EXIT_NAP_CREDENTIALS}, {service_prepare, EXIT_NAP_NAMESPACE},
		{health_prepare, EXIT_NAP_NAMESPACE},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(steps); i++) {
		c->step = steps[i].exit_code;
		r = steps[i].run(c);
	}
	return r;
}
