/* SPDX-License-Identifier: MIT */
/* Walking a command line by the verb's table, up to the word that is being typed. */
#include "complete.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "program.h"

struct completion {
	const struct settings *settings;
	complete_source source;
	char *const *words; /* the last one is being typed */
	size_t n;
};

/* Where the word that is being typed stands. */
struct position {
	const struct arg_option *value_of; /* it is the value of this option */
	bool options_ended;
	int positional; /* how many positional arguments stand before it */
};

void complete_print(const char *prefix, const char *word, const char *help)
{
	if (startswith(word, prefix))
		(void)printf(help ? "%s\t%s\n" : "%s\n", word, help);
}

/* ---- placeholders ---- */

static void print_kind(const struct completion *c, const char *kind, const char *prefix)
{
	static const char *const paths[] = {"FILE", "[SRC:]DST[:OPTIONS]", "SRC[:DST][:rwm]"};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (streq(kind, paths[i]))
			(void)puts(":files");
	if (streq(kind, "DIR"))
		(void)puts(":directories");
	else if (islower((unsigned char)*kind))
		complete_print(prefix, kind, NULL);
	else if (c->source)
		c->source(c->settings, kind, prefix);
}

/* "private|host" are words to choose from, "FILE|APP" two kinds. */
static void print_placeholder(const struct completion *c, const char *placeholder,
			      const char *prefix)
{
	auto_free char *copy = strdup(placeholder);
	char *rest = copy, *kind;

	while (copy && (kind = strsep(&rest, "|")))
		print_kind(c, kind, prefix);
}

/* The placeholder of a positional argument, from the usage: "[OPTION...] IMAGE [COMMAND...]". */
static char *placeholder_of(const char *usage, int positional)
{
	auto_free char *copy = strdup(usage);
	char *rest = copy, *token;

	while (copy && (token = strsep(&rest, " "))) {
		bool repeated = strstr(token, "...") != NULL;

		token += strspn(token, "[");
		token[strcspn(token, ".]")] = '\0';
		if (streq(token, "|"))
			break;
		if (*token == '-' || streq(token, "OPTION"))
			continue;
		if (positional-- == 0 || repeated)
			return strdup(token);
	}
	return NULL;
}

/* ---- options ---- */

static const struct arg_option *find_long(const struct arg_option *options, const char *name,
					  size_t n)
{
	for (const struct arg_option *o = options; o && o->id; o++)
		if (o->name && strlen(o->name) == n && strncmp(o->name, name, n) == 0)
			return o;
	return NULL;
}

static const struct arg_option *find_letter(const struct arg_option *options, char letter)
{
	for (const struct arg_option *o = options; o && o->id; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

/* The option in word whose value is the next word; NULL if there is none. */
static const struct arg_option *wants_value(const struct arg_option *options, const char *word)
{
	const struct arg_option *o;

	if (word[1] == '-') {
		o = strchr(word, '=') ? NULL : find_long(options, word + 2, strlen(word + 2));
		return o && o->value ? o : NULL;
	}
	for (const char *c = word + 1; *c; c++) {
		o = find_letter(options, *c);
		if (o && o->value)
			return c[1] ? NULL : o;
	}
	return NULL;
}

static void print_options(const struct arg_option *options, const char *prefix)
{
	for (const struct arg_option *o = options; o && o->id; o++) {
		char text[64];

		if (!o->help)
			continue;
		if (o->name)
			(void)snprintf(text, sizeof(text), "--%s", o->name);
		else
			(void)snprintf(text, sizeof(text), "-%c", o->letter);
		complete_print(prefix, text, o->help);
	}
	complete_print(prefix, "--help", "show how it is used");
}

/* "--name=VAL": the candidates are whole words. */
static void print_attached(const struct completion *c, const struct arg_option *options,
			   const char *word)
{
	const char *equals = strchr(word, '=');
	const struct arg_option *o = find_long(options, word + 2, (size_t)(equals - word) - 2);

	if (!o || !o->value)
		return;
	/* the shell puts the part before '=' back */
	print_placeholder(c, o->value, equals + 1);
}

/* ---- the command line ---- */

/* Walk the words from at to the one that is being typed; stop_at as in struct arg_spec. */
static struct position walk(const struct completion *c, size_t at, const struct arg_option *options,
			    int stop_at)
{
	struct position p = {0};

	for (; at + 1 < c->n; at++) {
		const char *word = c->words[at];

		if (p.value_of) {
			p.value_of = NULL;
		} else if (!p.options_ended && streq(word, "--")) {
			p.options_ended = true;
		} else if (!p.options_ended && word[0] == '-' && word[1]) {
			p.value_of = wants_value(options, word);
		} else {
			p.positional++;
			p.options_ended |= stop_at && p.positional >= stop_at;
		}
	}
	return p;
}

static void complete_verb(const struct completion *c, const struct verb *v, size_t at)
{
	struct position p = walk(c, at, v->args.options, v->args.stop_at);
	const char *word = c->words[c->n - 1];
	auto_free char *placeholder = NULL;

	if (p.value_of) {
		print_placeholder(c, p.value_of->value, word);
	} else if (!p.options_ended && *word == '-') {
		if (strchr(word, '='))
			print_attached(c, v->args.options, word);
		else
			print_options(v->args.options, word);
	} else {
		placeholder = placeholder_of(v->arguments, p.positional);
		if (placeholder)
			print_placeholder(c, placeholder, word);
	}
}

static void print_verbs(const struct verb *const *verbs, const char *prefix)
{
	for (; *verbs; verbs++)
		if (!((*verbs)->flags & VERB_HIDDEN))
			complete_print(prefix, (*verbs)->args.verb, (*verbs)->help);
	complete_print(prefix, "help", "list the verbs, or the options of one");
}

/* The verb among the words, after the options that stand before it; n if it is not there yet. */
static size_t find_verb_word(const struct completion *c, const struct arg_option **ret_value_of)
{
	*ret_value_of = NULL;
	for (size_t i = 0; i + 1 < c->n; i++) {
		if (*ret_value_of)
			*ret_value_of = NULL;
		else if (c->words[i][0] == '-')
			*ret_value_of = wants_value(verbs_options, c->words[i]);
		else
			return i;
	}
	return c->n;
}

static const struct verb *find_verb(const struct verb *const *verbs, const char *name)
{
	for (; *verbs; verbs++)
		if (streq((*verbs)->args.verb, name))
			return *verbs;
	return NULL;
}

int complete_run(const struct verb *const *verbs, complete_source source,
		 const struct settings *settings, int argc, char **argv)
{
	char *const *words = argc > 1 && streq(argv[1], "--") ? argv + 2 : argv + 1;
	struct completion c = {settings, source, words, strv_len(words)};
	const struct arg_option *value_of;
	const struct verb *v;
	size_t at;

	if (c.n == 0)
		return 0;
	at = find_verb_word(&c, &value_of);
	if (at < c.n) {
		v = find_verb(verbs, words[at]);
		if (v && (v->flags & VERB_PROGRAM))
			return v->run(settings, argc, argv); /* its table is there */
		if (v)
			complete_verb(&c, v, at + 1);
		else if (streq(words[at], "help"))
			print_verbs(verbs, words[c.n - 1]);
	} else if (value_of) {
		print_placeholder(&c, value_of->value, words[c.n - 1]);
	} else if (words[c.n - 1][0] == '-') {
		print_options(verbs_options, words[c.n - 1]);
	} else {
		print_verbs(verbs, words[c.n - 1]);
	}
	return 0;
}
