/* SPDX-License-Identifier: MIT */
/* The programs without libc that nap carries inside (stub.c, stub-health.c). */
#pragma once

#include <stddef.h>

/*
 * One of them as a memory file that nobody can ever change, nor read: what executes it is thereby
 * non-dumpable, so that the container's root can neither trace its PID 1 nor write to its memory. A
 * descriptor, not below lowest, or negative errno. Does not report.
 */
int stub_open(const void *program, size_t n, int lowest);
