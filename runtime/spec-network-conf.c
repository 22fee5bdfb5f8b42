/* SPDX-License-Identifier: MIT */
/* What a network is to be: the default one by nap.conf(5), any other by its NAME.network. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "spec-parts.h"
#include "unitgen/unitgen.h"

static const struct ip_prefix default_subnet = {{AF_INET, {10, 78}}, 16};

static int describe_default(const struct network_defaults *d, struct net_network_conf *ret)
{
	static const struct network_defaults builtin;
	int r;

	d = d ? d : &builtin;
	r = spec_copy_text(NET_DEFAULT, &ret->name);
	if (r == 0)
		r = spec_copy_text(NET_DEFAULT_BRIDGE, &ret->bridge);
	ret->mtu = d->mtu;
	ret->ipv6 = !d->no_ipv6;
	memcpy(ret->subnet, d->subnet, sizeof(ret->subnet));
	if (!ret->subnet[IP4].address.family)
		ret->subnet[IP4] = default_subnet;
	return r;
}

/* The values of [Network], each of which has been checked when the file was read. */

static void take_bool(const struct app *file, const char *key, bool *ret)
{
	const char *v = app_get(file, key);

	if (v)
		(void)parse_bool(v, ret);
}

/* What is handed out is some interface's, even where IPRange= names all of the subnet. */
static void clip_range(const struct ip_prefix *subnet, struct ip_range *range)
{
	struct ip_range hosts = ip_prefix_hosts(subnet);

	if (ip_compare(&range->first, &hosts.first) < 0)
		range->first = hosts.first;
	if (ip_compare(&range->last, &hosts.last) > 0)
		range->last = hosts.last;
}

static void take_addresses(const struct app *file, struct net_network_conf *ret)
{
	struct ip_address address;
	struct ip_prefix prefix;
	struct ip_range range;
	const char *v;

	for (size_t i = 0; (v = app_next(file, "Network", "Subnet", &i));)
		if (ip_prefix_parse(v, 0, &prefix) == 0)
			ret->subnet[ip_index(&prefix.address)] = prefix;
	for (size_t i = 0; (v = app_next(file, "Network", "Gateway", &i));)
		if (ip_parse(v, 0, &address) == 0)
			ret->gateway[ip_index(&address)] = address;
	for (size_t i = 0; (v = app_next(file, "Network", "IPRange", &i));)
		if (ip_range_parse(v, &range) == 0)
			ret->range[ip_index(&range.first)] = range;
	for (size_t f = 0; f < IP_FAMILIES; f++)
		if (ret->range[f].first.family)
			clip_range(&ret->subnet[f], &ret->range[f]);
}

/* By podman's name or docker's. */
static void take_mtu(const struct app *file, struct net_network_conf *ret)
{
	static const char *const names[] = {"mtu=", "com.docker.network.driver.mtu="};
	const char *v;

	for (size_t i = 0; (v = app_next(file, "Network", "Options", &i));)
		for (size_t k = 0; k < ARRAY_SIZE(names); k++)
			if (startswith(v, names[k]))
				(void)parse_u32(startswith(v, names[k]), 0, 65535, &ret->mtu);
}

static int take_file(const struct app *file, struct net_network_conf *ret)
{
	const char *v;

	for (size_t i = 0; (v = app_next(file, "Network", "DNS", &i));)
		if (strv_add(&ret->dns, v) < 0)
			return log_oom();
	take_bool(file, "Internal", &ret->internal);
	take_bool(file, "IPv6", &ret->ipv6);
	take_bool(file, "DisableDNS", &ret->no_dns);
	take_addresses(file, ret);
	take_mtu(file, ret);
	return spec_copy_text(app_get(file, "InterfaceName"), &ret->bridge);
}

int spec_network_conf(const struct network_defaults *d, const char *name,
		      struct net_network_conf *ret)
{
	CLEANUP(net_network_conf_done)
	struct net_network_conf c = {0};
	auto_app struct app *file = NULL;
	int r;

	if (streq(name, NET_DEFAULT)) {
		r = describe_default(d, &c);
	} else {
		r = network_load(name, &file);
		if (r == 0)
			r = spec_copy_text(name, &c.name);
		if (r == 0)
			r = take_file(file, &c);
	}
	if (r < 0)
		return r;
	*ret = c;
	c = (struct net_network_conf){0};
	return 0;
}
