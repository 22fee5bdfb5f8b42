/* SPDX-License-Identifier: MIT */
/* The checkers of docker's small languages, which lib/ takes apart for nap run as well. */
#include <errno.h>
#include <linux/sched.h>
#include <string.h>
#include <strings.h>

#include "lib/address.h"
#include "lib/caps.h"
#include "lib/parse.h"
#include "lib/port.h"
#include "lib/rlimit.h"
#include "lib/strv.h"
#include "lib/sysctl.h"
#include "lib/text.h"
#include "value.h"

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

int check_capability(const struct key *key, const char *value, const char **ret_why)
{
	int cap;

	(void)key;
	(void)ret_why;
	return strcasecmp(value, "all") == 0 ? 0 : caps_parse(value, &cap);
}

int check_ulimit(const struct key *key, const char *value, const char **ret_why)
{
	struct rlimit_spec limit;
	int r = rlimit_parse(value, &limit);

	(void)key;
	return r == -ERANGE ? refuse(ret_why, "the soft limit is above the hard one") : r;
}

/* Whether the namespace is the app's own is known when all is read. */
int check_sysctl(const struct key *key, const char *value, const char **ret_why)
{
	auto_free char *path = NULL;

	(void)key;
	return sysctl_parse(value, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS, &path, ret_why);
}

int check_host(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	(void)ret_why;
	return hosts_entry_is_valid(value) ? 0 : -EINVAL;
}

int check_port(const struct key *key, const char *value, const char **ret_why)
{
	struct port_spec port;

	(void)key;
	return port_parse(value, &port, ret_why);
}

/* ---- Secret=NAME[,type=mount|env][,target=][,uid=][,gid=][,mode=] ---- */

/* A credential of systemd: a file name it is. */
static bool is_secret_name(const char *s)
{
	static const char set[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	return *s && *s != '.' && !s[strspn(s, set)] && strlen(s) <= 255;
}

static int check_secret_option(char *word, bool *env, const char **target)
{
	char *value = strchr(word, '=');
	uint32_t n;

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	if (streq(word, "type")) {
		*env = streq(value, "env");
		return *env || streq(value, "mount") ? 0 : -EINVAL;
	}
	if (streq(word, "target")) {
		*target = value;
		return *value && !strstr(value, "..") ? 0 : -EINVAL;
	}
	if (streq(word, "uid") || streq(word, "gid"))
		return parse_u32(value, 0, UINT32_MAX - 1, &n);
	return streq(word, "mode") ? parse_mode(value, &n) : -EINVAL;
}

int check_secret(const struct key *key, const char *value, const char **ret_why)
{
	auto_free char *copy = strdup(value);
	char *rest = copy, *word = strsep(&rest, ",");
	const char *target = NULL;
	bool env = false;

	(void)key;
	if (!copy)
		return -ENOMEM;
	if (!is_secret_name(word))
		return refuse(ret_why, "not the name of a credential ([A-Za-z0-9_.-])");
	while ((word = strsep(&rest, ",")))
		if (check_secret_option(word, &env, &target) < 0)
			return refuse(ret_why,
				      "the options are type=mount|env, target=, uid=, gid= "
				      "and mode=");
	if (env && target && !env_name_is_valid(target))
		return refuse(ret_why, "the target is not the name of a variable");
	return 0;
}
