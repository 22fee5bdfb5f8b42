/* SPDX-License-Identifier: MIT */
/*
 * One row per key of [Container]. Names and meanings are Quadlet's (podman-systemd.unit(5)) but for
 * the last few; what nap does with each is in nap.app(5), which lint compares with this table.
 */
#include "keys.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "lib/cleanup.h"
#include "lib/text.h"
#include "unitgen.h"
#include "value.h"

#define LATER_PULL "nap does not pull images yet: it has no effect"
#define SELINUX "only for machines with SELinux: it has no effect yet"
#define POD "Network=app:NAME shares a network, Slice= of [Service] shares limits"
#define JOURNAL "the app writes to the journal; see StandardOutput= of [Service]"
#define HEALTH_LOG "results of health checks are in the journal"
#define REMAP "UserNS=auto"

static const struct key keys[] = {
	{"AddCapability", KEY_WORDS, "a capability", check_capability, NULL},
	{"AddDevice", KEY_WORDS, "a device", check_device, NULL},
	{"AddHost", KEY_LIST, "NAME:ADDRESS or NAME:host-gateway", check_host, NULL},
	{"Annotation", KEY_WORDS, "NAME=VALUE", check_assignment, NULL},
	{"AppArmor", KEY_SINGLE, "the name of a profile", check_word, NULL},
	{"AutoUpdate", KEY_SINGLE, "one of registry, local", check_choice,
	 "nap does not update images yet: it has no effect"},
	{"CgroupsMode", KEY_REFUSED, "the app is always in its unit's own cgroup", NULL, NULL},
	{"ContainerName", KEY_SINGLE, "a host name", check_hostname, NULL},
	{"ContainersConfModule", KEY_REFUSED, "nap.conf(5) has the settings of all apps", NULL,
	 NULL},
	{"DNS", KEY_LIST, "an IP address", check_address, NULL},
	{"DNSOption", KEY_LIST, "an option of resolv.conf(5)", check_resolver_option, NULL},
	{"DNSSearch", KEY_LIST, "a domain", check_search_domain, NULL},
	{"DropCapability", KEY_WORDS, "a capability", check_capability, NULL},
	{"Entrypoint", KEY_SINGLE_TEXT, "a command", check_command, NULL},
	{"Environment", KEY_WORDS, "NAME=VALUE", check_environment, NULL},
	{"EnvironmentFile", KEY_WORDS, "a path", check_optional_path, NULL},
	{"EnvironmentHost", KEY_SINGLE, "a boolean", check_bool, NULL},
	{"Exec", KEY_SINGLE, "words", check_words, NULL},
	{"ExposeHostPort", KEY_LIST, "PORT[-PORT][/tcp|udp|sctp]", check_port,
	 "it has no effect: apps on one network reach all ports of each other"},
	{"GIDMap", KEY_WORDS, "INSIDE:OUTSIDE:COUNT", check_id_map, NULL},
	{"GlobalArgs", KEY_REFUSED, "there is no podman here; nap.conf(5) has nap's own settings",
	 NULL, NULL},
	{"Group", KEY_SINGLE, "a group", check_group, NULL},
	{"GroupAdd", KEY_LIST, "a group", check_group, NULL},
	{"HealthCmd", KEY_SINGLE, "a command", check_probe, NULL},
	{"HealthInterval", KEY_SINGLE, "a time span above 0", check_period, NULL},
	{"HealthLogDestination", KEY_REFUSED, HEALTH_LOG, NULL, NULL},
	{"HealthMaxLogCount", KEY_REFUSED, HEALTH_LOG, NULL, NULL},
	{"HealthMaxLogSize", KEY_REFUSED, HEALTH_LOG, NULL, NULL},
	{"HealthOnFailure", KEY_SINGLE, "one of none, kill, restart, stop", check_choice, NULL},
	{"HealthRetries", KEY_SINGLE, "a number from 1 to 1000000", check_count, NULL},
	{"HealthStartPeriod", KEY_SINGLE, "a time span", check_duration, NULL},
	{"HealthStartupCmd", KEY_SINGLE, "a command", check_probe, NULL},
	{"HealthStartupInterval", KEY_SINGLE, "a time span above 0", check_period, NULL},
	{"HealthStartupRetries", KEY_SINGLE, "a number from 1 to 1000000", check_count, NULL},
	{"HealthStartupSuccess", KEY_SINGLE, "a number from 1 to 1000000", check_count, NULL},
	{"HealthStartupTimeout", KEY_SINGLE, "a time span above 0", check_period, NULL},
	{"HealthTimeout", KEY_SINGLE, "a time span above 0", check_period, NULL},
	{"HostName", KEY_SINGLE, "a host name", check_hostname, NULL},
	{"HttpProxy", KEY_SINGLE, "a boolean", check_bool, NULL},
	{"IP", KEY_SINGLE, "an IPv4 address", check_ipv4, NULL},
	{"IP6", KEY_SINGLE, "an IPv6 address", check_ipv6, NULL},
	{"Image", KEY_SINGLE, "an image or an archive", check_image, NULL},
	{"Label", KEY_WORDS, "NAME=VALUE", check_assignment, NULL},
	{"Landlock", KEY_SINGLE, "a boolean", check_bool, NULL},
	{"LogDriver", KEY_REFUSED, JOURNAL, NULL, NULL},
	{"LogOpt", KEY_REFUSED, JOURNAL, NULL, NULL},
	{"Mask", KEY_LIST, "absolute paths joined by colons", check_masks, NULL},
	{"Memory", KEY_SINGLE, "a size of at least 6M", check_memory, NULL},
	{"Mount", KEY_WORDS, "a mount", check_mount, NULL},
	{"Network", KEY_LIST, "private, none, host, app:NAME or the name of a network",
	 check_network, NULL},
	{"NetworkAlias", KEY_LIST, "a host name", check_hostname, NULL},
	{"NoNewPrivileges", KEY_SINGLE, "a boolean", check_bool, NULL},
	{"Notify", KEY_SINGLE, "a boolean or healthy", check_notify, NULL},
	{"PidsLimit", KEY_SINGLE, "a number of tasks (-1: unlimited)", check_tasks, NULL},
	{"Pod", KEY_REFUSED, POD, NULL, NULL},
	{"PodmanArgs", KEY_REFUSED, "most have a key of their own in nap.app(5)", NULL, NULL},
	{"PublishPort", KEY_LIST, "[[ADDRESS:]PORT:]PORT[/tcp|udp|sctp]", check_port, NULL},
	{"Pull", KEY_SINGLE, "one of never, missing", check_choice, LATER_PULL},
	{"ReadOnly", KEY_SINGLE, "a boolean", check_bool, NULL},
	{"ReadOnlyTmpfs", KEY_SINGLE, "a boolean", check_bool, NULL},
	{"ReloadCmd", KEY_SINGLE, "a command", check_words, NULL},
	{"ReloadSignal", KEY_SINGLE, "a signal", check_signal, NULL},
	{"RemapGid", KEY_REFUSED, REMAP, NULL, NULL},
	{"RemapUid", KEY_REFUSED, REMAP, NULL, NULL},
	{"RemapUidSize", KEY_REFUSED, REMAP, NULL, NULL},
	{"RemapUsers", KEY_REFUSED, REMAP, NULL, NULL},
	{"Retry", KEY_SINGLE, "a number from 1 to 1000000", check_count, LATER_PULL},
	{"RetryDelay", KEY_SINGLE, "a time span", check_duration, LATER_PULL},
	{"Rootfs", KEY_SINGLE, "an absolute path", check_absolute_path, NULL},
	{"RunInit", KEY_SINGLE, "a boolean or auto", check_bool_or_auto, NULL},
	{"SeccompProfile", KEY_SINGLE, "a path or unconfined", check_path, NULL},
	{"Secret", KEY_WORDS, "a secret", check_secret, NULL},
	{"SecurityLabelDisable", KEY_SINGLE, "a boolean", check_bool, SELINUX},
	{"SecurityLabelFileType", KEY_SINGLE, "a type of SELinux", check_word, SELINUX},
	{"SecurityLabelLevel", KEY_SINGLE, "a level of SELinux", check_word, SELINUX},
	{"SecurityLabelNested", KEY_SINGLE, "a boolean", check_bool, SELINUX},
	{"SecurityLabelType", KEY_SINGLE, "a type of SELinux", check_word, SELINUX},
	{"ServiceName", KEY_SINGLE, "the name of a unit, without .service", check_unit_name,
	 "only nap-unit(1) heeds it: an app@NAME.service has no other name"},
	{"ShmSize", KEY_SINGLE, "a size", check_size, NULL},
	{"StartWithPod", KEY_REFUSED, POD, NULL, NULL},
	{"StopSignal", KEY_SINGLE, "a signal", check_signal, NULL},
	{"StopTimeout", KEY_SINGLE, "a time span", check_duration, NULL},
	{"SubGIDMap", KEY_SINGLE, "a name of /etc/subgid", check_sub_id_map, NULL},
	{"SubUIDMap", KEY_SINGLE, "a name of /etc/subuid", check_sub_id_map, NULL},
	{"Sysctl", KEY_WORDS, "NAME=VALUE", check_sysctl, NULL},
	{"Timezone", KEY_SINGLE, "local or the name of a time zone", check_timezone, NULL},
	{"Tmpfs", KEY_LIST, "a path", check_tmpfs, NULL},
	{"UIDMap", KEY_WORDS, "INSIDE:OUTSIDE:COUNT", check_id_map, NULL},
	{"Ulimit", KEY_LIST, "NAME=SOFT[:HARD]", check_ulimit, NULL},
	{"Unmask", KEY_LIST, "ALL or absolute paths joined by colons", check_masks, NULL},
	{"User", KEY_SINGLE, "a user", check_user, NULL},
	{"UserNS", KEY_SINGLE, "auto or host", check_userns, NULL},
	{"VolatileTmp", KEY_REFUSED, "Tmpfs=/tmp", NULL, NULL},
	{"Volume", KEY_LIST, "a volume", check_volume, NULL},
	{"WorkingDir", KEY_SINGLE, "an absolute path", check_absolute_path, NULL},
	/* nap's own */
	{"Allow", KEY_LIST, "[in|out] TARGET[:PORT][/tcp|udp|sctp]", check_rule, NULL},
	{"Deny", KEY_LIST, "[in|out] TARGET[:PORT][/tcp|udp|sctp]", check_rule, NULL},
	{"ListenDatagram", KEY_LIST, "PORT or an address, and a name", check_listen, NULL},
	{"ListenStream", KEY_LIST, "PORT or an address, and a name", check_listen, NULL},
	{"PidMode", KEY_SINGLE, "one of private, host", check_choice, NULL},
};

