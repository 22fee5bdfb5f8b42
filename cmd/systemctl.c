/* SPDX-License-Identifier: MIT */
/* Executing systemctl and journalctl: never found by $PATH, so that root runs what it means to. */
#include "systemctl.h"

#include <errno.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/text.h"

#define EXIT_NOT_EXECUTED 127

bool systemd_is_running(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

static void show(char *const *argv)
{
	auto_buf line = {0};

	for (char *const *a = argv; *a; a++)
		buf_fmt(&line, "%s%s", a == argv ? "" : " ", *a);
	if (line.data)
		(void)fprintf(stderr, "%s\n", line.data);
}

/* Returns on failure only. */
static int execute(char *const *argv)
{
	static const char *const directories[] = {"/usr/bin", "/bin"};
	int r = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		auto_free char *path = text_format("%s/%s", directories[i], argv[0]);

		if (!path)
			return log_oom();
		(void)execv(path, argv);
		if (errno != ENOENT)
			r = -errno;
	}
	return log_fail(r, "execute %s", argv[0]);
}

int systemctl_exec(char *const *argv, bool verbose)
{
	if (verbose)
		show(argv);
	(void)fflush(stdout);
	return execute(argv);
}

int systemctl_wait(char *const *argv, bool verbose)
{
	int status;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid < 0)
		return log_fail(-errno, "fork");
	if (pid == 0) {
		/* what systemd has passed us is the app's */
		(void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
		(void)systemctl_exec(argv, verbose);
		_exit(EXIT_NOT_EXECUTED);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return log_fail(-errno, "wait for %s", argv[0]);
	if (WIFSIGNALED(status))
		return log_refuse(-EIO, "%s was killed by signal %d", argv[0], WTERMSIG(status));
	return WEXITSTATUS(status) == 0 ? 0 : -EIO;
}
