/* SPDX-License-Identifier: MIT */
/* Addresses are compared and counted as strings of bytes in network order. */
#include "ip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "parse.h"

int ip_parse(const char *s, int family, struct ip_address *ret)
{
	static const int families[] = {AF_INET, AF_INET6};
	struct ip_address a = {0};

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		if ((family && family != families[i]) || inet_pton(families[i], s, a.bytes) != 1)
			continue;
		a.family = families[i];
		*ret = a;
		return 0;
	}
	return -EINVAL;
}

int ip_prefix_parse(const char *s, int family, struct ip_prefix *ret)
{
	auto_free char *address = strndup(s, strcspn(s, "/"));
	struct ip_prefix p = {0};
	uint32_t length;
	int r;

	if (!address)
		return -ENOMEM;
	r = ip_parse(address, family, &p.address);
	if (r < 0)
		return r;
	length = ip_bytes(&p.address) * 8;
	s += strlen(address);
	if (*s && parse_u32(s + 1, 0, length, &length) < 0)
		return -EINVAL;
	p.length = length;
	*ret = p;
	return 0;
}

int ip_range_parse(const char *s, struct ip_range *ret)
{
	auto_free char *first = strndup(s, strcspn(s, "-"));
	struct ip_range range;
	struct ip_prefix p;
	int r;

	if (!first)
		return -ENOMEM;
	if (!s[strlen(first)]) {
		r = ip_prefix_parse(s, 0, &p);
		if (r == 0)
			range = (struct ip_range){ip_prefix_first(&p), ip_prefix_last(&p)};
	} else {
		r = ip_parse(first, 0, &range.first);
		if (r == 0)
			r = ip_parse(s + strlen(first) + 1, range.first.family, &range.last);
	}
	if (r == 0)
		*ret = range;
	return r;
}

const char *ip_format(const struct ip_address *a, char out[static INET6_ADDRSTRLEN])
{
	if (!a->family || !inet_ntop(a->family, a->bytes, out, INET6_ADDRSTRLEN))
		*out = '\0';
	return out;
}

const char *ip_prefix_format(const struct ip_prefix *p, char out[static INET6_ADDRSTRLEN + 4])
{
	char address[INET6_ADDRSTRLEN];

	(void)ip_format(&p->address, address);
	(void)snprintf(out, INET6_ADDRSTRLEN + 4, *address ? "%s/%u" : "%s", address, p->length);
	return out;
}

int ip_index(const struct ip_address *a)
{
	return a->family == AF_INET6 ? IP6 : IP4;
}

unsigned ip_bytes(const struct ip_address *a)
{
	return a->family == AF_INET6 ? 16 : 4;
}

int ip_compare(const struct ip_address *a, const struct ip_address *b)
{
	return memcmp(a->bytes, b->bytes, ip_bytes(a));
}

bool ip_equal(const struct ip_address *a, const struct ip_address *b)
{
	return a->family == b->family && ip_compare(a, b) == 0;
}

bool ip_is_loopback(const struct ip_address *a)
{
	static const uint8_t loopback6[16] = {[15] = 1};

	return a->family == AF_INET6 ? memcmp(a->bytes, loopback6, 16) == 0 : a->bytes[0] == 127;
}

bool ip_is_unspecified(const struct ip_address *a)
{
	static const uint8_t zero[16];

	return memcmp(a->bytes, zero, ip_bytes(a)) == 0;
}

/* Byte i of the mask of a prefix. */
static uint8_t mask_byte(unsigned length, unsigned i)
{
	unsigned bits = length > i * 8 ? length - i * 8 : 0;

	return (uint8_t)(bits >= 8 ? 0xff : 0xff00 >> bits);
}

struct ip_address ip_prefix_first(const struct ip_prefix *p)
{
	struct ip_address a = p->address;

	for (unsigned i = 0; i < ip_bytes(&a); i++)
		a.bytes[i] &= mask_byte(p->length, i);
	return a;
}

struct ip_address ip_prefix_last(const struct ip_prefix *p)
{
	struct ip_address a = p->address;

	for (unsigned i = 0; i < ip_bytes(&a); i++)
		a.bytes[i] |= (uint8_t)~mask_byte(p->length, i);
	return a;
}

bool ip_prefix_contains(const struct ip_prefix *p, const struct ip_address *a)
{
	struct ip_prefix other = {*a, p->length};
	struct ip_address own = ip_prefix_first(p), its = ip_prefix_first(&other);

	return ip_equal(&own, &its);
}

bool ip_prefix_overlaps(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return a->length <= b->length ? ip_prefix_contains(a, &b->address)
				      : ip_prefix_contains(b, &a->address);
}

struct ip_address ip_add(const struct ip_address *a, uint64_t n)
{
	struct ip_address sum = *a;
	unsigned carry = 0;

	for (unsigned i = ip_bytes(a); i-- > 0; n >>= 8) {
		carry += sum.bytes[i] + (unsigned)(n & 0xff);
		sum.bytes[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return sum;
}

struct ip_range ip_prefix_hosts(const struct ip_prefix *p)
{
	struct ip_range r = {ip_prefix_first(p), ip_prefix_last(p)};

	r.first = ip_add(&r.first, 1);
	if (p->address.family == AF_INET)
		r.last.bytes[3]--;
	return r;
}

uint64_t ip_range_size(const struct ip_range *r)
{
	uint64_t high = 0, low = 0;
	int borrow = 0;

	if (ip_compare(&r->first, &r->last) > 0)
		return 0;
	for (unsigned i = ip_bytes(&r->first), at = 0; i-- > 0; at += 8) {
		int d = r->last.bytes[i] - r->first.bytes[i] - borrow;

		borrow = d < 0;
		if (at < 64)
			low |= (uint64_t)(d & 0xff) << at;
		else
			high |= (uint64_t)(d & 0xff) << (at - 64);
	}
	return high || low == UINT64_MAX ? UINT64_MAX : low + 1;
}

bool ip_range_contains(const struct ip_range *r, const struct ip_address *a)
{
	return r->first.family == a->family && ip_compare(&r->first, a) <= 0 &&
	       ip_compare(a, &r->last) <= 0;
}