const struct key_table container_keys = {keys, ARRAY_SIZE(keys)};

const struct key *key_find(const struct key_table *table, const char *name)
{
	for (size_t i = 0; i < table->n; i++)
		if (streq(table->keys[i].name, name))
			return &table->keys[i];
	return NULL;
}

bool app_key_is_ours(const char *name)
{
	static const char *const shared[] = {"Environment", "EnvironmentFile", "Group",
					     "NoNewPrivileges", "User"};

	for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
		if (streq(shared[i], name))
			return false;
	return key_find(&container_keys, name);
}

/* Edits (a byte put in, left out or changed) that make a into b, case aside. */
static size_t distance(const char *a, const char *b)
{
	size_t n = strlen(b), row[64];

	if (n >= ARRAY_SIZE(row))
		return SIZE_MAX;
	for (size_t i = 0; i <= n; i++)
		row[i] = i;
	for (; *a; a++) {
		size_t diagonal = row[0];

		row[0]++;
		for (size_t i = 1; i <= n; i++) {
			size_t best = diagonal + (strncasecmp(a, b + i - 1, 1) != 0);

			best = best < row[i] + 1 ? best : row[i] + 1;
			best = best < row[i - 1] + 1 ? best : row[i - 1] + 1;
			diagonal = row[i];
			row[i] = best;
		}
	}
	return row[n];
}

