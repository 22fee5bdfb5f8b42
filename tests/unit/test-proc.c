/* SPDX-License-Identifier: MIT */
/* Processes by pid and start time: our own, a child that lives, ends and is a zombie, and nobody.
 */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/proc.h"

static void check_self(void)
{
	auto_free char *name = NULL, *none = NULL;
	uint64_t ticks = 0, mask = 0;
	char boot[40];

	/* the hardest name for whoever parses /proc/PID/stat */
	CHECK(prctl(PR_SET_NAME, ") R 1 (x") == 0);
	CHECK(proc_start_time(getpid(), &ticks) == 0 && ticks > 0);
	CHECK(proc_status_text(getpid(), "Name", &name) == 0);
	CHECK_STREQ(name, ") R 1 (x");
	CHECK(proc_status_text(getpid(), "Nam", &none) == -ENOENT && !none);
	CHECK(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
	CHECK(proc_status_mask(getpid(), "SigIgn", &mask) == 0 && (mask & 1ULL << (SIGUSR1 - 1)));
	CHECK(proc_start_time(0x7ffffff0, &ticks) == -ESRCH);
	CHECK(proc_open(0x7ffffff0, 1) == -ESRCH && proc_open(0, 1) == -ESRCH);
	CHECK(proc_open(-1, 1) == -ESRCH);
	CHECK(proc_boot_id(boot) == 0 && strlen(boot) == 36);
}

static void check_child(void)
{
	auto_fd int pidfd = -1;
	uint64_t ticks = 0;
	siginfo_t info;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	CHECK(proc_start_time(pid, &ticks) == 0);
	CHECK(proc_open(pid, ticks + 1) == -ESRCH);
	pidfd = proc_open(pid, ticks);
	CHECK(pidfd >= 0);
	CHECK(proc_wait_end(pidfd, 0) == -ETIMEDOUT && proc_wait_end(pidfd, 5) == -ETIMEDOUT);
	CHECK(proc_send_signal(pidfd, 0) == 0 && proc_send_signal(pidfd, SIGKILL) == 0);
	CHECK(proc_wait_end(pidfd, -1) == 0 && proc_wait_end(pidfd, 1000) == 0);
	/* a zombie has ended */
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(proc_open(pid, ticks) == -ESRCH);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(proc_send_signal(pidfd, SIGKILL) == -ESRCH);
	CHECK(proc_start_time(pid, &ticks) == -ESRCH);
}

int main(void)
{
	check_self();
	check_child();
	return test_report();
}
