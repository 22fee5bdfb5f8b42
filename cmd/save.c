/* SPDX-License-Identifier: MIT */
/*
 * nap run --save: one table says which key an option becomes. What is written is read back by the
 * parser of app files before it gets its name.
 */
#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/fs.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/quote.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "unitgen/unitgen.h"

/* ---- values ---- */

/* What a file cannot hold without quotes: these values are taken as they are, to the end of the
 * line. */
static int add_plain(struct buf *out, const char *key, const char *value)
{
	size_t n = strlen(value);

	if (strpbrk(value, "\n\r") || (n > 0 && strchr(" \t\\", value[n - 1])) ||
	    (n > 0 && strchr(" \t", *value)))
		return log_refuse(-EINVAL, "\"%s\": cannot be written as a value of %s=", value,
				  key);
	buf_fmt(out, "%s=", key);
	for (; *value; value++)
		buf_str(out, *value == '%' ? "%%" : (char[]){*value, 0});
	buf_char(out, '\n');
	return 0;
}

static int add_words(struct buf *out, const char *key, char *const *words)
{
	auto_buf line = {0};

	for (; *words; words++) {
		auto_buf word = {0};

		for (const char *c = *words; *c; c++)
			buf_str(&word, *c == '%' ? "%%" : (char[]){*c, 0});
		quote_add(&line, word.data ? word.data : "");
		if (word.error)
			return log_oom();
	}
	buf_fmt(out, "%s=%s\n", key, line.data ? line.data : "");
	return line.error || out->error ? log_oom() : 0;
}

static int add_word(struct buf *out, const char *key, const char *word)
{
	char *const words[] = {(char *)word, NULL};

	return add_words(out, key, words);
}

/* App files know no working directory to start from: a relative path of today's. */
static int absolute(const char *path, char **ret)
{
	auto_free char *cwd = NULL;

	if (*path == '/') {
		*ret = strdup(path);
	} else {
		path += startswith(path, "./") ? 2 : 0;
		cwd = getcwd(NULL, 0);
		if (!cwd)
			return log_fail(-errno, "find the working directory");
		*ret = text_format("%s/%s", cwd, path);
	}
	return *ret ? 0 : log_oom();
}

/* ---- one writer for each kind of option ---- */

struct row;
typedef int (*writer)(struct buf *out, const struct row *row, const char *value);

struct row {
	const char *option;
	writer write;
	const char *key;
	bool once; /* the last one counts */
};

static int write_plain(struct buf *out, const struct row *row, const char *value)
{
	return add_plain(out, row->key, value);
}

static int write_word(struct buf *out, const struct row *row, const char *value)
{
	return add_word(out, row->key, value);
}

static int write_bool(struct buf *out, const struct row *row, const char *value)
{
	return add_plain(out, row->key, streq(value, "true") ? "yes" : "no");
}

static int write_path(struct buf *out, const struct row *row, const char *value)
{
	auto_free char *path = NULL;
	int r = absolute(value, &path);

	return r < 0 ? r : add_word(out, row->key, path);
}

/* A read-only app has writable /tmp and /run by default, a container of nap run has not. */
static int write_read_only(struct buf *out, const struct row *row, const char *value)
{
	int r = write_bool(out, row, value);

	return r == 0 && streq(value, "true") ? add_plain(out, "ReadOnlyTmpfs", "no") : r;
}

/* A variable that is taken from our environment has the value of now: a unit has another one. */
static int write_env(struct buf *out, const struct row *row, const char *value)
{
	auto_free char *assignment = NULL;
	const char *ours;

	if (strchr(value, '='))
		return add_word(out, row->key, value);
	ours = getenv(value);
	if (!ours)
		return 0;
	assignment = text_format("%s=%s", value, ours);
	return assignment ? add_word(out, row->key, assignment) : log_oom();
}

static int write_entrypoint(struct buf *out, const struct row *row, const char *value)
{
	return *value ? add_word(out, row->key, value) : add_plain(out, row->key, "");
}

/* SOURCE:TARGET with a path for the source */
static int write_volume(struct buf *out, const struct row *row, const char *value)
{
	auto_free char *path = NULL;
	int r;

	if (*value != '.' || !strchr(value, ':'))
		return add_plain(out, row->key, value);
	r = absolute(value, &path);
	return r < 0 ? r : add_plain(out, row->key, path);
}

static int write_no_health(struct buf *out, const struct row *row, const char *value)
{
	return streq(value, "true") ? add_plain(out, row->key, "none") : 0;
}

/* The namespaces that an app has of its own in any case. */
static int write_private(struct buf *out, const struct row *row, const char *value)
{
	if (streq(value, "private"))
		return 0;
	if (row->key)
		return add_plain(out, row->key, value);
	return log_refuse(-EOPNOTSUPP, "--%s %s: app files have no key for it", row->option, value);
}

static int write_profile(struct buf *out, const char *profile)
{
	auto_free char *path = NULL;
	int r;

	if (streq(profile, "unconfined") || streq(profile, "builtin"))
		return add_plain(out, "SeccompProfile", profile);
	r = absolute(profile, &path);
	return r < 0 ? r : add_plain(out, "SeccompProfile", path);
}

