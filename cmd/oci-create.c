/* SPDX-License-Identifier: MIT */
/* nap oci create, run and start. */
#include <errno.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/text.h"
#include "oci.h"

#define PRESERVED_MAX 1000

enum {
	OPT_BUNDLE = 1,
	OPT_CONFIG,
	OPT_PID_FILE,
	OPT_CONSOLE,
	OPT_PRESERVE,
	OPT_NO_PIVOT,
	OPT_NO_KEYRING,
	OPT_NO_SUBREAPER,
	OPT_DETACH,
	OPT_KEEP,
};

#define CREATE_OPTIONS                                                                               \
	{"bundle", 'b', "DIR", "the bundle (default: the working directory)", OPT_BUNDLE, false},    \
		{"config", 'f', "FILE", "read this in the place of config.json", OPT_CONFIG, false}, \
		{"pid-file", 0, "FILE", "write its pid to this file", OPT_PID_FILE, false},          \
		{"console-socket", 0, "SOCKET", "send its terminal there", OPT_CONSOLE, false},      \
		{"preserve-fds", 0, "N", "pass on N descriptors from 3 on", OPT_PRESERVE, false},    \
		{"no-pivot", 0, NULL, "change the root without pivot_root(2)", OPT_NO_PIVOT, true},  \
		{"no-new-keyring", 0, NULL, "leave it our session keyring", OPT_NO_KEYRING, true},   \
	{                                                                                            \
		"no-subreaper", 0, NULL, NULL, OPT_NO_SUBREAPER, true                                \
	}

static const struct arg_option create_options[] = {
	CREATE_OPTIONS,
	{"detach", 'd', NULL, NULL, OPT_DETACH, true}, /* it always does */
	ARG_END,
};

static const struct arg_option run_options[] = {
	CREATE_OPTIONS,
	{"detach", 'd', NULL, "do not wait for its end", OPT_DETACH, true},
	{"keep", 0, NULL, "do not delete it when it has ended", OPT_KEEP, true},
	ARG_END,
};

extern const struct oci_verb oci_verb_create, oci_verb_run, oci_verb_start;

static int take_option(void *data, int id, const char *value)
{
	struct oci_create_options *q = data;

	switch (id) {
	case OPT_BUNDLE:
		q->bundle = value;
		return 0;
	case OPT_CONFIG:
		q->config = value;
		return 0;
	case OPT_PID_FILE:
		q->pid_file = value;
		return 0;
	case OPT_CONSOLE:
		q->console_socket = *value ? value : NULL;
		return 0;
	case OPT_PRESERVE:
		return parse_u32(value, 0, PRESERVED_MAX, &q->preserve_fds) < 0
			       ? args_bad_value(&oci_verb_create.args, id, value, "not a number")
			       : 0;
	case OPT_NO_PIVOT:
		q->no_pivot = streq(value, "true");
		return 0;
	case OPT_NO_KEYRING:
		q->no_new_keyring = streq(value, "true");
		return 0;
	case OPT_NO_SUBREAPER:
		q->no_subreaper = streq(value, "true");
		return 0;
	case OPT_DETACH:
		q->detach = streq(value, "true");
		return 0;
	case OPT_KEEP:
		q->keep = streq(value, "true");
		return 0;
	}
	return -EINVAL;
}

/* Sockets that systemd or an engine passes are passed on without being asked for. */
static int settle_descriptors(struct oci_create_options *q)
{
	const char *text = getenv("LISTEN_FDS");
	uint32_t n;

	if (text && parse_u32(text, 0, PRESERVED_MAX, &n) == 0)
		q->preserve_fds += n;
	return oci_close_inherited(&q->preserve_fds);
}

static int create_or_run(const struct oci_verb *verb, const struct oci_options *o, int argc,
			 char **argv)
{
	struct oci_create_options q = {0};
	auto_free char **args = NULL;
	int r;

	r = oci_verb_parse(verb, argc, argv, take_option, &q, &args);
	if (r == 0)
		r = settle_descriptors(&q);
	if (r != 0)
		return r;
	if (verb == &oci_verb_run)
		return oci_run(o, args[0], &q);
	q.detach = true;
	return oci_create(o, args[0], &q);
}

static int create(const struct oci_options *o, int argc, char **argv)
{
	return create_or_run(&oci_verb_create, o, argc, argv);
}

static int run(const struct oci_options *o, int argc, char **argv)
{
	return create_or_run(&oci_verb_run, o, argc, argv);
}

static int start(const struct oci_options *o, int argc, char **argv)
{
	auto_free char **args = NULL;
	int r = oci_verb_parse(&oci_verb_start, argc, argv, oci_no_option, NULL, &args);

	return r == 0 ? oci_start(o, args[0]) : r;
}

const struct oci_verb oci_verb_create = {
	.args = {"oci create", create_options, 0, 1, 1},
	.arguments = "[OPTION...] ID",
	.help = "make a container of a bundle, up to its process",
	.run = create,
};

const struct oci_verb oci_verb_run = {
	.args = {"oci run", run_options, 0, 1, 1},
	.arguments = "[OPTION...] ID",
	.help = "create a container, start it, and wait for its end",
	.run = run,
};

const struct oci_verb oci_verb_start = {
	.args = {"oci start", oci_no_options, 0, 1, 1},
	.arguments = "ID",
	.help = "start the process of a created container",
	.run = start,
};
