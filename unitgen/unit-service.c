/* SPDX-License-Identifier: MIT */
/*
 * [Container] keys that are settings of the unit: limits, how it is stopped and reloaded, devices,
 * credentials, the watchdog of the health check. A table, in the order in which they are written.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "escape.h"
#include "lib/parse.h"
#include "lib/path.h"
#include "lib/quote.h"
#include "lib/strv.h"
#include "unit.h"

#define USEC_PER_SEC UINT64_C(1000000)
#define DEFAULT_START_USEC (90 * USEC_PER_SEC) /* DefaultTimeoutStartSec= */
#define DEFAULT_PROBE_USEC (30 * USEC_PER_SEC) /* docker's interval and timeout */

static void add_seconds(const struct unit *u, const char *key, uint64_t usec)
{
	if (usec == UINT64_MAX)
		buf_fmt(u->out, "%s=infinity\n", key);
	else if (usec % USEC_PER_SEC == 0)
		buf_fmt(u->out, "%s=%" PRIu64 "\n", key, usec / USEC_PER_SEC);
	else
		buf_fmt(u->out, "%s=%" PRIu64 "us\n", key, usec);
}

/* As much swap as memory, as docker and nap run have it. */
static void add_memory(const struct unit *u, const char *value)
{
	uint64_t bytes;

	if (parse_size(value, &bytes) < 0)
		return;
	if (bytes == 0)
		buf_str(u->out, "MemoryMax=infinity\n");
	else
		buf_fmt(u->out, "MemoryMax=%" PRIu64 "\nMemorySwapMax=%" PRIu64 "\n", bytes, bytes);
}

static void add_tasks(const struct unit *u, const char *value)
{
	uint64_t n;

	if (parse_u64(value, 1, UINT64_MAX, &n) == 0)
		buf_fmt(u->out, "TasksMax=%" PRIu64 "\n", n);
	else
		buf_str(u->out, "TasksMax=infinity\n"); /* 0 and -1 */
}

/*
 * systemd sends it itself; without the key the image's is sent by nap halt. To die of the signal
 * that was asked for is no failure.
 */
static void add_stop_signal(const struct unit *u, const char *value)
{
	int signo;

	if (parse_signal(value, &signo) == 0)
		buf_fmt(u->out, "ExecStop=\nKillSignal=%s\nSuccessExitStatus=%s\n",
			signal_name(signo), signal_name(signo));
}

/* At least a second: 0 is systemd's infinity, and the time is nap clean's as well. */
static void add_stop_timeout(const struct unit *u, const char *value)
{
	uint64_t usec;

	if (parse_duration(value, &usec) == 0)
		add_seconds(u, "TimeoutStopSec", usec < USEC_PER_SEC ? USEC_PER_SEC : usec);
}

/*
 * nap sets the limits of the app itself, right before it is executed. Here they tell systemctl show
 * the truth, unless they are less than nap needs to start it.
 */
static const struct {
	const char *name, *directive;
	uint64_t least;
} limits[] = {
	{"as", "LimitAS", UINT64_C(1) << 30},
	{"core", "LimitCORE", 0},
	{"cpu", "LimitCPU", 60},
	{"data", "LimitDATA", UINT64_C(1) << 28},
	{"fsize", "LimitFSIZE", UINT64_C(1) << 28},
	{"locks", "LimitLOCKS", 0},
	{"memlock", "LimitMEMLOCK", 0},
	{"msgqueue", "LimitMSGQUEUE", 0},
	{"nice", "LimitNICE", 0},
	{"nofile", "LimitNOFILE", 1024},
	{"nproc", "LimitNPROC", 1024},
	{"rss", "LimitRSS", 0},
	{"rtprio", "LimitRTPRIO", 0},
	{"rttime", "LimitRTTIME", USEC_PER_SEC},
	{"sigpending", "LimitSIGPENDING", 0},
	{"stack", "LimitSTACK", UINT64_C(1) << 20},
};

