/* SPDX-License-Identifier: MIT */
/*
 * What reads and writes the operator's and systemd's definitions. The whole public face of
 * unitgen/.
 *
 *     web.app  --app_load-->  struct app  --unit_dropin-->  app@web.service.d/50-nap.conf
 *                                         --unit_whole--->  one self-contained unit
 *
 * An app file has the syntax of unit files and the sections [Unit], [Container], [Service] and
 * [Install] (nap.app(5)); it is looked for as NAME.app, then NAME.container, in each directory of
 * $NAP_APPS_PATH (joined by colons) or else of /etc/nap/apps, /run/nap/apps and /usr/lib/nap/apps,
 * the first one found counting, and overlaid with NAME.app.d/ *.conf of all of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/cleanup.h"
#include "lib/parse.h"
#include "lib/text.h"

/* ---- app files (app.c) ---- */

/*
 * One assignment that is in force: an empty one has cleared those before it, and drop-ins are
 * merged. Of a [Container] key that takes several words in a line (KEY_WORDS in keys.c:
 * Environment, AddCapability, Sysctl, Mount, Secret, ...) each word is a setting, unquoted: nobody
 * else splits. Exec and ReloadCmd (quote_split() of lib/quote.h) and Entrypoint
 * (quote_split_command()) are as written, and cannot fail to split. HealthCmd and HealthStartupCmd
 * are a JSON list, a line for the shell, or "none".
 */
struct app_setting {
	char *section, *key,
		*value; /* in [Container] the specifiers are replaced, and a '%' is one; of the
			   template itself %i stays %i. Elsewhere they are systemd's to read */
	char *file;	/* as in messages: "web.app", "web.app.d/10-memory.conf" */
	unsigned line;
};

struct app {
	const struct definition_kind *kind; /* or NULL: an app; or a network (network_load) */
	char *name;	/* "web"; "web@1" is instance "1" of the template web@.app */
	char *instance; /* NULL unless of a template; "" the template itself (nap check, generator)
			 */
	char *path;	/* the main file, absolute; relative paths in it start from its directory */
	struct app_setting *settings; /* every value has been checked by itself */
	size_t n_settings;
};

/*
 * Read the definition of the app name ("web", "web@1", and "web@" for the template itself). Each
 * thing wrong is reported as "web.app:12: Memory=: "12Q": not a size", then -EINVAL; -ENOENT if
 * there is none or it is masked (reported).
 */
int app_load(const char *name, struct app **ret);
/* The same of one file, wherever it is, with the drop-ins beside it. */
int app_load_file(const char *path, struct app **ret);
/* The same as the app name: of a template's file "web@1" is an instance. */
int app_load_file_as(const char *path, const char *name, struct app **ret);
void app_free(struct app *app);
static inline void cleanup_app(struct app **a)
{
	app_free(*a);
}
#define auto_app CLEANUP(cleanup_app)
/* The names of all definitions, sorted, a template's as "web@". Reports. */
int app_names(char ***ret);

/* The directory that new definitions go into: the one that counts most. Allocated. Reports. */
int app_directory(char **ret);

/* The last value of a key of [Container], of a network [Network]; NULL: not set. "" for Entrypoint=
 * alone. */
const char *app_get(const struct app *app, const char *key);
/*
 * The values of a key in order: `for (size_t i = 0; (v = app_next(app, "Container", "Volume",
 * &i));)` NULL at the end.
 */
const char *app_next(const struct app *app, const char *section, const char *key, size_t *i);

/* What there is to know of a setting that does not do what Quadlet's does; or NULL. */
const char *app_setting_note(const struct app *app, const struct app_setting *s);
/* Is it a key of [Container] that none of systemd's sections has? */
bool app_key_is_ours(const char *key);

/* ---- networks (network.c) ---- */

/*
 * NAME.network describes a network: Quadlet's section [Network] (nap.network(5)). It is found and
 * overlaid just as an app file is, so it comes as the same struct, of which app_get and app_next
 * give the keys of [Network]; checked as well: Subnet=, Gateway=, IPRange= are one of each family
 * at most, the latter two within the subnet of theirs.
 */
int network_load(const char *name, struct app **ret);
/* The same of one file, wherever it is, with the drop-ins beside it. */
int network_load_file(const char *path, struct app **ret);
/* The names of all of them, sorted. Reports. */
int network_names(char ***ret);

/* ---- references to other apps (reference.c) ---- */

/* Is it one of the keys of [Unit] whose words are units, or apps by their files? */
bool reference_key(const char *key);
/* The app that a word of n bytes names: "db" of "db.app" and "db.container"; else NULL. The caller
 * frees. */
char *reference_app(const char *word, size_t n);

/* Does it name a network, "back.network"? No unit is made of such a word: networks are made on
 * demand. */
bool reference_is_network(const char *word, size_t n);

/* ---- units (unit.c); out of memory shows in the buffer ---- */

/* The drop-in that makes app@NAME.service, an instance of the packaged template, this app's. */
void unit_dropin(const struct app *app, struct buf *out);
/* The drop-in of app@NAME.socket; false: the app listens on none. */
bool unit_socket_dropin(const struct app *app, struct buf *out);
/* One whole, self-contained unit NAME.service that needs no generator; other apps are NAME.service
 * as well in it. */
void unit_whole(const struct app *app, struct buf *out);
/* NAME.socket, its socket unit; false: the app listens on none. */
bool unit_socket_whole(const struct app *app, struct buf *out);

/* ---- units as files (install.c); these report ---- */

/* Write the drop-ins of app below the directory of units dirfd. */
int unit_write_dropins(int dirfd, const struct app *app);
/*
 * Write the whole units of the apps below dirfd: NAME.service (or what ServiceName= says) and
 * NAME.socket, and what [Install] asks for as symlinks. Goes on after what failed.
 */
int unit_write_whole(int dirfd, struct app *const *apps, size_t n);
/*
 * Note that the template instance name ("web@1") is used, in the directory of units dirfd, where
 * nap-generator looks: it has its drop-ins after the next daemon-reload.
 */
int unit_write_instance(int dirfd, const char *name);

/* ---- nap-bus only (transient.c, bus-job.c, unit-list.c); why gets a reason for people ---- */

#define BUS_WHY_BYTES 512

/*
 * Make the transient scope unit around the process pid and wait until it is there. assignments:
 * NULL-terminated "Property=value" (systemd.resource-control(5) by their D-Bus names, as listed in
 * bus-property.c, or "@Property=VARIANT"). 0, or negative errno with a reason in why. Does not
 * report.
 */
int transient_scope_start(const char *unit, pid_t pid, char *const *assignments,
			  char why[static BUS_WHY_BYTES]);
/* Change its properties: "NAME=VALUE\n" of each limit as it was before is appended to old. End it,
 * and wait until it has ended (0 if there is none). As above. */
int transient_scope_set(const char *unit, char *const *assignments, struct buf *old,
			char why[static BUS_WHY_BYTES]);
int transient_scope_stop(const char *unit, char why[static BUS_WHY_BYTES]);
/*
 * Make the transient service unit that runs start, and stop_post when it has ended, and wait until
 * it is ready or has failed, for which its status text is the reason. As above.
 */
int transient_service_start(const char *unit, char *const *assignments, char *const *start,
			    char *const *stop_post, char why[static BUS_WHY_BYTES]);
/* Append "UNIT ACTIVE-STATE SUB-STATE\n" of each loaded unit whose name matches the glob pattern.
 * As above. */
int unit_list(const char *pattern, struct buf *out, char why[static BUS_WHY_BYTES]);
