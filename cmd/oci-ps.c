/* SPDX-License-Identifier: MIT */
/* nap oci ps: the processes of a container, as a list of pids or as ps(1) shows them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/text.h"
#include "oci.h"

#define NOT_EXECUTED 127

enum { OPT_FORMAT = 1 };

static const struct arg_option options[] = {
	{"format", 'f', "FORMAT", "table (of ps) or json (pids only)", OPT_FORMAT, false},
	ARG_END,
};

struct pids {
	pid_t *pid;
	size_t n;
};

extern const struct oci_verb oci_verb_ps;

static int take_option(void *data, int id, const char *value)
{
	bool *json = data;

	if (!streq(value, "json") && !streq(value, "table"))
		return args_bad_value(&oci_verb_ps.args, id, value, "not table or json");
	*json = streq(value, "json");
	return 0;
}

static void print_json(const struct pids *p)
{
	for (size_t i = 0; i < p->n; i++)
		(void)printf("%c%d", i ? ',' : '[', (int)p->pid[i]);
	(void)puts(p->n ? "]" : "[]");
}

static bool is_listed(const struct pids *p, int pid)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->pid[i] == pid)
			return true;
	return false;
}

/* The n-th word of a line as a number; 0 if it is none. */
static int number_at(const char *line, size_t n)
{
	line += strspn(line, " ");
	for (; n > 0; n--) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return atoi(line);
}

/* Which column of the heading says PID. -1: none does. */
static int find_column(char *heading)
{
	char *save = NULL;
	int n = 0;

	for (char *w = strtok_r(heading, " \n", &save); w; w = strtok_r(NULL, " \n", &save), n++)
		if (streq(w, "PID"))
			return n;
	return -1;
}

/* The heading, and the lines that are about the container's processes. */
static int filter(FILE *in, const struct pids *p)
{
	auto_free char *line = NULL, *heading = NULL;
	size_t size = 0;
	int column;

	if (getline(&line, &size, in) < 0)
		return log_refuse(-EIO, "ps says nothing");
	heading = strdup(line);
	if (!heading)
		return log_oom();
	column = find_column(heading);
	if (column < 0)
		return log_refuse(-EINVAL, "couldn't find PID field in ps output");
	(void)fputs(line, stdout);
	while (getline(&line, &size, in) >= 0)
		if (is_listed(p, number_at(line, (size_t)column)))
			(void)fputs(line, stdout);
	return 0;
}

static __attribute__((noreturn)) void exec_ps(int writer, char *const *args)
{
	static char name[] = "ps", everything[] = "-ef";
	char *argv[64] = {name, everything};
	size_t n = 1;

	for (; args && *args && n < ARRAY_SIZE(argv) - 1; args++)
		argv[n++] = *args;
	if (dup2(writer, STDOUT_FILENO) >= 0)
		(void)execvp(name, argv);
	_exit(NOT_EXECUTED);
}

static int run_ps(const struct pids *p, char *const *args)
{
	auto_file FILE *in = NULL;
	int fds[2], status = 0, r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return log_fail(-errno, "make a pipe");
	in = fdopen(fds[0], "r");
	pid = in ? fork() : -1;
	if (pid == 0)
		exec_ps(fds[1], args);
	(void)close(fds[1]);
	if (pid < 0)
		return log_fail(-errno, "run ps");
	r = filter(in, p);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_EXECUTED)
		log_hint("ps(1) is needed for the table, --format json does without");
	return r;
}

static int run(const struct oci_options *o, int argc, char **argv)
{
	auto_free char **args = NULL;
	struct pids p = {0};
	bool json = false;
	int r;

	r = oci_verb_parse(&oci_verb_ps, argc, argv, take_option, &json, &args);
	if (r == 0)
		r = oci_processes(o, args[0], &p.pid, &p.n);
	if (r != 0)
		return r;
	if (json)
		print_json(&p);
	else
		r = run_ps(&p, args + 1);
	free(p.pid);
	return r;
}

const struct oci_verb oci_verb_ps = {
	.args = {"oci ps", options, 1, 1, -1},
	.arguments = "[OPTION...] ID [OPTION-OF-PS...]",
	.help = "list the processes of a container",
	.run = run,
};
