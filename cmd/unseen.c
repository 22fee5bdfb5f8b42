/* SPDX-License-Identifier: MIT */
/*
 * An app file that is newer than the last daemon-reload, or an instance of a template that nothing
 * mentions: the unit is the bare template then. nap-generator makes the drop-in as soon as systemd
 * reloads; limits and the like apply at once, what acts before ExecStart= does from the next start.
 */
#include "unseen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/text.h"
#include "systemctl.h"
#include "unitgen/unitgen.h"

#define UNITS "/run/systemd/system"

/* What a start cannot make up for. Of [Service] that is all but what is read later. */
static const struct {
	const char *section;
	bool others; /* keys that do not begin so, rather than those that do */
	const char *prefixes[12];
} early[] = {
	{"Unit",
	 false,
	 {"After", "BindsTo", "Requires", "Requisite", "Wants", "Condition", "Assert",
	  "Conflicts"}},
	{"Container", false, {"Secret", "Listen"}},
	{"Service",
	 true,
	 {"Restart", "Timeout", "Watchdog", "Memory", "CPU", "IO", "Tasks", "ExecReload",
	  "ExecStop", "ExecStartPost", "SuccessExitStatus"}},
};

static bool begins(const char *key, const char *const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (startswith(key, *prefixes))
			return true;
	return false;
}

static bool acts_before_start(const struct app_setting *s)
{
	if (streq(s->key, "Network"))
		return startswith(s->value, "app:") || endswith(s->value, ".container");
	for (size_t i = 0; i < ARRAY_SIZE(early); i++)
		if (streq(s->section, early[i].section))
			return begins(s->key, early[i].prefixes) != early[i].others;
	return false;
}

static int reload(const struct app *app)
{
	static char systemctl[] = "systemctl", reload[] = "daemon-reload";
	char *const argv[] = {systemctl, reload, NULL};
	auto_fd int fd = open(UNITS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return log_fail(-errno, "open %s", UNITS);
	if (app->instance)
		r = unit_write_instance(fd, app->name);
	return r < 0 ? r : systemctl_wait(argv, false);
}

int unseen_tell(const struct app *app)
{
	int r;

	if (getenv("NAP_UNIT_SEEN") || !getenv("NOTIFY_SOCKET") || !systemd_is_running())
		return 0;
	log_info("systemd has not read the settings of %s yet: reloading", app->name);
	r = reload(app);
	if (r < 0)
		return r;
	for (size_t i = 0; i < app->n_settings; i++) {
		const struct app_setting *s = &app->settings[i];

		if (!acts_before_start(s))
			continue;
		(void)log_refuse(-EAGAIN, "%s:%u: %s=: systemd had not read it before this start",
				 s->file, s->line, s->key);
		log_hint("start it again: systemd knows it now");
		return -EAGAIN;
	}
	return 0;
}
