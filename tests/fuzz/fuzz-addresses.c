/* SPDX-License-Identifier: MIT */
/*
 * IP addresses, prefixes, ranges, MAC addresses and entries of hosts: what was parsed, written
 * down, is parsed as the same, and the arithmetic on it holds.
 */
#include "fuzz.h"

#include "lib/address.h"
#include "lib/attach.h"
#include "lib/cleanup.h"
#include "lib/ip.h"

static void check_address(const char *text)
{
	char out[INET6_ADDRSTRLEN];
	struct ip_address a, b;
	bool valid = ip_parse(text, 0, &a) == 0;

	REQUIRE(valid == address_is_valid(text));
	REQUIRE(valid == (ip_parse(text, AF_INET, &b) == 0 || ip_parse(text, AF_INET6, &b) == 0));
	if (!valid)
		return;
	REQUIRE(ip_parse(ip_format(&a, out), a.family, &b) == 0 && ip_equal(&a, &b));
	b = ip_add(&a, 1);
	REQUIRE(ip_compare(&a, &b) < 0 || b.bytes[ip_bytes(&b) - 1] == 0);
}

static void check_range(const struct ip_range *r)
{
	struct ip_address second = ip_add(&r->first, 1);
	uint64_t n = ip_range_size(r);

	REQUIRE(r->first.family == r->last.family);
	REQUIRE((n > 0) == (ip_compare(&r->first, &r->last) <= 0));
	REQUIRE(ip_range_contains(r, &r->first) == (n > 0));
	REQUIRE(ip_range_contains(r, &r->last) == (n > 0));
	REQUIRE(n < 2 || ip_range_contains(r, &second));
	if (n > 0 && n < UINT64_MAX) {
		struct ip_address last = ip_add(&r->first, n - 1);

		REQUIRE(ip_equal(&last, &r->last));
	}
}

static void check_prefix(const char *text)
{
	char out[INET6_ADDRSTRLEN + 4];
	struct ip_prefix p, again;
	struct ip_address below;
	struct ip_range range;
	uint64_t n;

	if (ip_prefix_parse(text, 0, &p) < 0)
		return;
	REQUIRE(p.length <= 8 * ip_bytes(&p.address));
	REQUIRE(ip_prefix_parse(ip_prefix_format(&p, out), p.address.family, &again) == 0);
	REQUIRE(again.length == p.length && ip_equal(&again.address, &p.address));
	range = (struct ip_range){ip_prefix_first(&p), ip_prefix_last(&p)};
	REQUIRE(ip_prefix_contains(&p, &range.first) && ip_prefix_contains(&p, &range.last));
	REQUIRE(ip_prefix_contains(&p, &p.address) && ip_range_contains(&range, &p.address));
	REQUIRE(ip_prefix_overlaps(&p, &again));
	n = 8 * ip_bytes(&p.address) - p.length;
	REQUIRE(ip_range_size(&range) == (n >= 64 ? UINT64_MAX : UINT64_C(1) << n));
	below = ip_add(&range.last, 1);
	REQUIRE(p.length == 0 || !ip_prefix_contains(&p, &below));
	check_range(&range);
}

static void check_mac(const char *text)
{
	uint8_t mac[6] = {0}, again[6];
	char out[18];

	if (mac_parse(text, mac) < 0)
		return;
	REQUIRE(!(mac[0] & 1));
	(void)snprintf(out, sizeof(out), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		       mac[3], mac[4], mac[5]);
	REQUIRE(strcasecmp(out, text) == 0);
	REQUIRE(mac_parse(out, again) == 0 && memcmp(mac, again, sizeof(mac)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	struct ip_range range;

	check_address(text);
	check_prefix(text);
	if (ip_range_parse(text, &range) == 0)
		check_range(&range);
	check_mac(text);
	if (hosts_entry_is_valid(text)) /* a line of /etc/hosts is made of it */
		REQUIRE(!strpbrk(text, " \t\r\n#"));
	return 0;
}
