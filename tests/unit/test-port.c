/* SPDX-License-Identifier: MIT */
/* Published ports: every form of docker's -p. */
#include "test.h"

#include "lib/cleanup.h"
#include "lib/port.h"

/* want: ADDRESS HOST CONTAINER COUNT PROTOCOL; NULL: refused */
static const struct {
	const char *text, *want;
} cases[] = {
	{"80", " 0 80 1 tcp"},
	{"8080:80", " 8080 80 1 tcp"},
	{"53:53/udp", " 53 53 1 udp"},
	{"80/sctp", " 0 80 1 sctp"},
	{"127.0.0.1:8080:80", "127.0.0.1 8080 80 1 tcp"},
	{"127.0.0.1::80", "127.0.0.1 0 80 1 tcp"},
	{"[::1]:8080:80/udp", "::1 8080 80 1 udp"},
	{"[::]::80", ":: 0 80 1 tcp"},
	{"8000-8009:80-89", " 8000 80 10 tcp"},
	{"80-89", " 0 80 10 tcp"},
	{":80:80", " 80 80 1 tcp"}, /* podman's */
	{"::80", " 0 80 1 tcp"},
	{"1-65535:1-65535", " 1 1 65535 tcp"},
	{"", NULL},
	{":80", NULL},
	{"80:", NULL},
	{"0", NULL},
	{"0:80", NULL},
	{"65536", NULL},
	{"80:65536", NULL},
	{"-80", NULL},
	{"+80", NULL},
	{"80-", NULL},
	{"89-80", NULL},
	{"80-80-80", NULL},
	{"8000-8009:80", NULL},
	{"8000:80-89", NULL},
	{"80/TCP", NULL},
	{"80/", NULL},
	{"80/tcp/udp", NULL},
	{"localhost:80:80", NULL},
	{"1.2.3:80:80", NULL},
	{"::1:80:80", NULL},
	{"[::1:80:80", NULL},
	{"[1.2.3.4]:80:80", NULL},
	{"[]:80:80", NULL},
	{"1:2:3:4", NULL},
	{" 80", NULL},
	{"80 ", NULL},
};

static bool overlap(const char *one, const char *other)
{
	struct port_spec a, b;
	const char *why;
	bool forth;

	CHECK(port_parse(one, &a, &why) == 0 && port_parse(other, &b, &why) == 0);
	forth = port_overlaps(&a, &b);
	CHECK(port_overlaps(&b, &a) == forth);
	return forth;
}

static void check_overlaps(void)
{
	CHECK(overlap("80:80", "80:81") && overlap("80:80", "127.0.0.1:80:80"));
	CHECK(overlap("80-89:80-89", "89:1") && overlap("80-89:80-89", "70-80:70-80"));
	CHECK(overlap("[::1]:80:80", "[::1]:80:81"));
	CHECK(!overlap("80:80", "81:80") && !overlap("80:80", "80:80/udp"));
	CHECK(!overlap("80-89:80-89", "90:1") && !overlap("80", "80"));
	CHECK(!overlap("127.0.0.1:80:80", "127.0.0.2:80:80"));
}

int main(void)
{
	check_overlaps();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct port_spec p;
		const char *why = NULL;
		char got[80];

		if (port_parse(cases[i].text, &p, &why) < 0) {
			CHECK_STREQ(NULL, cases[i].want);
			CHECK(why);
			continue;
		}
		(void)snprintf(got, sizeof(got), "%s %u %u %u %s", p.address, p.host, p.container,
			       p.count, p.protocol);
		CHECK_STREQ(got, cases[i].want);
	}
	return test_report();
}
