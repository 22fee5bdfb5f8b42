/* SPDX-License-Identifier: MIT */
/* What the files that read definitions share: app.c, network.c, search.c, section.c, specifier.c,
 * rules.c. */
#pragma once

#include <stdbool.h>

#include "keys.h"
#include "unitgen.h"

/* ---- kinds of definitions: apps (app.c) and networks (network.c) ---- */

struct definition_kind {
	const char *noun, *a_noun;    /* "app", "an app" */
	const char *suffixes[3];      /* of its files; of two, the first counts */
	const char *section;	      /* the one that is ours */
	const struct key_table *keys; /* in it */
	bool units; /* it becomes a unit: the other sections are more than accepted */
	bool (*name_is_valid)(const char *name);
	const char *names; /* what they are made of */
	/* What the settings must be together; label names the main file. -EINVAL after reporting
	 * all that is wrong. */
	int (*check)(const struct app *app, const char *label);
	/* What there is to know of one that is right; or NULL. */
	const char *(*note)(const struct app_setting *s);
};

extern const struct definition_kind kind_app, kind_network;

/* Read the definition of a name; the same of a file, with the drop-ins beside it. As app_load
 * (unitgen.h). */
int definition_load(const struct definition_kind *kind, const char *name, struct app **ret);
int definition_load_file(const struct definition_kind *kind, const char *path, struct app **ret);

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

/* The setting of one of our keys that is in force, for its place; or NULL. */
const struct app_setting *setting_find(const struct app *app, const char *key);
/* "web.app:3: Key=: "value": why"; -EINVAL. */
int setting_refuse(const struct app_setting *s, const char *why);
/* "web.app:3: Key=: why" about the setting that is in force; -EINVAL. */
int setting_refuse_key(const struct app *app, const char *key, const char *why);

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
/* Find the files of a definition on the search path. -ENOENT if there are none or it is masked.
 * Reports. */
int sources_find(const struct definition_kind *kind, const char *name, struct sources *ret);
/* The drop-ins beside a file, whose name in messages is as it was typed. Reports. */
int sources_beside(const struct definition_kind *kind, const char *path, const char *name,
		   struct sources *ret);
/* The names of all definitions of a kind, sorted. Reports. */
int definition_names(const struct definition_kind *kind, char ***ret);

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

/* The check of struct definition_kind for apps. */
int rules_check(const struct app *app, const char *label);
/* The part of it that is about the network (rules-network.c). */
int rules_network(const struct app *app);
