/* SPDX-License-Identifier: MIT */
/*
 * inject PID NAME=NUMBER ARGUMENT...: have a process that is stopped in a system call make another
 * one, as code injected into it would, and print what the kernel said: 0 or more, or the name of
 * the error. Arguments are numbers, or text that is put on its stack. x86-64 only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

enum { BELOW_STACK = 4096 };

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void wait_stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, __WALL) < 0 || !WIFSTOPPED(status)) {
		fprintf(stderr, "the process has ended: %x\n", (unsigned)status);
		exit(1);
	}
}

/* Put text into the process; its address. */
static unsigned long put(pid_t pid, unsigned long *at, const char *text)
{
	size_t n = (strlen(text) + sizeof(long)) / sizeof(long) * sizeof(long);
	char copy[n];

	memset(copy, 0, n);
	memcpy(copy, text, strlen(text));
	*at -= n;
	for (size_t i = 0; i < n; i += sizeof(long)) {
		long word;

		memcpy(&word, copy + i, sizeof(word));
		if (ptrace(PTRACE_POKEDATA, pid, *at + i, word) < 0)
			die("PTRACE_POKEDATA");
	}
	return *at;
}

static unsigned long argument(pid_t pid, unsigned long *at, const char *text)
{
	char *end;
	long n = strtol(text, &end, 0);

	return *text && !*end ? (unsigned long)n : put(pid, at, text);
}

int main(int argc, char **argv)
{
	struct user_regs_struct saved, regs;
	unsigned long args[6] = {0}, at;
	pid_t pid = argc > 2 ? (pid_t)atol(argv[1]) : 0;
	long result;

	if (pid <= 0)
		return 2;
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0 || ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0)
		die("PTRACE_SEIZE");
	wait_stop(pid);
	if (ptrace(PTRACE_GETREGS, pid, 0, &saved) < 0)
		die("PTRACE_GETREGS");
	/* to its syscall instruction, with the call it was in; after another injection it may stand
	 * before that still, since nothing has run since */
	if ((long)saved.orig_rax >= 0) {
		saved.rip -= 2;
		saved.rax = saved.orig_rax;
		saved.orig_rax = (unsigned long)-1;
	}
	at = saved.rsp - BELOW_STACK;
	for (int i = 3; i < argc && i < 9; i++)
		args[i - 3] = argument(pid, &at, argv[i]);
	regs = saved;
	regs.rax = (unsigned long)atol(strchr(argv[2], '=') + 1);
	regs.rdi = args[0], regs.rsi = args[1], regs.rdx = args[2];
	regs.r10 = args[3], regs.r8 = args[4], regs.r9 = args[5];
	if (ptrace(PTRACE_SETREGS, pid, 0, &regs) < 0 || ptrace(PTRACE_SINGLESTEP, pid, 0, 0) < 0)
		die("PTRACE_SETREGS");
	wait_stop(pid);
	if (ptrace(PTRACE_GETREGS, pid, 0, &regs) < 0)
		die("PTRACE_GETREGS");
	result = (long)regs.rax;
	/* and now the call it was in, from the start */
	if (ptrace(PTRACE_SETREGS, pid, 0, &saved) < 0 || ptrace(PTRACE_DETACH, pid, 0, 0) < 0)
		die("PTRACE_DETACH");
	if (result < 0)
		printf("%s\n", strerrorname_np((int)-result));
	else
		printf("%ld\n", result);
	return 0;
}