/* "NAME[=VALUE]", or with a colon. */
static int write_security(struct buf *out, const struct row *row, const char *value)
{
	size_t n = strcspn(value, "=:");
	auto_free char *name = strndup(value, n);
	const char *rest = value[n] ? value + n + 1 : "";

	if (!name)
		return log_oom();
	if (streq(name, "no-new-privileges"))
		return add_plain(out, "NoNewPrivileges", *rest ? rest : "yes");
	if (streq(name, "seccomp"))
		return write_profile(out, rest);
	if (streq(name, "apparmor"))
		return add_plain(out, "AppArmor", rest);
	if (streq(name, "landlock"))
		return add_plain(out, "Landlock", rest);
	if (streq(name, "mask"))
		return add_plain(out, "Mask", rest);
	if (streq(name, "unmask"))
		return add_plain(out, "Unmask", rest);
	if (streq(value, "systempaths=unconfined"))
		return add_plain(out, "Unmask", "ALL");
	return log_refuse(-EOPNOTSUPP, "--%s %s: app files have no key for it", row->option, value);
}

/* An app's begins with what the image has there, one of nap run is empty. */
static int write_tmpfs(struct buf *out, const struct row *row, const char *value)
{
	auto_free char *text = NULL;

	if (strstr(value, "tmpcopyup"))
		return add_plain(out, row->key, value);
	text = text_format("%s%cnotmpcopyup", value, strchr(value, ':') ? ',' : ':');
	return text ? add_plain(out, row->key, text) : log_oom();
}

static int write_mount(struct buf *out, const struct row *row, const char *value)
{
	auto_free char *text = NULL;

	if (!strstr(value, "type=tmpfs") || strstr(value, "tmpcopyup"))
		return add_word(out, row->key, value);
	text = text_format("%s,notmpcopyup", value);
	return text ? add_word(out, row->key, text) : log_oom();
}

static int write_nothing(struct buf *out, const struct row *row, const char *value)
{
	(void)out;
	(void)row;
	(void)value;
	return 0;
}

/* A flag that is about this run: fine if it is off. */
static int refuse(struct buf *out, const struct row *row, const char *value)
{
	(void)out;
	if (streq(value, "false"))
		return 0;
	return log_refuse(-EOPNOTSUPP, "--%s: app files have no key for it", row->option);
}

/* In [Service]: the value of --cpus in percent, of which systemd takes two decimals. */
static int write_cpus(struct buf *out, const struct row *row, const char *value)
{
	uint64_t usec;

	if (parse_cpus(value, &usec) < 0)
		return log_refuse(-EINVAL, "--cpus: \"%s\": not a number of processors", value);
	buf_fmt(out, "\n[Service]\n%s=%llu", row->key, (unsigned long long)(usec / 10000));
	if (usec % 10000)
		buf_fmt(out, ".%02llu", (unsigned long long)(usec % 10000 / 100));
	buf_str(out, "%\n");
	return 0;
}

/* ---- the file ---- */

/* In the order of the file; cpus last, in a section of its own. */
static const struct row rows[] = {
	{"entrypoint", write_entrypoint, "Entrypoint", true},
	{"user", write_plain, "User", true},
	{"group-add", write_plain, "GroupAdd", false},
	{"workdir", write_plain, "WorkingDir", true},
	{"env", write_env, "Environment", false},
	{"env-file", write_path, "EnvironmentFile", false},
	{"hostname", write_plain, "HostName", true},
	{"network", write_plain, "Network", false},
	{"ip", write_plain, "IP", true},
	{"ip6", write_plain, "IP6", true},
	{"network-alias", write_plain, "NetworkAlias", false},
	{"publish", write_plain, "PublishPort", false},
	{"expose", write_nothing, NULL, false},
	{"allow", write_plain, "Allow", false},
	{"deny", write_plain, "Deny", false},
	{"add-host", write_plain, "AddHost", false},
	{"dns", write_plain, "DNS", false},
	{"dns-search", write_plain, "DNSSearch", false},
	{"dns-option", write_plain, "DNSOption", false},
	{"volume", write_volume, "Volume", false},
	{"mount", write_mount, "Mount", false},
	{"tmpfs", write_tmpfs, "Tmpfs", false},
	{"read-only", write_read_only, "ReadOnly", true},
	{"shm-size", write_plain, "ShmSize", true},
	{"device", write_word, "AddDevice", false},
	{"memory", write_plain, "Memory", true},
	{"pids-limit", write_plain, "PidsLimit", true},
	{"ulimit", write_plain, "Ulimit", false},
	{"sysctl", write_word, "Sysctl", false},
	{"cap-drop", write_word, "DropCapability", false},
	{"cap-add", write_word, "AddCapability", false},
	{"security-opt", write_security, NULL, false},
	{"init", write_bool, "RunInit", true},
	{"stop-signal", write_plain, "StopSignal", true},
	{"health-cmd", write_plain, "HealthCmd", true},
	{"no-healthcheck", write_no_health, "HealthCmd", true},
	{"health-interval", write_plain, "HealthInterval", true},
	{"health-timeout", write_plain, "HealthTimeout", true},
	{"health-retries", write_plain, "HealthRetries", true},
	{"health-start-period", write_plain, "HealthStartPeriod", true},
	{"userns", write_plain, "UserNS", true},
	{"label", write_word, "Label", false},
	{"annotation", write_word, "Annotation", false},
	{"pid", write_private, "PidMode", true},
	{"ipc", write_private, NULL, true},
	{"uts", write_private, NULL, true},
	{"interactive", refuse, NULL, true},
	{"keep", refuse, NULL, true},
	{"mac-address", refuse, NULL, true},
	{"platform", refuse, NULL, true},
	{"privileged", refuse, NULL, true},
	{"publish-all", refuse, NULL, true},
	{"tty", refuse, NULL, true},
	/* about this command, not about the app */
	{"detach", write_nothing, NULL, true},
	{"dry-run", write_nothing, NULL, true},
	{"force", write_nothing, NULL, true},
	{"quiet", write_nothing, NULL, true},
	{"rm", write_nothing, NULL, true},
	{"save", write_nothing, NULL, true},
	{"name", write_nothing, NULL, true},
	{"cpus", write_cpus, "CPUQuota", true},
};

