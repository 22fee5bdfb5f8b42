/* SPDX-License-Identifier: MIT */
/* IP addresses as text. */
#include "address.h"

#include <arpa/inet.h>
#include <string.h>

#include "parse.h"
#include "text.h"

#define DOMAIN_LENGTH 253 /* RFC 1035, section 2.3.4, as text */
#define OPTION_LENGTH 255

bool address_is_valid(const char *s)
{
	unsigned char address[16];

	return inet_pton(AF_INET, s, address) == 1 || inet_pton(AF_INET6, s, address) == 1;
}

bool hosts_entry_is_valid(const char *s)
{
	size_t n = strcspn(s, ":=");
	char name[65];

	if (n >= sizeof(name) || !s[n])
		return false;
	memcpy(name, s, n);
	name[n] = '\0';
	s += n + 1;
	return hostname_is_valid(name) && (streq(s, HOST_GATEWAY) || address_is_valid(s));
}

bool search_domain_is_valid(const char *s)
{
	static const char set[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	size_t n = strlen(s);

	if (streq(s, "."))
		return true;
	return n >= 1 && n <= DOMAIN_LENGTH && strspn(s, set) == n && *s != '-' && *s != '.' &&
	       !strstr(s, "..");
}

bool resolver_option_is_valid(const char *s)
{
	size_t n = 0;

	while (s[n] > ' ' && s[n] < 0x7f)
		n++;
	return n >= 1 && n <= OPTION_LENGTH && !s[n];
}
