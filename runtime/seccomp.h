/* SPDX-License-Identifier: MIT */
/*
 * The system calls of a container: nap's default, which is compiled when nap is built, or a profile
 * in docker's format, which is compiled when it is asked for (about a millisecond).
 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/json.h"

/* What seccomp_apply() hands to the kernel; {0} is no program: unconfined. */
struct seccomp_program {
	const struct sock_filter *insns;
	unsigned short len;
	bool owned;	/* insns is on the heap, else read-only data of nap itself */
	unsigned flags; /* SECCOMP_FILTER_FLAG_* */
};

/*
 * nap's default for a container whose bounding set is caps (bit n: capability n). A capability
 * that is good for nothing without certain calls brings these along, as in docker: SYS_ADMIN the
 * mount calls, SYS_TIME settimeofday and so on. Without such capabilities this does no work at all.
 */
int seccomp_default_program(uint64_t caps, struct seccomp_program *ret);
/* The profile in the file path, for the same caps. Reports what is wrong with file and rule. */
int seccomp_load_profile(const char *path, uint64_t caps, struct seccomp_program *ret);
/* linux.seccomp of a config.json (seccomp_profile_read()); NULL is no program. name is what
 * messages call it. Actions that ask an agent: flags has SECCOMP_FILTER_FLAG_NEW_LISTENER. Reports.
 */
int seccomp_compile_profile(const char *name, const json_t *profile, uint64_t caps,
			    struct seccomp_program *ret);
/* Keep a program in a file below dirfd, and read it back: what confines nap exec is what confined
 * the app, whatever has become of the profile since. 0 or negative errno; neither reports. */
int seccomp_program_save(const struct seccomp_program *program, int dirfd, const char *name);
int seccomp_program_read(int dirfd, const char *name, struct seccomp_program *ret);
/* Confine the calling thread: one system call. It needs no_new_privs or CAP_SYS_ADMIN. Gives the
 * listener's descriptor if the program's flags ask for one, else 0. */
int seccomp_apply(const struct seccomp_program *program);
void seccomp_program_done(struct seccomp_program *program);
