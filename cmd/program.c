/* SPDX-License-Identifier: MIT */
/* Finding and executing nap-image. */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"

#define PROGRAM "nap-image"

/* Beside our own executable, as in a build tree, else where `make install` puts it. */
static int find_program(char **ret)
{
	auto_free char *self = NULL;
	char *slash, *path;
	int r;

	r = fs_readlink(-1, "/proc/self/exe", &self);
	if (r < 0)
		return log_fail(r, "read /proc/self/exe");
	slash = strrchr(self, '/');
	path = text_format("%.*s/" PROGRAM, slash ? (int)(slash - self) : 0, self);
	if (path && access(path, X_OK) < 0) {
		free(path);
		path = strdup(NAP_LIBEXECDIR "/" PROGRAM);
	}
	if (!path)
		return log_oom();
	*ret = path;
	return 0;
}

static int program_argv(const struct settings *settings, char *const *argv, char ***ret)
{
	auto_strv char **v = NULL;
	auto_free char *path = NULL;
	int r;

	r = find_program(&path);
	if (r < 0)
		return r;
	if (strv_take(&v, TAKE_PTR(path)) < 0 ||
	    strv_take(&v, text_format("--root=%s", settings->root)) < 0 ||
	    strv_take(&v, text_format("--runroot=%s", settings->runroot)) < 0 ||
	    strv_extend(&v, argv) < 0)
		return log_oom();
	*ret = TAKE_PTR(v);
	return 0;
}

int program_run(const struct settings *settings, int argc, char **argv)
{
	auto_strv char **v = NULL;
	int r;

	(void)argc; /* argv ends with NULL */
	r = program_argv(settings, argv, &v);
	if (r < 0)
		return r;
	(void)execv(v[0], v);
	return log_fail(-errno, "execute %s", v[0]);
}

int program_read(const struct settings *settings, char *const *argv, char **ret)
{
	auto_fd int reader = -1, writer = -1;
	auto_free char *text = NULL;
	auto_strv char **v = NULL;
	int fds[2], status, r;
	pid_t pid;

	r = program_argv(settings, argv, &v);
	if (r < 0)
		return r;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return log_fail(-errno, "make a pipe");
	reader = fds[0];
	writer = fds[1];
	pid = fork();
	if (pid < 0)
		return log_fail(-errno, "fork");
	if (pid == 0) {
		if (dup2(writer, STDOUT_FILENO) >= 0)
			(void)execv(v[0], v);
		(void)log_fail(-errno, "execute %s", v[0]);
		_exit(1);
	}
	fd_drop(&writer);
	r = fs_read_fd(reader, 64 << 10, &text, NULL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return log_fail(-errno, "wait for %s", v[0]);
	if (r < 0)
		return log_fail(r, "read from %s", v[0]);
	if (!WIFEXITED(status))
		return log_refuse(-EIO, "%s was killed by signal %d", v[0], WTERMSIG(status));
	*ret = TAKE_PTR(text);
	return WEXITSTATUS(status);
}
