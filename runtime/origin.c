/* SPDX-License-Identifier: MIT */
/*
 * Where a setting comes from. The resolver knows docker's options only; for an app the table here
 * gives the key that stands for one, and the line is that of the assignment which holds the value.
 */
#include "origin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/log.h"
#include "lib/text.h"
#include "unitgen/unitgen.h"

static const struct {
	const char *option, *key;
} keys[] = {
	{"add-host", "AddHost"},
	{"allow", "Allow"},
	{"annotation", "Annotation"},
	{"cap-add", "AddCapability"},
	{"cap-drop", "DropCapability"},
	{"deny", "Deny"},
	{"device", "AddDevice"},
	{"dns", "DNS"},
	{"dns-option", "DNSOption"},
	{"dns-search", "DNSSearch"},
	{"entrypoint", "Entrypoint"},
	{"env", "Environment"},
	{"env-file", "EnvironmentFile"},
	{"group-add", "GroupAdd"},
	{"health-cmd", "HealthCmd"},
	{"health-interval", "HealthInterval"},
	{"health-on-failure", "HealthOnFailure"},
	{"health-retries", "HealthRetries"},
	{"health-start-period", "HealthStartPeriod"},
	{"health-startup-cmd", "HealthStartupCmd"},
	{"health-startup-interval", "HealthStartupInterval"},
	{"health-startup-retries", "HealthStartupRetries"},
	{"health-startup-success", "HealthStartupSuccess"},
	{"health-startup-timeout", "HealthStartupTimeout"},
	{"health-timeout", "HealthTimeout"},
	{"hostname", "HostName"},
	{"ip", "IP"},
	{"ip6", "IP6"},
	{"label", "Label"},
	{"memory", "Memory"},
	{"mount", "Mount"},
	{"network", "Network"},
	{"network-alias", "NetworkAlias"},
	{"pids-limit", "PidsLimit"},
	{"publish", "PublishPort"},
	{"rootfs", "Rootfs"},
	{"security-opt apparmor", "AppArmor"},
	{"security-opt landlock", "Landlock"},
	{"security-opt mask", "Mask"},
	{"security-opt no-new-privileges", "NoNewPrivileges"},
	{"security-opt seccomp", "SeccompProfile"},
	{"security-opt unmask", "Unmask"},
	{"shm-size", "ShmSize"},
	{"stop-signal", "StopSignal"},
	{"sysctl", "Sysctl"},
	{"timezone", "Timezone"},
	{"tmpfs", "Tmpfs"},
	{"ulimit", "Ulimit"},
	{"user", "User"},
	{"userns", "UserNS"},
	{"volume", "Volume"},
	{"workdir", "WorkingDir"},
};

static const char *key_of(const char *option)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (streq(keys[i].option, option))
			return keys[i].key;
	return NULL;
}

/* The assignment that holds value, which may be one word of it, or be longer by the directory that
 * a relative path starts from. */
static const struct app_setting *find_setting(const struct app *app, const char *key,
					      const char *value)
{
	const struct app_setting *found = NULL;

	for (size_t i = 0; i < app->n_settings; i++) {
		const struct app_setting *s = &app->settings[i];

		if (!streq(s->section, "Container") || !streq(s->key, key))
			continue;
		found = s;
		if (strstr(s->value, value) || (*s->value && strstr(value, s->value)))
			break;
	}
	return found;
}

static struct origin app_origin(const struct app *app, const char *key, const char *value)
{
	const struct app_setting *s = find_setting(app, key, value);
	struct origin o;

	if (s)
		(void)snprintf(o.text, sizeof(o.text), "%s:%u: %s=:", s->file, s->line, key);
	else
		(void)snprintf(o.text, sizeof(o.text), "%s: %s=:", app->name, key);
	return o;
}

struct origin request_origin(const struct request *q, const char *option, const char *value)
{
	const char *key = q->app ? key_of(option) : NULL;
	struct origin o;

	if (q->app)
		return app_origin(q->app, key ? key : option, value);
	/* the second word of an option is the beginning of its value */
	(void)snprintf(o.text, sizeof(o.text), "--%.*s:", (int)strcspn(option, " "), option);
	return o;
}

int request_refuse(const struct request *q, const char *option, const char *value, const char *why)
{
	struct origin o = request_origin(q, option, value);

	return log_refuse(-EINVAL, "%s \"%s\": %s", o.text, value, why);
}

int app_refuse(const struct app *app, const char *key, const char *value, const char *why)
{
	struct origin o = app_origin(app, key, value);

	return log_refuse(-EINVAL, "%s \"%s\": %s", o.text, value, why);
}
