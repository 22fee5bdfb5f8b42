/* SPDX-License-Identifier: MIT */
/* IPv4 and IPv6 addresses, prefixes and ranges as values. None of these functions reports. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum { IP4, IP6, IP_FAMILIES }; /* index of what exists once per family */

struct ip_address {
	int family;	   /* AF_INET, AF_INET6; 0: none */
	uint8_t bytes[16]; /* in network order; IPv4 has the first four */
};

struct ip_prefix {
	struct ip_address address; /* the bits beyond length are as they were written */
	unsigned length;
};

struct ip_range {
	struct ip_address first, last; /* both included */
};

/* "10.78.0.5", "fd00::5"; family AF_INET, AF_INET6, or 0: either. -EINVAL. */
int ip_parse(const char *s, int family, struct ip_address *ret);
/* "10.78.0.0/16"; an address alone is a prefix of all its bits. -EINVAL. */
int ip_prefix_parse(const char *s, int family, struct ip_prefix *ret);
/* "10.78.1.0/24", all of it, or "10.78.1.10-10.78.1.20". -EINVAL; the last may be below the first.
 */
int ip_range_parse(const char *s, struct ip_range *ret);
/* As inet_ntop(3); "" for none. Gives out. */
const char *ip_format(const struct ip_address *a, char out[static INET6_ADDRSTRLEN]);
const char *ip_prefix_format(const struct ip_prefix *p, char out[static INET6_ADDRSTRLEN + 4]);

/* IP4 or IP6. */
int ip_index(const struct ip_address *a);
/* Bytes of an address: 4 or 16. */
unsigned ip_bytes(const struct ip_address *a);
bool ip_equal(const struct ip_address *a, const struct ip_address *b);
/* Below, equal, above: negative, 0, positive. Of one family. */
int ip_compare(const struct ip_address *a, const struct ip_address *b);
bool ip_is_loopback(const struct ip_address *a);
/* 0.0.0.0 or ::, which stand for every address, or none at all. */
bool ip_is_unspecified(const struct ip_address *a);
bool ip_prefix_contains(const struct ip_prefix *p, const struct ip_address *a);
bool ip_prefix_overlaps(const struct ip_prefix *a, const struct ip_prefix *b);
/* The address of the prefix without the bits beyond its length; all of those set. */
struct ip_address ip_prefix_first(const struct ip_prefix *p);
struct ip_address ip_prefix_last(const struct ip_prefix *p);
/* What interfaces on a subnet can have: not the first address, which stands for the subnet (of IPv6
 * for any router there: RFC 4291, 2.6.1), nor the last of IPv4, which is everybody's. A subnet of
 * less than two bits has none. */
struct ip_range ip_prefix_hosts(const struct ip_prefix *p);
/* a + n, which the caller knows to be within its family. */
struct ip_address ip_add(const struct ip_address *a, uint64_t n);
/* How many addresses there are from first to last, at most UINT64_MAX; 0 if last is below. */
uint64_t ip_range_size(const struct ip_range *r);
bool ip_range_contains(const struct ip_range *r, const struct ip_address *a);
