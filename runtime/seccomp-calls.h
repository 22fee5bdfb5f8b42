/* SPDX-License-Identifier: MIT */
/*
 * The numbers of a system call by its name, for every way into the kernel that a machine has: its
 * own, and those of its 32-bit programs (x86 and x32 on x86-64, ARM on ARM64).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The architecture whose 32-bit programs a kernel of native runs, as AUDIT_ARCH_*; 0: none. */
uint32_t seccomp_arch_compat(uint32_t native);

/* What a name is on an architecture. */
struct seccomp_call {
	bool known;	 /* some architecture has it */
	int64_t nr;	 /* its own number, or -1 */
	int64_t through; /* socketcall(2) or ipc(2) of x86 that do it as well, or -1 */
	uint32_t sub;	 /* the first argument of that, in its lower 16 bits */
};
void seccomp_call_find(uint32_t arch, const char *name, struct seccomp_call *ret);
