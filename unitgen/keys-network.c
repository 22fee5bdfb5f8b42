/* SPDX-License-Identifier: MIT */
/*
 * One row per key of [Network], the section of NAME.network files. Names and meanings are Quadlet's
 * (podman-systemd.unit(5)); what nap does with each is in nap.network(5), which lint compares with
 * this table.
 */
#include "keys.h"
#include "lib/cleanup.h"
#include "value.h"

static const struct key keys[] = {
	{"ContainersConfModule", KEY_REFUSED, "nap.conf(5) has the settings of all networks", NULL,
	 NULL},
	{"DisableDNS", KEY_SINGLE, "a boolean", check_bool, NULL},
	{"DNS", KEY_LIST, "an IP address", check_address, NULL},
	{"Driver", KEY_SINGLE, "bridge", check_driver, NULL},
	{"Gateway", KEY_LIST, "an IP address", check_address, NULL},
	{"GlobalArgs", KEY_REFUSED, "there is no podman here; nap.conf(5) has nap's own settings",
	 NULL, NULL},
	{"InterfaceName", KEY_SINGLE, "the name of an interface", check_interface, NULL},
	{"Internal", KEY_SINGLE, "a boolean", check_bool, NULL},
	{"IPAMDriver", KEY_SINGLE, "host-local", check_ipam, NULL},
	{"IPRange", KEY_LIST, "a prefix or FIRST-LAST", check_range, NULL},
	{"IPv6", KEY_SINGLE, "a boolean", check_bool, NULL},
	{"Label", KEY_WORDS, "NAME=VALUE", check_assignment,
	 "nothing shows the labels of networks yet: it has no effect"},
	{"NetworkDeleteOnStop", KEY_SINGLE, "a boolean", check_bool,
	 "nap net prune removes the networks that no app is on: it has no effect"},
	{"NetworkName", KEY_SINGLE, "a word", check_word,
	 "a network is called as its file is: it has no effect"},
	{"Options", KEY_WORDS, "NAME=VALUE", check_option, NULL},
	{"PodmanArgs", KEY_REFUSED, "most have a key of their own in nap.network(5)", NULL, NULL},
	{"ServiceName", KEY_SINGLE, "the name of a unit, without .service", check_unit_name,
	 "a network has no unit: it has no effect"},
	{"Subnet", KEY_LIST, "a prefix", check_subnet, NULL},
};

const struct key_table network_keys = {keys, ARRAY_SIZE(keys)};