const char *key_nearest(const struct key_table *table, const char *name)
{
	size_t best = strlen(name) / 3 + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < table->n; i++) {
		const struct key *key = &table->keys[i];
		size_t d = key->kind == KEY_REFUSED ? SIZE_MAX : distance(name, key->name);

		if (d >= best)
			continue;
		best = d;
		nearest = key->name;
	}
	return nearest;
}

const char *key_other_section(const char *name)
{
	static const struct {
		const char *key, *section;
	} others[] = {
		{"After", "Unit"},
		{"Before", "Unit"},
		{"BindsTo", "Unit"},
		{"Description", "Unit"},
		{"Documentation", "Unit"},
		{"PartOf", "Unit"},
		{"Requires", "Unit"},
		{"StartLimitBurst", "Unit"},
		{"StartLimitIntervalSec", "Unit"},
		{"Wants", "Unit"},
		{"Alias", "Install"},
		{"DefaultInstance", "Install"},
		{"RequiredBy", "Install"},
		{"WantedBy", "Install"},
		{"CPUQuota", "Service"},
		{"CPUWeight", "Service"},
		{"ExecReload", "Service"},
		{"ExecStartPost", "Service"},
		{"ExecStartPre", "Service"},
		{"ExecStop", "Service"},
		{"ExecStopPost", "Service"},
		{"IOWeight", "Service"},
		{"LoadCredential", "Service"},
		{"MemoryHigh", "Service"},
		{"MemoryMax", "Service"},
		{"Restart", "Service"},
		{"RestartSec", "Service"},
		{"SetCredential", "Service"},
		{"Slice", "Service"},
		{"StandardOutput", "Service"},
		{"TasksMax", "Service"},
		{"TimeoutStartSec", "Service"},
		{"TimeoutStopSec", "Service"},
		{"WatchdogSec", "Service"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (streq(others[i].key, name))
			return others[i].section;
	return NULL;
}
