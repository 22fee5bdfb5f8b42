/* SPDX-License-Identifier: MIT */
/*
 * Seccomp profiles in docker's JSON format: the OCI runtime specification's, with several names,
 * includes and excludes per rule. nap's own default is one too.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf.h"

struct seccomp_profile {
	struct bpf_policy policy; /* for this machine's own system calls; the rules are owned */
	unsigned flags;		  /* SECCOMP_FILTER_FLAG_* */
	uint64_t caps_named;	  /* capabilities that any includes or excludes ask about */
};

/*
 * Read a profile for a container whose bounding set is caps (bit n: capability n). name is what
 * messages call it. strict: a system call name that no architecture has is an error; docker
 * ignores those, so that a profile may know newer names than the library.
 * 0, or a negative errno after reporting. The caller calls seccomp_profile_done().
 *
 * Which rule decides, where several match: one with conditions before one without. Among those with
 * conditions the strictest action in the kernel's order (kill, trap, errno, trace, log, allow);
 * among those without the first whose action is not the default, as libseccomp and its callers have
 * it. (libseccomp drops the rules with conditions where there is one without.) Conditions of one
 * rule must all hold, but if two of them are about the same argument, each stands for itself, as in
 * runc and crun.
 */
int seccomp_profile_parse(const char *name, const char *text, size_t len, uint64_t caps,
			  bool strict, struct seccomp_profile *ret);
/* 0, or a negative errno after reporting. The caller frees *ret_insns. */
int seccomp_profile_compile(const char *name, struct seccomp_profile *profile,
			    struct sock_filter **ret_insns, unsigned short *ret_len);
void seccomp_profile_done(struct seccomp_profile *profile);
