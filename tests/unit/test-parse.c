/* SPDX-License-Identifier: MIT */
/* The strict parsers: the whole string or nothing, and *ret untouched on failure. */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>

#include "lib/cleanup.h"
#include "lib/parse.h"

static void check_numbers(void)
{
	static const char *const bad[] = {"",	 " 1",	"1 ",  "+1",  "-1",  "0x1",
					  "1e3", "1.0", "1\n", "one", "1,0", "\xd9\xa1"};
	uint64_t u = 7;
	uint32_t w = 7;
	int64_t i = 7;

	for (size_t n = 0; n < ARRAY_SIZE(bad); n++)
		CHECK(parse_u64(bad[n], 0, UINT64_MAX, &u) == -EINVAL && u == 7);
	CHECK(parse_u64("0", 0, 0, &u) == 0 && u == 0);
	CHECK(parse_u64("007", 0, 9, &u) == 0 && u == 7);
	CHECK(parse_u64("18446744073709551615", 0, UINT64_MAX, &u) == 0 && u == UINT64_MAX);
	CHECK(parse_u64("18446744073709551616", 0, UINT64_MAX, &u) == -ERANGE);
	CHECK(parse_u64("99999999999999999999999", 0, UINT64_MAX, &u) == -ERANGE);
	CHECK(parse_u64("4", 5, 9, &u) == -ERANGE && parse_u64("10", 5, 9, &u) == -ERANGE);
	CHECK(parse_u32("4294967295", 0, UINT32_MAX, &w) == 0 && w == UINT32_MAX);
	CHECK(parse_u32("4294967296", 0, UINT32_MAX, &w) == -ERANGE && w == UINT32_MAX);
	CHECK(parse_i64("-5", -5, 5, &i) == 0 && i == -5);
	CHECK(parse_i64("-6", -5, 5, &i) == -ERANGE && i == -5);
	CHECK(parse_i64("-0", -5, 5, &i) == 0 && i == 0);
	CHECK(parse_i64("-9223372036854775808", INT64_MIN, INT64_MAX, &i) == 0 && i == INT64_MIN);
	CHECK(parse_i64("-9223372036854775809", INT64_MIN, INT64_MAX, &i) == -ERANGE);
	CHECK(parse_i64("9223372036854775807", INT64_MIN, INT64_MAX, &i) == 0 && i == INT64_MAX);
	CHECK(parse_i64("9223372036854775808", INT64_MIN, INT64_MAX, &i) == -ERANGE);
	CHECK(parse_i64("--5", -9, 9, &i) == -EINVAL && parse_i64("-", -9, 9, &i) == -EINVAL);
	CHECK(parse_i64("- 5", -9, 9, &i) == -EINVAL && parse_i64("+5", -9, 9, &i) == -EINVAL);
}

static void check_modes_and_bools(void)
{
	uint32_t mode = 1;
	bool b = false;

	CHECK(parse_mode("0755", &mode) == 0 && mode == 0755);
	CHECK(parse_mode("7777", &mode) == 0 && mode == 07777);
	CHECK(parse_mode("0", &mode) == 0 && mode == 0);
	CHECK(parse_mode("", &mode) == -EINVAL && parse_mode("8", &mode) == -EINVAL);
	CHECK(parse_mode("10000", &mode) == -ERANGE && parse_mode("-1", &mode) == -EINVAL);
	CHECK(parse_bool("YES", &b) == 0 && b && parse_bool("Off", &b) == 0 && !b);
	CHECK(parse_bool("t", &b) == 0 && b && parse_bool("0", &b) == 0 && !b);
	CHECK(parse_bool("", &b) == -EINVAL && parse_bool("yes ", &b) == -EINVAL);
	CHECK(parse_bool("2", &b) == -EINVAL && parse_bool("enable", &b) == -EINVAL);
}

/* Text and what it means; an error code where want is negative. */
struct value {
	const char *text;
	int64_t want;
};

static void check_values(const struct value *v, size_t n, int (*parse)(const char *, uint64_t *))
{
	for (; n > 0; n--, v++) {
		uint64_t got = 12345;
		int r = parse(v->text, &got);
		bool ok = v->want < 0 ? r == v->want && got == 12345
				      : r == 0 && got == (uint64_t)v->want;

		if (!CHECK(ok))
			(void)printf("\t\"%s\": %d, %llu\n", v->text, r, (unsigned long long)got);
	}
}

