/* SPDX-License-Identifier: MIT */
/* The small languages of single options: limits, kernel parameters, secrets, capabilities. */
#include "fuzz.h"

#include <errno.h>
#include <linux/sched.h>

#include "lib/caps.h"
#include "lib/cleanup.h"
#include "lib/rlimit.h"
#include "lib/secret.h"
#include "lib/sysctl.h"
#include "lib/text.h"

static void check_rlimit(const char *text)
{
	struct rlimit_spec s = {0}, again = {0};
	char out[96];

	if (rlimit_parse(text, &s) < 0)
		return;
	REQUIRE(s.limit.rlim_cur <= s.limit.rlim_max);
	REQUIRE(rlimit_number(rlimit_name(s.resource)) == s.resource);
	(void)snprintf(out, sizeof(out), "%s=%lld:%lld", rlimit_name(s.resource),
		       (long long)s.limit.rlim_cur, (long long)s.limit.rlim_max);
	REQUIRE(rlimit_parse(out, &again) == 0 && again.resource == s.resource);
	REQUIRE(again.limit.rlim_cur == s.limit.rlim_cur);
	REQUIRE(again.limit.rlim_max == s.limit.rlim_max);
}

/* What comes out is a path below /proc/sys, and a value. */
static void check_sysctl(const char *text)
{
	auto_free char *path = NULL, *none = NULL;
	const char *why = NULL;
	char *equals;

	if (sysctl_parse(text, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS, &path, &why) < 0) {
		REQUIRE(why && !path);
		return;
	}
	REQUIRE(sysctl_parse(text, 0, &none, &why) == -EINVAL);
	equals = strchr(path, '=');
	REQUIRE(equals);
	*equals = '\0';
	REQUIRE(*path != '/' && !strstr(path, ".."));
	REQUIRE(startswith(path, "net/") || startswith(path, "fs/mqueue/") ||
		startswith(path, "kernel/"));
}

static void check_secret(const char *text)
{
	CLEANUP(secret_done)
	struct secret_spec s = {0};
	const char *why = NULL;
	int r = secret_parse(text, &s, &why);

	if (r < 0) {
		REQUIRE(r == -EINVAL && why);
		return;
	}
	REQUIRE(credential_name_is_valid(s.name) && s.mode <= 0777);
	REQUIRE(!s.env != !s.target);
	if (s.target && *s.target != '/')
		REQUIRE(*s.target && !strpbrk(s.target, "/\n") && !streq(s.target, ".."));
	if (s.target && *s.target == '/')
		REQUIRE(s.target[1] && !strstr(s.target, "/../") && !endswith(s.target, "/.."));
}

static void check_capability(const char *text)
{
	int cap = -1, again = -1;

	if (caps_parse(text, &cap) == 0)
		REQUIRE(caps_parse(caps_name(cap), &again) == 0 && again == cap);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);

	check_rlimit(text);
	check_sysctl(text);
	check_secret(text);
	check_capability(text);
	return 0;
}
