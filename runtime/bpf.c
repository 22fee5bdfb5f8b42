// SPDX-License-Identifier: MIT
/*
 * The code generator: neighbouring call numbers with equal verdicts merge into ranges, and the
 * program is a binary search over the ranges. The kernel verifies, translates and, to learn which
 * calls are always allowed, runs a program once per call number when it is loaded, so a short one
 * makes a container start faster.
 *
 * Classic BPF only jumps forward. So the program is built from its last instruction to its first:
 * whatever a jump leads to is already there, and a label is an index into the reversed program.
 */
#include "bpf.h"

#include <endian.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define GIVE (BPF_RET | BPF_K)
#define JUMP(op) (uint16_t)(BPF_JMP | (op) | BPF_K)

struct program {
	struct sock_filter insns[BPF_MAXINSNS]; /* reversed */
	unsigned n;
	bool full; /* what follows goes nowhere, and bpf_compile() fails */
};

/* What happens to a call: the rules that are tried in turn, ending in the fallback. */
struct verdict {
	const struct bpf_rule *rules;
	size_t n_rules;
	unsigned label;
};

/* Call numbers from start to the next range; node is the search's label where it divides here. */
struct range {
	uint32_t start;
	unsigned *label;
	unsigned node;
};

/* Put an instruction in front of the program, and return its label. */
static unsigned prepend(struct program *p, uint16_t code, unsigned jt, unsigned jf, uint32_t k)
{
	if (p->n >= BPF_MAXINSNS) {
		p->full = true;
		return 0;
	}
	p->insns[p->n] = (struct sock_filter){code, (uint8_t)jt, (uint8_t)jf, k};
	return p->n++;
}

/*
 * Conditional jumps reach 255 instructions. Bring a label that is further away into reach: a copy
 * of what is there if that returns, else an unconditional jump to it. One instruction of slack is
 * left, so that two labels can be made reachable one after the other.
 */
static void approach(struct program *p, unsigned *label)
{
	const struct sock_filter *there = &p->insns[*label];

	if (p->n - *label <= UINT8_MAX || p->full)
		return;
	if (there->code == GIVE)
		*label = prepend(p, GIVE, 0, 0, there->k);
	else
		*label = prepend(p, JUMP(BPF_JA), 0, 0, p->n - 1 - *label);
}

static unsigned jump(struct program *p, unsigned op, uint32_t k, unsigned *t, unsigned *f)
{
	approach(p, t);
	approach(p, f);
	return prepend(p, JUMP(op), p->n - 1 - *t, p->n - 1 - *f, k);
}

/* A label within easy reach that returns action. */
static unsigned give(struct program *p, uint32_t action)
{
	for (unsigned i = p->n; i > 0 && p->n - i < 128; i--)
		if (p->insns[i - 1].code == GIVE && p->insns[i - 1].k == action)
			return i - 1;
	return prepend(p, GIVE, 0, 0, action);
}

/* The label after the load that label starts with, for jumps at which that word is loaded. */
static unsigned skip_load(const struct program *p, unsigned label, uint32_t offset)
{
	const struct sock_filter *there = &p->insns[label];

	return there->code == LOAD && there->k == offset && label > 0 ? label - 1 : label;
}

/* Go to t if one 32-bit word of an argument, masked, is as op says, else to f. */
static unsigned test_word(struct program *p, uint32_t offset, uint32_t mask, unsigned op,
			  uint32_t value, unsigned t, unsigned f)
{
	bool whole = mask == UINT32_MAX;

	if (whole) {
		t = skip_load(p, t, offset);
		f = skip_load(p, f, offset);
	}
	jump(p, op, value, &t, &f);
	if (!whole)
		prepend(p, BPF_ALU | BPF_AND | BPF_K, 0, 0, mask);
	return prepend(p, LOAD, 0, 0, offset);
}

