// SPDX-License-Identifier: MIT
/*
 * System calls, twice: what the filter says of every number, and what the kernel says to those that
 * pass. The filter is asked without executing anything: a further filter of our own, of a lower
 * precedence than every refusal, hands the calls that carry a mark in their sixth argument to us as
 * a supervisor, so that a call that reaches us is one that was allowed.
 */
#include "probe.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define MARK 0x6e617021L /* in the sixth argument */
#define PASSED 3999	 /* the errno of what was allowed */
#define N_NUMBERS 600

struct call {
	long nr, a, b, c, d, e;
};

/* ---- asking the filter ---- */

struct answers {
	int listener; /* -1 until there is one, -2: it could not be had */
	int at, verdict[N_NUMBERS];
};

static int listen_to_marked(void)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MARK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {ARRAY_SIZE(steps), steps};

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &program);
}

static __attribute__((noreturn)) void ask(const struct call *calls, int n, struct answers *a)
{
	int fd = listen_to_marked();

	a->listener = fd < 0 ? -2 : fd;
	for (; fd >= 0 && a->at < n; a->at++) {
		const struct call *c = &calls[a->at];
		long r = syscall(c->nr, c->a, c->b, c->c, c->d, c->e, MARK);

		a->verdict[a->at] = r < 0 ? errno : 0;
	}
	_exit(0);
}

static void answer(int listener)
{
	struct seccomp_notif request = {0};
	struct seccomp_notif_resp response = {.error = -PASSED};

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
		return;
	response.id = request.id;
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/* One process asks until it has asked all or is killed. */
static void ask_in_child(const struct call *calls, int n, struct answers *a)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	struct pollfd fd = {.events = POLLIN};
	int status;

	if (pid == 0)
		ask(calls, n, a);
	while (pid > 0 && __atomic_load_n(&a->listener, __ATOMIC_ACQUIRE) == -1)
		(void)usleep(100);
	fd.fd = a->listener;
	while (pid > 0 && fd.fd >= 0 && poll(&fd, 1, -1) >= 0 && !(fd.revents & POLLHUP))
		answer(fd.fd);
	if (pid > 0)
		(void)waitpid(pid, &status, 0);
	if (fd.fd >= 0)
		(void)close(fd.fd);
	if (a->listener < 0) {
		printf("filter=cannot be asked\n");
		a->at = n;
	}
	a->listener = -1;
	if (a->at < n)
		a->verdict[a->at++] = KILLED;
}

/* What the filter says of n calls: PASSED, an errno or KILLED for each. */
static struct answers *ask_filter(const struct call *calls, int n)
{
	struct answers *a = mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (a == MAP_FAILED)
		return NULL;
	a->listener = -1;
	(void)fflush(stdout);
	while (a->at < n)
		ask_in_child(calls, n, a);
	return a;
}

static const char *verdict(int v)
{
	return v == PASSED ? "allow" : outcome(v);
}

/* ---- making the call ---- */

static long make_call(const void *data)
{
	const struct call *c = data;

	return syscall(c->nr, c->a, c->b, c->c, c->d, c->e, -1L);
}

/* Refused is what says EPERM or ENOSYS; anything else comes from a kernel that did listen. */
static const char *effect(int error)
{
	if (error == EPERM || error == ENOSYS || error == KILLED || error == SLOW)
		return outcome(error);
	return "works";
}

/* Those that wait, end, or do something to the whole machine by their nature. */
static const char *const not_made[] = {"vfork", "pause",      "sync",	      "rt_sigreturn",
				       "exit",	"exit_group", "rt_sigsuspend"};

static bool is_made(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(not_made); i++)
		if (strcmp(not_made[i], name) == 0)
			return false;
	return true;
}

/* ---- every number ---- */

