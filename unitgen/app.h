/* SPDX-License-Identifier: MIT */
/* What the files that read app files share: app.c, search.c, section.c, specifier.c, rules.c. */
#pragma once

#include <stdbool.h>

#include "unitgen.h"

/* ---- the app (app.c) ---- */

/* Where an assignment stands, for messages. */
struct place {
	const char *file;
	unsigned line;
};

int app_add(struct app *app, const struct place *place, const char *section, const char *key,
	    const char *value);
/* Forget the settings of a key so far. */
void app_clear(struct app *app, const char *section, const char *key);

/* ---- files (search.c) ---- */

/* A file, and its name in messages. */
struct source {
	char *path, *label;
};

struct sources {
	struct source main, *drop_ins;
	size_t n_drop_ins;
};

/* "web@": how the template itself is called. */
bool app_name_is_template(const char *name);
void sources_done(struct sources *s);
/* Find the files of an app on the search path. -ENOENT if there are none or it is masked. Reports.
 */
int sources_find(const char *name, struct sources *ret);
/* The drop-ins beside a file, whose name in messages is as it was typed. Reports. */
int sources_beside(const char *path, const char *name, struct sources *ret);

/* ---- assignments (section.c) ---- */

struct loader {
	struct app *app;
	char unknown[64]; /* the last section that was refused: told once */
};

/* A conf_handler; data is a struct loader. */
int section_take(void *data, const char *file, unsigned line, const char *section, const char *key,
		 const char *value);

/* ---- specifiers (specifier.c) ---- */

/*
 * Replace the specifiers in text. sample: of the template itself, %i is "1", so that the result can
 * be checked. -EINVAL with *ret_why, or -ENOMEM.
 */
int specifier_expand(const struct app *app, bool sample, const char *text, char **ret,
		     const char **ret_why);

/* ---- what they are together (rules.c) ---- */

/* label names the main file. -EINVAL after reporting all that is wrong. */
int rules_check(const struct app *app, const char *label);
