/* SPDX-License-Identifier: MIT */
/*
 * Rules about system calls become one classic BPF program for seccomp(2).
 *
 * A rule says what happens to the calls of a number range whose arguments meet all its conditions.
 * The rules of one range are tried in the order of their ranks and the first that matches decides;
 * if none does, and for every number without a rule, the fallback does. Ranges are either equal or
 * disjoint.
 */
#pragma once

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

enum bpf_op {
	BPF_OP_EQ,
	BPF_OP_NE,
	BPF_OP_GT,
	BPF_OP_LE,
	BPF_OP_GE,
	BPF_OP_LT,
};

/* (argument & mask) op value, on all 64 bits, unsigned. */
struct bpf_cond {
	uint32_t arg; /* 0 to 5 */
	enum bpf_op op;
	uint64_t mask, value;
};

#define BPF_MAX_CONDS 6

struct bpf_rule {
	uint32_t first, last; /* system call numbers */
	uint32_t rank;	      /* lower is tried first; unique within a range */
	uint32_t action;      /* SECCOMP_RET_* with its data */
	uint8_t n_conds;      /* 0: always */
	struct bpf_cond conds[BPF_MAX_CONDS];
};

struct bpf_policy {
	uint32_t arch;	   /* AUDIT_ARCH_* that the numbers belong to */
	uint32_t foreign;  /* action for calls of every other architecture; see next */
	uint32_t fallback; /* action where no rule matches */
	struct bpf_rule *rules;
	size_t n_rules;
	struct bpf_policy *next; /* what decides about them instead, or NULL */
};

/*
 * Compile policy; its rules are sorted on the way. The caller frees *ret_insns.
 * 0, -E2BIG (more than the kernel's 4096 instructions) or -ENOMEM.
 */
int bpf_compile(struct bpf_policy *policy, struct sock_filter **ret_insns, unsigned short *ret_len);
