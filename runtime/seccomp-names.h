/* SPDX-License-Identifier: MIT */
/* Names of the OCI runtime specification (config-linux.md, Seccomp); tables end with a NULL name.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct seccomp_name {
	const char *name;
	uint32_t value;
};

struct seccomp_action {
	const char *name;
	uint32_t value;	     /* SECCOMP_RET_* */
	unsigned strictness; /* in the kernel's order, 0 is the strictest */
	bool has_data;	     /* an errno, or a message for the tracer */
};

extern const struct seccomp_action seccomp_actions[];
extern const struct seccomp_name seccomp_operators[]; /* enum bpf_op */
extern const struct seccomp_name seccomp_flags[];     /* SECCOMP_FILTER_FLAG_* */
extern const struct seccomp_name seccomp_archs[];     /* libseccomp's tokens */

const struct seccomp_name *seccomp_find(const struct seccomp_name *table, const char *name);
