// SPDX-License-Identifier: MIT
/*
 * The default policy: against the reviewed table of verdicts, against its own rules, and in the
 * kernel that runs the test.
 */
#include "runtime/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "seccomp-eval.h"
#include "test.h"

#define ALLOW SECCOMP_RET_ALLOW
#define ERRNO(n) (SECCOMP_RET_ERRNO | (uint32_t)(n))
#define CAP(c) (1ULL << (c))
#define MAX_NR 1024

static uint32_t judge(const struct seccomp_program *p, const struct seccomp_data *data)
{
	return eval_run((struct eval_program){p->insns, p->len}, data);
}

static uint32_t judge_name(const struct seccomp_program *p, const char *name)
{
	struct seccomp_data data = {.arch = seccomp_arch_native(),
				    .nr = seccomp_syscall_resolve_name(name)};

	return judge(p, &data);
}

/* ---- the table ---- */

static uint32_t parse_verdict(const char *s)
{
	if (strcmp(s, "allow") == 0)
		return ALLOW;
	for (int i = 1; i < 134; i++)
		if (strerrorname_np(i) && strcmp(strerrorname_np(i), s) == 0)
			return ERRNO(i);
	return EVAL_BROKEN;
}

/* Check a line of the table and note its number in listed. */
static bool check_line(const struct seccomp_program *p, const char *line, bool *listed)
{
	struct seccomp_data data = {.arch = seccomp_arch_native()};
	char name[64], argument[64], verdict[64];
	char value[64], *end;
	unsigned index;

	if (sscanf(line, "%63[^\t]\t%63[^\t]\t%63s", name, argument, verdict) != 3 ||
	    parse_verdict(verdict) == EVAL_BROKEN)
		return false;
	data.nr = seccomp_syscall_resolve_name(name);
	if (data.nr < 0)
		return data.nr != __NR_SCMP_ERROR;
	listed[data.nr] = true;
	if (strcmp(argument, "-") != 0) {
		if (sscanf(argument, "%u=%63s", &index, value) != 2 || index > 5)
			return false;
		data.args[index] = strtoull(value, &end, 0);
		if (*end)
			return false;
	}
	return judge(p, &data) == parse_verdict(verdict);
}

static void test_table(const struct seccomp_program *p)
{
	auto_file FILE *f = fopen("tests/data/seccomp-verdicts.tsv", "re");
	struct seccomp_data data = {.arch = seccomp_arch_native()};
	bool listed[MAX_NR] = {false};
	char line[256];

	if (!CHECK(f != NULL))
		return;
	while (fgets(line, sizeof(line), f))
		if (line[0] != '#' && !CHECK(check_line(p, line, listed)))
			printf("wrong verdict: %s", line);
	for (data.nr = 0; data.nr < MAX_NR; data.nr++)
		if (!listed[data.nr] && !CHECK(judge(p, &data) == ERRNO(ENOSYS)))
			printf("number %d is not in the table\n", data.nr);
}

static void test_shape(const struct seccomp_program *p)
{
	struct seccomp_data data = {.arch = AUDIT_ARCH_I386, .nr = 4};

	CHECK(eval_valid((struct eval_program){p->insns, p->len}));
	CHECK(!p->owned && p->flags == 0);
	/* the start pays for every instruction */
	CHECK(p->len <= 130);
	CHECK(judge(p, &data) == SECCOMP_RET_KILL_PROCESS);
	if (seccomp_arch_native() != SCMP_ARCH_X86_64)
		return;
	data.arch = AUDIT_ARCH_X86_64;
	for (data.nr = 0x40000000; data.nr < 0x40000000 + MAX_NR; data.nr++)
		if (judge(p, &data) != ERRNO(ENOSYS))
			break;
	CHECK(data.nr == 0x40000000 + MAX_NR);
}

/* ---- capabilities ---- */