static bool parse_limit(const char *s, uint64_t *ret)
{
	if (streq(s, "-1") || streq(s, "unlimited")) {
		*ret = UINT64_MAX;
		return true;
	}
	return parse_u64(s, 0, INT64_MAX, ret) == 0;
}

static void add_limit_value(const struct unit *u, char before, uint64_t value)
{
	buf_char(u->out, before);
	if (value == UINT64_MAX)
		buf_str(u->out, "infinity");
	else
		buf_fmt(u->out, "%" PRIu64, value);
}

/* NAME=SOFT[:HARD] */
static void add_ulimit(const struct unit *u, const char *value)
{
	size_t name_len = strcspn(value, "=");
	auto_free char *soft_text = strdup(value[name_len] ? value + name_len + 1 : "");
	uint64_t soft, hard;
	char *colon;

	if (!soft_text) {
		u->out->error = -ENOMEM;
		return;
	}
	colon = strchr(soft_text, ':');
	if (colon)
		*colon++ = '\0';
	if (!parse_limit(soft_text, &soft) || !parse_limit(colon ? colon : soft_text, &hard))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		if (strlen(limits[i].name) != name_len ||
		    strncmp(limits[i].name, value, name_len) != 0 || soft < limits[i].least)
			continue;
		buf_str(u->out, limits[i].directive);
		add_limit_value(u, '=', soft);
		add_limit_value(u, ':', hard);
		buf_char(u->out, '\n');
	}
}

/* [-]SOURCE[:TARGET][:ACCESS]; nap, in the unit, makes the node: app@.service allows that. */
static void add_device(const struct unit *u, const char *value)
{
	const char *path = *value == '-' ? value + 1 : value, *access = strrchr(path, ':');
	auto_free char *source = strndup(path, strcspn(path, ":")), *clean = NULL;
	auto_buf word = {0};

	if (!source) {
		u->out->error = -ENOMEM;
		return;
	}
	access = access && access[1] && !access[1 + strspn(access + 1, "rwm")] ? access + 1 : "rw";
	/* systemd ignores a path with ".." */
	if (path_normalize(source, &clean) < 0 || !escape_path(&word, clean))
		return;
	buf_str(u->out, "DeviceAllow=");
	unit_add_plain(u, &word);
	buf_fmt(u->out, " %s\n", access);
}

/* ---- reload ---- */

static void add_reload_command(const struct unit *u, const char *value)
{
	auto_strv char **words = NULL;
	const char *why;

	if (quote_split(value, &words, &why) < 0 || !words)
		return;
	buf_str(u->out, "ExecReload=" NAP_BINDIR "/nap exec ");
	unit_id(u, u->out);
	STRV_FOREACH (word, words) {
		auto_buf text = {0};

		buf_char(u->out, ' ');
		escape_word(&text, *word);
		unit_add_plain(u, &text);
	}
	buf_char(u->out, '\n');
}

static void add_reload_signal(const struct unit *u, const char *value)
{
	int signo;

	if (parse_signal(value, &signo) < 0)
		return;
	buf_fmt(u->out, "ExecReload=" NAP_BINDIR "/nap kill -s %s ", signal_name(signo));
	unit_id(u, u->out);
	buf_char(u->out, '\n');
}

/* ---- credentials ---- */

/* NAME[,OPTIONS]: systemd looks for it among its own credentials, and in /etc/credstore and the
 * like. */
static void add_secret(const struct unit *u, const char *value)
{
	auto_free char *name = strndup(value, strcspn(value, ","));
	auto_buf text = {0};

	if (!name) {
		u->out->error = -ENOMEM;
		return;
	}
	if (!*name || strpbrk(name, ":/"))
		return; /* an option, or more than a name, to systemd */
	escape_value(&text, name);
	buf_str(u->out, "LoadCredential=");
	unit_add_plain(u, &text);
	buf_char(u->out, '\n');
}