/* Go to t if the condition holds, else to f. */
static unsigned test(struct program *p, const struct bpf_cond *c, unsigned t, unsigned f)
{
	static const struct {
		unsigned jump;
		bool negate;
	} ops[] = {
		[BPF_OP_EQ] = {BPF_JEQ, false}, [BPF_OP_NE] = {BPF_JEQ, true},
		[BPF_OP_GT] = {BPF_JGT, false}, [BPF_OP_LE] = {BPF_JGT, true},
		[BPF_OP_GE] = {BPF_JGE, false}, [BPF_OP_LT] = {BPF_JGE, true},
	};
	uint32_t arg = (uint32_t)offsetof(struct seccomp_data, args[c->arg]);
	uint32_t low_offset = arg + (BYTE_ORDER == BIG_ENDIAN ? 4 : 0);
	uint32_t high_offset = arg + (BYTE_ORDER == BIG_ENDIAN ? 0 : 4);
	uint32_t high_mask = (uint32_t)(c->mask >> 32), high = (uint32_t)(c->value >> 32);
	unsigned op = ops[c->op].jump, low, high_test;
	unsigned yes = ops[c->op].negate ? f : t, no = ops[c->op].negate ? t : f;

	low = test_word(p, low_offset, (uint32_t)c->mask, op, (uint32_t)c->value, yes, no);
	if (high_mask == 0 && high == 0)
		return low;
	high_test = test_word(p, high_offset, high_mask, BPF_JEQ, high, low, no);
	if (op == BPF_JEQ)
		return high_test;
	return test_word(p, high_offset, high_mask, BPF_JGT, high, yes, high_test);
}

static void emit_verdict(struct program *p, struct verdict *v, uint32_t fallback)
{
	unsigned next = give(p, fallback);

	for (size_t i = v->n_rules; i-- > 0;) {
		const struct bpf_rule *rule = &v->rules[i];
		unsigned match = give(p, rule->action);

		for (unsigned n = rule->n_conds; n-- > 0;)
			match = test(p, &rule->conds[n], match, next);
		next = match;
	}
	v->label = next;
}

/* Search n ranges for the loaded call number; gives the place of the label to jump to. */
static unsigned *emit_search(struct program *p, struct range *ranges, size_t n)
{
	struct range *upper = ranges + n / 2;
	unsigned *below, *above;

	if (n == 1)
		return ranges->label;
	above = emit_search(p, upper, n - n / 2);
	below = emit_search(p, ranges, n / 2);
	upper->node = jump(p, BPF_JGE, upper->start, above, below);
	return &upper->node;
}

static int compare_rules(const void *a, const void *b)
{
	const struct bpf_rule *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return (x->rank > y->rank) - (x->rank < y->rank);
}

static bool same_rules(const struct verdict *a, const struct verdict *b)
{
	if (a->n_rules != b->n_rules)
		return false;
	for (size_t i = 0; i < a->n_rules; i++) {
		const struct bpf_rule *x = &a->rules[i], *y = &b->rules[i];

		if (x->action != y->action || x->n_conds != y->n_conds ||
		    memcmp(x->conds, y->conds, x->n_conds * sizeof(x->conds[0])) != 0)
			return false;
	}
	return true;
}

/* The verdicts and ranges of a policy, while it is compiled. */
struct plan {
	struct verdict *verdicts; /* the first is the fallback alone */
	size_t n_verdicts;
	struct range *ranges;
	size_t n_ranges;
};

static void plan_done(struct plan *plan)
{
	free(plan->verdicts);
	free(plan->ranges);
}

/* The place of the equal verdict that is known already, or of a new one. */
static unsigned *plan_verdict(struct plan *plan, const struct verdict *v)
{
	size_t i = 0;

	while (i < plan->n_verdicts && !same_rules(&plan->verdicts[i], v))
		i++;
	if (i == plan->n_verdicts)
		plan->verdicts[plan->n_verdicts++] = *v;
	return &plan->verdicts[i].label;
}

/* The numbers from start on get this verdict, until the next call. */
static void plan_range(struct plan *plan, uint32_t start, unsigned *label)
{
	if (plan->n_ranges > 0 && plan->ranges[plan->n_ranges - 1].label == label)
		return;
	plan->ranges[plan->n_ranges++] = (struct range){.start = start, .label = label};
}