/* From the kernel's headers; those of the compiler may be older than the kernel. */
static const struct {
	int nr;
	const char *name;
} names[] = {
#include "names.h"
	{451, "cachestat"},
	{452, "fchmodat2"},
	{453, "map_shadow_stack"},
	{454, "futex_wake"},
	{455, "futex_wait"},
	{456, "futex_requeue"},
	{457, "statmount"},
	{458, "listmount"},
	{459, "lsm_get_self_attr"},
	{460, "lsm_set_self_attr"},
	{461, "lsm_list_modules"},
	{462, "mseal"},
	{463, "setxattrat"},
	{464, "getxattrat"},
	{465, "listxattrat"},
	{466, "removexattrat"},
	{467, "open_tree_attr"},
	{468, "file_getattr"},
	{469, "file_setattr"},
#ifdef __x86_64__
	/* the kernel asks no filter about these two, which are for its own trampolines */
	{335, "uretprobe"},
	{336, "uprobe"},
#endif
};

static const char *name_of(int nr)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].nr == nr)
			return names[i].name;
	return NULL;
}

/* The filter sees the arguments 0, which is what it lets pass where it looks at them; the kernel
 * gets -1, which is nothing's address, descriptor or flag. */
void probe_syscalls(void)
{
	static struct call calls[N_NUMBERS];
	struct answers *a;
	int unnamed = 0;

	for (int nr = 0; nr < N_NUMBERS; nr++)
		calls[nr].nr = nr;
	a = ask_filter(calls, N_NUMBERS);
	for (int nr = 0; a && nr < N_NUMBERS; nr++) {
		struct call wrong = {nr, -1, -1, -1, -1, -1};
		const char *name = name_of(nr);

		if (!name && a->verdict[nr] == ENOSYS)
			unnamed++;
		else if (!name)
			printf("syscall.number-%d=%s\n", nr, verdict(a->verdict[nr]));
		else
			printf("syscall.%s=%s %s\n", name, verdict(a->verdict[nr]),
			       is_made(name) ? effect(in_child(make_call, &wrong)) : "-");
	}
	printf("syscall.all-others=%s\n", unnamed > 50 ? "ENOSYS" : "too few");
}

/* ---- arguments that the filter looks at ---- */

static const struct {
	const char *name;
	struct call call;
} with_arguments[] = {
	{"clone-fork", {SYS_clone, SIGCHLD}},
	{"clone-newtime", {SYS_clone, 0x80}}, /* a signal number here, and nothing else */
	{"clone-newns", {SYS_clone, CLONE_NEWNS}},
	{"clone-newcgroup", {SYS_clone, CLONE_NEWCGROUP}},
	{"clone-newuts", {SYS_clone, CLONE_NEWUTS}},
	{"clone-newipc", {SYS_clone, CLONE_NEWIPC}},
	{"clone-newuser", {SYS_clone, CLONE_NEWUSER}},
	{"clone-newpid", {SYS_clone, CLONE_NEWPID}},
	{"clone-newnet", {SYS_clone, CLONE_NEWNET}},
	{"unshare-newuser", {SYS_unshare, CLONE_NEWUSER}},
	{"unshare-newns", {SYS_unshare, CLONE_NEWNS}},
	{"unshare-files", {SYS_unshare, CLONE_FILES}},
	{"ioctl-TIOCSTI", {SYS_ioctl, 0, TIOCSTI}},
	{"ioctl-TIOCSTI-high-bits", {SYS_ioctl, 0, (long)TIOCSTI | 1L << 32}},
	{"ioctl-TIOCLINUX", {SYS_ioctl, 0, TIOCLINUX}},
	{"ioctl-TIOCLINUX-high-bits", {SYS_ioctl, 0, (long)TIOCLINUX | 1L << 40}},
	{"ioctl-TIOCGWINSZ", {SYS_ioctl, 0, TIOCGWINSZ}},
	{"personality-linux", {SYS_personality, 0}},
	{"personality-linux32", {SYS_personality, 8}},
	{"personality-query", {SYS_personality, 0xffffffffL}},
	{"personality-read-implies-exec", {SYS_personality, 0x0400000}},
	{"personality-no-randomize", {SYS_personality, 0x0040000}},
	{"personality-mmap-page-zero", {SYS_personality, 0x0100000}},
	{"socket-high-bits", {SYS_socket, AF_UNIX | 1L << 32}},
};

