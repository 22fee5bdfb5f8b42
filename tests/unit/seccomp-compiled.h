/* SPDX-License-Identifier: MIT */
/* A profile with the program that it was compiled to; and what that says, by seccomp-eval.h. */
#pragma once

#include <seccomp.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "runtime/seccomp-profile.h"
#include "seccomp-eval.h"

#define ALLOW SECCOMP_RET_ALLOW
#define ERRNO(n) (SECCOMP_RET_ERRNO | (uint32_t)(n))

struct compiled {
	struct seccomp_profile profile;
	struct sock_filter *insns;
	unsigned short len;
};

__attribute__((unused)) static void compiled_done(struct compiled *c)
{
	seccomp_profile_done(&c->profile);
	free(c->insns);
}
#define auto_compiled CLEANUP(compiled_done)

__attribute__((unused)) static bool compiled_valid(const struct compiled *c)
{
	return eval_valid((struct eval_program){c->insns, c->len});
}

__attribute__((unused)) static uint32_t compiled_run(const struct compiled *c,
						     const struct seccomp_data *data)
{
	return eval_run((struct eval_program){c->insns, c->len}, data);
}