static const struct value sizes[] = {
	{"0", 0},
	{"512", 512},
	{"512b", 512},
	{"1k", 1024},
	{"1K", 1024},
	{"1kb", 1024},
	{"1KiB", 1024},
	{"64m", 64 << 20},
	{"1.5g", 3LL << 29},
	{"0.5k", 512},
	{"2T", 2LL << 40},
	{"1p", 1LL << 50},
	{"1.0000000000000001k", 1024},
	{"", -EINVAL},
	{"k", -EINVAL},
	{"-1", -EINVAL},
	{"1.", -EINVAL},
	{".5k", -EINVAL},
	{"1.2.3", -EINVAL},
	{"1.2.3m", -EINVAL},
	{"1..2", -EINVAL},
	{"12Q", -EINVAL},
	{"1bb", -EINVAL},
	{"1kk", -EINVAL},
	{"1 k", -EINVAL},
	{"1k ", -EINVAL},
	{"1e3", -EINVAL},
	{"0x10", -EINVAL},
	{"16384p", -ERANGE},
	{"99999999999999999999", -ERANGE},
};

static const struct value durations[] = {
	{"0", 0},
	{"90", 90000000},
	{"90s", 90000000},
	{"1.5s", 1500000},
	{"500ms", 500000},
	{"500 ms", 500000},
	{"10us", 10},
	{"1min 30s", 90000000},
	{"1min  30s", 90000000},
	{"1min30s", 90000000},
	{"1min 30", 90000000},
	{"2h", 7200000000},
	{"2 hours 5 min", 7500000000},
	{"1d", 86400000000},
	{"1w", 604800000000},
	{"1M", 2629800000000},
	{"1y", 31557600000000},
	{"", -EINVAL},
	{" 5", -EINVAL},
	{"5 ", -EINVAL},
	{"5s ", -EINVAL},
	{"s", -EINVAL},
	{"-5", -EINVAL},
	{"5x", -EINVAL},
	{"5.s", -EINVAL},
	{"5.5.5s", -EINVAL},
	{"5\ns", -EINVAL},
	{"5S", -EINVAL},
	{"99999999999999999999s", -ERANGE},
	{"18446744073709551615 18446744073709551615", -ERANGE},
	{"18446744073709551615us 1us", -ERANGE},
};

static const struct value cpus[] = {
	{"1", 1000000},	  {"1.5", 1500000},	  {"0.001", 1000},    {"0.0009", -ERANGE},
	{"0", -ERANGE},	  {"65536", 65536000000}, {"65537", -ERANGE}, {"", -EINVAL},
	{"1,5", -EINVAL}, {"-1", -EINVAL},	  {"1c", -EINVAL},
};

static int timestamp(const char *s, uint64_t *ret)
{
	int64_t t;
	int r = parse_timestamp(s, &t);

	if (r == 0)
		*ret = (uint64_t)t;
	return r;
}

static const struct value timestamps[] = {
	{"1970-01-01T00:00:00Z", 0},
	{"2023-11-14T22:13:20Z", 1700000000},
	{"2023-11-14T22:13:20.123456789Z", 1700000000},
	{"2023-11-14T23:13:20+01:00", 1700000000},
	{"2023-11-14T16:43:20.5-05:30", 1700000000},
	{"2024-02-29T00:00:00Z", 1709164800},
	{"2016-12-31T23:59:60Z", 1483228800},
	{"2023-02-29T00:00:00Z", -ERANGE},
	{"2023-13-01T00:00:00Z", -ERANGE},
	{"2023-00-01T00:00:00Z", -ERANGE},
	{"2023-01-00T00:00:00Z", -ERANGE},
	{"2023-04-31T00:00:00Z", -ERANGE},
	{"2023-11-14T24:00:00Z", -ERANGE},
	{"2023-11-14T22:13:20", -EINVAL},
	{"2023-11-14T22:13:20.Z", -EINVAL},
	{"2023-11-14T22:13:20Zx", -EINVAL},
	{"2023-11-14T22:13:20+01", -EINVAL},
	{"2023-11-14T22:13:20+0100", -EINVAL},
	{"2023-11-14 22:13:20Z", -EINVAL},
	{"2023-11-14", -EINVAL},
	{"23-11-14T22:13:20Z", -EINVAL},
	{"", -EINVAL},
};

