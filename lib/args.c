/* SPDX-License-Identifier: MIT */
/* The one option parser. getopt_long is not used: its tables cannot carry help, and it prints. */
#include "args.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "parse.h"
#include "text.h"

static const struct arg_option *find_long(const struct arg_option *o, const char *name, size_t n)
{
	for (; o->id; o++)
		if (o->name && strlen(o->name) == n && strncmp(o->name, name, n) == 0)
			return o;
	return NULL;
}

static const struct arg_option *find_letter(const struct arg_option *o, char letter)
{
	for (; o->id; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

struct parser {
	const struct arg_spec *spec;
	int argc, at;
	char **argv;
	arg_handler handler;
	void *data;
};

static int unknown(const struct parser *p, const char *arg, int len)
{
	(void)log_refuse(ARGS_USAGE, "%s: unknown option %.*s", p->spec->verb, len, arg);
	log_hint("nap %s --help lists the options", p->spec->verb);
	return ARGS_USAGE;
}

static int parse_long(struct parser *p, const char *arg)
{
	const char *name = arg + 2, *equals = strchr(name, '=');
	size_t n = equals ? (size_t)(equals - name) : strlen(name);
	const struct arg_option *o = find_long(p->spec->options, name, n);
	bool on = true;

	if (!equals && streq(name, "help"))
		return ARGS_HELP;
	if (!o)
		return unknown(p, arg, (int)n + 2);
	if (o->value) {
		if (!equals && p->at >= p->argc)
			return log_refuse(ARGS_USAGE, "%s: --%s needs a value (%s)", p->spec->verb,
					  o->name, o->value);
		return p->handler(p->data, o->id, equals ? equals + 1 : p->argv[p->at++]);
	}
	if (equals && !o->optional_bool)
		return log_refuse(ARGS_USAGE, "%s: --%s takes no value", p->spec->verb, o->name);
	if (equals && parse_bool(equals + 1, &on) < 0)
		return args_bad_value(p->spec, o->id, equals + 1, "not true or false");
	return p->handler(p->data, o->id, o->optional_bool ? (on ? "true" : "false") : NULL);
}

static int parse_letters(struct parser *p, const char *arg)
{
	for (const char *c = arg + 1; *c; c++) {
		const struct arg_option *o = find_letter(p->spec->options, *c);
		int r;

		if (!o && *c == 'h')
			return ARGS_HELP;
		if (!o) {
			char dashed[3] = {'-', *c, 0};

			return unknown(p, dashed, 2);
		}
		if (o->value) {
			const char *value = c + 1;

			if (*value == '=')
				value++;
			else if (!*value) {
				if (p->at >= p->argc)
					return log_refuse(ARGS_USAGE, "%s: -%c needs a value (%s)",
							  p->spec->verb, *c, o->value);
				value = p->argv[p->at++];
			}
			return p->handler(p->data, o->id, value);
		}
		r = p->handler(p->data, o->id, o->optional_bool ? "true" : NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_count(const struct arg_spec *spec, int n)
{
	if (n < spec->min_positional)
		(void)log_refuse(ARGS_USAGE, "%s: too few arguments", spec->verb);
	else if (spec->max_positional >= 0 && n > spec->max_positional)
		(void)log_refuse(ARGS_USAGE, "%s: too many arguments", spec->verb);
	else
		return 0;
	log_hint("nap %s --help shows how it is used", spec->verb);
	return ARGS_USAGE;
}

int args_parse(const struct arg_spec *spec, int argc, char **argv, arg_handler handler, void *data,
	       char ***ret_args)
{
	struct parser p = {spec, argc, 1, argv, handler, data};
	auto_free char **args = calloc((size_t)argc + 1, sizeof(char *));
	bool options_ended = false;
	int n = 0, r;

	if (!args)
		return log_oom();
	while (p.at < argc) {
		char *arg = argv[p.at++];

		if (!options_ended && streq(arg, "--")) {
			options_ended = true;
		} else if (!options_ended && arg[0] == '-' && arg[1]) {
			r = arg[1] == '-' ? parse_long(&p, arg) : parse_letters(&p, arg);
			if (r != 0)
				return r;
		} else {
			args[n++] = arg;
			if (spec->stop_at && n >= spec->stop_at)
				options_ended = true;
		}
	}
	r = check_count(spec, n);
	if (r < 0)
		return r;
	*ret_args = TAKE_PTR(args);
	return 0;
}

void args_print_options(const struct arg_option *options)
{
	for (const struct arg_option *o = options; o->id; o++) {
		char left[64];
		int n = 0;

		if (!o->help)
			continue;
		n += snprintf(left, sizeof(left), o->letter ? "-%c" : "  ", o->letter);
		if (o->name)
			n += snprintf(left + n, sizeof(left) - (size_t)n, "%c --%s",
				      o->letter ? ',' : ' ', o->name);
		if (o->value)
			(void)snprintf(left + n, sizeof(left) - (size_t)n, " %s", o->value);
		(void)printf("  %-30s %s\n", left, o->help);
	}
}

int args_bad_value(const struct arg_spec *spec, int id, const char *value, const char *why)
{
	for (const struct arg_option *o = spec->options; o->id; o++) {
		if (o->id != id)
			continue;
		if (o->name)
			return log_refuse(ARGS_USAGE, "%s: --%s: \"%s\": %s", spec->verb, o->name,
					  value, why);
		return log_refuse(ARGS_USAGE, "%s: -%c: \"%s\": %s", spec->verb, o->letter, value,
				  why);
	}
	return log_refuse(ARGS_USAGE, "%s: \"%s\": %s", spec->verb, value, why);
}
