/* SPDX-License-Identifier: MIT */
/*
 * Command lines from one table per verb: parsing, --help, completions and the check of the manuals
 * all read the same rows. GNU style: --name=value, --name value, -abc, -nVALUE, "--" ends options;
 * options may stand before or after positional arguments.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arg_option {
	const char *name;   /* long name without dashes, or NULL */
	char letter;	    /* short name, or 0 */
	const char *value;  /* what the value is called in help ("SIZE"), NULL for a flag */
	const char *help;   /* one line; NULL: nobody needs to know of it */
	int id;		    /* what the handler is given; unique within the table, > 0 */
	bool optional_bool; /* a flag that also takes --name=true|false (docker's bool flags) */
};

#define ARG_END                               \
	{                                     \
		NULL, 0, NULL, NULL, 0, false \
	}

/* What args_parse and the handlers return beside 0: help was asked for (and is to be printed); the
 * command line is wrong and that was reported. Neither is an exit code or an errno. */
enum { ARGS_HELP = 4096, ARGS_USAGE = -4096 };

/*
 * Called for each option in order; value is NULL for a flag ("true" or "false" as text for
 * optional_bool ones). Returns 0, or negative after reporting.
 */
typedef int (*arg_handler)(void *data, int id, const char *value);

struct arg_spec {
	const char *verb;
	const struct arg_option *options;
	/* Option parsing ends at this positional argument (1: at the first), whose followers belong
	 * to the command to run. 0: options may stand anywhere. */
	int stop_at;
	int min_positional, max_positional; /* max < 0: no limit */
};

/*
 * Parse argv[1..]. *ret_args: the positional arguments, borrowed from argv, in a vector the caller
 * frees with free(). 0; ARGS_USAGE after one line that names the option; ARGS_HELP.
 */
int args_parse(const struct arg_spec *spec, int argc, char **argv, arg_handler handler, void *data,
	       char ***ret_args);
/* Print the rows of a table as help text. */
void args_print_options(const struct arg_option *options);
/* Report "nap VERB: --NAME: "VALUE": WHY" and return ARGS_USAGE: for handlers. */
int args_bad_value(const struct arg_spec *spec, int id, const char *value, const char *why);
