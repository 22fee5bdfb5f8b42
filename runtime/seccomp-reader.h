/* SPDX-License-Identifier: MIT */
/* What the files that read a seccomp profile have in common. All functions that return int report,
 * and return a negative errno. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/json.h"
#include "seccomp-profile.h"

#define SECCOMP_MAX_ARGS 64 /* entries of one "args" */

/* Numberings of system calls that one profile is about. */
enum call_table { CALLS_OWN, CALLS_X32, CALLS_COMPAT, CALL_TABLES };

struct seccomp_reader {
	const char *name;    /* of the profile, for messages */
	size_t index;	     /* of the rule being read */
	const char *syscall; /* its first name, NULL outside of rules */
	uint64_t caps;
	bool strict;
	bool oci; /* of a config.json */
	struct seccomp_profile *profile;
	/* what comes of it, for seccomp-rules.c */
	bool x32;
	unsigned fallback_strictness;
	int64_t newest[CALL_TABLES]; /* the largest number of a call that any rule names */
	size_t allocated[2];	     /* rules of the policy and of the one for 32-bit programs */
};

/* A rule as it is written: for several calls, and with conditions that may be alternatives. */
struct seccomp_entry {
	json_t *names;
	uint32_t action;
	unsigned strictness; /* of the action, 0 is the strictest */
	struct bpf_cond conds[SECCOMP_MAX_ARGS];
	size_t n_conds;
	bool alternatives;
};

/* "seccomp profile NAME: syscalls[N] (CALL): text"; -EINVAL. */
__attribute__((format(printf, 2, 3))) int seccomp_bad(const struct seccomp_reader *rd,
						      const char *fmt, ...);
/* As the getters of lib/json.h: 1, or 0 if there is none. */
int seccomp_get_string(const struct seccomp_reader *rd, const json_t *obj, const char *key,
		       const char **ret);
int seccomp_get_array(const struct seccomp_reader *rd, const json_t *obj, const char *key,
		      json_t **ret);
int seccomp_get_object(const struct seccomp_reader *rd, const json_t *obj, const char *key,
		       json_t **ret);
/* A number from 0 to max. */
int seccomp_get_number(const struct seccomp_reader *rd, const json_t *obj, const char *key,
		       int64_t max, uint64_t *ret);
/* keys is a NULL-terminated list of what obj may have. */
int seccomp_check_keys(const struct seccomp_reader *rd, json_t *obj, const char *const *keys);

/* seccomp-includes.c: is a rule for a container like this, on a machine like this? */
int seccomp_rule_applies(const struct seccomp_reader *rd, json_t *rule, bool *ret);

/* seccomp-rules.c: add a rule for the system call of this name, which applies. */
int seccomp_rules_add(struct seccomp_reader *rd, const struct seccomp_entry *entry,
		      const char *name);
/* What holds beside the rules, when all are there. */
int seccomp_rules_finish(struct seccomp_reader *rd);
