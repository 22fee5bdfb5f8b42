/* SPDX-License-Identifier: MIT */
/* For analysers, which look at one source file at a time: what the headers promise in words. */
#pragma once

#include "lib/log.h"

static inline int analyze_negative(int r)
{
	if (r >= 0)
		__builtin_unreachable();
	return r;
}

#define log_fail(...) analyze_negative(log_fail(__VA_ARGS__))
#define log_refuse(...) analyze_negative(log_refuse(__VA_ARGS__))
#define log_oom() analyze_negative(log_oom())
