/* SPDX-License-Identifier: MIT */
/* A tracer need not be the parent; it is told of stops, and of the end before the parent is. */
#include "hold.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

/* The stub's, then the app's. */
#define EXECS 2

int hold_prepare(pid_t pid)
{
	return ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACEEXEC) < 0 ? -errno : 0;
}

static bool is_exec(int status)
{
	return status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8);
}

/* A stop that is not ours passes: with its signal, or as the stop that a signal asked for. */
static int pass(pid_t pid, int status)
{
	bool stopped = status >> 16 == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP;
	long signo = status >> 16 ? 0 : WSTOPSIG(status);

	return ptrace(stopped ? PTRACE_LISTEN : PTRACE_CONT, pid, NULL, signo) < 0 ? -errno : 0;
}

int hold_wait(pid_t pid)
{
	int execs = 0, status;

	for (;;) {
		int r;

		if (waitpid(pid, &status, __WALL) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (!WIFSTOPPED(status))
			return 0;
		if (is_exec(status) && ++execs == EXECS)
			return 1;
		r = pass(pid, status);
		if (r < 0 && r != -ESRCH) /* killed meanwhile: the next wait tells */
			return r;
	}
}

void hold_release(pid_t pid)
{
	(void)ptrace(PTRACE_DETACH, pid, NULL, 0); /* it may have been killed */
}