static const struct {
	int cap;
	const char *name;
	uint32_t without;
} cap_cases[] = {
	{CAP_SYS_ADMIN, "mount", ERRNO(EPERM)},
	{CAP_SYS_ADMIN, "unshare", ERRNO(EPERM)},
	{CAP_SYS_ADMIN, "clone3", ERRNO(ENOSYS)},
	{CAP_SYS_ADMIN, "bpf", ERRNO(EPERM)},
	{CAP_BPF, "bpf", ERRNO(EPERM)},
	{CAP_PERFMON, "perf_event_open", ERRNO(EPERM)},
	{CAP_SYSLOG, "syslog", ERRNO(EPERM)},
	{CAP_SYS_TIME, "clock_settime", ERRNO(EPERM)},
	{CAP_SYS_MODULE, "init_module", ERRNO(EPERM)},
	{CAP_SYS_BOOT, "reboot", ERRNO(EPERM)},
	{CAP_SYS_NICE, "mbind", ERRNO(ENOSYS)},
	{CAP_SYS_PTRACE, "kcmp", ERRNO(ENOSYS)},
	{CAP_SYS_PACCT, "acct", ERRNO(EPERM)},
};

static void test_caps(const struct seccomp_program *without)
{
	const uint64_t ten = CAP(CAP_CHOWN) | CAP(CAP_DAC_OVERRIDE) | CAP(CAP_FOWNER) |
			     CAP(CAP_FSETID) | CAP(CAP_KILL) | CAP(CAP_NET_BIND_SERVICE) |
			     CAP(CAP_SETGID) | CAP(CAP_SETUID) | CAP(CAP_SETPCAP) |
			     CAP(CAP_SYS_CHROOT);
	struct seccomp_program p;

	for (size_t i = 0; i < ARRAY_SIZE(cap_cases); i++) {
		CHECK(judge_name(without, cap_cases[i].name) == cap_cases[i].without);
		if (!CHECK(seccomp_default_program(ten | CAP(cap_cases[i].cap), &p) == 0))
			continue;
		CHECK(p.owned && judge_name(&p, cap_cases[i].name) == ALLOW);
		CHECK(judge_name(&p, "kexec_load") == ERRNO(EPERM));
		seccomp_program_done(&p);
	}
	/* the default set of capabilities is served from read-only data */
	CHECK(seccomp_default_program(ten, &p) == 0 && p.insns == without->insns && !p.owned);
}

static void test_packet_sockets(const struct seccomp_program *without)
{
	struct seccomp_data data = {.arch = seccomp_arch_native(),
				    .nr = seccomp_syscall_resolve_name("socket"),
				    .args = {AF_PACKET}};
	struct seccomp_program p;

	CHECK(judge(without, &data) == ERRNO(EAFNOSUPPORT));
	CHECK(seccomp_default_program(CAP(CAP_NET_RAW), &p) == 0);
	CHECK(judge(&p, &data) == ALLOW);
	data.args[0] = AF_VSOCK;
	CHECK(judge(&p, &data) == ERRNO(EAFNOSUPPORT));
	seccomp_program_done(&p);
}

/* ---- files ---- */

static void test_files(void)
{
	struct seccomp_program p = {0};

	CHECK(seccomp_load_profile("tests/data/docker-seccomp.json", 0, &p) == 0);
	CHECK(p.owned && judge_name(&p, "mount") == ERRNO(EPERM));
	CHECK(judge_name(&p, "clone3") == ERRNO(ENOSYS) && judge_name(&p, "read") == ALLOW);
	seccomp_program_done(&p);
	CHECK(p.insns == NULL);
	/* none is unconfined */
	CHECK(seccomp_apply(&p) == 0);

	log_set_fd(-1);
	CHECK(seccomp_load_profile("/nonexistent", 0, &p) == -ENOENT);
	CHECK(seccomp_load_profile("Makefile", 0, &p) == -EINVAL);
	CHECK(seccomp_load_profile("tests", 0, &p) < 0);
	log_set_fd(STDERR_FILENO);
	CHECK(p.insns == NULL);
}

/* ---- the kernel ---- */

