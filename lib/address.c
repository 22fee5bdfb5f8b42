/* SPDX-License-Identifier: MIT */
/* IP addresses as text. */
#include "address.h"

#include <arpa/inet.h>
#include <string.h>

#include "parse.h"
#include "text.h"

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
