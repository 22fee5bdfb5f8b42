/* SPDX-License-Identifier: MIT */
/*
 * The system calls of the process that reads archives: memory, threads, and files beneath the
 * directories that are open. Nothing that opens a socket, executes, mounts, traces, sends a signal
 * to others, enters or makes a namespace, or maps memory that could be executed. Anything else is
 * ENOSYS, which the C library knows how to live with.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine.h"
#include "lib/cleanup.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "which AUDIT_ARCH is this?"
#endif

#define NAMESPACES                                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

static const int allowed[] = {
	/* files */
	SYS_openat,
	SYS_openat2,
	SYS_close,
	SYS_read,
	SYS_write,
	SYS_readv,
	SYS_writev,
	SYS_pread64,
	SYS_pwrite64,
	SYS_lseek,
	SYS_fstat,
	SYS_newfstatat,
	SYS_statx,
	SYS_fstatfs,
	SYS_getdents64,
	SYS_readlinkat,
	SYS_mkdirat,
	SYS_mknodat,
	SYS_symlinkat,
	SYS_linkat,
	SYS_unlinkat,
	SYS_renameat,
	SYS_renameat2,
	SYS_fchown,
	SYS_fchownat,
	SYS_fchmod,
	SYS_fchmodat,
	SYS_utimensat,
	SYS_ftruncate,
	SYS_fallocate,
	SYS_fadvise64,
	SYS_fgetxattr,
	SYS_fsetxattr,
	SYS_flistxattr,
	SYS_copy_file_range,
	SYS_sendfile,
	SYS_fcntl,
	SYS_dup,
	SYS_flock,
	SYS_eventfd2,
	SYS_ppoll,
	SYS_umask,
	SYS_setfsuid,
	SYS_setfsgid,
	/* memory and threads */
	SYS_brk,
	SYS_munmap,
	SYS_mremap,
	SYS_madvise,
	SYS_futex,
	SYS_set_robust_list,
	SYS_rseq,
	SYS_rt_sigprocmask,
	SYS_rt_sigaction,
	SYS_rt_sigreturn,
	SYS_sigaltstack,
	SYS_restart_syscall,
	SYS_exit,
	SYS_exit_group,
	SYS_sched_yield,
	SYS_sched_getaffinity,
	SYS_clock_gettime,
	SYS_clock_nanosleep,
	SYS_nanosleep,
	SYS_gettimeofday,
	SYS_getrandom,
	/* about itself */
	SYS_getpid,
	SYS_gettid,
	SYS_getuid,
	SYS_geteuid,
	SYS_getgid,
	SYS_getegid,
	SYS_uname,
	SYS_sysinfo,
	SYS_getrlimit,
#ifdef SYS_poll
	SYS_poll,
	SYS_unlink,
	SYS_time,
#endif
#ifdef __SANITIZE_ADDRESS__
	SYS_getppid,
	SYS_sched_getparam,
	SYS_sched_getscheduler,
	SYS_tgkill,
	SYS_readlink,
#endif
};

/* Calls that are allowed by one 32-bit argument. */
struct rule {
	int call;
	unsigned argument;
	uint32_t mask, value; /* (argument & mask) == value */
};

static const struct rule rules[] = {
	{SYS_clone, 0, NAMESPACES, 0},	    {SYS_mmap, 2, PROT_EXEC, 0},
	{SYS_mprotect, 2, PROT_EXEC, 0},    {SYS_prctl, 0, UINT32_MAX, PR_GET_SECUREBITS},
	{SYS_ioctl, 1, UINT32_MAX, TCGETS}, {SYS_ioctl, 1, UINT32_MAX, TIOCGWINSZ},
	{SYS_prlimit64, 2, UINT32_MAX, 0}, /* a null pointer: only asks */
};

enum { INSNS_MAX = 6 + 2 * ARRAY_SIZE(allowed) + 5 * ARRAY_SIZE(rules) };

static void add(struct sock_fprog *p, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	p->filter[p->len++] = (struct sock_filter){code, jt, jf, k};
}

static void give(struct sock_fprog *p, uint32_t verdict)
{
	add(p, BPF_RET | BPF_K, verdict, 0, 0);
}

static void load(struct sock_fprog *p, size_t offset)
{
	add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* In the order of the lists: the kernel remembers which calls are always allowed and does not run
 * the program for them. */
static void make_program(struct sock_fprog *p)
{
	const size_t nr = offsetof(struct seccomp_data, nr);

	load(p, offsetof(struct seccomp_data, arch));
	add(p, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	give(p, SECCOMP_RET_KILL_PROCESS);
	load(p, nr);
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)allowed[i], 0, 1);
		give(p, SECCOMP_RET_ALLOW);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct rule *r = &rules[i];
		/* the half of a 64-bit argument that is the 32-bit one: both machines are little
		 * endian */
		const size_t at = offsetof(struct seccomp_data, args) + r->argument * 8;

		add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)r->call, 0, 5);
		load(p, at);
		add(p, BPF_ALU | BPF_AND | BPF_K, r->mask, 0, 0);
		add(p, BPF_JMP | BPF_JEQ | BPF_K, r->value, 0, 1);
		give(p, SECCOMP_RET_ALLOW);
		load(p, nr);
	}
	give(p, SECCOMP_RET_ERRNO | ENOSYS);
}

int confine_calls(void)
{
	struct sock_filter insns[INSNS_MAX + ARRAY_SIZE(rules)];
	struct sock_fprog program = {.filter = insns};

	make_program(&program);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}
