/* SPDX-License-Identifier: MIT */
/*
 * nap-bus: the program that talks to systemd over D-Bus, executed by nap when that is needed.
 *
 *     nap-bus scope UNIT PID [PROPERTY=VALUE...]
 *
 * What is wrong is said in one line on stdout: nap knows what to make of it.
 */
#include <stdint.h>
#include <stdio.h>

#include "lib/parse.h"
#include "lib/text.h"
#include "unitgen/unitgen.h"

int main(int argc, char **argv)
{
	char why[160];
	uint32_t pid;

	if (argc < 4 || !streq(argv[1], "scope") || parse_u32(argv[3], 1, INT32_MAX, &pid) < 0) {
		(void)puts("nap-bus is called by nap only");
		return 2;
	}
	if (transient_scope_start(argv[2], (pid_t)pid, argv + 4, why) < 0) {
		(void)puts(why);
		return 1;
	}
	return 0;
}
