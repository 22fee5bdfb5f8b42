/* SPDX-License-Identifier: MIT */
/*
 * nap-bus: the program that talks to systemd over D-Bus, executed by nap when that is needed.
 *
 *     nap-bus scope UNIT PID [PROPERTY=VALUE...]
 *     nap-bus set UNIT PROPERTY=VALUE...
 *     nap-bus stop UNIT
 *     nap-bus service UNIT [PROPERTY=VALUE...] -- COMMAND-WHEN-IT-ENDED... -- COMMAND...
 *     nap-bus list PATTERN
 *
 * `set` prints the limits as they were before. What is wrong is said in one line on stdout: nap
 * knows what to make of it.
 */
#include <stdint.h>
#include <stdio.h>

#include "lib/cleanup.h"
#include "lib/parse.h"
#include "lib/text.h"
#include "unitgen/unitgen.h"

static int misused(void)
{
	(void)puts("nap-bus is called by nap only");
	return 2;
}

static int scope(int argc, char **argv, char why[static BUS_WHY_BYTES])
{
	uint32_t pid;

	if (argc < 3 || parse_u32(argv[2], 1, INT32_MAX, &pid) < 0)
		return misused();
	return transient_scope_start(argv[1], (pid_t)pid, argv + 3, why);
}

static int print(int r, const struct buf *out)
{
	if (r == 0 && out->data)
		(void)fputs(out->data, stdout);
	return r;
}

static int set(int argc, char **argv, char why[static BUS_WHY_BYTES])
{
	auto_buf old = {0};

	return argc < 3 ? misused()
			: print(transient_scope_set(argv[1], argv + 2, &old, why), &old);
}

static int stop(int argc, char **argv, char why[static BUS_WHY_BYTES])
{
	return argc != 2 ? misused() : transient_scope_stop(argv[1], why);
}

/* Cut a vector at its first "--"; what follows, or NULL. */
static char **cut(char **v)
{
	for (; *v; v++) {
		if (streq(*v, "--")) {
			*v = NULL;
			return v + 1;
		}
	}
	return NULL;
}

static int service(int argc, char **argv, char why[static BUS_WHY_BYTES])
{
	char **stop_post = argc > 2 ? cut(argv + 2) : NULL;
	char **start = stop_post ? cut(stop_post) : NULL;

	if (!start || !*start || !*stop_post)
		return misused();
	return transient_service_start(argv[1], argv + 2, start, stop_post, why);
}

static int list(int argc, char **argv, char why[static BUS_WHY_BYTES])
{
	auto_buf out = {0};

	return argc != 2 ? misused() : print(unit_list(argv[1], &out, why), &out);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv, char why[static BUS_WHY_BYTES]);
	} verbs[] = {
		{"scope", scope},     {"set", set},   {"stop", stop},
		{"service", service}, {"list", list},
	};
	char why[BUS_WHY_BYTES] = "";

	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(verbs); i++) {
		int r;

		if (!streq(verbs[i].name, argv[1]))
			continue;
		r = verbs[i].run(argc - 1, argv + 1, why);
		if (r < 0)
			(void)puts(why);
		return r < 0 ? 1 : r;
	}
	return misused();
}
