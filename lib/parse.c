/* SPDX-License-Identifier: MIT */
/* The strict parsers of values that people type. Text in, a checked value out, nothing printed. */
#include "parse.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "text.h"

/* Digits at the front of s; *ret_end is the first byte after them. */
static int scan_u64(const char *s, uint64_t *ret, const char **ret_end)
{
	uint64_t v = 0;
	const char *p = s;

	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, 10U, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return -ERANGE;
	if (p == s)
		return -EINVAL;
	*ret = v;
	*ret_end = p;
	return 0;
}

int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret)
{
	const char *end;
	uint64_t v;
	int r;

	r = scan_u64(s, &v, &end);
	if (r < 0)
		return r;
	if (*end)
		return -EINVAL;
	if (v < min || v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}

int parse_u32(const char *s, uint32_t min, uint32_t max, uint32_t *ret)
{
	uint64_t v;
	int r;

	r = parse_u64(s, min, max, &v);
	if (r < 0)
		return r;
	*ret = (uint32_t)v;
	return 0;
}

int parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret)
{
	bool negative = *s == '-';
	uint64_t v;
	int64_t i;
	int r;

	r = parse_u64(s + negative, 0, (uint64_t)INT64_MAX + negative, &v);
	if (r < 0)
		return r;
	i = (int64_t)(negative ? -v : v);
	if (i < min || i > max)
		return -ERANGE;
	*ret = i;
	return 0;
}

int parse_mode(const char *s, uint32_t *ret)
{
	uint32_t v = 0;

	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		if (*s < '0' || *s > '7')
			return -EINVAL;
		v = v << 3 | (uint32_t)(*s - '0');
		if (v > 07777)
			return -ERANGE;
	}
	*ret = v;
	return 0;
}

int parse_bool(const char *s, bool *ret)
{
	static const char *const yes[] = {"1", "yes", "y", "true", "t", "on"};
	static const char *const no[] = {"0", "no", "n", "false", "f", "off"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcasecmp(s, yes[i]) == 0 || strcasecmp(s, no[i]) == 0) {
			*ret = strcasecmp(s, yes[i]) == 0;
			return 0;
		}
	}
	return -EINVAL;
}

/*
 * A decimal number with an optional fraction, times scale, rounded down; *ret_end is what follows.
 * Nine digits of fraction count, more are read and dropped.
 */
static int scan_scaled(const char *s, uint64_t scale, uint64_t *ret, const char **ret_end)
{
	uint64_t whole, part = 0, unit = 1;
	unsigned __int128 v;
	const char *p;
	int r;

	r = scan_u64(s, &whole, &p);
	if (r < 0)
		return r;
	if (*p == '.') {
		if (!isdigit((unsigned char)p[1]))
			return -EINVAL;
		for (p++; isdigit((unsigned char)*p); p++) {
			if (unit >= 1000000000)
				continue;
			part = part * 10 + (uint64_t)(*p - '0');
			unit *= 10;
		}
	}
	v = (unsigned __int128)whole * scale + (unsigned __int128)part * scale / unit;
	if (v > UINT64_MAX)
		return -ERANGE;
	*ret = (uint64_t)v;
	*ret_end = p;
	return 0;
}

/* Length of the number at s, so that its unit can be looked at before it is scaled. */
static size_t number_length(const char *s)
{
	return strspn(s, "0123456789.");
}

int parse_size(const char *s, uint64_t *ret_bytes)
{
	static const char letters[] = "bkmgtp";
	const char *number_end = s + number_length(s), *unit = number_end, *end;
	uint64_t scale = 1, v;
	int r;

	if (*unit) {
		const char *at = strchr(letters, tolower((unsigned char)*unit));

		if (!at)
			return -EINVAL;
		scale = (uint64_t)1 << (10 * (at - letters));
		unit++;
		if (at != letters && (strcasecmp(unit, "b") == 0 || strcasecmp(unit, "ib") == 0))
			unit += strlen(unit);
		if (*unit)
			return -EINVAL;
	}
	r = scan_scaled(s, scale, &v, &end);
	if (r < 0)
		return r;
	if (end != number_end)
		return -EINVAL;
	*ret_bytes = v;
	return 0;
}

