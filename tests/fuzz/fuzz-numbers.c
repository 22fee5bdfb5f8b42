/* SPDX-License-Identifier: MIT */
/*
 * Numbers, sizes, times, signals and names as people type them, against what the C library makes of
 * the same text, and against themselves once written down. What failed has left no trace.
 */
#include "fuzz.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/parse.h"
#include "lib/text.h"

#define UNTOUCHED UINT64_C(0x5a5a5a5a5a5a5a5a)

static bool all_of(const char *s, const char *set)
{
	return s[strspn(s, set)] == '\0';
}

static void check_integers(const char *text)
{
	uint64_t u = UNTOUCHED;
	int64_t i = (int64_t)UNTOUCHED;
	uint32_t u32 = (uint32_t)UNTOUCHED;
	char *end;
	int r;

	r = parse_u64(text, 0, UINT64_MAX, &u);
	errno = 0;
	if (r == 0)
		REQUIRE(*text && all_of(text, "0123456789") && strtoull(text, &end, 10) == u);
	else
		REQUIRE(u == UNTOUCHED);
	REQUIRE(errno == 0); /* what overflows is not taken */
	if (parse_i64(text, INT64_MIN, INT64_MAX, &i) == 0)
		REQUIRE(strtoll(text, &end, 10) == i && !*end && errno == 0);
	else
		REQUIRE(i == (int64_t)UNTOUCHED);
	if (parse_u32(text, 7, 1000000, &u32) == 0)
		REQUIRE(r == 0 && u == u32 && u >= 7 && u <= 1000000);
	else
		REQUIRE(u32 == (uint32_t)UNTOUCHED && (r < 0 || u < 7 || u > 1000000));
	if (parse_mode(text, &u32) == 0)
		REQUIRE(u32 <= 07777 && strtoul(text, &end, 8) == u32 && !*end);
}

/* Does value parse to itself when written with this format? */
static bool comes_back(int (*parse)(const char *s, uint64_t *ret), const char *format, uint64_t v)
{
	uint64_t again = ~v;
	char out[64];

	(void)snprintf(out, sizeof(out), format, v);
	return parse(out, &again) == 0 && again == v;
}

static void check_scaled(const char *text)
{
	uint64_t v = UNTOUCHED;
	char cpus[64];

	if (parse_size(text, &v) == 0)
		REQUIRE(comes_back(parse_size, "%" PRIu64, v) &&
			comes_back(parse_size, "%" PRIu64 "b", v) &&
			(double)v <= 1.2e15 * strtod(text, NULL));
	else
		REQUIRE(v == UNTOUCHED);
	v = UNTOUCHED;
	if (parse_duration(text, &v) == 0)
		REQUIRE(v == UINT64_MAX || comes_back(parse_duration, "%" PRIu64 "us", v));
	else
		REQUIRE(v == UNTOUCHED);
	if (parse_cpus(text, &v) == 0) {
		(void)snprintf(cpus, sizeof(cpus), "%" PRIu64 ".%06" PRIu64, v / 1000000,
			       v % 1000000);
		REQUIRE(v >= 1000 && comes_back(parse_cpus, cpus, v));
	}
}

static void check_time(const char *text)
{
	int64_t t, again;
	struct tm tm;
	char out[64];

	if (parse_timestamp(text, &t) < 0)
		return;
	REQUIRE(gmtime_r(&(time_t){t}, &tm));
	if (tm.tm_year < -1900 || tm.tm_year > 9999 - 1900)
		return; /* the zone has led out of what can be written */
	(void)snprintf(out, sizeof(out), "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
		       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	REQUIRE(parse_timestamp(out, &again) == 0 && again == t);
}

static void check_words(const char *text)
{
	int signo = 0, again = 0;
	bool b;

	if (parse_signal(text, &signo) == 0) {
		REQUIRE(signo >= 1 && signo <= 64);
		REQUIRE(parse_signal(signal_name(signo), &again) == 0 && again == signo);
	}
	if (parse_bool(text, &b) == 0)
		REQUIRE(strlen(text) <= 5);
	if (name_is_valid(text))
		REQUIRE(app_name_is_valid(text) && !strpbrk(text, "/@% \n") && *text != '.');
	if (app_name_is_valid(text))
		REQUIRE(strlen(text) < APP_NAME_BYTES && !strpbrk(text, "/% \t\n\"'\\$"));
	if (hostname_is_valid(text))
		REQUIRE(!strpbrk(text, "/ \t\n#:"));
	if (interface_name_is_valid(text))
		REQUIRE(strlen(text) < 16 && !strchr(text, '/'));
	if (env_name_is_valid(text))
		REQUIRE(!strpbrk(text, "=\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);

	check_integers(text);
	check_scaled(text);
	check_time(text);
	check_words(text);
	return 0;
}
