/* SPDX-License-Identifier: MIT */
/* What the names of units stand for. */
#include "test.h"

#include <stdlib.h>

#include "cmd/service.h"
#include "lib/cleanup.h"

static const struct {
	const char *typed, *name;
} cases[] = {
	{"web", "web"},
	{"worker@1", "worker@1"},
	{"app@web", "web"},
	{"app@web.service", "web"},
	{"app@worker@1.service", "worker@1"},
	{"app@worker@1", "worker@1"},
	{"nap-job.service", "job"},
	/* an app may be called like this */
	{"nap-job", "nap-job"},
	{"web.service", "web.service"},
	{"app", "app"},
	{"app@", "app@"},
	{"app@.service", "app@.service"},
	{"nap-.service", "nap-.service"},
	{"", ""},
};

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *name = service_name(cases[i].typed);

		CHECK_STREQ(name, cases[i].name);
	}
	return test_report();
}
