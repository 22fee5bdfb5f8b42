/* SPDX-License-Identifier: MIT */
/*
 * The program that stands between nap and the app: one page, no libc, executed from a sealed memfd.
 *
 * By the time the app's file is executed, no executable of the host may be reachable from inside: a
 * file that starts with "#!/proc/self/exe" would otherwise run nap itself in the container, and
 * /proc/PID/exe of that would be a way to write to nap on the host (CVE-2019-5736). So the last
 * execve(2) is done by this stub, whose own executable is a sealed memory file.
 *
 *     argv = { "FD", PATH, ARGV0, ... }  execute PATH; on failure write errno (an int) to FD
 *     argv = { "FD,exec PROFILE", ... }  the same, in an AppArmor profile; where that cannot be
 *                                        had, write the negative errno
 *     argv = { "FD,CONTEXT", ... }       the same for SELinux
 *     argv = { "init" }                  be PID 1: SIGCHLD is ignored already, so the kernel
 *                                        reaps; copy what the app writes to /dev/stdout and
 *                                        /dev/stderr (reaper.h), and end with PID 2, the app,
 *                                        and the container with it
 */

#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/poll.h>

#include "reaper.h"
#include "stub-notify.h"
#include "stub-profile.h"
#include "stub-relay.h"
#include "stub-sys.h"

#define SIGNAL_SET_BYTES 8

enum { PR_SET_DUMPABLE = 4, PR_SET_NAME = 15 };

struct filter_step {
	unsigned short code;
	unsigned char if_true, if_false;
	unsigned k;
};

/*
 * PID 1 has the ids of root and no filter of the app's: whoever could write to its memory would
 * have left the filter behind. The memory file cannot be read, so that execve(2) has made this
 * process non-dumpable already; and it can do nothing but wait, copy what it has open, and end.
 */
static void confine(void)
{
	enum { LOAD = 0x20, JUMP_IF_EQUAL = 0x15, RETURN = 0x06, NR_AT = 0, ARCH_AT = 4 };
	enum { SECCOMP_SET_MODE_FILTER = 1 };
	static const struct filter_step steps[] = {
		{LOAD, 0, 0, ARCH_AT},
		{JUMP_IF_EQUAL, 0, 8, STUB_AUDIT_ARCH},
		{LOAD, 0, 0, NR_AT},
		{JUMP_IF_EQUAL, 7, 0, __NR_ppoll},
		{JUMP_IF_EQUAL, 6, 0, __NR_read},
		{JUMP_IF_EQUAL, 5, 0, __NR_write},
		{JUMP_IF_EQUAL, 4, 0, __NR_recvmsg},
		{JUMP_IF_EQUAL, 3, 0, __NR_sendmsg},
		{JUMP_IF_EQUAL, 2, 0, __NR_close},
		{JUMP_IF_EQUAL, 1, 0, __NR_exit},
		{RETURN, 0, 0, 0x80000000U /* SECCOMP_RET_KILL_PROCESS */},
		{RETURN, 0, 0, 0x7fff0000U /* SECCOMP_RET_ALLOW */},
	};
	struct {
		unsigned short n;
		const struct filter_step *steps;
	} program = {sizeof(steps) / sizeof(steps[0]), steps};

	(void)call(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&program, 0, 0);
}

/* Without a pidfd of the app this sleeps until it is killed, which ends the container as well. */
static void be_init(void)
{
	enum { OUT, ERR, NOTIFY, APP, N };
	struct pollfd fds[N];

	(void)call(__NR_prctl, PR_SET_NAME, (long)"nap-init", 0, 0, 0);
	fds[APP].fd = (int)call(__NR_pidfd_open, 2, 0, 0, 0, 0);
	for (int i = OUT; i <= ERR; i++)
		fds[i].fd = relay_open(REAPER_FD_FIFOS + i);
	fds[NOTIFY].fd = relay_open(REAPER_FD_MESSAGES);
	for (int i = 0; i < N; i++)
		fds[i].events = POLLIN;
	confine();
	do {
		for (int i = 0; i < N; i++)
			fds[i].revents = 0;
		(void)call(__NR_ppoll, (long)fds, N, 0, 0, SIGNAL_SET_BYTES);
		for (int i = OUT; i <= ERR; i++)
			if (fds[i].revents || fds[APP].revents)
				relay_copy(fds[i].fd, REAPER_FD_STREAMS + i);
		if (fds[NOTIFY].revents || fds[APP].revents)
			notify_copy(fds[NOTIFY].fd, REAPER_FD_NOTIFY);
	} while (!fds[APP].revents);
	for (;;)
		(void)call(__NR_exit, 0, 0, 0, 0, 0);
}

void run(long *stack)
{
	long argc = stack[0];
	char **argv = (char **)(stack + 1);
	char **envp = argv + argc + 1;
	const char *word = argv[0];
	long fd = 0;
	int error;

	if (argv[0][0] == 'i')
		be_init();
	for (; *word >= '0' && *word <= '9'; word++)
		fd = fd * 10 + (*word - '0');
	error = (int)-call(__NR_fcntl, fd, F_SETFD, FD_CLOEXEC, 0, 0);
	if (error == 0 && *word == ',')
		error = profile_set(word + 1);
	if (error == 0)
		error = (int)-call(__NR_execve, (long)argv[1], (long)(argv + 2), (long)envp, 0, 0);
	(void)call(__NR_write, fd, (long)&error, sizeof(error), 0, 0);
	for (;;)
		(void)call(__NR_exit, 127, 0, 0, 0, 0);
}
