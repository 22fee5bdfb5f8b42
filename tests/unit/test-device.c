/* SPDX-License-Identifier: MIT */
/* docker's --device. */
#include "test.h"

#include <errno.h>

#include "lib/cleanup.h"
#include "lib/device.h"

static const struct {
	const char *text, *want; /* NULL: refused */
} cases[] = {
	{"/dev/null", "/dev/null /dev/null rwm"},
	{"/dev/null:/dev/zero", "/dev/null /dev/zero rwm"},
	{"/dev/null:/dev/a/../b:r", "/dev/null /dev/b r"},
	{"/dev/null:rw", "/dev/null /dev/null rw"},
	{"/srv/node:/dev/node", "/srv/node /dev/node rwm"},
	{"", NULL},
	{"null", NULL},
	{"/srv/node", NULL},
	{"/dev", NULL},
	{"/dev/../etc", NULL},
	{"/dev/null:null", NULL},
	{"/dev/null:", NULL},
	{"/dev/null:rwx", NULL},
	{"/dev/null:rwmm", NULL},
	{"/dev/null:/dev/null:", NULL},
	{"/dev/null:/dev/null:r:w", NULL},
};

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(device_done)
		struct device_spec d = {0};
		const char *why = NULL;
		char got[80];

		if (device_parse(cases[i].text, &d, &why) < 0) {
			CHECK_STREQ(NULL, cases[i].want);
			CHECK(why && !d.source);
			continue;
		}
		(void)snprintf(got, sizeof(got), "%s %s %s", d.source, d.target, d.access);
		CHECK_STREQ(got, cases[i].want);
	}
	return test_report();
}
