/* SPDX-License-Identifier: MIT */
/*
 * inject [-t TRACE] [-p ROLE:CALL:N:FAULT] [-i COMM]... COMMAND...: run a command and have one of
 * its system calls fail, or be its last. What `strace -f --inject` does, but to one process of
 * several: there `when=N` counts in every process on its own, and a call of a child can only be
 * reached by failing its parents' as well. (And a close(2) that fails has closed, as on Linux.)
 *
 * A process is known by its ROLE: the command's name, a dot and a number for each clone, and after
 * ">" the name of what it executes: "nap", "nap.2", "nap.2>nap-stub". A role's calls are numbered
 * by name from 1, of nap's programs from umask(2) on, which main() begins with: what the loader and
 * the C library do before is not nap's. FAULT is an errno's name, or KILL: SIGKILL in place of the
 * call. -i: who executes that is not ours to disturb any more, and let go.
 *
 * TRACE gets a line for each event: "call ROLE NAME COUNT" (at a role's end), "hit ROLE ...",
 * "end ROLE STATUS" and "pid ROLE PID" of each, with 128 + N for a signal, and "over STATUS" at the
 * command's. Ends with the last of them, and with the status of the command.
 */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_CALL 1024
#define MAX_PROCESSES 256
#define MAX_IGNORED 4

struct process {
	pid_t pid; /* 0: a free place */
	char role[128];
	bool known;	/* its parent has told of it */
	bool failing;	/* in the call that fails */
	bool loading;	/* main() has not begun: the dynamic loader's and the C library's calls */
	uint64_t asked; /* the first argument of the call that fails */
	unsigned clones;
	unsigned calls[MAX_CALL];
};

struct fault {
	char role[128];
	long call;
	unsigned n;
	int error; /* 0: kill */
	bool done;
};

struct tracer {
	struct process processes[MAX_PROCESSES];
	struct fault fault;
	const char *ignored[MAX_IGNORED];
	size_t n_ignored;
	int trace_fd;
	pid_t main;
	int status;
};

static const struct {
	const char *name;
	int error;
} errors[] = {
	{"EIO", EIO},	    {"ENOMEM", ENOMEM},	  {"ENOSPC", ENOSPC}, {"EMFILE", EMFILE},
	{"EINTR", EINTR},   {"ENOBUFS", ENOBUFS}, {"EPERM", EPERM},   {"EACCES", EACCES},
	{"EAGAIN", EAGAIN}, {"ENOSYS", ENOSYS},	  {"KILL", 0},
};

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	exit(99);
}

__attribute__((format(printf, 2, 3))) static void note(const struct tracer *t, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	if (t->trace_fd < 0)
		return;
	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (write(t->trace_fd, line, (size_t)n) != n)
		die("cannot write the trace");
}

/* ---- who is who */

static struct process *find(struct tracer *t, pid_t pid)
{
	for (size_t i = 0; i < MAX_PROCESSES; i++)
		if (t->processes[i].pid == pid)
			return &t->processes[i];
	return NULL;
}

static struct process *find_or_add(struct tracer *t, pid_t pid)
{
	struct process *p = find(t, pid);

	if (p)
		return p;
	p = find(t, 0);
	if (!p)
		die("more than %d processes", MAX_PROCESSES);
	memset(p, 0, sizeof(*p));
	p->pid = pid;
	return p;
}

static const char *call_name(long nr, char *out, size_t size)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)nr);

	(void)snprintf(out, size, "%s", name ? name : "?");
	free(name);
	return out;
}

/* A role is over: tell how often it called what. */
static void tell_calls(const struct tracer *t, struct process *p)
{
	char name[64];

	for (long i = 0; i < MAX_CALL; i++)
		if (p->calls[i] > 0)
			note(t, "call %s %s %u\n", p->role, call_name(i, name, sizeof(name)),
			     p->calls[i]);
	memset(p->calls, 0, sizeof(p->calls));
}

static void comm_of(pid_t pid, char *out, size_t size)
{
	char path[64];
	ssize_t n = -1;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, out, size - 1);
		(void)close(fd);
	}
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	for (char *c = out; *c; c++)
		if (*c == ':') /* "memfd:nap-stub" */
			*c = '-';
}

static bool is_ignored(const struct tracer *t, const char *comm)
{
	for (size_t i = 0; i < t->n_ignored; i++)
		if (strcmp(t->ignored[i], comm) == 0)
			return true;
	return false;
}

