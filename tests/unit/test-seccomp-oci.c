/* SPDX-License-Identifier: MIT */
/* linux.seccomp of a config.json: what differs from a profile of docker's in a file. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/json.h"
#include "lib/log.h"
#include "runtime/seccomp-profile.h"
#include "runtime/seccomp.h"
#include "seccomp-compiled.h"
#include "test.h"

static int compile(const char *text, struct compiled *ret)
{
	auto_json json_t *j = NULL;
	char why[160];
	int r = json_parse_wide(text, strlen(text), why, &j);

	if (r >= 0)
		r = seccomp_profile_read("x", j, 0, &ret->profile);
	return r < 0 ? r : seccomp_profile_compile("x", &ret->profile, &ret->insns, &ret->len);
}

static uint32_t judge(const struct compiled *c, uint32_t arch, int64_t nr, uint64_t arg0)
{
	struct seccomp_data data = {.arch = arch, .nr = (int)nr, .args = {arg0}};

	return compiled_run(c, &data);
}

#define PROFILE(rest, rules) \
	"{\"defaultAction\":\"SCMP_ACT_ERRNO\"" rest ",\"syscalls\":[" rules "]}"
#define CALLS(names, rest) "{\"names\":[" names "],\"action\":\"SCMP_ACT_" rest "}"

static void test_members(void)
{
	auto_compiled struct compiled c = {0};

	if (!CHECK(compile(PROFILE(",\"defaultErrnoRet\":38,\"new\":1,\"flags\":["
				   "\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_TSYNC\","
				   "\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\","
				   "\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]",
				   CALLS("\"read\"", "ALLOW\",\"new\":2")),
			   &c) == 0))
		return;
	CHECK(judge(&c, seccomp_arch_native(), SYS_read, 0) == ALLOW);
	CHECK(judge(&c, seccomp_arch_native(), SYS_write, 0) == ERRNO(ENOSYS));
	/* the last flag needs a listener, which nobody asked for */
	CHECK(c.profile.flags == (SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_TSYNC |
				  SECCOMP_FILTER_FLAG_SPEC_ALLOW));
	CHECK(!c.profile.notify);
}

static void test_wide_values(void)
{
	auto_compiled struct compiled c = {0};
	uint32_t arch = seccomp_arch_native();

	if (!CHECK(compile(PROFILE("", CALLS("\"read\"",
					     "ALLOW\",\"args\":[{\"index\":0,\"value\":"
					     "18446744073709551614,\"op\":\"SCMP_CMP_EQ\"}]")),
			   &c) == 0))
		return;
	CHECK(judge(&c, arch, SYS_read, UINT64_MAX - 1) == ALLOW);
	CHECK(judge(&c, arch, SYS_read, UINT64_MAX) == ERRNO(EPERM));
	CHECK(judge(&c, arch, SYS_read, INT64_MAX) == ERRNO(EPERM));
}

/* A call above all that any rule names does not exist, unless the default is to go on. */
static void test_newer(void)
{
	static const struct {
		const char *action;
		uint32_t denied, newer;
	} defaults[] = {
		{"ERRNO", ERRNO(EPERM), ERRNO(ENOSYS)},
		{"ERRNO\",\"defaultErrnoRet\":13,\"x\":\"", ERRNO(EACCES), ERRNO(ENOSYS)},
		{"ERRNO\",\"defaultErrnoRet\":38,\"x\":\"", ERRNO(ENOSYS), ERRNO(ENOSYS)},
		{"KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, ERRNO(ENOSYS)},
		{"TRAP", SECCOMP_RET_TRAP, ERRNO(ENOSYS)},
		{"LOG", SECCOMP_RET_LOG, SECCOMP_RET_LOG},
		{"TRACE", SECCOMP_RET_TRACE | EPERM, SECCOMP_RET_TRACE | EPERM},
		{"ALLOW", ALLOW, ALLOW},
	};
	uint32_t arch = seccomp_arch_native();

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		auto_compiled struct compiled c = {0};
		auto_free char *text = NULL;

		/* the second is the default itself: it is known all the same */
		if (!CHECK(asprintf(&text,
				    "{\"defaultAction\":\"SCMP_ACT_%s\",\"syscalls\":["
				    "{\"names\":[\"openat\"],\"action\":\"SCMP_ACT_ALLOW\"},"
				    "{\"names\":[\"statx\",\"new\"],\"action\":\"SCMP_ACT_ERRNO\"}]"
				    "}",
				    defaults[i].action) > 0) ||
		    !CHECK(compile(text, &c) == 0))
			return;
		CHECK(compiled_valid(&c));
		CHECK(judge(&c, arch, SYS_openat, 0) == ALLOW);
		CHECK(judge(&c, arch, SYS_statx, 0) == ERRNO(EPERM));
		CHECK(judge(&c, arch, SYS_statx - 1, 0) == defaults[i].denied);
		CHECK(judge(&c, arch, SYS_statx + 1, 0) == defaults[i].newer);
		CHECK(judge(&c, arch, SYS_clone3, 0) == defaults[i].newer);
		CHECK(judge(&c, arch, 0x3fffffff, 0) == defaults[i].newer);
	}
}

