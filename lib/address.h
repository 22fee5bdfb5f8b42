/* SPDX-License-Identifier: MIT */
/* IP addresses as text, names that have one, and how such names are looked for. */
#pragma once

#include <stdbool.h>

/* A numeric IPv4 or IPv6 address. */
bool address_is_valid(const char *s);
/* docker's --add-host: NAME:ADDRESS (or NAME=ADDRESS), where the address may be the word for that
 * of the host, as those on the container's network see it. */
#define HOST_GATEWAY "host-gateway"
bool hosts_entry_is_valid(const char *s);
/* A word of "search" in resolv.conf(5): a domain, or "." for none. */
bool search_domain_is_valid(const char *s);
/* A word of "options" there, whatever a resolver knows: printable characters. */
bool resolver_option_is_valid(const char *s);