/* Only a role that the fault is for, or that may become it, is stopped at its calls. */
static bool matters(const struct tracer *t, const struct process *p)
{
	return t->fault.n == 0 || (!t->fault.done && strcmp(p->role, t->fault.role) == 0);
}

static void go_on(const struct tracer *t, const struct process *p, int signo)
{
	/* it may have been killed: the next wait tells */
	(void)ptrace(matters(t, p) || p->failing ? PTRACE_SYSCALL : PTRACE_CONT, p->pid, NULL,
		     (long)signo);
}

/* ---- the fault */

/* The first argument that is text, for people. */
static void describe(const struct process *p, const uint64_t *args, char *out, size_t size)
{
	*out = '\0';
	for (int i = 0; i < 3; i++) {
		char text[128] = "";
		struct iovec local = {text, sizeof(text) - 1};
		struct iovec remote = {(void *)(uintptr_t)args[i], sizeof(text) - 1};
		size_t n = 0;

		if (args[i] < 65536 || process_vm_readv(p->pid, &local, 1, &remote, 1, 0) <= 0)
			continue;
		while (text[n] > ' ' && text[n] <= '~')
			n++;
		if (n > 2 && text[n] == '\0') {
			(void)snprintf(out, size, "%s", text);
			return;
		}
	}
}

static void set_call(pid_t pid, unsigned long long nr)
{
	(void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), nr);
}

static void set_argument(pid_t pid, unsigned long long value)
{
	(void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rdi), value);
}

static void set_result(pid_t pid, int result)
{
	(void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax),
		     (unsigned long long)(long long)result);
}

/* Has it a seccomp filter? To that, a call that does not exist may be a reason to kill. */
static bool is_filtered(pid_t pid)
{
	char path[64], line[128];
	bool found = false;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = strcmp(line, "Seccomp:\t2\n") == 0;
	if (f)
		(void)fclose(f);
	return found;
}

static void enter(struct tracer *t, struct process *p, const struct __ptrace_syscall_info *info)
{
	struct fault *f = &t->fault;
	long nr = (long)info->entry.nr;
	char text[128];

	if (nr < 0 || nr >= MAX_CALL)
		return;
	if (nr == SYS_umask)
		p->loading = false;
	if (p->loading)
		return;
	p->calls[nr]++;
	if (f->n == 0 || f->done || nr != f->call || p->calls[nr] != f->n ||
	    strcmp(p->role, f->role) != 0)
		return;
	describe(p, (const uint64_t *)info->entry.args, text, sizeof(text));
	note(t, "hit %s %llx %llx %llx %llx %s\n", p->role, (unsigned long long)info->entry.args[0],
	     (unsigned long long)info->entry.args[1], (unsigned long long)info->entry.args[2],
	     (unsigned long long)info->entry.args[3], text);
	f->done = true;
	if (f->error == 0) {
		(void)kill(p->pid, SIGKILL);
		return;
	}
	p->failing = true;
	p->asked = info->entry.args[0];
	if (nr == SYS_brk)
		set_argument(p->pid, 0); /* it fails by leaving the end where it is */
	else if (is_filtered(p->pid))
		set_argument(p->pid, ~0ULL); /* no such descriptor, no such address */
	else if (nr != SYS_close)
		set_call(p->pid, ~0ULL);
}

static void at_call(struct tracer *t, struct process *p)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		enter(t, p, &info);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT && p->failing) {
		set_argument(p->pid, p->asked); /* callers rely on the register */
		if (t->fault.call != SYS_brk)
			set_result(p->pid, -t->fault.error);
		p->failing = false;
	}
}

/* ---- what happens to them */

static void at_exec(struct tracer *t, struct process *p)
{
	char comm[32];
	size_t n = strlen(p->role);

	comm_of(p->pid, comm, sizeof(comm));
	tell_calls(t, p);
	p->loading = strncmp(comm, "nap", 3) == 0;
	if (n == 0)
		(void)snprintf(p->role, sizeof(p->role), "%s", comm);
	else
		(void)snprintf(p->role + n, sizeof(p->role) - n, ">%s", comm);
}

/* A child may stop for the first time before its parent tells of it. */
static void at_clone(struct tracer *t, struct process *p)
{
	unsigned long pid;
	struct process *child;

	if (ptrace(PTRACE_GETEVENTMSG, p->pid, NULL, &pid) < 0)
		return;
	child = find_or_add(t, (pid_t)pid);
	(void)snprintf(child->role, sizeof(child->role), "%.100s.%u", p->role, ++p->clones);
	if (child->known)
		go_on(t, child, 0);
	child->known = true;
}

