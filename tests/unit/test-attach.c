/* SPDX-License-Identifier: MIT */
/* Network=: every form. */
#include "test.h"

#include "lib/attach.h"
#include "lib/cleanup.h"
#include "lib/strv.h"
#include "lib/text.h"

/* want: MODE NAME IP IP6 INTERFACE MAC, and the aliases; NULL: refused */
static const struct {
	const char *text, *want;
} cases[] = {
	{"private", "network private - - - 000000000000"},
	{"bridge", "network private - - - 000000000000"},
	{"default", "network private - - - 000000000000"},
	{"none", "none - - - - 000000000000"},
	{"host", "host - - - - 000000000000"},
	{"app:db", "container db - - - 000000000000"},
	{"db.app", "container db - - - 000000000000"},
	{"db.container", "container db - - - 000000000000"},
	{"app:db@1", "container db@1 - - - 000000000000"},
	{"app:db@a:b", "container db@a:b - - - 000000000000"},
	{"db@1.app", "container db@1 - - - 000000000000"},
	{"container:0f3a", "container 0f3a - - - 000000000000"},
	{"app:private", "container private - - - 000000000000"},
	{"back", "network back - - - 000000000000"},
	{"back.network", "network back - - - 000000000000"},
	{"nap0", "network nap0 - - - 000000000000"},
	{"back:ip=10.1.2.3", "network back 10.1.2.3 - - 000000000000"},
	{"back:ip=fd00::3", "network back - fd00::3 - 000000000000"},
	{"back.network:ip6=fd00::3,ip=10.1.2.3,interface_name=data0",
	 "network back 10.1.2.3 fd00::3 data0 000000000000"},
	{"private:mac=02:00:5e:AB:cd:01", "network private - - - 02005eabcd01"},
	{"bridge:alias=a,alias=b.c", "network private - - - 000000000000 a b.c"},
	{"back:alias=db.app", "network back - - - 000000000000 db.app"},
	{"back:interface_name=db.container", "network back - - db.container 000000000000"},
	{"db@a:b.app", "container db@a:b - - - 000000000000"},
	{"", NULL},
	{":ip=10.1.2.3", NULL},
	{".network", NULL},
	{"host.network", NULL},
	{"private.network", NULL},
	{"Back", NULL},
	{"back ", NULL},
	{"back/x", NULL},
	{"app:", NULL},
	{"app:Web", NULL},
	{"app:web@", NULL},
	{".app", NULL},
	{"container:", NULL},
	{"ns:/run/netns/x", NULL},
	{"none:ip=10.1.2.3", NULL},
	{"host:", NULL},
	{"back:", NULL},
	{"back:ip", NULL},
	{"back:ip=", NULL},
	{"back:ip=10.1.2", NULL},
	{"back:ip=10.1.2.3,ip=10.1.2.4", NULL},
	{"back:ip6=10.1.2.3", NULL},
	{"back:ip=10.1.2.3,", NULL},
	{"back:alias=a b", NULL},
	{"back:interface_name=lo", NULL},
	{"back:interface_name=", NULL},
	{"back:interface_name=a/b", NULL},
	{"back:interface_name=1234567890123456", NULL},
	{"back:mac=03:00:00:00:00:01", NULL}, /* a group's */
	{"back:mac=00:00:00:00:00:00", NULL},
	{"back:mac=02:00:00:00:00:1", NULL},
	{"back:mac=02:00:00:00:00:01:02", NULL},
	{"back:mac=02-00-00-00-00-01", NULL},
	{"back:mtu=9000", NULL},
};

static const char *or_dash(const char *s)
{
	return *s ? s : "-";
}

static char *describe(const struct attach_spec *a)
{
	static const char *const modes[] = {"network", "none", "host", "container"};
	char ip[IP_FAMILIES][INET6_ADDRSTRLEN];
	auto_buf out = {0};

	for (size_t i = 0; i < IP_FAMILIES; i++)
		(void)ip_format(&a->ip[i], ip[i]);
	buf_fmt(&out, "%s %s %s %s %s ", modes[a->mode], a->name ? a->name : "-", or_dash(ip[IP4]),
		or_dash(ip[IP6]), or_dash(a->interface));
	for (size_t i = 0; i < sizeof(a->mac); i++)
		buf_fmt(&out, "%02x", a->mac[i]);
	STRV_FOREACH (alias, a->aliases)
		buf_fmt(&out, " %s", *alias);
	return buf_take(&out);
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(attach_done)
		struct attach_spec a = {0};
		auto_free char *got = NULL;
		const char *why = NULL;

		if (attach_parse(cases[i].text, &a, &why) < 0) {
			CHECK_STREQ(NULL, cases[i].want);
			CHECK(why);
			continue;
		}
		got = describe(&a);
		CHECK_STREQ(got, cases[i].want);
	}
	CHECK(network_name_is_valid("back") && network_name_is_valid("a.b"));
	CHECK(!network_name_is_valid("none") && !network_name_is_valid("bridge"));
	CHECK(!network_name_is_valid("") && !network_name_is_valid("a@b"));
	return test_report();
}
