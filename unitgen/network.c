/* SPDX-License-Identifier: MIT */
/*
 * Networks: NAME.network files, which are looked for and read as apps are (app.c), and what their
 * keys must be together.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "lib/attach.h"
#include "lib/ip.h"
#include "lib/log.h"

/* ---- addresses: one subnet of each family, the others within it ---- */

/* What is said of one family. */
struct plan {
	struct ip_prefix subnet; /* family 0: nothing */
	bool gateway, range;
};

static int refuse_twice(const struct app_setting *s)
{
	return setting_refuse(s, "there can be one of IPv4 and one of IPv6");
}

static int take_subnet(const struct app_setting *s, struct plan *plans)
{
	struct ip_prefix subnet;
	struct plan *plan;

	if (ip_prefix_parse(s->value, 0, &subnet) < 0)
		return log_oom(); /* it has been checked */
	plan = &plans[ip_index(&subnet.address)];
	if (plan->subnet.address.family)
		return refuse_twice(s);
	plan->subnet = subnet;
	return 0;
}

/* What needs a subnet of its family, and lies in it. *seen: there has been one. */
static int check_within(const struct app_setting *s, const struct plan *plan,
			const struct ip_range *range, bool *seen)
{
	const struct ip_prefix *subnet = &plan->subnet;
	char text[INET6_ADDRSTRLEN + 4];
	auto_free char *why = NULL;

	if (*seen)
		return refuse_twice(s);
	*seen = true;
	if (!subnet->address.family)
		return setting_refuse(s, "needs a Subnet= of its family as well");
	if (ip_prefix_contains(subnet, &range->first) && ip_prefix_contains(subnet, &range->last))
		return 0;
	why = text_format("not within Subnet=%s", ip_prefix_format(subnet, text));
	return why ? setting_refuse(s, why) : log_oom();
}

static int take_gateway(const struct app_setting *s, struct plan *plans)
{
	struct ip_address first, last;
	struct ip_range range;
	struct plan *plan;
	int r;

	if (ip_parse(s->value, 0, &range.first) < 0)
		return log_oom();
	range.last = range.first;
	plan = &plans[ip_index(&range.first)];
	r = check_within(s, plan, &range, &plan->gateway);
	if (r < 0)
		return r;
	first = ip_prefix_first(&plan->subnet);
	last = ip_prefix_last(&plan->subnet);
	if (ip_equal(&range.first, &first) || ip_equal(&range.first, &last))
		return setting_refuse(s, "the first and the last address of a subnet stand for "
					 "all of it");
	return 0;
}

static int take_range(const struct app_setting *s, struct plan *plans)
{
	struct ip_range range;
	struct plan *plan;

	if (ip_range_parse(s->value, &range) < 0)
		return log_oom();
	plan = &plans[ip_index(&range.first)];
	return check_within(s, plan, &range, &plan->range);
}

/* Subnets first, so that the order of keys does not matter. */
static int check_addresses(const struct app *network)
{
	static const struct {
		const char *key;
		int (*take)(const struct app_setting *s, struct plan *plans);
	} steps[] = {{"Subnet", take_subnet}, {"Gateway", take_gateway}, {"IPRange", take_range}};
	struct plan plans[IP_FAMILIES] = {0};
	int bad = 0;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		for (size_t k = 0; k < network->n_settings; k++) {
			const struct app_setting *s = &network->settings[k];
			int r = 0;

			if (streq(s->section, "Network") && streq(s->key, steps[i].key))
				r = steps[i].take(s, plans);
			bad = bad < 0 ? bad : r;
		}
	}
	return bad;
}

static int check(const struct app *network, const char *label)
{
	(void)label;
	return check_addresses(network);
}

/* ---- what has no effect ---- */

/* NAME=VALUE of Options=, podman's and docker's names of it. */
static const char *note_option(const char *option)
{
	static const char *const known[] = {"mtu=", "com.docker.network.driver.mtu="};
	bool on;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (startswith(option, known[i]))
			return NULL;
	if (!startswith(option, "isolate="))
		return "nap knows mtu= and isolate= alone: it has no effect";
	option += strlen("isolate=");
	return parse_bool(option, &on) < 0 || on
		       ? NULL
		       : "networks are always isolated from each other: it has no effect";
}

static const char *note(const struct app_setting *s)
{
	const struct key *key;

	if (!streq(s->section, "Network"))
		return "a network is made when its first app starts: the section has no effect";
	if (streq(s->key, "Options"))
		return note_option(s->value);
	key = key_find(&network_keys, s->key);
	return key ? key->note : NULL;
}

/* ---- what others call ---- */

const struct definition_kind kind_network = {
	.noun = "network",
	.a_noun = "a network",
	.suffixes = {".network"},
	.section = "Network",
	.keys = &network_keys,
	.name_is_valid = network_name_is_valid,
	.names = "[a-z0-9][a-z0-9_.-]{0,62}; private, bridge, default, none and host are taken",
	.check = check,
	.note = note,
};

int network_load(const char *name, struct app **ret)
{
	return definition_load(&kind_network, name, ret);
}

int network_load_file(const char *path, struct app **ret)
{
	return definition_load_file(&kind_network, path, ret);
}

int network_names(char ***ret)
{
	return definition_names(&kind_network, ret);
}
