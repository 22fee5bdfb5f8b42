/* SPDX-License-Identifier: MIT */
/* Addresses, prefixes and ranges: text, order, arithmetic. */
#include "test.h"

#include "lib/cleanup.h"
#include "lib/ip.h"

static struct ip_address address(const char *s)
{
	struct ip_address a = {0};

	CHECK(ip_parse(s, 0, &a) == 0);
	return a;
}

static struct ip_prefix prefix(const char *s)
{
	struct ip_prefix p = {0};

	CHECK(ip_prefix_parse(s, 0, &p) == 0);
	return p;
}

static struct ip_range range(const char *first, const char *last)
{
	return (struct ip_range){address(first), address(last)};
}

static void check_address(const struct ip_address *a, const char *want)
{
	char got[INET6_ADDRSTRLEN];

	CHECK_STREQ(ip_format(a, got), want);
}

static void check_text(void)
{
	static const char *const bad[] = {"",	     "10.0.0",	   "10.0.0.256", "10.0.0.1 ",
					  " ::1",    "fd00:::1",   "fd00::g",	 "10.0.0.1/8",
					  "1:2:3:4", "[fd00::1]",  "localhost",	 "010.0.0.1",
					  "0x7f.1",  "fd00::1%lo", "1.2.3.4.5"};
	static const char *const bad_prefixes[] = {
		"",	      "/8",	   "10.0.0.0/",	   "10.0.0.0/x", "10.0/8", "10.0.0.0/33",
		"fd00::/129", "fd00::/-1", "10.0.0.0/8/8", "10.0.0.0/ 8"};
	const struct ip_address none = {0};
	struct ip_address a;
	struct ip_prefix p;
	char text[INET6_ADDRSTRLEN + 4];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(ip_parse(bad[i], 0, &a) < 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad_prefixes); i++)
		CHECK(ip_prefix_parse(bad_prefixes[i], 0, &p) < 0);
	CHECK(ip_parse("10.0.0.1", AF_INET6, &a) < 0 && ip_parse("::1", AF_INET, &a) < 0);
	CHECK(ip_parse("10.0.0.1", AF_INET, &a) == 0 && a.family == AF_INET);
	check_address(&a, "10.0.0.1");
	a = address("FD00:0::0:5");
	check_address(&a, "fd00::5");
	check_address(&none, "");
	p = prefix("10.78.3.4/16");
	CHECK_STREQ(ip_prefix_format(&p, text), "10.78.3.4/16");
	p = prefix("fd00::1");
	CHECK_STREQ(ip_prefix_format(&p, text), "fd00::1/128");
	p = prefix("0.0.0.0/0");
	CHECK(p.length == 0);
}

static void check_prefix(const char *text, const char *first, const char *last)
{
	struct ip_prefix p = prefix(text);
	struct ip_address a = ip_prefix_first(&p), b = ip_prefix_last(&p);

	check_address(&a, first);
	check_address(&b, last);
	CHECK(ip_prefix_contains(&p, &a) && ip_prefix_contains(&p, &b));
}

static bool contains(const char *outer, const char *inner)
{
	struct ip_prefix p = prefix(outer);
	struct ip_address a = address(inner);

	return ip_prefix_contains(&p, &a);
}

static bool overlaps(const char *one, const char *other)
{
	struct ip_prefix p = prefix(one), q = prefix(other);
	bool forth = ip_prefix_overlaps(&p, &q);

	CHECK(ip_prefix_overlaps(&q, &p) == forth);
	return forth;
}

static void check_prefixes(void)
{
	check_prefix("10.78.3.4/16", "10.78.0.0", "10.78.255.255");
	check_prefix("10.78.3.4/20", "10.78.0.0", "10.78.15.255");
	check_prefix("10.78.3.5/31", "10.78.3.4", "10.78.3.5");
	check_prefix("10.78.3.4/32", "10.78.3.4", "10.78.3.4");
	check_prefix("10.78.3.4/0", "0.0.0.0", "255.255.255.255");
	check_prefix("fd00:1:2:3:4::5/64", "fd00:1:2:3::", "fd00:1:2:3:ffff:ffff:ffff:ffff");
	check_prefix("fd00::ff/121", "fd00::80", "fd00::ff");
	CHECK(contains("10.0.0.0/8", "10.255.0.1") && !contains("10.0.0.0/8", "11.0.0.0"));
	CHECK(contains("10.0.0.9/8", "10.0.0.1") && contains("0.0.0.0/0", "1.2.3.4"));
	CHECK(contains("fd00::/8", "fdff::1") && !contains("fd00::/8", "fe80::1"));
	CHECK(!contains("::/0", "1.2.3.4") && !contains("0.0.0.0/0", "::"));
	CHECK(overlaps("10.0.0.0/8", "10.78.0.0/16") && overlaps("10.78.1.0/16", "10.78.2.0/16"));
	CHECK(!overlaps("10.78.0.0/16", "10.79.0.0/16") && !overlaps("10.0.0.0/8", "11.0.0.0/9"));
	CHECK(overlaps("0.0.0.0/0", "10.0.0.0/8") && !overlaps("::/0", "0.0.0.0/0"));
}

