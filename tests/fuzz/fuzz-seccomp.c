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
		REQUIRE(eval_run(program, &d) == eval_rules(p, &d));
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
