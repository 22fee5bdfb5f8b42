/* SPDX-License-Identifier: MIT */
/* Capability sets as 64-bit masks, bit n for capability n. */
#pragma once

#include <stdint.h>

#include "lib/caps.h"

struct user_spec;

/* The five of capabilities(7). */
struct caps_sets {
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

/* nap's default: ten of docker's fourteen. */
uint64_t caps_default(void);
/* Everything nap itself holds: in a container or a confined unit, less than the kernel knows. */
int caps_all(uint64_t *ret);

/* Child side, in this order around the change of user; only system calls. */
int caps_drop_bounding(uint64_t keep);
/* Permitted and effective become keep for root and nothing for others; inheritable and ambient are
 * emptied. */
int caps_set(uint64_t keep);
/* Sets that a process which has the capabilities have can take on: each loses what it cannot hold.
 */
void caps_limit(struct caps_sets *s, uint64_t have);
/* Child side: the effective, permitted and inheritable sets; then the ambient one. */
int caps_set_three(const struct caps_sets *s);
int caps_set_ambient(uint64_t ambient);
