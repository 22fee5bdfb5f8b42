/* SPDX-License-Identifier: MIT */
/* The table of verbs and what every verb is given. One file per verb: parse, call, print. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "image/image.h"
#include "lib/args.h"
#include "runtime/runtime.h"

/* nap.conf(5) and the global options; filled by settings_load before the verb runs. */
struct settings {
	char *root;    /* the store, default /var/lib/nap */
	char *runroot; /* state of what runs, default /run/nap */
	char *scratch; /* what thrown-away containers write, default NULL: in the store */
	struct load_limits limits;
	bool sync; /* [Store] Sync= */
	struct network_defaults network;
};

/* Read nap.conf and its drop-ins (/usr/lib/nap, /run/nap, /etc/nap) over the
 * built-in defaults. Reports file and line of what is wrong. */
int settings_load(struct settings *s);
/* The same from other directories (NULL-terminated), for tests. */
int settings_load_from(struct settings *s, const char *const *directories);
void settings_done(struct settings *s);

enum verb_flags {
	VERB_ROOT = 1 << 0,	 /* needs to be root */
	VERB_PROGRAM = 1 << 1,	 /* lives in nap-image, which is executed instead */
	VERB_RUN_CODES = 1 << 2, /* exit codes of nap run: 125 for what nap itself failed at */
	VERB_HIDDEN = 1 << 3,	 /* not in the list of `nap help` */
	VERB_NO_CONF = 1 << 4,	 /* nothing of nap.conf is its business: it is not read */
};

struct verb {
	struct arg_spec args;  /* name, option table, number of positional arguments */
	const char *arguments; /* usage after the name: "[OPTION...] IMAGE [COMMAND...]" */
	const char *help;      /* one line, lower case, no full stop */
	unsigned flags;
	/* argv[0] is the verb. Returns the exit code, or a negative errno or ARGS_USAGE after
	 * reporting; main turns those into 1 and 2 (125 with VERB_RUN_CODES). */
	int (*run)(const struct settings *settings, int argc, char **argv);
};

/* args_parse for a verb; prints the help itself when that was asked for, and returns ARGS_HELP. */
int verb_parse(const struct verb *verb, int argc, char **argv, arg_handler handler, void *data,
	       char ***ret_args);
/* The options that stand before the verb. */
extern const struct arg_option verbs_options[];
/* Run the verb argv[0] of this program's table. Returns the exit code of the process. */
int verbs_main(const struct verb *const *verbs, int argc, char **argv);