/* Every option must be known here, also one that run.c has learned since. */
static int check_known(const struct given_option *o)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (streq(rows[i].option, o->name))
			return 0;
	return log_refuse(-EOPNOTSUPP, "--%s: app files have no key for it", o->name);
}

static bool is_last(const struct save *save, size_t at)
{
	for (size_t i = at + 1; i < save->n_options; i++)
		if (streq(save->options[i].name, save->options[at].name))
			return false;
	return true;
}

static int write_row(const struct save *save, const struct row *row, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < save->n_options; i++)
		if (streq(save->options[i].name, row->option) && (!row->once || is_last(save, i)))
			r = row->write(out, row, save->options[i].value);
	return r;
}

static int write_file(const struct save *save, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < save->n_options; i++)
		r = check_known(&save->options[i]);
	buf_str(out, "[Container]\n");
	if (r == 0)
		r = add_plain(out, "Image", save->image);
	if (r == 0 && *save->command)
		r = add_words(out, "Exec", save->command);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(rows); i++)
		r = write_row(save, &rows[i], out);
	return r == 0 && out->error ? log_oom() : r;
}

/* Does it say what the parser takes? */
static int check_file(const char *path)
{
	auto_app struct app *app = NULL;

	return app_load_file(path, &app);
}

static int make_durable(const char *dir)
{
	auto_fd int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? log_fail(-errno, "sync %s", dir) : 0;
}

static int publish(const struct save *save, const char *from, const char *dir, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, save->force ? 0 : RENAME_NOREPLACE) < 0) {
		if (errno != EEXIST)
			return log_fail(-errno, "make %s", to);
		(void)log_refuse(-EEXIST, "%s is there already", to);
		log_hint("--force replaces it");
		return -EEXIST;
	}
	return make_durable(dir);
}

/* The file may hold passwords among its variables: it is root's alone. */
static int write_in(const struct save *save, const char *dir, const struct buf *text)
{
	auto_free char *place = text_format("%s/.save.XXXXXX", dir);
	auto_free char *from = NULL;
	auto_free char *to = text_format("%s/%s.app", dir, save->name);
	int r;

	if (!place || !to)
		return log_oom();
	if (!mkdtemp(place))
		return log_fail(-errno, "make %s", place);
	from = text_format("%s/%s.app", place, save->name);
	r = from ? fs_replace_file(AT_FDCWD, from, text->data, text->len, 0600, true) : -ENOMEM;
	if (r < 0)
		(void)log_fail(r, "write %s", to);
	if (r == 0)
		r = check_file(from);
	if (r == 0)
		r = publish(save, from, dir, to);
	(void)fs_remove_tree(AT_FDCWD, place);
	if (r == 0)
		(void)printf("%s\n", to);
	return r;
}

int save_app(const struct save *save)
{
	auto_free char *dir = NULL;
	auto_buf text = {0};
	int r;

	if (!name_is_valid(save->name))
		return log_refuse(-EINVAL, "--save: \"%s\": not a name ([a-z0-9][a-z0-9_.-]{0,62})",
				  save->name);
	r = write_file(save, &text);
	if (r < 0)
		return r;
	if (save->print)
		return fputs(text.data, stdout) < 0 ? log_fail(-errno, "print") : 0;
	r = app_directory(&dir);
	if (r < 0)
		return r;
	r = fs_mkdirs(AT_FDCWD, dir, 0755);
	if (r < 0)
		return log_fail(r, "make %s", dir);
	r = write_in(save, dir, &text);
	if (r == 0)
		log_hint("systemctl daemon-reload; systemctl start app@%s", save->name);
	return r;
}