void probe_arguments(void)
{
	struct call calls[ARRAY_SIZE(with_arguments)];
	struct answers *a;

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		calls[i] = with_arguments[i].call;
	a = ask_filter(calls, ARRAY_SIZE(calls));
	for (size_t i = 0; a && i < ARRAY_SIZE(calls); i++)
		printf("argument.%s=%s\n", with_arguments[i].name, verdict(a->verdict[i]));
}

/* ---- sockets ---- */

/* The best that any type of socket gives. */
static int try_family(int family)
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET};
	int best = EPERM;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct call c = {SYS_socket, family, types[i]};
		int error = in_child(make_call, &c);

		if (error == 0)
			return 0;
		if (error == EAFNOSUPPORT)
			best = error;
	}
	return best;
}

static const struct {
	const char *name;
	struct call call;
} kinds[] = {
	{"tcp", {SYS_socket, AF_INET, SOCK_STREAM}},
	{"udp", {SYS_socket, AF_INET, SOCK_DGRAM}},
	{"ping", {SYS_socket, AF_INET, SOCK_DGRAM, 1}},
	{"ping6", {SYS_socket, AF_INET6, SOCK_DGRAM, 58}},
	{"raw-icmp", {SYS_socket, AF_INET, SOCK_RAW, 1}},
	{"raw-tcp", {SYS_socket, AF_INET, SOCK_RAW, 6}},
	{"raw6", {SYS_socket, AF_INET6, SOCK_RAW, 58}},
	{"packet", {SYS_socket, AF_PACKET, SOCK_RAW, 0x300}},
	{"route", {SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE}},
};

void probe_sockets(void)
{
	enum { FAMILIES = 46 };
	struct call calls[2 * FAMILIES];
	struct answers *a;

	for (int f = 0; f < FAMILIES; f++) {
		calls[2 * f] = (struct call){SYS_socket, f, SOCK_RAW};
		calls[2 * f + 1] = (struct call){SYS_socketpair, f, SOCK_RAW};
	}
	a = ask_filter(calls, 2 * FAMILIES);
	for (int f = 0; a && f < FAMILIES; f++)
		printf("family.%d=%s %s %s\n", f, verdict(a->verdict[2 * f]),
		       verdict(a->verdict[2 * f + 1]), outcome(try_family(f)));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		printf("socket.%s=%s\n", kinds[i].name,
		       outcome(in_child(make_call, &kinds[i].call)));
}

/* ---- other doors ---- */

#ifdef __x86_64__
static long call_int80(const void *data)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(*(const long *)data), "b"(0L), "c"(0L), "d"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	r = (int)r;
	errno = r < 0 ? (int)-r : 0;
	return r < 0 ? -1 : r;
}

/* A kernel without it kills as well, by SIGSEGV. */
static const char *door(int error)
{
	return error == KILLED || error == ENDED ? "killed" : outcome(error);
}

void probe_abis(void)
{
	enum { X32 = 0x40000000 };
	static const struct {
		const char *name;
		long x32, i386;
	} rows[] = {
		{"getpid", X32 | 39, 20}, {"execve", X32 | 520, 11},   {"ptrace", X32 | 521, 26},
		{"mount", X32 | 165, 21}, {"unshare", X32 | 272, 310}, {"bpf", X32 | 321, 357},
		{"ioctl", X32 | 514, 54}, {"keyctl", X32 | 250, 288},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct call x32 = {rows[i].x32, 0};

		printf("x32.%s=%s\n", rows[i].name, door(in_child(make_call, &x32)));
		printf("i386.%s=%s\n", rows[i].name, door(in_child(call_int80, &rows[i].i386)));
	}
}
#else
void probe_abis(void)
{
}
#endif