/* How many of the n rules belong to the range of the first; *ret_reached are those up to the first
 * without conditions, which is the last that can match. */
static size_t count_same_range(const struct bpf_rule *rules, size_t n, size_t *ret_reached)
{
	size_t same = 0, reached = 0;

	while (same < n && rules[same].first == rules->first) {
		if (reached == same && (same == 0 || rules[same - 1].n_conds > 0))
			reached++;
		same++;
	}
	*ret_reached = reached;
	return same;
}

static int plan_policy(struct plan *plan, const struct bpf_policy *policy)
{
	unsigned *fallback;
	uint64_t next = 0;

	/* every rule can open a range and, with the gap behind it, a second one */
	plan->verdicts = calloc(policy->n_rules + 1, sizeof(plan->verdicts[0]));
	plan->ranges = calloc(2 * policy->n_rules + 1, sizeof(plan->ranges[0]));
	if (!plan->verdicts || !plan->ranges)
		return -ENOMEM;
	fallback = plan_verdict(plan, &(struct verdict){0});
	for (size_t i = 0, same; i < policy->n_rules; i += same) {
		const struct bpf_rule *rule = &policy->rules[i];
		struct verdict v = {.rules = rule};

		same = count_same_range(rule, policy->n_rules - i, &v.n_rules);
		/* a last rule that says what the fallback says changes nothing */
		while (v.n_rules > 0 && rule[v.n_rules - 1].action == policy->fallback)
			v.n_rules--;
		if (rule->first > next)
			plan_range(plan, (uint32_t)next, fallback);
		plan_range(plan, rule->first, plan_verdict(plan, &v));
		next = (uint64_t)rule->last + 1;
	}
	if (next <= UINT32_MAX)
		plan_range(plan, (uint32_t)next, fallback);
	return 0;
}

/* All that decides about calls of an architecture, for when arch is loaded; gives its label. */
static unsigned emit_policy(struct program *p, const struct bpf_policy *policy, struct plan *plan,
			    const unsigned *next)
{
	unsigned foreign, native;

	for (size_t i = 0; i < plan->n_verdicts; i++)
		emit_verdict(p, &plan->verdicts[i], policy->fallback);
	native = *emit_search(p, plan->ranges, plan->n_ranges);
	if (plan->n_ranges > 1)
		native = prepend(p, LOAD, 0, 0, offsetof(struct seccomp_data, nr));
	foreign = next ? *next : give(p, policy->foreign);
	return jump(p, BPF_JEQ, policy->arch, &native, &foreign);
}

/* A policy and, behind it, the next. */
static int compile_policy(struct program *p, struct bpf_policy *policy, unsigned *ret_label)
{
	CLEANUP(plan_done)
	struct plan plan = {0};
	unsigned next = 0;
	int r = 0;

	if (policy->next)
		r = compile_policy(p, policy->next, &next);
	if (r < 0)
		return r;
	if (policy->n_rules > 0)
		qsort(policy->rules, policy->n_rules, sizeof(policy->rules[0]), compare_rules);
	r = plan_policy(&plan, policy);
	if (r < 0)
		return r;
	*ret_label = emit_policy(p, policy, &plan, policy->next ? &next : NULL);
	return 0;
}

int bpf_compile(struct bpf_policy *policy, struct sock_filter **ret_insns, unsigned short *ret_len)
{
	auto_free struct program *p = malloc(sizeof(*p));
	struct sock_filter *insns;
	unsigned first;
	int r;

	if (!p)
		return -ENOMEM;
	p->n = 0;
	p->full = false;
	r = compile_policy(p, policy, &first);
	if (r < 0)
		return r;
	prepend(p, LOAD, 0, 0, offsetof(struct seccomp_data, arch));
	if (p->full)
		return -E2BIG;
	insns = calloc(p->n, sizeof(insns[0]));
	if (!insns)
		return -ENOMEM;
	for (unsigned i = 0; i < p->n; i++)
		insns[i] = p->insns[p->n - 1 - i];
	*ret_insns = insns;
	*ret_len = (unsigned short)p->n;
	return 0;
}
