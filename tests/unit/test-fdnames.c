/* SPDX-License-Identifier: MIT */
/* $LISTEN_FDNAMES: the app's own sockets get its names, in order; those of others keep theirs. */
#include "test.h"

#include <stdlib.h>

#include "cmd/fdnames.h"
#include "lib/cleanup.h"
#include "unitgen/unitgen.h"

static struct app_setting settings[] = {
	{(char *)"Container", (char *)"ListenStream", (char *)"80 http", (char *)"web.app", 1},
	{(char *)"Service", (char *)"ListenStream", (char *)"81 no", (char *)"web.app", 2},
	{(char *)"Container", (char *)"ListenDatagram", (char *)"/run/x", (char *)"web.app", 3},
	{(char *)"Container", (char *)"ListenStream", (char *)"82  admin", (char *)"web.app", 4},
};
static const struct app web = {.settings = settings, .n_settings = ARRAY_SIZE(settings)};

static void check(const char *unit, const char *names, const char *want)
{
	if (names)
		(void)setenv("LISTEN_FDNAMES", names, 1);
	else
		(void)unsetenv("LISTEN_FDNAMES");
	CHECK(fdnames_set(&web, unit) == 0);
	CHECK_STREQ(getenv("LISTEN_FDNAMES"), want);
}

int main(void)
{
	check("app@web.service", NULL, NULL);
	check("app@web.service", "", "");
	check("app@web.service", "app@web.socket", "http");
	check("app@web.service", "app@web.socket:app@web.socket:app@web.socket",
	      "http:app@web.socket:admin");
	check("app@web.service",
	      "stored:app@web.socket:other:app@web.socket:app@web.socket:app@web.socket",
	      "stored:http:other:app@web.socket:admin:app@web.socket");
	check("web.service", "app@web.socket:web.socket:web.socketx",
	      "app@web.socket:http:web.socketx");
	check("web", "web.socket", "web.socket");
	return test_report();
}
