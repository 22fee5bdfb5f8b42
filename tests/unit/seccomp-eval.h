/* SPDX-License-Identifier: MIT */
/*
 * An interpreter for seccomp programs, as net/core/filter.c and kernel/seccomp.c define them, and
 * the two checks the kernel makes before it takes one; and what the rules say that one is made of.
 */
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "runtime/bpf.h"

#define EVAL_BROKEN 0xdeadbeefU /* no action has this value */

struct eval_program {
	const struct sock_filter *insns;
	unsigned len;
};

/* bpf_check_classic() and seccomp_check_filter(), for the instructions that filters use. */
__attribute__((unused)) static bool eval_valid(struct eval_program p)
{
	if (p.len == 0 || p.len > BPF_MAXINSNS || p.insns[p.len - 1].code != (BPF_RET | BPF_K))
		return false;
	for (unsigned i = 0; i < p.len; i++) {
		const struct sock_filter *f = &p.insns[i];

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (f->k % 4 != 0 || f->k >= sizeof(struct seccomp_data))
				return false;
			break;
		case BPF_JMP | BPF_JA:
			if (f->k >= p.len - i - 1)
				return false;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_JMP | BPF_JSET | BPF_K:
			if (i + 1 + f->jt >= p.len || i + 1 + f->jf >= p.len)
				return false;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
		case BPF_RET | BPF_K:
			break;
		default:
			return false;
		}
	}
	return true;
}

/* What a valid program returns for one call. */
__attribute__((unused)) static uint32_t eval_run(struct eval_program p,
						 const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (unsigned i = 0; i < p.len; i++) {
		const struct sock_filter *f = &p.insns[i];

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)data + f->k, sizeof(a));
			break;
		case BPF_JMP | BPF_JA:
			i += f->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			i += a == f->k ? f->jt : f->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			i += a > f->k ? f->jt : f->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			i += a >= f->k ? f->jt : f->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			i += (a & f->k) != 0 ? f->jt : f->jf;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= f->k;
			break;
		case BPF_RET | BPF_K:
			return f->k;
		default:
			return EVAL_BROKEN;
		}
	}
	return EVAL_BROKEN;
}

static bool eval_cond(const struct bpf_cond *c, const struct seccomp_data *data)
{
	uint64_t v = data->args[c->arg] & c->mask;

	switch (c->op) {
	case BPF_OP_EQ:
		return v == c->value;
	case BPF_OP_NE:
		return v != c->value;
	case BPF_OP_GT:
		return v > c->value;
	case BPF_OP_LE:
		return v <= c->value;
	case BPF_OP_GE:
		return v >= c->value;
	default:
		return v < c->value;
	}
}

static bool eval_rule(const struct bpf_rule *rule, const struct seccomp_data *data)
{
	uint32_t nr = (uint32_t)data->nr;

	if (nr < rule->first || nr > rule->last)
		return false;
	for (unsigned i = 0; i < rule->n_conds; i++)
		if (!eval_cond(&rule->conds[i], data))
			return false;
	return true;
}

/* What the program of a policy is to return, as bpf.h promises it: the rules one after another. */
__attribute__((unused)) static uint32_t eval_rules(const struct bpf_policy *policy,
						   const struct seccomp_data *data)
{
	const struct bpf_rule *best = NULL;

	if (data->arch != policy->arch)
		return policy->foreign;
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct bpf_rule *rule = &policy->rules[i];

		if (eval_rule(rule, data) && (!best || rule->rank < best->rank))
			best = rule;
	}
	return best ? best->action : policy->fallback;
}

/* A small generator of reproducible numbers (xorshift). */
__attribute__((unused)) static uint64_t eval_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* An interesting argument near v: itself, its neighbours, other high or low halves. */
__attribute__((unused)) static uint64_t eval_near(uint64_t v, uint64_t *state)
{
	switch (eval_random(state) % 10) {
	case 0:
		return v - 1;
	case 1:
		return v + 1;
	case 2:
		return v ^ 1ULL << (eval_random(state) % 64);
	case 3:
		return v + (1ULL << 32);
	case 4:
		return v - (1ULL << 32);
	case 5:
		return v & UINT32_MAX;
	case 6:
		return ~v;
	case 7:
		return eval_random(state) % 2 ? 0 : UINT64_MAX;
	default:
		return v;
	}
}
