// SPDX-License-Identifier: MIT
/* The code generator: programs against the rules they were made from, applied one by one. */
#include "runtime/bpf.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "seccomp-eval.h"
#include "test.h"

#define ARCH AUDIT_ARCH_X86_64
#define ALLOW SECCOMP_RET_ALLOW
#define KILL SECCOMP_RET_KILL_PROCESS
#define ERRNO(n) (SECCOMP_RET_ERRNO | (uint32_t)(n))

/* A call that is about to match some rule of the policy, or any call. */
static struct seccomp_data probe(const struct bpf_policy *policy, uint64_t *seed)
{
	struct seccomp_data data = {.arch = ARCH, .nr = (int)(eval_random(seed) % 1100)};
	const struct bpf_rule *rule;

	for (unsigned a = 0; a < BPF_MAX_CONDS; a++)
		data.args[a] = eval_random(seed) % 4;
	if (eval_random(seed) % 50 == 0)
		data.arch = AUDIT_ARCH_I386;
	if (eval_random(seed) % 16 == 0)
		data.nr = (int)eval_random(seed);
	if (policy->n_rules == 0 || eval_random(seed) % 4 == 0)
		return data;
	rule = &policy->rules[eval_random(seed) % policy->n_rules];
	data.nr = (int)(eval_random(seed) % 8 ? rule->first : rule->last + 1);
	for (unsigned i = 0; i < rule->n_conds; i++)
		data.args[rule->conds[i].arg] = eval_near(rule->conds[i].value, seed);
	return data;
}

/* How many of n calls the program judges differently from the rules. */
static unsigned count_wrong(const struct bpf_policy *policy, struct eval_program p, unsigned n,
			    uint64_t *seed)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < n; i++) {
		struct seccomp_data data = probe(policy, seed);

		wrong += eval_run(p, &data) != eval_rules(policy, &data);
	}
	return wrong;
}

static void check_policy(struct bpf_policy *policy, unsigned probes, uint64_t *seed)
{
	auto_free struct sock_filter *insns = NULL;
	unsigned short len = 0;

	if (!CHECK(bpf_compile(policy, &insns, &len) == 0))
		return;
	if (CHECK(eval_valid((struct eval_program){insns, len})))
		CHECK(count_wrong(policy, (struct eval_program){insns, len}, probes, seed) == 0);
}

static struct bpf_cond random_cond(uint64_t *seed)
{
	static const uint64_t values[] = {0,
					  1,
					  2,
					  0x7fffffff,
					  0x80000000,
					  0xffffffff,
					  0x100000000,
					  0x100000001,
					  0xffffffff00000000,
					  0x7fffffffffffffff,
					  UINT64_MAX,
					  0x500000005ULL};
	struct bpf_cond c = {
		/* mostly few, so that rules follow each other on the same argument */
		.arg = (uint32_t)(eval_random(seed) % (eval_random(seed) % 4 ? 2 : BPF_MAX_CONDS)),
		.op = (enum bpf_op)(eval_random(seed) % 6),
		.mask = UINT64_MAX,
		.value = values[eval_random(seed) % ARRAY_SIZE(values)],
	};

	if (c.op <= BPF_OP_NE && eval_random(seed) % 2) {
		c.mask = values[eval_random(seed) % ARRAY_SIZE(values)];
		if (eval_random(seed) % 2)
			c.mask = eval_random(seed) & eval_random(seed);
		c.value &= c.mask;
	}
	return c;
}

static struct bpf_rule random_rule(uint32_t rank, unsigned numbers, uint64_t *seed)
{
	static const uint32_t actions[] = {
		ALLOW, ALLOW, ERRNO(1), ERRNO(38), SECCOMP_RET_TRAP, SECCOMP_RET_LOG};
	struct bpf_rule rule = {
		.first = (uint32_t)(eval_random(seed) % numbers),
		.rank = rank,
		.action = actions[eval_random(seed) % ARRAY_SIZE(actions)],
	};

	if (eval_random(seed) % 2)
		rule.n_conds = (uint8_t)(eval_random(seed) % (BPF_MAX_CONDS + 1));
	for (unsigned i = 0; i < rule.n_conds; i++)
		rule.conds[i] = random_cond(seed);
	rule.last = rule.first;
	return rule;
}

