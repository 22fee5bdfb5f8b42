/* SPDX-License-Identifier: MIT */
/* Finding and executing nap's further programs. */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs.h"
#include "text.h"

#define OUTPUT_MAX_BYTES (64U << 10)
#define EXIT_NOT_EXECUTED 127

int program_find(const char *name, char **ret)
{
	auto_free char *self = NULL;
	char *slash, *path;
	int r;

	r = fs_readlink(-1, "/proc/self/exe", &self);
	if (r < 0)
		return r;
	slash = strrchr(self, '/');
	path = text_format("%.*s/%s", slash ? (int)(slash - self) : 0, self, name);
	if (path && access(path, X_OK) < 0) {
		free(path);
		path = text_format(NAP_LIBEXECDIR "/%s", name);
	}
	if (!path)
		return -ENOMEM;
	*ret = path;
	return 0;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status) == EXIT_NOT_EXECUTED ? -ENOEXEC : WEXITSTATUS(status);
}

int program_output(char *const *argv, char **ret)
{
	auto_fd int reader = -1, writer = -1;
	auto_free char *text = NULL;
	int fds[2], code, r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	reader = fds[0];
	writer = fds[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		/* what systemd has passed us is the app's */
		(void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
		if (dup2(writer, STDOUT_FILENO) >= 0)
			(void)execv(argv[0], argv);
		_exit(EXIT_NOT_EXECUTED);
	}
	fd_drop(&writer);
	r = fs_read_fd(reader, OUTPUT_MAX_BYTES, &text, NULL);
	fd_drop(&reader); /* so that it does not wait for us, should it have more to say */
	code = wait_for(pid);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(text);
	return code;
}
