/* SPDX-License-Identifier: MIT */
/* Unit tests: CHECK() what must hold, go on after a failure, end with test_report(). */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int test_passed, test_failed;

__attribute__((unused)) static bool test_check(bool ok, const char *file, int line,
					       const char *text)
{
	if (ok) {
		test_passed++;
	} else {
		test_failed++;
		(void)printf("%s:%d: failed: %s\n", file, line, text);
	}
	return ok;
}

__attribute__((unused)) static bool test_check_streq(const char *got, const char *want,
						     const char *file, int line, const char *text)
{
	bool ok = got && want ? strcmp(got, want) == 0 : got == want;

	if (!ok)
		(void)printf("%s:%d: got \"%s\", want \"%s\"\n", file, line, got ? got : "(null)",
			     want ? want : "(null)");
	return test_check(ok, file, line, text);
}

/* True if cond holds, so that what depends on it can be left out. */
#define CHECK(cond) test_check((cond), __FILE__, __LINE__, #cond)
/* The same for two strings (or NULLs), showing both. */
#define CHECK_STREQ(got, want) \
	test_check_streq((got), (want), __FILE__, __LINE__, #got " is " #want)

/* Print "N passed, M failed"; the exit code for main. */
__attribute__((unused)) static int test_report(void)
{
	(void)printf("%d passed, %d failed\n", test_passed, test_failed);
	return test_failed != 0;
}
