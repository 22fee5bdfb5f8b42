/* SPDX-License-Identifier: MIT */
/* Limits, kernel parameters, capabilities and hosts by their names: small tables, tested together.
 */
#include "test.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <string.h>

#include "lib/address.h"
#include "lib/caps.h"
#include "lib/cleanup.h"
#include "lib/rlimit.h"
#include "lib/sysctl.h"

static void check_limits(void)
{
	static const struct {
		const char *text;
		int r;
		rlim_t soft, hard;
	} cases[] = {
		{"nofile=1024:4096", 0, 1024, 4096},
		{"nofile=1024", 0, 1024, 1024},
		{"core=-1", 0, RLIM_INFINITY, RLIM_INFINITY},
		{"core=0:unlimited", 0, 0, RLIM_INFINITY},
		{"nofile=2:1", -ERANGE, 0, 0},
		{"nofile", -EINVAL, 0, 0},
		{"nofile=", -EINVAL, 0, 0},
		{"nofile=1:", -EINVAL, 0, 0},
		{"nofile=:1", -EINVAL, 0, 0},
		{"NOFILE=1", -EINVAL, 0, 0},
		{"files=1", -EINVAL, 0, 0},
		{"nofile=-2", -EINVAL, 0, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct rlimit_spec l = {0};

		if (!CHECK(rlimit_parse(cases[i].text, &l) == cases[i].r))
			(void)printf("\t%s\n", cases[i].text);
		CHECK(l.limit.rlim_cur == cases[i].soft && l.limit.rlim_max == cases[i].hard);
	}
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		CHECK(rlimit_number(rlimit_name(i)) == i);
		CHECK(strcasecmp(rlimit_constant(i) + strlen("RLIMIT_"), rlimit_name(i)) == 0);
	}
}

static void check_sysctls(void)
{
	static const struct {
		const char *text;
		uint64_t ns;
		const char *want; /* NULL: refused */
	} cases[] = {
		{"net.core.somaxconn=1", CLONE_NEWNET, "net/core/somaxconn=1"},
		{"net/ipv4/conf/eth0.1/forwarding=1", CLONE_NEWNET,
		 "net/ipv4/conf/eth0.1/forwarding=1"},
		{"net.ipv4.conf.eth0/1.forwarding=a.b", CLONE_NEWNET,
		 "net/ipv4/conf/eth0.1/forwarding=a.b"},
		{"kernel.shmmax=1", CLONE_NEWIPC, "kernel/shmmax=1"},
		{"kernel.domainname=x", CLONE_NEWUTS, "kernel/domainname=x"},
		{"net.core.somaxconn=1", CLONE_NEWIPC, NULL},
		{"kernel.panic=1", CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS, NULL},
		{"net.core.somaxconn", CLONE_NEWNET, NULL},
		{"=1", CLONE_NEWNET, NULL},
		{"/net/core/somaxconn=1", CLONE_NEWNET, NULL},
		{"net/../kernel/panic=1", CLONE_NEWNET, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *got = NULL;
		const char *why = NULL;
		int r = sysctl_parse(cases[i].text, cases[i].ns, &got, &why);

		CHECK_STREQ(got, cases[i].want);
		CHECK(r == 0 ? !why : r == -EINVAL && why);
	}
}

static void check_capabilities(void)
{
	int cap = -1;

	for (int i = 0; i <= CAP_LAST_CAP; i++)
		CHECK(caps_parse(caps_name(i), &cap) == 0 && cap == i);
	CHECK(caps_parse("NET_ADMIN", &cap) == 0 && cap == CAP_NET_ADMIN);
	CHECK(caps_parse("Cap_Net_Raw", &cap) == 0 && cap == CAP_NET_RAW);
	CHECK(caps_parse("", &cap) < 0 && caps_parse("cap_", &cap) < 0);
	CHECK(caps_parse("12", &cap) < 0 && caps_parse("net_admin ", &cap) < 0);
}

static void check_hosts(void)
{
	static const char *const good[] = {"db:10.0.0.1", "db=::1", "a.b-c:fd00::1",
					   "machine:host-gateway"};
	static const char *const bad[] = {
		"db",	       ":1.2.3.4",    "db:",	    "db:x",
		"a b:1.2.3.4", "db:1.2.3.4 ", "-a:1.2.3.4", "db:host-gateway "};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		CHECK(hosts_entry_is_valid(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(!hosts_entry_is_valid(bad[i]));
}

static void check_resolvers(void)
{
	static const char *const domains[] = {".", "example.org", "example.org.", "_tcp.a-b", "A1"};
	static const char *const no_domains[] = {"",	".a",  "a..b", "..",  "-a",
						 "a b", "a#b", "a\nb", "a|b", "\xc3\xa4"};
	static const char *const options[] = {"ndots:2", "no-aaaa", "#;|", "~"};
	static const char *const no_options[] = {"", "a b", "a\tb", "a\nb", "a\x7f", "\xc3\xa4"};
	char text[300];

	for (size_t i = 0; i < ARRAY_SIZE(domains); i++)
		CHECK(search_domain_is_valid(domains[i]));
	for (size_t i = 0; i < ARRAY_SIZE(no_domains); i++)
		CHECK(!search_domain_is_valid(no_domains[i]));
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		CHECK(resolver_option_is_valid(options[i]));
	for (size_t i = 0; i < ARRAY_SIZE(no_options); i++)
		CHECK(!resolver_option_is_valid(no_options[i]));
	for (size_t n = 0; n < sizeof(text); n++) {
		memset(text, 'a', n);
		text[n] = '\0';
		CHECK(search_domain_is_valid(text) == (n >= 1 && n <= 253));
		CHECK(resolver_option_is_valid(text) == (n >= 1 && n <= 255));
	}
}

int main(void)
{
	check_limits();
	check_sysctls();
	check_capabilities();
	check_hosts();
	check_resolvers();
	return test_report();
}
