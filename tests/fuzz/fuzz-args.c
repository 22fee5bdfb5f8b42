/* SPDX-License-Identifier: MIT */
/*
 * Command lines, a word each line, for the options of nap run and of others: what was understood,
 * written down in full, is understood as the same.
 */
#include "fuzz.h"

#include "cmd/cmd.h"
#include "lib/cleanup.h"
#include "lib/strv.h"
#include "lib/text.h"

extern const struct verb verb_run, verb_exec, verb_stop, verb_ps;

static const struct verb *const verbs[] = {&verb_run, &verb_exec, &verb_stop, &verb_ps};

struct recorder {
	const struct arg_option *options;
	char **words; /* the options, in full */
};

static int take(void *data, int id, const char *value)
{
	struct recorder *rec = data;
	const struct arg_option *o = rec->options;
	auto_free char *word = NULL;

	while (o->id != id)
		REQUIRE((o++)->id);
	REQUIRE(!value == !(o->value || o->optional_bool));
	if (o->optional_bool)
		REQUIRE(streq(value, "true") || streq(value, "false"));
	if (o->name)
		word = text_format(value ? "--%s=%s" : "--%s", o->name, value);
	else
		word = text_format(value ? "-%c=%s" : "-%c", o->letter, value);
	REQUIRE(word && strv_add(&rec->words, word) == 0);
	return 0;
}

static int parse(const struct arg_spec *spec, char **argv, struct recorder *ret, char ***ret_args)
{
	*ret = (struct recorder){.options = spec->options};
	return args_parse(spec, (int)strv_len(argv), argv, take, ret, ret_args);
}

static bool same(char *const *a, char *const *b)
{
	while (a && *a && b && *b && streq(*a, *b)) {
		a++;
		b++;
	}
	return (!a || !*a) && (!b || !*b);
}

static void check(const struct arg_spec *spec, const struct recorder *rec, char **args)
{
	auto_strv char **argv = NULL;
	auto_free char **args_again = NULL;
	struct recorder again;
	int n = (int)strv_len(args);

	REQUIRE(n >= spec->min_positional);
	REQUIRE(spec->max_positional < 0 || n <= spec->max_positional);
	REQUIRE(strv_add(&argv, spec->verb) == 0 && strv_extend(&argv, rec->words) == 0);
	REQUIRE(strv_add(&argv, "--") == 0 && strv_extend(&argv, args) == 0);
	REQUIRE(parse(spec, argv, &again, &args_again) == 0);
	REQUIRE(same(rec->words, again.words) && same(args, args_again));
	strv_free(again.words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	const struct arg_spec *spec = &verbs[size > 0 ? *data % ARRAY_SIZE(verbs) : 0]->args;
	auto_strv char **argv = NULL;
	auto_free char **args = NULL;
	char *rest = text, *line;
	struct recorder rec;
	int r;

	while ((line = fuzz_line(&rest)))
		REQUIRE(strv_add(&argv, line) == 0);
	r = parse(spec, argv, &rec, &args);
	REQUIRE(r == 0 || r == ARGS_HELP || r == ARGS_USAGE);
	if (r == 0)
		check(spec, &rec, args);
	strv_free(rec.words);
	return 0;
}
