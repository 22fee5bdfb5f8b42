/* SPDX-License-Identifier: MIT */
/* Allow= and Deny=: every form. */
#include "test.h"

#include "lib/cleanup.h"
#include "lib/firewall.h"

/* want: DIRECTIONS TARGET PROTOCOL FIRST-LAST; NULL: refused */
static const struct {
	const char *text, *want;
} cases[] = {
	{"any", "inout any 0 0-65535"},
	{"in any", "in any 0 0-65535"},
	{"out\t any", "out any 0 0-65535"},
	{"in any:80", "in any 0 80-80"},
	{"in any:80/tcp", "in any 6 80-80"},
	{"any/udp", "inout any 17 0-65535"},
	{"any:8000-8009/sctp", "inout any 132 8000-8009"},
	{"any:1-65535", "inout any 0 1-65535"},
	{"10.1.2.3", "inout 10.1.2.3/32 0 0-65535"},
	{"out 10.0.0.0/8", "out 10.0.0.0/8 0 0-65535"},
	{"out 0.0.0.0/0:53/udp", "out 0.0.0.0/0 17 53-53"},
	{"10.1.2.3:443", "inout 10.1.2.3/32 0 443-443"},
	{"10.0.0.0/8/tcp", "inout 10.0.0.0/8 6 0-65535"},
	{"fd00::5", "inout fd00::5/128 0 0-65535"},
	{"fd00::/8", "inout fd00::/8 0 0-65535"},
	{"::/0/udp", "inout ::/0 17 0-65535"},
	{"[fd00::/8]", "inout fd00::/8 0 0-65535"},
	{"out [fd00::/8]:53/udp", "out fd00::/8 17 53-53"},
	{"[fd00::5]:80-89", "inout fd00::5/128 0 80-89"},
	{"in app:web", "in app:web 0 0-65535"},
	{"app:web@1:80/tcp", "inout app:web@1 6 80-80"},
	{"host", "out host 0 0-65535"},
	{"out host:53/udp", "out host 17 53-53"},
	{"host:5432", "out host 0 5432-5432"},
	{"", NULL},
	{"in", NULL},
	{"out", NULL},
	{"in ", NULL},
	{"in host", NULL},
	{"inout any", NULL},
	{"both any", NULL},
	{"any any", NULL},
	{"any ", NULL},
	{" any", NULL},
	{"any:", NULL},
	{"any:0", NULL},
	{"any:65536", NULL},
	{"any:89-80", NULL},
	{"any:80-", NULL},
	{"any:http", NULL},
	{"any/icmp", NULL},
	{"any/TCP", NULL},
	{"any/", NULL},
	{":80", NULL},
	{"80", NULL},
	{"10.0.0.0/33", NULL},
	{"10.0.0", NULL},
	{"example.org", NULL},
	{"fd00::/129", NULL},
	{"[10.0.0.0/8]:80", NULL},
	{"[fd00::/8:80", NULL},
	{"fd00::/8]:80", NULL},
	{"[]:80", NULL},
	{"app:", NULL},
	{"app:Web", NULL},
	{"app:web@", NULL},
	{"web", NULL},
};

static const char *target(const struct firewall_rule *r, char out[static 200])
{
	switch (r->target) {
	case TARGET_ANY:
		return "any";
	case TARGET_HOST:
		return "host";
	case TARGET_PREFIX:
		return ip_prefix_format(&r->prefix, out);
	case TARGET_APP:
		(void)snprintf(out, 200, "app:%s", r->app);
		return out;
	}
	return NULL;
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct firewall_rule r;
		const char *why = NULL;
		char got[300], text[200];

		if (firewall_rule_parse(cases[i].text, &r, &why) < 0) {
			CHECK_STREQ(NULL, cases[i].want);
			CHECK(why);
			continue;
		}
		(void)snprintf(got, sizeof(got), "%s%s %s %u %u-%u", r.in ? "in" : "",
			       r.out ? "out" : "", target(&r, text), r.protocol, r.port_first,
			       r.port_last);
		CHECK_STREQ(got, cases[i].want);
	}
	return test_report();
}
