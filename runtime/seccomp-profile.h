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
#include "lib/json.h"

struct seccomp_profile {
	struct bpf_policy policy; /* for this machine's own system calls; the rules are owned */
	struct bpf_policy compat; /* for those of 32-bit programs; arch 0: they are foreign */
	unsigned flags;		  /* SECCOMP_FILTER_FLAG_* */
	bool notify;		  /* an action asks an agent: it needs a listener */
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
/*
 * The same for linux.seccomp of a config.json, which is the OCI runtime specification's alone:
 * members that are not known are ignored, "architectures" are heeded, SCMP_ACT_NOTIFY is an action.
 * A 32-bit x86 program reaches some calls through socketcall(2) and ipc(2), whose arguments are out
 * of a filter's sight: there a rule with conditions counts if it is stricter than the default, and
 * without its conditions; else it does not count.
 */
int seccomp_profile_read(const char *name, const json_t *j, uint64_t caps,
			 struct seccomp_profile *ret);
/* 0, or a negative errno after reporting. The caller frees *ret_insns. */
int seccomp_profile_compile(const char *name, struct seccomp_profile *profile,
			    struct sock_filter **ret_insns, unsigned short *ret_len);
void seccomp_profile_done(struct seccomp_profile *profile);
