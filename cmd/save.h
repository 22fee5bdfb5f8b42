/* SPDX-License-Identifier: MIT */
/* nap run --save: the app file that corresponds to a command line. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* An option as it was given: its long name, and its value ("true" and "false" of a flag). */
struct given_option {
	const char *name, *value;
};

struct save {
	const char *name; /* of the app */
	const struct given_option *options;
	size_t n_options;
	const char *image;    /* a name, or an absolute path */
	char *const *command; /* NULL-terminated */
	bool force;	      /* replace a file that is there */
	bool print;	      /* to stdout, and nothing else */
};

/* Write NAME.app into the first directory of app files and tell what comes next. Reports. */
int save_app(const struct save *save);
