/* SPDX-License-Identifier: MIT */
/*
 * What a program without libc starts from, on each machine: one system call, and _start, which
 * hands the stack as execve(2) made it (argc, argv, NULL, envp, NULL) to run(). For the stubs
 * alone.
 */
#pragma once

#include <asm/unistd.h>

#if defined(__x86_64__)
#define STUB_AUDIT_ARCH 0xc000003eU

static inline long call(long nr, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return ret;
}

__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall "
	"run\n");
#elif defined(__aarch64__)
#define STUB_AUDIT_ARCH 0xc00000b7U

static inline long call(long nr, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}

__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x0, sp\n\tbl run\n");
#else
#error "nap runs on x86-64 and arm64"
#endif

__attribute__((used, noreturn)) void run(long *stack);
