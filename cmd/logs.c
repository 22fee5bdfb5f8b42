/* SPDX-License-Identifier: MIT */
/* nap logs: journalctl -u, with docker's spellings of its options. */
#include <errno.h>

#include "cmd.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "runtime/runtime.h"
#include "service.h"
#include "systemctl.h"

enum {
	OPT_FOLLOW = 1,
	OPT_GREP,
	OPT_OUTPUT,
	OPT_TAIL,
	OPT_SINCE,
	OPT_UNTIL,
	OPT_TIMESTAMPS,
	OPT_VERBOSE
};

static const struct arg_option options[] = {
	{"follow", 'f', NULL, "go on printing what is added", OPT_FOLLOW, true},
	{"grep", 'g', "PATTERN", "only lines that match", OPT_GREP, false},
	{"output", 'o', "FORMAT", "how to print lines (cat: as they were written)", OPT_OUTPUT,
	 false},
	{"since", 0, "TIME", "from this time on; 10m is ten minutes ago", OPT_SINCE, false},
	{"tail", 'n', "NUMBER", "only the last lines", OPT_TAIL, false},
	{"timestamps", 't', NULL, "with exact times", OPT_TIMESTAMPS, true},
	{"until", 0, "TIME", "up to this time", OPT_UNTIL, false},
	{"verbose", 'v', NULL, "print the command of journalctl", OPT_VERBOSE, true},
	ARG_END,
};

struct logs_options {
	char **words; /* for journalctl */
	bool verbose;
};

extern const struct verb verb_logs;

static int add(struct logs_options *o, char *word)
{
	return strv_take(&o->words, word) < 0 ? log_oom() : 0;
}

/* docker's times: a time span is that long ago, a bare number the seconds since 1970. The rest is
 * systemd.time(7)'s. */
static int add_time(struct logs_options *o, const char *option, const char *value)
{
	uint64_t usec, number;
	int64_t epoch;

	if (parse_u64(value, 0, INT64_MAX, &number) == 0)
		return add(o, text_format("%s=@%s", option, value));
	if (parse_timestamp(value, &epoch) == 0)
		return add(o, text_format("%s=@%lld", option, (long long)epoch));
	if (parse_duration(value, &usec) == 0)
		return add(o, text_format("%s=-%s", option, value));
	return add(o, text_format("%s=%s", option, value));
}

static int take_option(void *data, int id, const char *value)
{
	struct logs_options *o = data;

	switch (id) {
	case OPT_FOLLOW:
		return streq(value, "true") ? add(o, strdup("--follow")) : 0;
	case OPT_GREP:
		return add(o, text_format("--grep=%s", value));
	case OPT_OUTPUT:
		return add(o, text_format("--output=%s", value));
	case OPT_TAIL:
		return add(o, text_format("--lines=%s", value));
	case OPT_SINCE:
		return add_time(o, "--since", value);
	case OPT_UNTIL:
		return add_time(o, "--until", value);
	case OPT_TIMESTAMPS:
		return streq(value, "true") ? add(o, strdup("--output=short-iso-precise")) : 0;
	case OPT_VERBOSE:
		o->verbose = streq(value, "true");
		return 0;
	}
	return -EINVAL;
}

/* What follows the name is journalctl's, but for what docker spells in another way. *at is moved
 * past the value of an option that has one. */
static int add_word(struct logs_options *o, char *const **at)
{
	static const struct {
		const char *name;
		int id;
	} dockers[] = {{"--since", OPT_SINCE}, {"--tail", OPT_TAIL}, {"--until", OPT_UNTIL}};
	const char *word = *(*at)++;

	if (streq(word, "--timestamps"))
		return take_option(o, OPT_TIMESTAMPS, "true");
	for (size_t i = 0; i < ARRAY_SIZE(dockers); i++) {
		const char *value = startswith(word, dockers[i].name);

		if (value && *value == '=')
			return take_option(o, dockers[i].id, value + 1);
		if (value && !*value && **at)
			return take_option(o, dockers[i].id, *(*at)++);
	}
	return add(o, strdup(word));
}

/* A container that was started by nap run -d has left nothing but its log when it has ended. */
static int add_units(struct logs_options *o, const struct paths *paths, const char *name)
{
	auto_free char *plain = service_name(name);
	auto_free char *unit = NULL;
	int r;

	if (!plain)
		return log_oom();
	r = service_find(paths, name, &unit);
	if (r < 0)
		return r;
	if (unit || endswith(name, ".service"))
		return add(o, text_format("--unit=%s", unit ? unit : name));
	r = add(o, text_format("--unit=app@%s.service", plain));
	return r < 0 ? r : add(o, text_format("--unit=nap-%s.service", plain));
}

static int run(const struct settings *settings, int argc, char **argv)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	struct logs_options o = {0};
	auto_free char **args = NULL;
	char *const *rest;
	int r;

	if (strv_add(&o.words, "journalctl") < 0)
		return log_oom();
	r = verb_parse(&verb_logs, argc, argv, take_option, &o, &args);
	if (r == 0) {
		log_set_context("logs");
		r = add_units(&o, &paths, args[0]);
		for (rest = args + 1; r == 0 && *rest;)
			r = add_word(&o, &rest);
		if (r == 0)
			r = systemctl_exec(o.words, o.verbose);
	}
	strv_free(o.words);
	return r;
}

const struct verb verb_logs = {
	.args = {"logs", options, 1, 1, -1},
	.arguments = "[OPTION...] APP [JOURNALCTL-OPTION...]",
	.help = "show the log of an app",
	.run = run,
};
