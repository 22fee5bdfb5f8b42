/* SPDX-License-Identifier: MIT */
/* docker's -p. Text in, numbers out; what is free is somebody else's to know. */
#include "port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "cleanup.h"
#include "parse.h"
#include "text.h"

struct range {
	uint16_t first, count;
};

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

/* "80" or "80-89"; s is changed. */
static bool take_range(char *s, struct range *ret)
{
	char *dash = strchr(s, '-');
	uint32_t first, last;

	if (dash)
		*dash++ = '\0';
	if (parse_u32(s, 1, 65535, &first) < 0)
		return false;
	last = first;
	if (dash && parse_u32(dash, first, 65535, &last) < 0)
		return false;
	*ret = (struct range){(uint16_t)first, (uint16_t)(last - first + 1)};
	return true;
}

static bool take_address(char *s, char out[static INET6_ADDRSTRLEN])
{
	unsigned char address[16];
	size_t n = strlen(s);
	int family = AF_INET;

	if (*s == '[' && n > 1 && s[n - 1] == ']') {
		s[n - 1] = '\0';
		s++;
		family = AF_INET6;
	}
	if (strlen(s) >= INET6_ADDRSTRLEN || inet_pton(family, s, address) != 1)
		return false;
	memcpy(out, s, strlen(s) + 1);
	return true;
}

static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}, {"sctp", IPPROTO_SCTP}};

uint8_t port_protocol_number(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (streq(protocols[i].name, name))
			return protocols[i].number;
	return 0;
}

const char *port_protocol_name(uint8_t number)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].number == number)
			return protocols[i].name;
	return "?";
}

/* Cut the text behind the last c off and give it; NULL if there is no c. */
static char *cut(char *s, char c)
{
	char *at = strrchr(s, c);

	if (at)
		*at++ = '\0';
	return at;
}

int port_parse(const char *text, struct port_spec *ret, const char **ret_why)
{
	auto_free char *copy = strdup(text);
	char *protocol, *container, *host = NULL, *address = NULL;
	struct port_spec spec = {.protocol = "tcp"};
	struct range inside, outside = {0, 0};

	if (!copy)
		return -ENOMEM;
	protocol = cut(copy, '/');
	if (protocol)
		spec.protocol = port_protocol_name(port_protocol_number(protocol));
	if (!port_protocol_number(spec.protocol))
		return refuse(ret_why, "the protocol must be tcp, udp or sctp");
	container = cut(copy, ':');
	if (!container)
		container = copy;
	else if ((host = cut(copy, ':')))
		address = copy;
	else
		host = copy;
	if (!take_range(container, &inside))
		return refuse(ret_why,
			      "the app's port must be from 1 to 65535, or a range of such");
	/* an empty port of the host is any, behind an address only */
	if (host && (*host || !address) && !take_range(host, &outside))
		return refuse(ret_why,
			      "the host's port must be from 1 to 65535, or a range of such");
	if (outside.first && outside.count != inside.count)
		return refuse(ret_why, "the ranges differ in length");
	if (address && *address && !take_address(address, spec.address))
		return refuse(ret_why, "the address must be IPv4, or IPv6 in brackets");
	spec.host = outside.first;
	spec.container = inside.first;
	spec.count = inside.count;
	*ret = spec;
	return 0;
}

bool port_overlaps(const struct port_spec *a, const struct port_spec *b)
{
	return a->host && b->host && streq(a->protocol, b->protocol) &&
	       (!*a->address || !*b->address || streq(a->address, b->address)) &&
	       a->host < b->host + b->count && b->host < a->host + a->count;
}
