/* SPDX-License-Identifier: MIT */
/*
 * nap.conf(5): one table of keys, read from the vendor's, the run-time and the administrator's
 * directory, the later one winning key by key; drop-ins in nap.conf.d/ come after all main files.
 */
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "lib/cleanup.h"
#include "lib/conf.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/text.h"

enum key_type {
	KEY_PATH,
	KEY_BOOL,
	KEY_SIZE,
	KEY_NUMBER,
	KEY_SUBNET,
	KEY_SUBNET6,
	KEY_ADDRESS,
	KEY_MTU,
};

#define SETTING(member) offsetof(struct settings, member)

static const struct key {
	const char *section, *name;
	enum key_type type;
	size_t offset;
} keys[] = {
	{"Store", "Path", KEY_PATH, SETTING(root)},
	{"Store", "StatePath", KEY_PATH, SETTING(runroot)},
	{"Store", "ScratchPath", KEY_PATH, SETTING(scratch)},
	{"Store", "Sync", KEY_BOOL, SETTING(sync)},
	{"Network", "Subnet", KEY_SUBNET, SETTING(network)},
	{"Network", "Subnet6", KEY_SUBNET6, SETTING(network)},
	{"Network", "PublishAddress", KEY_ADDRESS, SETTING(network.publish)},
	{"Network", "MTU", KEY_MTU, SETTING(network.mtu)},
	{"Load", "MaxJsonSize", KEY_SIZE, SETTING(limits.json_bytes)},
	{"Load", "MaxLayers", KEY_NUMBER, SETTING(limits.layers)},
	{"Load", "MaxEntries", KEY_NUMBER, SETTING(limits.entries)},
	{"Load", "MaxUnpackedSize", KEY_SIZE, SETTING(limits.unpacked_bytes)},
	{"Load", "MaxRatio", KEY_NUMBER, SETTING(limits.ratio)},
	{"Load", "MaxRatioAfter", KEY_SIZE, SETTING(limits.ratio_after_bytes)},
	{"Load", "MaxSparseRegions", KEY_NUMBER, SETTING(limits.sparse_regions)},
	{"Load", "MaxPathLength", KEY_NUMBER, SETTING(limits.path_bytes)},
	{"Load", "MaxPathDepth", KEY_NUMBER, SETTING(limits.path_depth)},
};

/* A prefix with room for a gateway and a container, and nothing set beyond its length. */
static int set_subnet(struct network_defaults *d, int f, const char *value)
{
	struct ip_prefix p;
	struct ip_address first;

	if (ip_prefix_parse(value, f == IP4 ? AF_INET : AF_INET6, &p) < 0)
		return -EINVAL;
	first = ip_prefix_first(&p);
	if (p.length < 8 || p.length > (f == IP4 ? 30 : 126) || !ip_equal(&first, &p.address))
		return -EINVAL;
	d->subnet[f] = p;
	return 0;
}

static int set_subnet6(struct network_defaults *d, const char *value)
{
	int r = streq(value, "no") ? 0 : set_subnet(d, IP6, value);

	if (r == 0)
		d->no_ipv6 = streq(value, "no");
	return r;
}

static int set_key(void *at, enum key_type type, const char *value, const char **ret_expected)
{
	switch (type) {
	case KEY_PATH:
		*ret_expected = "an absolute path";
		return *value == '/' ? text_set(at, value) : -EINVAL;
	case KEY_BOOL:
		*ret_expected = "a boolean";
		return parse_bool(value, at);
	case KEY_SIZE:
		*ret_expected = "a size";
		return parse_size(value, at);
	case KEY_NUMBER:
		*ret_expected = "a number from 1 to 2^40";
		return parse_u64(value, 1, (uint64_t)1 << 40, at);
	case KEY_SUBNET:
		*ret_expected = "a subnet (10.78.0.0/16)";
		return set_subnet(at, IP4, value);
	case KEY_SUBNET6:
		*ret_expected = "a subnet (fd00:1:2:3::/64), or no";
		return set_subnet6(at, value);
	case KEY_ADDRESS:
		*ret_expected = "an address";
		return ip_parse(value, 0, at);
	case KEY_MTU:
		*ret_expected = "a number from 1280 to 65535";
		return parse_u32(value, 1280, 65535, at);
	}
	return -EINVAL;
}

static int take_key(void *data, const char *file, unsigned line, const char *section,
		    const char *name, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *expected = NULL;
		int r;

		if (!streq(keys[i].section, section) || !streq(keys[i].name, name))
			continue;
		r = set_key((char *)data + keys[i].offset, keys[i].type, value, &expected);
		if (r == -ENOMEM)
			return log_oom();
		if (r < 0)
			return log_refuse(-EINVAL, "%s:%u: %s=: \"%s\": not %s", file, line, name,
					  value, expected);
		return 0;
	}
	return log_refuse(-EINVAL, "%s:%u: %s=: unknown key in section [%s]", file, line, name,
			  section);
}

static int is_conf(const struct dirent *e)
{
	return e->d_name[0] != '.' && endswith(e->d_name, ".conf");
}

static int load_drop_ins(struct settings *s, const char *directory)
{
	struct dirent **entries;
	char path[512];
	int n, r = 0;

	(void)snprintf(path, sizeof(path), "%s/nap.conf.d", directory);
	n = scandir(path, &entries, is_conf, alphasort);
	if (n < 0)
		return errno == ENOENT ? 0 : log_fail(-errno, "read %s", path);
	for (int i = 0; i < n; i++) {
		if (r == 0) {
			(void)snprintf(path, sizeof(path), "%s/nap.conf.d/%s", directory,
				       entries[i]->d_name);
			r = conf_load(path, take_key, s);
		}
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int load_main(struct settings *s, const char *directory)
{
	char path[512];
	int r;

	(void)snprintf(path, sizeof(path), "%s/nap.conf", directory);
	r = conf_load(path, take_key, s);
	return r == -ENOENT ? 0 : r;
}

int settings_load_from(struct settings *s, const char *const *directories)
{
	int r = 0;

	*s = (struct settings){.limits = load_limits_default, .sync = true};
	s->root = strdup("/var/lib/nap");
	s->runroot = strdup("/run/nap");
	if (!s->root || !s->runroot)
		return log_oom();
	for (const char *const *d = directories; r == 0 && *d; d++)
		r = load_main(s, *d);
	for (const char *const *d = directories; r == 0 && *d; d++)
		r = load_drop_ins(s, *d);
	return r;
}

int settings_load(struct settings *s)
{
	static const char *const directories[] = {"/usr/lib/nap", "/run/nap", "/etc/nap", NULL};

	return settings_load_from(s, directories);
}

void settings_done(struct settings *s)
{
	free(s->root);
	free(s->runroot);
	free(s->scratch);
	*s = (struct settings){0};
}