static const struct {
	const char *name;
	uint64_t usec;
} time_units[] = {
	{"us", 1},
	{"usec", 1},
	{"ms", 1000},
	{"msec", 1000},
	{"s", 1000000},
	{"sec", 1000000},
	{"second", 1000000},
	{"seconds", 1000000},
	{"", 1000000},
	{"m", 60 * 1000000ULL},
	{"min", 60 * 1000000ULL},
	{"minute", 60 * 1000000ULL},
	{"minutes", 60 * 1000000ULL},
	{"h", 3600 * 1000000ULL},
	{"hr", 3600 * 1000000ULL},
	{"hour", 3600 * 1000000ULL},
	{"hours", 3600 * 1000000ULL},
	{"d", 86400 * 1000000ULL},
	{"day", 86400 * 1000000ULL},
	{"days", 86400 * 1000000ULL},
	{"w", 604800 * 1000000ULL},
	{"week", 604800 * 1000000ULL},
	{"weeks", 604800 * 1000000ULL},
	{"M", 2629800 * 1000000ULL},
	{"month", 2629800 * 1000000ULL},
	{"months", 2629800 * 1000000ULL},
	{"y", 31557600 * 1000000ULL},
	{"year", 31557600 * 1000000ULL},
	{"years", 31557600 * 1000000ULL},
};

static uint64_t time_unit(const char *s, size_t n)
{
	for (size_t i = 0; i < sizeof(time_units) / sizeof(time_units[0]); i++)
		if (strlen(time_units[i].name) == n && strncmp(time_units[i].name, s, n) == 0)
			return time_units[i].usec;
	return 0;
}

int parse_duration(const char *s, uint64_t *ret_usec)
{
	uint64_t total = 0;

	if (streq(s, "infinity")) {
		*ret_usec = UINT64_MAX;
		return 0;
	}
	if (!*s)
		return -EINVAL;
	while (*s) {
		const char *number_end = s + number_length(s), *end;
		const char *unit = number_end + strspn(number_end, " ");
		size_t n = strspn(unit, "abcdefghijklmnopqrstuvwxyzM");
		uint64_t scale = time_unit(unit, n), v;
		int r;

		if (!scale)
			return -EINVAL;
		r = scan_scaled(s, scale, &v, &end);
		if (r < 0)
			return r;
		if (end != number_end || !*unit != !*number_end)
			return -EINVAL;
		if (__builtin_add_overflow(total, v, &total))
			return -ERANGE;
		s = unit + n;
		if (s[strspn(s, " ")])
			s += strspn(s, " ");
	}
	*ret_usec = total;
	return 0;
}

/* The n digits at *s, which is moved past them and the separator that must follow (0: none). */
static int scan_field(const char **s, int n, int max, char separator)
{
	int v = 0;

	for (int i = 0; i < n; i++, (*s)++) {
		if (!isdigit((unsigned char)**s))
			return -EINVAL;
		v = v * 10 + (**s - '0');
	}
	if (separator && *(*s)++ != separator)
		return -EINVAL;
	return v > max ? -ERANGE : v;
}

/* "Z" or "+HH:MM": seconds east of UTC. */
static int scan_zone(const char *s, int *ret_sec)
{
	int sign = *s == '-' ? -1 : 1, hours, minutes;

	if (*s == 'Z' || *s == 'z') {
		*ret_sec = 0;
		return s[1] ? -EINVAL : 0;
	}
	if (*s != '+' && *s != '-')
		return -EINVAL;
	s++;
	hours = scan_field(&s, 2, 23, ':');
	if (hours < 0)
		return hours;
	minutes = scan_field(&s, 2, 59, 0);
	if (minutes < 0 || *s)
		return minutes < 0 ? minutes : -EINVAL;
	*ret_sec = sign * (hours * 3600 + minutes * 60);
	return 0;
}

int parse_timestamp(const char *s, int64_t *ret_epoch)
{
	static const struct {
		int digits, max;
		char separator;
	} fields[] = {{4, 9999, '-'}, {2, 12, '-'}, {2, 31, 'T'},
		      {2, 23, ':'},   {2, 59, ':'}, {2, 60, 0}};
	int v[6], zone, r;
	struct tm tm = {0}, normal;
	time_t t;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		v[i] = scan_field(&s, fields[i].digits, fields[i].max, fields[i].separator);
		if (v[i] < 0)
			return v[i];
	}
	if (*s == '.') {
		size_t n = strspn(s + 1, "0123456789");

		if (n == 0)
			return -EINVAL;
		s += 1 + n;
	}
	r = scan_zone(s, &zone);
	if (r < 0)
		return r;
	tm.tm_year = v[0] - 1900;
	tm.tm_mon = v[1] - 1;
	tm.tm_mday = v[2];
	tm.tm_hour = v[3];
	tm.tm_min = v[4];
	tm.tm_sec = v[5];
	normal = tm;
	t = timegm(&normal);
	/* a month or day of 0, or a 30th of February, has become another day; leap seconds may */
	if (v[1] == 0 || v[2] == 0 || (v[5] < 60 && normal.tm_mday != v[2]))
		return -ERANGE;
	*ret_epoch = (int64_t)t - zone;
	return 0;
}

