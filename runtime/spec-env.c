/* SPDX-License-Identifier: MIT */
/*
 * The environment of the app, later entries overriding earlier ones: defaults, the image's, the
 * host's where it was asked for, env files, single variables.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/image.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "origin.h"
#include "spec-parts.h"

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* NAME=value, or NAME: as it is in our own environment, which may be that it is not set. */
static int add_env(struct spec *spec, const struct request *q, const char *text, const char *option)
{
	auto_free char *name = strndup(text, strcspn(text, "="));
	auto_free char *assignment = NULL;
	const char *value;

	if (!name)
		return log_oom();
	if (!env_name_is_valid(name))
		return request_refuse(q, option, text, "not NAME=VALUE");
	if (!strchr(text, '=')) {
		value = getenv(name);
		if (!value) {
			env_unset(spec->env, name);
			return 0;
		}
		assignment = text_format("%s=%s", name, value);
		if (!assignment)
			return log_oom();
		text = assignment;
	}
	return env_set(&spec->env, text) < 0 ? log_oom() : 0;
}

/* docker's env files: one assignment a line, '#' comments, no quoting. */
static int add_env_file(struct spec *spec, const struct request *q, const char *path)
{
	auto_free char *text = NULL;
	size_t len;
	char *rest, *line;
	int r;

	r = fs_read_file(AT_FDCWD, path, 1U << 20, &text, &len);
	if (r < 0) {
		struct origin o = request_origin(q, "env-file", path);

		return log_fail(r, "%s %s", o.text, path);
	}
	if (strlen(text) != len)
		return request_refuse(q, "env-file", path, "holds a NUL byte");
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		size_t n = strlen(line);

		while (n > 0 && line[n - 1] == '\r')
			line[--n] = '\0';
		line += strspn(line, " \t");
		if (!*line || *line == '#')
			continue;
		r = add_env(spec, q, line, "env-file");
		if (r < 0)
			return r;
	}
	return 0;
}

/* What of our environment is about this process, and would be wrong for any other. */
static bool is_our_own(const char *assignment)
{
	static const char *const ours[] = {
		"NOTIFY_SOCKET=",
		"LISTEN_PID=",
		"LISTEN_FDS=",
		"LISTEN_FDNAMES=",
		"LISTEN_PIDFDID=",
		"WATCHDOG_PID=",
		"WATCHDOG_USEC=",
		"MAINPID=",
		"MANAGERPID=",
		"SYSTEMD_EXEC_PID=",
		"CREDENTIALS_DIRECTORY=",
		"FDSTORE=",
		"MEMORY_PRESSURE_WATCH=",
		"MEMORY_PRESSURE_WRITE=",
		"NAP_",
	};

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (startswith(assignment, ours[i]))
			return true;
	return false;
}

static int add_host_env(struct spec *spec)
{
	STRV_FOREACH (e, environ)
		if (strchr(*e, '=') && !is_our_own(*e) && env_set(&spec->env, *e) < 0)
			return log_oom();
	return 0;
}

static int add_proxies(struct spec *spec, const struct request *q)
{
	static const char *const names[] = {
		"http_proxy", "https_proxy", "ftp_proxy", "no_proxy",
		"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY",
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names); i++)
		if (getenv(names[i]))
			r = add_env(spec, q, names[i], "env");
	return r;
}

static int add_defaults(struct spec *spec)
{
	auto_free char *hostname = NULL;

	if (strv_add(&spec->env, DEFAULT_PATH) < 0)
		return log_oom();
	/* with another's network its host name is the other one's, too: not known yet */
	if (spec->hostname && spec->network != NETWORK_SHARED) {
		hostname = text_format("HOSTNAME=%s", spec->hostname);
		if (!hostname || strv_add(&spec->env, hostname) < 0)
			return log_oom();
	}
	return spec->terminal && strv_add(&spec->env, "TERM=xterm") < 0 ? log_oom() : 0;
}

int spec_set_env(struct spec *spec, const struct request *q, const struct image_config *c)
{
	int r = add_defaults(spec);

	STRV_FOREACH (e, c->env)
		if (r == 0 && env_set(&spec->env, *e) < 0)
			r = log_oom();
	if (r == 0 && q->env_host)
		r = add_host_env(spec);
	if (r == 0 && q->http_proxy)
		r = add_proxies(spec, q);
	STRV_FOREACH (f, q->env_files)
		if (r == 0)
			r = add_env_file(spec, q, *f);
	STRV_FOREACH (e, q->env)
		if (r == 0)
			r = add_env(spec, q, *e, "env");
	return r;
}
