/* SPDX-License-Identifier: MIT */
/* nap oci events: what a container uses, and its OOM kills, as lines of JSON. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/text.h"
#include "oci.h"

#define INTERVAL_USEC 5000000

enum { OPT_INTERVAL = 1, OPT_STATS };

static const struct arg_option options[] = {
	{"interval", 0, "TIME", "between two statistics (default: 5s)", OPT_INTERVAL, false},
	{"stats", 0, NULL, "print the statistics of now, and end", OPT_STATS, true},
	ARG_END,
};

struct query {
	uint64_t interval_usec;
	bool stats;
};

extern const struct oci_verb oci_verb_events;

static int take_option(void *data, int id, const char *value)
{
	struct query *q = data;

	if (id == OPT_STATS) {
		q->stats = streq(value, "true");
		return 0;
	}
	if (parse_duration(value, &q->interval_usec) < 0 || q->interval_usec == 0)
		return args_bad_value(&oci_verb_events.args, id, value,
				      "not a time greater than 0");
	return 0;
}

/* Whoever reads them waits for each. */
static int print_event(const char *event)
{
	if (puts(event) < 0 || fflush(stdout) != 0)
		return log_fail(-errno, "write the event");
	return 0;
}

static int print_stats(const struct oci_options *o, const char *id)
{
	auto_buf out = {0};
	int r = oci_stats(o, id, &out);

	return r < 0 ? r : print_event(out.data);
}

static int run(const struct oci_options *o, int argc, char **argv)
{
	struct query q = {.interval_usec = INTERVAL_USEC};
	auto_free char **args = NULL;
	int r;

	r = oci_verb_parse(&oci_verb_events, argc, argv, take_option, &q, &args);
	if (r != 0)
		return r;
	return q.stats ? print_stats(o, args[0])
		       : oci_events(o, args[0], q.interval_usec, print_event);
}

const struct oci_verb oci_verb_events = {
	.args = {"oci events", options, 0, 1, 1},
	.arguments = "[OPTION...] ID",
	.help = "print statistics and OOM kills as they happen",
	.run = run,
};