/* Calls that harm nobody, whatever the answer; the kernel's own errors lie elsewhere. */
static const struct probe {
	const char *what;
	long nr, arg0, arg1;
	int error; /* 0: succeeds */
} probes[] = {
	{"getppid", SYS_getppid, 0, 0, 0},
	{"socket AF_UNIX", SYS_socket, AF_UNIX, SOCK_STREAM, 0},
	{"socket AF_NETLINK", SYS_socket, AF_NETLINK, SOCK_RAW, 0},
	{"socket AF_VSOCK", SYS_socket, AF_VSOCK, SOCK_STREAM, EAFNOSUPPORT},
	{"socket AF_ALG", SYS_socket, AF_ALG, SOCK_SEQPACKET, EAFNOSUPPORT},
	{"socket AF_PACKET", SYS_socket, AF_PACKET, SOCK_DGRAM, EAFNOSUPPORT},
	{"unshare", SYS_unshare, CLONE_NEWUSER, 0, EPERM},
	{"unshare nothing", SYS_unshare, 0, 0, EPERM},
	{"clone", SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, EPERM},
	{"clone3", SYS_clone3, 0, 0, ENOSYS},
	{"mount", SYS_mount, 0, 0, EPERM},
	{"bpf", SYS_bpf, 0, 0, EPERM},
	{"keyctl", SYS_keyctl, 0, 0, ENOSYS},
	{"io_uring_setup", SYS_io_uring_setup, 1, 0, ENOSYS},
	{"ioctl TIOCSTI", SYS_ioctl, -1, TIOCSTI, EPERM},
	{"ioctl TIOCSTI with high bits", SYS_ioctl, -1, (long)(1ULL << 32 | TIOCSTI), EPERM},
	{"ioctl TIOCLINUX", SYS_ioctl, -1, TIOCLINUX, EPERM},
	{"ioctl", SYS_ioctl, -1, TCGETS, EBADF},
	{"personality query", SYS_personality, 0xffffffff, 0, 0},
	{"personality", SYS_personality, 0x40000, 0, EPERM},
	{"of the future", 1000, 0, 0, ENOSYS},
};

/* Run fn confined by p in a child; its wait status. */
static int run_confined(const struct seccomp_program *p, void (*fn)(int *results), int *results)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_apply(p) < 0)
			_exit(99);
		fn(results);
		_exit(0);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	return status;
}

static void probe_all(int *results)
{
	for (size_t i = 0; i < ARRAY_SIZE(probes); i++) {
		errno = 0;
		results[i] = syscall(probes[i].nr, probes[i].arg0, probes[i].arg1, 0, 0, 0, 0) < 0
				     ? errno
				     : 0;
	}
}

static void test_kernel(const struct seccomp_program *p)
{
	int *results = mmap(NULL, sizeof(*results) * ARRAY_SIZE(probes), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (!CHECK(results != MAP_FAILED))
		return;
	CHECK(run_confined(p, probe_all, results) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(probes); i++)
		if (!CHECK(results[i] == probes[i].error))
			printf("%s: %s\n", probes[i].what, strerror(results[i]));
	(void)munmap(results, sizeof(*results) * ARRAY_SIZE(probes));
}

#ifdef __x86_64__
static void call_i386(int *results)
{
	long r = 20; /* getpid there */

	__asm__ volatile("int $0x80" : "+a"(r)::"memory");
	*results = (int)r;
}

/* A kernel without the 32-bit entry answers with SIGSEGV. */
static void test_kernel_i386(const struct seccomp_program *p)
{
	int unused, status = run_confined(p, call_i386, &unused);

	CHECK(WIFSIGNALED(status) && (WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV));
}
#endif

int main(void)
{
	struct seccomp_program p = {0};

	CHECK(seccomp_default_program(0, &p) == 0);
	test_table(&p);
	test_shape(&p);
	test_caps(&p);
	test_packet_sockets(&p);
	test_files();
	test_kernel(&p);
#ifdef __x86_64__
	test_kernel_i386(&p);
#endif
	seccomp_program_done(&p);
	return test_report();
}