static void at_event(struct tracer *t, struct process *p, int event, int signo)
{
	switch (event) {
	case PTRACE_EVENT_EXEC:
		at_exec(t, p);
		if (is_ignored(t, strrchr(p->role, '>') ? strrchr(p->role, '>') + 1 : "")) {
			(void)ptrace(PTRACE_DETACH, p->pid, NULL, 0L);
			return;
		}
		break;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		at_clone(t, p);
		break;
	case PTRACE_EVENT_STOP:
		if (*p->role == '\0' && !p->known) { /* new; its parent will let it go */
			p->known = true;
			return;
		}
		if (signo != SIGTRAP) {
			(void)ptrace(PTRACE_LISTEN, p->pid, NULL, 0L);
			return;
		}
		break;
	}
	go_on(t, p, 0);
}

/* Who was killed in the middle of a clone tells of nobody. */
static void release_orphans(const struct tracer *t)
{
	for (size_t i = 0; i < MAX_PROCESSES; i++)
		if (t->processes[i].pid > 0 && t->processes[i].known && !*t->processes[i].role &&
		    t->processes[i].pid != t->main)
			go_on(t, &t->processes[i], 0);
}

static void at_end(struct tracer *t, pid_t pid, int status)
{
	struct process *p = find(t, pid);
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);

	if (p) {
		tell_calls(t, p);
		note(t, "end %s %d\npid %s %d\n", p->role, code, p->role, (int)pid);
		p->pid = 0;
	}
	release_orphans(t);
	if (pid == t->main) {
		t->status = code;
		note(t, "over %d\n", code);
	}
}

static void at_stop(struct tracer *t, pid_t pid, int status)
{
	struct process *p = find_or_add(t, pid);
	int signo = WSTOPSIG(status), event = status >> 16;

	if (event > 0)
		at_event(t, p, event, signo);
	else if (signo == (SIGTRAP | 0x80)) {
		at_call(t, p);
		go_on(t, p, 0);
	} else
		go_on(t, p, signo);
}

static int trace(struct tracer *t)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid <= 0)
			continue;
		if (WIFSTOPPED(status))
			at_stop(t, pid, status);
		else
			at_end(t, pid, status);
	}
	return t->status;
}

/* ---- the command */

static void start(struct tracer *t, char *const *command)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK |
			     PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
	char byte;
	int gate[2];

	if (pipe2(gate, O_CLOEXEC) < 0)
		die("pipe: %m");
	t->main = fork();
	if (t->main < 0)
		die("fork: %m");
	if (t->main == 0) {
		(void)close(gate[1]);
		(void)!read(gate[0], &byte, 1); /* the tracer closes it when it is there */
		(void)execv(command[0], command);
		_exit(127);
	}
	if (ptrace(PTRACE_SEIZE, t->main, NULL, options) < 0)
		die("ptrace: %m");
	find_or_add(t, t->main)->known = true;
	(void)close(gate[0]);
	(void)close(gate[1]);
}

static struct fault parse_fault(char *text)
{
	struct fault f = {0};
	char *save, *role = strtok_r(text, ":", &save), *call = strtok_r(NULL, ":", &save);
	char *n = strtok_r(NULL, ":", &save), *what = strtok_r(NULL, ":", &save);

	if (!what)
		die("not ROLE:CALL:N:FAULT");
	(void)snprintf(f.role, sizeof(f.role), "%s", role);
	f.call = seccomp_syscall_resolve_name(call);
	f.n = (unsigned)strtoul(n, NULL, 10);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].name, what) == 0) {
			f.error = errors[i].error;
			return f;
		}
	die("%s: no such fault", what);
}

int main(int argc, char **argv)
{
	static struct tracer t = {.trace_fd = -1};
	int option;

	while ((option = getopt(argc, argv, "+t:p:i:")) != -1)
		if (option == 't')
			t.trace_fd = open(
				optarg, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
		else if (option == 'p')
			t.fault = parse_fault(optarg);
		else if (option == 'i' && t.n_ignored < MAX_IGNORED)
			t.ignored[t.n_ignored++] = optarg;
		else
			die("usage: inject [-t TRACE] [-p ROLE:CALL:N:FAULT] [-i COMM]... "
			    "COMMAND...");
	if (optind == argc)
		die("which command?");
	start(&t, argv + optind);
	return trace(&t);
}
