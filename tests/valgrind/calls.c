// SPDX-License-Identifier: MIT
/*
 * System calls that valgrind does not know, made for it: preloaded, this takes the place of
 * syscall(3) and gives these few to the kernel on the real processor, behind valgrind's back. They
 * write no memory that valgrind would have to learn of. All others are valgrind's, as ever.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <valgrind/valgrind.h>

#ifndef __x86_64__
#error "how to make a system call is written for x86-64 alone"
#endif

struct call {
	long nr, args[6];
};

static const long unknown[] = {
	SYS_openat2,
	SYS_open_tree,
	SYS_move_mount,
	SYS_fsopen,
	SYS_fsconfig,
	SYS_fsmount,
	SYS_fspick,
	SYS_mount_setattr,
	SYS_pidfd_open,
	SYS_pidfd_send_signal,
	SYS_pidfd_getfd,
	SYS_landlock_create_ruleset,
	SYS_landlock_add_rule,
	SYS_landlock_restrict_self,
	SYS_seccomp,
	SYS_execveat,
};

static bool is_unknown(long nr)
{
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		if (unknown[i] == nr)
			return true;
	return false;
}

/* Runs outside of valgrind's world, where there is no C library, nor what belongs to a thread. */
static long make(__attribute__((unused)) unsigned long thread, const struct call *c)
{
	register long r10 __asm__("r10") = c->args[3];
	register long r8 __asm__("r8") = c->args[4];
	register long r9 __asm__("r9") = c->args[5];
	long r = c->nr;

	__asm__ volatile("syscall"
			 : "+a"(r)
			 : "D"(c->args[0]), "S"(c->args[1]), "d"(c->args[2]), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return r;
}

long syscall(long nr, ...)
{
	struct call c = {.nr = nr};
	va_list args;
	long r;

	va_start(args, nr);
	for (size_t i = 0; i < 6; i++)
		c.args[i] = va_arg(args, long);
	va_end(args);
	if (!RUNNING_ON_VALGRIND || !is_unknown(nr)) {
		long (*libc)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");

		return libc(nr, c.args[0], c.args[1], c.args[2], c.args[3], c.args[4], c.args[5]);
	}
	r = (long)VALGRIND_NON_SIMD_CALL1(make, &c);
	if (r >= 0)
		return r;
	errno = (int)-r;
	return -1;
}
