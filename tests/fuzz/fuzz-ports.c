/* SPDX-License-Identifier: MIT */
/* Published ports, a line each: what was parsed, written down, is parsed as the same. */
#include "fuzz.h"

#include <errno.h>

#include "lib/cleanup.h"
#include "lib/ip.h"
#include "lib/port.h"

static void add_range(char *out, size_t size, unsigned first, unsigned count)
{
	size_t n = strlen(out);

	if (count > 1)
		(void)snprintf(out + n, size - n, "%u-%u", first, first + count - 1);
	else
		(void)snprintf(out + n, size - n, "%u", first);
}

static void format(const struct port_spec *p, char *out, size_t size)
{
	bool ipv6 = strchr(p->address, ':');

	(void)snprintf(out, size, ipv6 ? "[%s]:" : "%s:", p->address);
	if (p->host)
		add_range(out, size, p->host, p->count);
	(void)strncat(out, ":", size - strlen(out) - 1);
	add_range(out, size, p->container, p->count);
	(void)snprintf(out + strlen(out), size - strlen(out), "/%s", p->protocol);
}

static void check(const struct port_spec *p)
{
	const char *why = NULL;
	struct ip_address ip;
	struct port_spec again;
	char text[128];

	REQUIRE(p->count > 0 && p->container > 0);
	REQUIRE(p->container + p->count - 1 <= 65535);
	REQUIRE(!p->host || p->host + p->count - 1 <= 65535);
	REQUIRE(port_protocol_number(p->protocol) != 0);
	REQUIRE(!*p->address || ip_parse(p->address, 0, &ip) == 0);
	format(p, text, sizeof(text));
	REQUIRE(port_parse(text, &again, &why) == 0);
	REQUIRE(strcmp(again.address, p->address) == 0 && strcmp(again.protocol, p->protocol) == 0);
	REQUIRE(again.host == p->host && again.container == p->container);
	REQUIRE(again.count == p->count);
	REQUIRE(port_overlaps(p, &again) == (p->host != 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	struct port_spec last = {.protocol = "tcp"};
	char *rest = text, *line;

	while ((line = fuzz_line(&rest))) {
		const char *why = NULL;
		struct port_spec p;
		int r = port_parse(line, &p, &why);

		REQUIRE(r == 0 || (r == -EINVAL && why));
		if (r < 0)
			continue;
		check(&p);
		REQUIRE(port_overlaps(&p, &last) == port_overlaps(&last, &p));
		last = p;
	}
	return 0;
}