static void test_nothing_named(void)
{
	auto_compiled struct compiled c = {0};

	if (!CHECK(compile(PROFILE("", CALLS("\"new\"", "ALLOW\"")), &c) == 0))
		return;
	CHECK(judge(&c, seccomp_arch_native(), SYS_clone3, 0) == ERRNO(EPERM));
}

static void test_notify(void)
{
	auto_compiled struct compiled c = {0};

	if (!CHECK(compile(PROFILE(",\"flags\":[\"SECCOMP_FILTER_FLAG_TSYNC\","
				   "\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]",
				   CALLS("\"mkdir\",\"mkdirat\"", "NOTIFY\"")),
			   &c) == 0))
		return;
	CHECK(judge(&c, seccomp_arch_native(), SYS_mkdirat, 0) == SECCOMP_RET_USER_NOTIF);
	CHECK(c.profile.flags ==
	      (SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV));
}

static void test_refused(void)
{
	struct compiled c = {0};
	auto_fd int log = open("/dev/null", O_WRONLY | O_CLOEXEC);

	log_set_fd(log);
	CHECK(compile("{}", &c) == -EINVAL);
	CHECK(compile("{\"defaultAction\":\"SCMP_ACT_FOO\"}", &c) == -EINVAL);
	CHECK(compile(PROFILE(",\"architectures\":[\"SCMP_ARCH_VAX\"]", ""), &c) == -EINVAL);
	CHECK(compile(PROFILE(",\"architectures\":[1]", ""), &c) == -EINVAL);
	CHECK(compile(PROFILE(",\"flags\":[\"NEW\"]", ""), &c) == -EINVAL);
	CHECK(compile(PROFILE("", "{\"names\":[],\"action\":\"SCMP_ACT_ALLOW\"}"), &c) == -EINVAL);
	log_set_fd(2);
}

#ifdef __x86_64__
#define X86 AUDIT_ARCH_I386
#define X32 0x40000000
#define ARCHS ",\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]"

static void test_architectures(void)
{
	auto_compiled struct compiled c = {0}, native = {0};

	if (!CHECK(compile(PROFILE(ARCHS, CALLS("\"read\",\"getpid\"", "ALLOW\"")), &c) == 0))
		return;
	CHECK(compiled_valid(&c));
	CHECK(judge(&c, AUDIT_ARCH_X86_64, SYS_read, 0) == ALLOW);
	CHECK(judge(&c, AUDIT_ARCH_X86_64, SYS_write, 0) == ERRNO(EPERM));
	CHECK(judge(&c, X86, 3 /* read */, 0) == ALLOW && judge(&c, X86, 20, 0) == ALLOW);
	CHECK(judge(&c, X86, 0 /* restart_syscall */, 0) == ERRNO(EPERM));
	CHECK(judge(&c, AUDIT_ARCH_X86_64, X32 | SYS_read, 0) == ALLOW);
	CHECK(judge(&c, AUDIT_ARCH_X86_64, X32 | SYS_write, 0) == ERRNO(EPERM));
	CHECK(judge(&c, AUDIT_ARCH_AARCH64, 3, 0) == SECCOMP_RET_KILL_PROCESS);
	/* each has its own newest call: getpid is 39 here, 20 there */
	CHECK(judge(&c, AUDIT_ARCH_X86_64, 38, 0) == ERRNO(EPERM));
	CHECK(judge(&c, AUDIT_ARCH_X86_64, 40, 0) == ERRNO(ENOSYS));
	CHECK(judge(&c, AUDIT_ARCH_X86_64, X32 | 38, 0) == ERRNO(EPERM));
	CHECK(judge(&c, AUDIT_ARCH_X86_64, X32 | 40, 0) == ERRNO(ENOSYS));
	CHECK(judge(&c, X86, 19, 0) == ERRNO(EPERM) && judge(&c, X86, 21, 0) == ERRNO(ENOSYS));

	if (!CHECK(compile(PROFILE("", CALLS("\"read\"", "ALLOW\"")), &native) == 0))
		return;
	CHECK(judge(&native, X86, 3, 0) == SECCOMP_RET_KILL_PROCESS);
	CHECK(judge(&native, AUDIT_ARCH_X86_64, X32 | SYS_read, 0) == ERRNO(ENOSYS));
}

