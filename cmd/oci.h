/* SPDX-License-Identifier: MIT */
/* `nap oci VERB`, which is nap-oci VERB: the command line that runtimes of the OCI share. One file
 * per verb or pair of verbs: parse, call, print. */
#pragma once

#include "lib/args.h"
#include "runtime/oci/oci.h"

struct oci_verb {
	struct arg_spec args;  /* its name is "oci NAME" */
	const char *arguments; /* usage after the name: "[OPTION...] ID" */
	const char *help;      /* one line, lower case, no full stop */
	int failure;	       /* the exit code of what fails; 0: 1 */
	/* argv[0] is the verb. The exit code; or a negative errno, ARGS_USAGE or ARGS_HELP after
	 * reporting. */
	int (*run)(const struct oci_options *o, int argc, char **argv);
};

/* As verb_parse. */
int oci_verb_parse(const struct oci_verb *verb, int argc, char **argv, arg_handler handler,
		   void *data, char ***ret_args);
/* For verbs without options: a table, and what is never called. */
extern const struct arg_option oci_no_options[];
int oci_no_option(void *data, int id, const char *value);
/* What whoever called us left open is for nobody whom we execute, but for so many descriptors from
 * 3 on; *preserved becomes how many of these are open without a gap. Reports. */
int oci_close_inherited(unsigned *preserved);