static void check_signals(void)
{
	static const struct {
		const char *text;
		int signo; /* 0: none */
	} cases[] = {
		{"TERM", SIGTERM},
		{"SIGTERM", SIGTERM},
		{"sigterm", SIGTERM},
		{"term", SIGTERM},
		{"9", 9},
		{"64", 64},
		{"SIGHUP", SIGHUP},
		{"WINCH", SIGWINCH},
		{"SIGIO", SIGIO},
		{"SIGPOLL", SIGPOLL},
		{"SIGCLD", SIGCHLD},
		{"SIGIOT", SIGABRT},
		{"SIGRTMIN", 34},
		{"RTMIN+3", 37},
		{"sigrtmin+3", 37},
		{"RTMAX", 64},
		{"SIGRTMAX-1", 63},
		{"RTMIN+30", 64},
		{"RTMIN+31", 0},
		{"RTMIN-1", 0},
		{"RTMAX+1", 0},
		{"RTMIN+", 0},
		{"RTMIN3", 0},
		{"0", 0},
		{"65", 0},
		{"-9", 0},
		{"", 0},
		{"SIG", 0},
		{"SIGSIGTERM", 0},
		{"TERM ", 0},
		{"9x", 0},
		{"NONE", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int signo = 0, r = parse_signal(cases[i].text, &signo);

		if (!CHECK((r == 0) == (cases[i].signo != 0) && signo == cases[i].signo))
			(void)printf("\t%s\n", cases[i].text);
	}
	CHECK_STREQ(signal_name(SIGTERM), "SIGTERM");
	CHECK_STREQ(signal_name(34), "SIGRTMIN+0");
	CHECK_STREQ(signal_name(64), "SIGRTMIN+30");
	CHECK_STREQ(signal_name(33), "33");
	for (int i = 1; i <= 64; i++) {
		int signo = 0;

		CHECK(parse_signal(signal_name(i), &signo) == 0 && signo == i);
	}
}

static void check_names(void)
{
	static const char long_name[] =
		"a23456789012345678901234567890123456789012345678901234567890123";

	CHECK(name_is_valid("web") && name_is_valid("0") && name_is_valid("a.b_c-d"));
	CHECK(name_is_valid(long_name) && strlen(long_name) == 63);
	CHECK(!name_is_valid("a234567890123456789012345678901234567890123456789012345678901234"));
	CHECK(!name_is_valid("") && !name_is_valid("Web") && !name_is_valid(".a"));
	CHECK(!name_is_valid("-a") && !name_is_valid("a/b") && !name_is_valid("a b"));
	CHECK(!name_is_valid("..") && !name_is_valid("a\n") && !name_is_valid("\xc3\xa9"));
	CHECK(env_name_is_valid("PATH") && env_name_is_valid("my.var-1") && env_name_is_valid(" "));
	CHECK(!env_name_is_valid("") && !env_name_is_valid("A=") && !env_name_is_valid("A\n"));
	CHECK(!env_name_is_valid("\x7f"));
	CHECK(hostname_is_valid("web") && hostname_is_valid("a.b-c_d.E"));
	CHECK(!hostname_is_valid("") && !hostname_is_valid("-a") && !hostname_is_valid(".a"));
	CHECK(!hostname_is_valid("a.") && !hostname_is_valid("a..b") && !hostname_is_valid("a b"));
	CHECK(!hostname_is_valid("a\n") && !hostname_is_valid("a/b"));
}

int main(void)
{
	uint64_t usec = 0;

	check_numbers();
	check_modes_and_bools();
	check_values(sizes, ARRAY_SIZE(sizes), parse_size);
	check_values(durations, ARRAY_SIZE(durations), parse_duration);
	CHECK(parse_duration("infinity", &usec) == 0 && usec == UINT64_MAX);
	check_values(cpus, ARRAY_SIZE(cpus), parse_cpus);
	check_values(timestamps, ARRAY_SIZE(timestamps), timestamp);
	check_signals();
	check_names();
	return test_report();
}
