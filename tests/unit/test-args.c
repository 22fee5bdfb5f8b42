/* SPDX-License-Identifier: MIT */
/* Command lines: every way to write an option, where options end, and what is refused. */
#include "test.h"

#include <fcntl.h>
#include <stdlib.h>

#include "lib/args.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/text.h"

static const struct arg_option options[] = {
	{"name", 'n', "NAME", "a value", 1, false},
	{"quiet", 'q', NULL, "a flag", 2, false},
	{"tty", 't', NULL, "a flag of docker's kind", 3, true},
	{"long-only", 0, "X", "no letter", 4, false},
	{NULL, 'x', NULL, "no long name", 5, false},
	ARG_END,
};

static int collect(void *data, int id, const char *value)
{
	struct buf *b = data;

	buf_fmt(b, "%d=%s ", id, value ? value : "(null)");
	return value && streq(value, "refuse") ? ARGS_USAGE : 0;
}

static const struct {
	const char *line; /* blanks separate arguments */
	int stop_at;
	const char *want; /* options, then '|', then positional arguments; NULL: refused */
} cases[] = {
	{"", 0, "|"},
	{"a b", 0, "|a b "},
	{"--name=v a", 0, "1=v |a "},
	{"--name v a", 0, "1=v |a "},
	{"--name= a", 0, "1= |a "},
	{"--name=a=b", 0, "1=a=b |"},
	{"-n v", 0, "1=v |"},
	{"-nv", 0, "1=v |"},
	{"-n=v", 0, "1=v |"},
	{"-n -q", 0, "1=-q |"},
	{"--name --", 0, "1=-- |"},
	{"-qx", 0, "2=(null) 5=(null) |"},
	{"-qtn v", 0, "2=(null) 3=true 1=v |"},
	{"-qtnv", 0, "2=(null) 3=true 1=v |"},
	{"-t --tty --tty=false --tty=1", 0, "3=true 3=true 3=false 3=true |"},
	{"a -q b", 0, "2=(null) |a b "},
	{"a -- -q", 0, "|a -q "},
	{"-- -- a", 0, "|-- a "},
	{"- a", 0, "|- a "},
	{"a -q b", 1, "|a -q b "},
	{"-q a --bogus", 1, "2=(null) |a --bogus "},
	{"-q -- a -q -- b", 1, "2=(null) |a -q -- b "},
	{"a -q b -q", 2, "2=(null) |a b -q "},
	{"--bogus", 0, NULL},
	{"--nam v", 0, NULL},
	{"-z", 0, NULL},
	{"-q-", 0, NULL},
	{"--=v", 0, NULL},
	{"--name", 0, NULL},
	{"-qn", 0, NULL},
	{"--quiet=true", 0, NULL},
	{"--tty=maybe", 0, NULL},
	{"--name refuse", 0, NULL},
	{"a b c d e", 0, NULL},
};

static int parse(const char *text, int stop_at, struct buf *out)
{
	struct arg_spec spec = {"test", options, stop_at, 0, 4};
	auto_free char *copy = strdup(text);
	auto_free char **args = NULL;
	char *argv[16], *save = NULL;
	int argc = 0, r;

	argv[argc++] = copy;
	for (char *s = strtok_r(copy, " ", &save); s; s = strtok_r(NULL, " ", &save))
		argv[argc++] = s;
	argv[argc] = NULL;
	r = args_parse(&spec, argc, argv, collect, out, &args);
	buf_char(out, '|');
	for (char **a = args; a && *a; a++)
		buf_fmt(out, "%s ", *a);
	return r;
}

int main(void)
{
	auto_buf help = {0};

	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_buf b = {0};
		int r = parse(cases[i].line, cases[i].stop_at, &b);

		if (!CHECK(r == (cases[i].want ? 0 : ARGS_USAGE)))
			(void)printf("\t%s\n", cases[i].line);
		if (cases[i].want)
			CHECK_STREQ(b.data, cases[i].want);
	}
	CHECK(parse("--help", 0, &help) == ARGS_HELP);
	CHECK(parse("-qh", 0, &help) == ARGS_HELP);
	CHECK(parse("a --help", 1, &help) == 0);
	{
		struct arg_spec spec = {"test", options, 0, 1, 1};
		static char verb[] = "test";
		char *argv[] = {verb, NULL};
		char **args = NULL;

		CHECK(args_parse(&spec, 1, argv, collect, NULL, &args) == ARGS_USAGE && !args);
	}
	return test_report();
}