/* ---- health ---- */

static bool container_is(const struct unit *u, const char *key, const char *value)
{
	const char *set = app_get(u->app, key);

	return set && streq(set, value);
}

static uint64_t duration(const struct unit *u, const char *key, uint64_t missing)
{
	const char *value = app_get(u->app, key);
	uint64_t usec = missing;

	return value && parse_duration(value, &usec) == 0 ? usec : missing;
}

/* The longest time between the ends of two probes, and as much again for a busy machine. */
static uint64_t probe_gap(const struct unit *u, const char *interval, const char *timeout)
{
	uint64_t usec = duration(u, interval, DEFAULT_PROBE_USEC),
		 wait = duration(u, timeout, DEFAULT_PROBE_USEC);

	return usec > UINT64_MAX / 4 || wait > UINT64_MAX / 4 ? UINT64_MAX : 2 * (usec + wait);
}

/* An unhealthy app's watchdog is not fed any more; what systemd does then is Restart='s. */
static void add_watchdog(const struct unit *u)
{
	static const struct {
		const char *action, *signal, *restart;
	} actions[] = {
		{"kill", "SIGKILL", "on-failure"},
		{"restart", "SIGTERM", "on-failure"},
		{"stop", "SIGTERM", "no"},
	};
	uint64_t gap = probe_gap(u, "HealthInterval", "HealthTimeout"), startup = 0;

	if (app_get(u->app, "HealthStartupCmd"))
		startup = probe_gap(u, "HealthStartupInterval", "HealthStartupTimeout");
	if (startup > gap)
		gap = startup;
	for (size_t i = 0; gap != UINT64_MAX && i < ARRAY_SIZE(actions); i++) {
		if (!container_is(u, "HealthOnFailure", actions[i].action))
			continue;
		add_seconds(u, "WatchdogSec", gap);
		buf_fmt(u->out, "WatchdogSignal=%s\nRestart=%s\n", actions[i].signal,
			actions[i].restart);
	}
}

/* Notify=healthy: as long as the app may take to become healthy, it is starting. */
static void add_start_timeout(const struct unit *u)
{
	uint64_t usec = DEFAULT_START_USEC, gap, retries = 0;
	const char *value;

	if (!container_is(u, "Notify", "healthy"))
		return;
	gap = duration(u, "HealthStartPeriod", 0);
	usec = gap > UINT64_MAX - usec ? UINT64_MAX : usec + gap;
	value = app_get(u->app, "HealthStartupRetries");
	if (value && parse_u64(value, 0, 1000000, &retries) == 0) {
		gap = probe_gap(u, "HealthStartupInterval", "HealthStartupTimeout");
		usec = gap > (UINT64_MAX - usec) / (retries + 1) ? UINT64_MAX
								 : usec + gap / 2 * retries;
	}
	if (usec != DEFAULT_START_USEC)
		add_seconds(u, "TimeoutStartSec", usec);
}

static const struct {
	const char *key;
	void (*add)(const struct unit *u, const char *value);
	bool each; /* every value, not the last one alone */
} rules[] = {
	{"Memory", add_memory, false},
	{"PidsLimit", add_tasks, false},
	{"Ulimit", add_ulimit, true},
	{"AddDevice", add_device, true},
	{"Secret", add_secret, true},
	{"StopSignal", add_stop_signal, false},
	{"StopTimeout", add_stop_timeout, false},
	{"ReloadCmd", add_reload_command, false},
	{"ReloadSignal", add_reload_signal, false},
};

void unit_add_service(const struct unit *u)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const char *value;

		for (size_t k = 0; (value = app_next(u->app, "Container", rules[i].key, &k));)
			if (rules[i].each || value == app_get(u->app, rules[i].key))
				rules[i].add(u, value);
	}
	add_watchdog(u);
	add_start_timeout(u);
}
