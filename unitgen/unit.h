/* SPDX-License-Identifier: MIT */
/* What the files that write units share. */
#pragma once

#include <stdbool.h>

#include "unitgen.h"

struct unit {
	const struct app *app;
	bool whole; /* NAME.service, which stands alone; else a drop-in of app@NAME.service */
	struct buf *out;
	struct app *const *others; /* what else becomes whole units, for what they are called */
	size_t n_others;
};

/* What the whole unit of an app is called, without its suffix. */
const char *unit_base(const struct app *app);
/* Append the whole units; what else they need is in u. */
void unit_add_whole(const struct unit *u);
bool unit_add_whole_socket(const struct unit *u);

/* Append the name of an app's (NULL: its own) unit of this kind, suffix "service" or "socket". */
void unit_name(const struct unit *u, struct buf *out, const char *app, const char *suffix);
/* What names the app on the command lines of its unit: "%i", or the name, with "%i" in a template.
 */
void unit_id(const struct unit *u, struct buf *out);
/* Does the app have a socket unit? */
bool unit_listens(const struct app *app);

/* [Unit]: what the app's own settings and its [Container] ask for (unit-depend.c). */
void unit_add_dependencies(const struct unit *u);
/* Append the other apps that it names to *names. Reports. */
int unit_named_apps(const struct app *app, char ***names);
/* [Service]: what its [Container] asks for (unit-service.c). */
void unit_add_service(const struct unit *u);
/* Escaped text of [Container]: in a template's unit its %i is the unit's. */
void unit_add_plain(const struct unit *u, const struct buf *text);
/* Can this be the key of an assignment? */
bool unit_key_is_valid(const char *key);
/* The operator's own value, in which the specifiers mean the app. */
void unit_add_own(const struct unit *u, struct buf *out, const char *value);

/* The drop-in of an app whose file cannot be read. */
void unit_broken(const char *name, const char *path, struct buf *out);
/* Write text as app@APP.SUFFIX.d/50-nap.conf below dirfd (install.c). Reports. */
int unit_write_drop_in(int dirfd, const char *app, const char *suffix, struct buf *text);
