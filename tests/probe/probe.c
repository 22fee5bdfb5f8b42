// SPDX-License-Identifier: MIT
/*
 * The probe of the posture: run as the app of a container, it tries every row of the table in
 * nap-security(7) and prints one line for each fact. `probe [SECTION...]`;
 * tests/integration/37-posture.sh compares what it prints with the tables beside this file. Leans
 * on nothing but libc.
 */
#include "probe.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILD_SECONDS 20

const char *outcome(int error)
{
	if (error == ENDED)
		return "ended";
	if (error == KILLED)
		return "killed";
	if (error == SLOW)
		return "slow";
	return error ? strerrorname_np(error) : "ok";
}

const char *first_line(const char *path)
{
	static char line[512];
	FILE *f = fopen(path, "re");

	if (!f)
		return strerrorname_np(errno);
	errno = 0;
	if (!fgets(line, sizeof(line), f))
		(void)strcpy(line, errno ? strerrorname_np(errno) : "");
	line[strcspn(line, "\n")] = '\0';
	(void)fclose(f);
	return line;
}

/* The end of a child, or SLOW: then it is killed. */
static int wait_for(pid_t pid)
{
	struct timespec pause = {.tv_nsec = 200000};
	int status;

	for (int i = 0; i < CHILD_SECONDS * 5000; i++) {
		pid_t r = waitpid(pid, &status, WNOHANG);

		if (r == pid)
			return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? KILLED : ENDED;
		(void)nanosleep(&pause, NULL);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	return SLOW;
}

int in_child(long (*call)(const void *data), const void *data)
{
	int *error = mmap(NULL, sizeof(*error), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			  -1, 0);
	int end, result;
	pid_t pid;

	if (error == MAP_FAILED)
		return errno;
	*error = ENDED;
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		long r = call(data);

		*error = r < 0 ? errno : 0;
		_exit(0);
	}
	end = pid < 0 ? ENDED : wait_for(pid);
	result = end == ENDED ? *error : end;
	(void)munmap(error, sizeof(*error));
	return result;
}

static const struct section {
	const char *name;
	void (*run)(void);
} sections[] = {
	{"syscalls", probe_syscalls},
	{"arguments", probe_arguments},
	{"sockets", probe_sockets},
	{"abis", probe_abis},
	{"capabilities", probe_capabilities},
	{"process", probe_process},
	{"limits", probe_limits},
	{"descriptors", probe_descriptors},
	{"namespaces", probe_namespaces},
	{"mounts", probe_mounts},
	{"masks", probe_masks},
	{"writable", probe_writable},
	{"devices", probe_devices},
	{"init", probe_init},
	{"attempts", probe_attempts},
};

static bool is_wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return argc < 2;
}

int main(int argc, char **argv)
{
	/* where nothing stops it, it does what it tries */
	if (!getenv("PROBE_INSIDE")) {
		(void)fputs("probe: for containers only, with PROBE_INSIDE set\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (is_wanted(sections[i].name, argc, argv))
			sections[i].run();
	return ferror(stdout) || fflush(stdout) != 0;
}
