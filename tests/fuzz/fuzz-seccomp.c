/* SPDX-License-Identifier: MIT */
/*
 * Seccomp profiles: what they are compiled to is a program that the kernel takes, and it says of
 * any call what the rules say.
 */
#include "fuzz.h"

#include <errno.h>

#include "lib/cleanup.h"
#include "runtime/seccomp-profile.h"
#include "tests/unit/seccomp-eval.h"

static bool holds(const struct bpf_cond *c, const struct seccomp_data *d)
{
	uint64_t v = d->args[c->arg] & c->mask;

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

/* By the rules one after another: the lowest rank of those that match. */
static uint32_t wanted(const struct bpf_policy *p, const struct seccomp_data *d)
{
	const struct bpf_rule *best = NULL;

	if (d->arch != p->arch)
		return p->foreign;
	for (size_t i = 0; i < p->n_rules; i++) {
		const struct bpf_rule *r = &p->rules[i];
		bool matches = (uint32_t)d->nr >= r->first && (uint32_t)d->nr <= r->last;

		for (unsigned k = 0; matches && k < r->n_conds; k++)
			matches = holds(&r->conds[k], d);
		if (matches && (!best || r->rank < best->rank))
			best = r;
	}
	return best ? best->action : p->fallback;
}

/* Calls at the edges of a rule, and of its conditions. */
static void check_rule(const struct bpf_policy *p, struct eval_program program,
		       const struct bpf_rule *r, uint64_t *state)
{
	for (int i = 0; i < 4; i++) {
		struct seccomp_data d = {
			.nr = (int)(r->first + (uint32_t)i - 1),
			.arch = i == 3 ? p->arch ^ 1 : p->arch,
		};

		for (unsigned k = 0; k < r->n_conds; k++)
			d.args[r->conds[k].arg] = eval_near(r->conds[k].value, state);
		REQUIRE(eval_run(program, &d) == wanted(p, &d));
	}
}

static void check(struct seccomp_profile *profile)
{
	auto_free struct sock_filter *insns = NULL;
	struct eval_program program;
	unsigned short len = 0;
	uint64_t state = 1;
	int r = seccomp_profile_compile("p", profile, &insns, &len);

	REQUIRE(r == 0 || r == -E2BIG);
	if (r < 0)
		return;
	program = (struct eval_program){insns, len};
	REQUIRE(eval_valid(program));
	for (size_t i = 0; i < profile->policy.n_rules && i < 40; i++)
		check_rule(&profile->policy, program, &profile->policy.rules[i], &state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	struct seccomp_profile profile = {0};

	if (seccomp_profile_parse("p", text, size, size * 0x9e3779b97f4a7c15, size % 2, &profile) <
	    0)
		return 0;
	check(&profile);
	seccomp_profile_done(&profile);
	return 0;
}
