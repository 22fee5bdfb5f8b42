/* SPDX-License-Identifier: MIT */
/* The checkers of docker's small languages, which lib/ takes apart for nap run as well. */
#include <errno.h>
#include <linux/sched.h>
#include <string.h>
#include <strings.h>

#include "lib/address.h"
#include "lib/caps.h"
#include "lib/device.h"
#include "lib/mountspec.h"
#include "lib/port.h"
#include "lib/rlimit.h"
#include "lib/secret.h"
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

/* A dash says that it may be missing. */
int check_device(const struct key *key, const char *value, const char **ret_why)
{
	CLEANUP(device_done)
	struct device_spec device = {0};

	(void)key;
	return device_parse(*value == '-' ? value + 1 : value, &device, ret_why);
}

int check_secret(const struct key *key, const char *value, const char **ret_why)
{
	CLEANUP(secret_done)
	struct secret_spec secret = {0};

	(void)key;
	return secret_parse(value, &secret, ret_why);
}

int check_volume(const struct key *key, const char *value, const char **ret_why)
{
	CLEANUP(mountspec_done)
	struct mount_spec mount = {0};

	(void)key;
	return mountspec_parse_volume(value, &mount, ret_why);
}

int check_mount(const struct key *key, const char *value, const char **ret_why)
{
	CLEANUP(mountspec_done)
	struct mount_spec mount = {0};

	(void)key;
	return mountspec_parse_mount(value, true, &mount, ret_why);
}

int check_tmpfs(const struct key *key, const char *value, const char **ret_why)
{
	CLEANUP(mountspec_done)
	struct mount_spec mount = {0};

	(void)key;
	return mountspec_parse_tmpfs(value, true, &mount, ret_why);
}