int parse_cpus(const char *s, uint64_t *ret_usec_per_sec)
{
	const char *end;
	uint64_t v;
	int r;

	r = scan_scaled(s, 1000000, &v, &end);
	if (r < 0)
		return r;
	if (*end)
		return -EINVAL;
	if (v < 1000 || v > (uint64_t)1000000 * 65536)
		return -ERANGE;
	*ret_usec_per_sec = v;
	return 0;
}

/* "RTMIN", "RTMIN+n", "RTMAX", "RTMAX-n" */
static int parse_realtime_signal(const char *s, int *ret_signo)
{
	bool from_max = strncasecmp(s, "RTMAX", 5) == 0;
	uint32_t n = 0;

	if (!from_max && strncasecmp(s, "RTMIN", 5) != 0)
		return -EINVAL;
	s += 5;
	if (*s && (*s != (from_max ? '-' : '+') ||
		   parse_u32(s + 1, 0, (uint32_t)(SIGRTMAX - SIGRTMIN), &n) < 0))
		return -EINVAL;
	*ret_signo = from_max ? SIGRTMAX - (int)n : SIGRTMIN + (int)n;
	return 0;
}

/* Second names, which sigabbrev_np does not know. */
static const struct {
	const char *name;
	int signo;
} signal_aliases[] = {{"IOT", SIGIOT}, {"CLD", SIGCHLD}, {"IO", SIGIO}, {"POLL", SIGPOLL}};

int parse_signal(const char *s, int *ret_signo)
{
	uint32_t n;

	if (isdigit((unsigned char)*s)) {
		int r = parse_u32(s, 1, 64, &n);

		if (r == 0)
			*ret_signo = (int)n;
		return r;
	}
	if (strncasecmp(s, "SIG", 3) == 0)
		s += 3;
	for (int i = 1; i < NSIG; i++) {
		const char *abbrev = sigabbrev_np(i);

		if (abbrev && strcasecmp(abbrev, s) == 0) {
			*ret_signo = i;
			return 0;
		}
	}
	for (size_t i = 0; i < sizeof(signal_aliases) / sizeof(signal_aliases[0]); i++) {
		if (strcasecmp(signal_aliases[i].name, s) == 0) {
			*ret_signo = signal_aliases[i].signo;
			return 0;
		}
	}
	return parse_realtime_signal(s, ret_signo);
}

const char *signal_name(int signo)
{
	static _Thread_local char name[24];
	const char *abbrev = sigabbrev_np(signo);

	if (abbrev)
		(void)snprintf(name, sizeof(name), "SIG%s", abbrev);
	else if (signo >= SIGRTMIN && signo <= SIGRTMAX)
		(void)snprintf(name, sizeof(name), "SIGRTMIN+%d", signo - SIGRTMIN);
	else
		(void)snprintf(name, sizeof(name), "%d", signo);
	return name;
}

bool name_is_valid(const char *s)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char rest[] = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t n = strlen(s);

	return n >= 1 && n <= 63 && strchr(first, *s) && strspn(s, rest) == n;
}

bool app_name_is_valid(const char *s)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				  "_.:-";
	size_t n = strcspn(s, "@");
	char base[64];

	if (n >= sizeof(base))
		return false;
	memcpy(base, s, n);
	base[n] = '\0';
	if (!name_is_valid(base) || !s[n])
		return name_is_valid(base);
	s += n + 1;
	n = strlen(s);
	return n >= 1 && n <= 62 && strspn(s, set) == n;
}

bool env_name_is_valid(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (*s == '=' || (unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

bool hostname_is_valid(const char *s)
{
	static const char set[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	size_t n = strlen(s);

	if (n < 1 || n > 64 || strspn(s, set) != n)
		return false;
	return *s != '-' && *s != '.' && s[n - 1] != '.' && !strstr(s, "..");
}

bool interface_name_is_valid(const char *s)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				  "_.-";
	size_t n = strlen(s);

	return n >= 1 && n < IFNAMSIZ && strspn(s, set) == n && strcmp(s, ".") != 0 &&
	       strcmp(s, "..") != 0;
}