/* socket(2) is 359 on x86, and socketcall(2) with 1. */
static void test_multiplexed(void)
{
	auto_compiled struct compiled deny = {0}, allow = {0}, plain = {0};
	const char *text;

	text = "{\"defaultAction\":\"SCMP_ACT_ALLOW\"" ARCHS
	       ",\"syscalls\":[" CALLS("\"socket\"", "ERRNO\",\"args\":[{\"index\":0,\"value\":40,"
						     "\"op\":\"SCMP_CMP_EQ\"}]") "]}";
	if (CHECK(compile(text, &deny) == 0)) {
		CHECK(judge(&deny, X86, 359, 40) == ERRNO(EPERM));
		CHECK(judge(&deny, X86, 359, 1) == ALLOW);
		CHECK(judge(&deny, X86, 102, 1) == ERRNO(EPERM)); /* nobody can look inside */
		CHECK(judge(&deny, X86, 102, 2) == ALLOW);
	}
	text = PROFILE(ARCHS, CALLS("\"socket\"", "ALLOW\",\"args\":[{\"index\":0,\"value\":1,"
						  "\"op\":\"SCMP_CMP_EQ\"}]"));
	if (CHECK(compile(text, &allow) == 0)) {
		CHECK(judge(&allow, X86, 359, 1) == ALLOW);
		CHECK(judge(&allow, X86, 102, 1) == ERRNO(EPERM));
	}
	text = PROFILE(ARCHS, CALLS("\"bind\",\"shmat\",\"accept\"", "ALLOW\""));
	if (CHECK(compile(text, &plain) == 0)) {
		CHECK(judge(&plain, X86, 361, 0) == ALLOW && judge(&plain, X86, 102, 2) == ALLOW);
		CHECK(judge(&plain, X86, 102, 5) == ALLOW && judge(&plain, X86, 397, 0) == ALLOW);
		CHECK(judge(&plain, X86, 117, 21) == ALLOW);
		/* ipc(2) keeps a version in the upper half */
		CHECK(judge(&plain, X86, 117, 1 << 16 | 21) == ALLOW);
		CHECK(judge(&plain, X86, 117, 22) == ERRNO(EPERM));
	}
}
#endif

/* The kernel takes the program, and gives the listener. */
static int listen_in_child(const struct seccomp_program *p)
{
	int fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return 1;
	fd = seccomp_apply(p);
	return fd > 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC ? 0 : 2;
}

static void test_listener(void)
{
	static const char text[] =
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\","
		"\"SCMP_ARCH_X32\",\"SCMP_ARCH_ARM\"],\"syscalls\":[{\"names\":[\"mkdirat\"],"
		"\"action\":\"SCMP_ACT_NOTIFY\"}]}";
	CLEANUP(seccomp_program_done)
	struct seccomp_program p = {0};
	auto_json json_t *j = json_loads(text, 0, NULL);
	int status = -1;
	pid_t pid;

	if (!CHECK(seccomp_compile_profile("x", j, 0, &p) == 0))
		return;
	pid = fork();
	if (pid == 0)
		_exit(listen_in_child(&p));
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

int main(void)
{
	test_members();
	test_wide_values();
	test_newer();
	test_nothing_named();
	test_notify();
	test_refused();
#ifdef __x86_64__
	test_architectures();
	test_multiplexed();
#endif
	test_listener();
	return test_report();
}
