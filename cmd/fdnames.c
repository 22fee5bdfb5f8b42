/* SPDX-License-Identifier: MIT */
/*
 * systemd calls all descriptors of a socket unit the same, by the name of the unit, and passes them
 * in the order in which they are in the file. The app file may give each a name of its own.
 */
#include "fdnames.h"

#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/text.h"
#include "unitgen/unitgen.h"

/* The name in the next setting from *i on: "" if it has none, NULL if there is no setting left. */
static const char *next_name(const struct app *app, size_t *i)
{
	while (*i < app->n_settings) {
		const struct app_setting *s = &app->settings[(*i)++];
		const char *name;

		if (!streq(s->section, "Container") ||
		    (!streq(s->key, "ListenStream") && !streq(s->key, "ListenDatagram")))
			continue;
		name = s->value + strcspn(s->value, " \t");
		return name + strspn(name, " \t");
	}
	return NULL;
}

int fdnames_set(const struct app *app, const char *unit)
{
	const char *suffix = strrchr(unit, '.'), *old = getenv("LISTEN_FDNAMES");
	auto_free char *socket = NULL;
	auto_buf names = {0};
	size_t i = 0;

	if (!old || !suffix)
		return 0;
	socket = text_format("%.*s.socket", (int)(suffix - unit), unit);
	if (!socket)
		return log_oom();
	for (const char *s = old;; s++) {
		size_t n = strcspn(s, ":");
		bool ours = n == strlen(socket) && memcmp(s, socket, n) == 0;
		const char *name = ours ? next_name(app, &i) : NULL;

		if (name && *name)
			buf_str(&names, name);
		else
			buf_add(&names, s, n);
		s += n;
		if (!*s)
			break;
		buf_char(&names, ':');
	}
	return names.error || setenv("LISTEN_FDNAMES", names.data ? names.data : "", 1) < 0
		       ? log_oom()
		       : 0;
}