static void check_ranges(void)
{
	static const char *const bad[] = {"",
					  "-",
					  "10.0.0.1-",
					  "-10.0.0.1",
					  "10.0.0.1-fd00::1",
					  "10.0.0.1-5",
					  "10.0.0.0/24-10.0.0.9",
					  "10.0.0.0/33"};
	struct ip_range r = {0};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(ip_range_parse(bad[i], &r) < 0);
	CHECK(ip_range_parse("10.78.1.7/24", &r) == 0);
	check_address(&r.first, "10.78.1.0");
	check_address(&r.last, "10.78.1.255");
	CHECK(ip_range_parse("fd00::5-fd00::9", &r) == 0);
	check_address(&r.first, "fd00::5");
	check_address(&r.last, "fd00::9");
}

static void check_hosts(const char *text, const char *first, const char *last, uint64_t size)
{
	struct ip_prefix p = prefix(text);
	struct ip_range r = ip_prefix_hosts(&p);

	check_address(&r.first, first);
	check_address(&r.last, last);
	CHECK(ip_range_size(&r) == size);
}

static void check_all_hosts(void)
{
	check_hosts("10.78.0.0/24", "10.78.0.1", "10.78.0.254", 254);
	check_hosts("10.78.3.4/16", "10.78.0.1", "10.78.255.254", 65534);
	check_hosts("10.78.0.8/30", "10.78.0.9", "10.78.0.10", 2);
	check_hosts("10.78.0.8/31", "10.78.0.9", "10.78.0.8", 0);
	check_hosts("10.78.0.8/32", "10.78.0.9", "10.78.0.7", 0);
	check_hosts("fd00::5/64", "fd00::1", "fd00::ffff:ffff:ffff:ffff", UINT64_MAX);
	check_hosts("fd00::8/126", "fd00::9", "fd00::b", 3);
	check_hosts("fd00::8/128", "fd00::9", "fd00::8", 0);
}

static void check_order(void)
{
	struct ip_address a = address("10.0.0.1"), b = address("10.0.1.0"), c = address("a00:1::");
	const struct ip_address none = {0};

	CHECK(ip_compare(&a, &b) < 0 && ip_compare(&b, &a) > 0 && ip_compare(&a, &a) == 0);
	CHECK(ip_equal(&a, &a) && !ip_equal(&a, &b) && !ip_equal(&a, &c));
	CHECK(ip_index(&a) == IP4 && ip_index(&c) == IP6);
	CHECK(ip_bytes(&a) == 4 && ip_bytes(&c) == 16);
	a = address("127.1.2.3"), b = address("::1"), c = address("::2");
	CHECK(ip_is_loopback(&a) && ip_is_loopback(&b) && !ip_is_loopback(&c));
	a = address("128.0.0.1");
	CHECK(!ip_is_loopback(&a));
	CHECK(!ip_is_unspecified(&a) && !ip_is_unspecified(&b) && ip_is_unspecified(&none));
	a = address("0.0.0.0"), b = address("::"), c = address("1::");
	CHECK(ip_is_unspecified(&a) && ip_is_unspecified(&b) && !ip_is_unspecified(&c));
}

static void check_add(const char *from, uint64_t n, const char *want)
{
	struct ip_address a = address(from), sum = ip_add(&a, n);

	check_address(&sum, want);
}

static void check_size(const char *first, const char *last, uint64_t want)
{
	struct ip_range r = range(first, last);

	CHECK(ip_range_size(&r) == want);
}

static void check_arithmetic(void)
{
	struct ip_range r = range("10.0.0.5", "10.0.1.5");
	struct ip_address a;

	check_add("10.0.0.1", 0, "10.0.0.1");
	check_add("10.0.0.255", 1, "10.0.1.0");
	check_add("10.0.255.255", 256, "10.1.0.255");
	check_add("10.78.0.0", 65535, "10.78.255.255");
	check_add("fd00::ffff:ffff", 1, "fd00::1:0:0");
	check_add("fd00::ffff:ffff:ffff:ffff", 1, "fd00:0:0:1::");
	check_add("fd00::", UINT64_MAX, "fd00::ffff:ffff:ffff:ffff");
	check_add("fd00::1", UINT64_MAX, "fd00:0:0:1::");
	check_size("10.0.0.1", "10.0.0.1", 1);
	check_size("10.0.0.2", "10.0.0.1", 0);
	check_size("10.0.0.255", "10.0.1.0", 2);
	check_size("0.0.0.0", "255.255.255.255", UINT64_C(1) << 32);
	check_size("fd00::", "fd00::ffff:ffff:ffff:fffd", UINT64_MAX - 1);
	check_size("fd00::", "fd00::ffff:ffff:ffff:fffe", UINT64_MAX);
	check_size("fd00::", "fd00::ffff:ffff:ffff:ffff", UINT64_MAX);
	check_size("::", "ffff::", UINT64_MAX);
	check_size("fd00::ffff:ffff:ffff:ffff", "fd00:0:0:1::", 2);
	a = address("10.0.0.5");
	CHECK(ip_range_contains(&r, &a));
	a = address("10.0.1.5");
	CHECK(ip_range_contains(&r, &a));
	a = address("10.0.0.4");
	CHECK(!ip_range_contains(&r, &a));
	a = address("10.0.1.6");
	CHECK(!ip_range_contains(&r, &a));
	a = address("a00:5::");
	CHECK(!ip_range_contains(&r, &a));
}

int main(void)
{
	check_text();
	check_prefixes();
	check_ranges();
	check_all_hosts();
	check_order();
	check_arithmetic();
	return test_report();
}