static void test_random(void)
{
	static const struct {
		unsigned rules, numbers, policies;
	} shapes[] = {{1, 1, 50}, {10, 5, 50}, {60, 1000, 50}, {120, 40, 20}, {300, 1000, 20}};
	static struct bpf_rule rules[300];
	uint64_t seed = 0x9e3779b97f4a7c15;

	for (size_t s = 0; s < ARRAY_SIZE(shapes); s++)
		for (unsigned n = 0; n < shapes[s].policies; n++) {
			struct bpf_policy policy = {ARCH, KILL, n % 2 ? ALLOW : ERRNO(38), rules,
						    shapes[s].rules};

			for (unsigned i = 0; i < shapes[s].rules; i++)
				rules[i] = random_rule(i, shapes[s].numbers, &seed);
			check_policy(&policy, 4000, &seed);
		}
}

/* Every second number: the search tree is wider than a conditional jump reaches. */
static void test_far_jumps(void)
{
	static struct bpf_rule rules[1000];
	struct bpf_policy policy = {ARCH, KILL, ERRNO(38), rules, ARRAY_SIZE(rules)};
	uint64_t seed = 42;

	for (uint32_t i = 0; i < ARRAY_SIZE(rules); i++) {
		rules[i] = (struct bpf_rule){.first = 2 * i, .last = 2 * i, .action = ALLOW};
		if (i % 7 == 0) {
			rules[i].n_conds = 1;
			rules[i].conds[0] = (struct bpf_cond){1, BPF_OP_EQ, UINT64_MAX, i % 3};
		}
	}
	check_policy(&policy, 100000, &seed);
}

static void test_ranges(void)
{
	struct bpf_rule rules[] = {
		{.first = 10, .last = 19, .action = ALLOW},
		{.first = 20, .last = 29, .action = ALLOW},
		{.first = 0, .last = 0, .action = ALLOW},
		{.first = 0x40000000, .last = 0xfffffffe, .action = ERRNO(38)},
		{.first = UINT32_MAX, .last = UINT32_MAX, .action = SECCOMP_RET_LOG},
	};
	struct bpf_policy policy = {ARCH, KILL, ERRNO(1), rules, ARRAY_SIZE(rules)};
	uint64_t seed = 7;

	check_policy(&policy, 100000, &seed);
	policy.n_rules = 1;
	check_policy(&policy, 100000, &seed);
	policy.n_rules = 0;
	check_policy(&policy, 1000, &seed);
}

/* Runs of equal verdicts cost nothing, and so do rules that say what the fallback says. */
static void test_size(void)
{
	static struct bpf_rule rules[400];
	struct bpf_policy policy = {ARCH, KILL, ERRNO(38), rules, ARRAY_SIZE(rules)};
	auto_free struct sock_filter *insns = NULL;
	unsigned short len = 0;

	for (uint32_t i = 0; i < ARRAY_SIZE(rules); i++)
		rules[i] = (struct bpf_rule){
			.first = i, .last = i, .action = i < 300 ? ALLOW : ERRNO(38)};
	CHECK(bpf_compile(&policy, &insns, &len) == 0);
	/* two loads, two tests, three returns */
	CHECK(len == 7);
}

static void test_too_large(void)
{
	static struct bpf_rule rules[4096];
	struct bpf_policy policy = {ARCH, KILL, ALLOW, rules, ARRAY_SIZE(rules)};
	struct sock_filter *insns = NULL;
	unsigned short len = 0;

	for (uint32_t i = 0; i < ARRAY_SIZE(rules); i++)
		rules[i] = (struct bpf_rule){.first = i, .last = i, .action = ERRNO(i % 2)};
	CHECK(bpf_compile(&policy, &insns, &len) == -E2BIG);
	CHECK(insns == NULL && len == 0);
	policy.n_rules = 3000;
	check_policy(&policy, 10000, &(uint64_t){3});
}

int main(void)
{
	test_random();
	test_far_jumps();
	test_ranges();
	test_size();
	test_too_large();
	return test_report();
}
