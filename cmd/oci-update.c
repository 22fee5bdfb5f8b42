/* SPDX-License-Identifier: MIT */
/* nap oci update: limits of a container that runs. */
#include <errno.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "oci.h"

enum { OPT_RESOURCES = 1, OPT_SHARES, OPT_INTEL, OPT_SETTING };

/* Each of the settings is handed on by its name, which is that of the limit in oci_update. */
static const struct arg_option options[] = {
	{"resources", 'r', "FILE", "limits as JSON (- reads standard input)", OPT_RESOURCES, false},
	{"blkio-weight", 0, "WEIGHT", "weight of its disk accesses, 10 to 1000", OPT_SETTING,
	 false},
	{"cpu-burst", 0, "USEC", "what it may save of its quota", OPT_SETTING + 1, false},
	{"cpu-idle", 0, "0|1", "run only when nobody else does", OPT_SETTING + 2, false},
	{"cpu-period", 0, "USEC", "the period of the quota", OPT_SETTING + 3, false},
	{"cpu-quota", 0, "USEC", "processor time in a period; -1: no limit", OPT_SETTING + 4,
	 false},
	{"cpu-rt-period", 0, "USEC", NULL, OPT_SETTING + 5, false},
	{"cpu-rt-runtime", 0, "USEC", NULL, OPT_SETTING + 6, false},
	{"cpu-share", 0, "SHARES", "weight of its processor time, 2 to 262144", OPT_SETTING + 7,
	 false},
	{"cpuset-cpus", 0, "LIST", "processors that it may use (0-3,7)", OPT_SETTING + 8, false},
	{"cpuset-mems", 0, "LIST", "memory nodes that it may use", OPT_SETTING + 9, false},
	{"kernel-memory", 0, "SIZE", NULL, OPT_SETTING + 10, false},
	{"kernel-memory-tcp", 0, "SIZE", NULL, OPT_SETTING + 11, false},
	{"memory", 0, "SIZE", "memory; -1: no limit", OPT_SETTING + 12, false},
	{"memory-reservation", 0, "SIZE", "memory that is not taken from it", OPT_SETTING + 13,
	 false},
	{"memory-swap", 0, "SIZE", "memory and swap together; -1: no limit", OPT_SETTING + 14,
	 false},
	{"pids-limit", 0, "N", "processes; -1: no limit", OPT_SETTING + 15, false},
	{"cpu-shares", 0, "SHARES", NULL, OPT_SHARES, false},
	{"l3-cache-schema", 0, "TEXT", NULL, OPT_INTEL, false},
	{"mem-bw-schema", 0, "TEXT", NULL, OPT_INTEL, false},
	ARG_END,
};

struct query {
	const char *resources;
	char **settings;
};

extern const struct oci_verb oci_verb_update;

static int take_option(void *data, int id, const char *value)
{
	struct query *q = data;
	const char *name;

	if (id == OPT_RESOURCES) {
		q->resources = value;
		return 0;
	}
	if (id == OPT_INTEL)
		return log_refuse(-EOPNOTSUPP, "Intel RDT is not supported");
	name = id == OPT_SHARES ? "cpu-share" : options[id - OPT_SETTING + 1].name;
	return strv_take(&q->settings, text_format("%s=%s", name, value)) < 0 ? log_oom() : 0;
}

static int run(const struct oci_options *o, int argc, char **argv)
{
	auto_free char **args = NULL;
	struct query q = {0};
	int r;

	r = oci_verb_parse(&oci_verb_update, argc, argv, take_option, &q, &args);
	if (r == 0)
		r = oci_update(o, args[0], q.resources, q.settings);
	strv_free(q.settings);
	return r;
}

const struct oci_verb oci_verb_update = {
	.args = {"oci update", options, 0, 1, 1},
	.arguments = "[OPTION...] ID",
	.help = "change the limits of a container",
	.run = run,
};
