/* SPDX-License-Identifier: MIT */
/*
 * podman's --network, as far as nap has such networks. Which networks and containers there are is
 * somebody else's to know.
 */
#include "attach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "strv.h"
#include "text.h"

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

void attach_done(struct attach_spec *a)
{
	free(a->name);
	strv_free(a->aliases);
	*a = (struct attach_spec){0};
}

/* ---- options ---- */

static int take_address(struct attach_spec *a, int family, const char *value, const char **ret_why)
{
	struct ip_address ip;

	if (ip_parse(value, family, &ip) < 0)
		return refuse(ret_why, family ? "ip6= must be an IPv6 address"
					      : "ip= must be an IP address");
	if (a->ip[ip_index(&ip)].family)
		return refuse(ret_why, "there can be one address of each family");
	a->ip[ip_index(&ip)] = ip;
	return 0;
}

static int take_ip(struct attach_spec *a, const char *value, const char **ret_why)
{
	return take_address(a, 0, value, ret_why);
}

static int take_ip6(struct attach_spec *a, const char *value, const char **ret_why)
{
	return take_address(a, AF_INET6, value, ret_why);
}

static int take_alias(struct attach_spec *a, const char *value, const char **ret_why)
{
	if (!hostname_is_valid(value))
		return refuse(ret_why, "alias= must be a host name");
	return strv_add(&a->aliases, value);
}

static int take_interface(struct attach_spec *a, const char *value, const char **ret_why)
{
	if (!interface_name_is_valid(value) || streq(value, "lo"))
		return refuse(ret_why, "interface_name= must be the name of an interface");
	memcpy(a->interface, value, strlen(value) + 1);
	return 0;
}

int mac_parse(const char *s, uint8_t ret[static 6])
{
	static const uint8_t none[6];
	uint8_t mac[6];
	int end = 0;

	if (strlen(s) != 17 || strspn(s, "0123456789abcdefABCDEF:") != 17 ||
	    sscanf(s, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2], &mac[3],
		   &mac[4], &mac[5], &end) != 6 ||
	    end != 17 || (mac[0] & 1) || memcmp(mac, none, sizeof(mac)) == 0)
		return -EINVAL;
	memcpy(ret, mac, sizeof(mac));
	return 0;
}

static int take_mac(struct attach_spec *a, const char *value, const char **ret_why)
{
	if (mac_parse(value, a->mac) < 0)
		return refuse(ret_why, "mac= must be the address of an interface, "
				       "as 02:00:00:00:00:01");
	return 0;
}

static const struct {
	const char *name;
	int (*take)(struct attach_spec *a, const char *value, const char **ret_why);
} options[] = {
	{"alias", take_alias}, {"interface_name", take_interface},
	{"ip", take_ip},       {"ip6", take_ip6},
	{"mac", take_mac},
};

static int take_option(struct attach_spec *a, char *option, const char **ret_why)
{
	char *value = strchr(option, '=');

	if (!value)
		return refuse(ret_why, "an option is NAME=VALUE");
	*value++ = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (streq(options[i].name, option))
			return options[i].take(a, value, ret_why);
	return refuse(ret_why, "the options are ip=, ip6=, alias=, mac= and interface_name=");
}

static int take_options(struct attach_spec *a, char *rest, const char **ret_why)
{
	char *option;
	int r = 0;

	while (r == 0 && (option = strsep(&rest, ",")))
		r = take_option(a, option, ret_why);
	return r;
}

/* ---- modes ---- */

static int set_name(struct attach_spec *a, const char *name)
{
	a->name = strdup(name);
	return a->name ? 0 : -ENOMEM;
}

static int parse_container(struct attach_spec *a, const char *name, const char **ret_why)
{
	a->mode = ATTACH_CONTAINER;
	return app_name_is_valid(name) ? set_name(a, name)
				       : refuse(ret_why, "not the name of an app");
}

/* What cannot be the name of a network of one's own. */
static const struct {
	const char *word;
	enum attach_mode mode;
} words[] = {
	{ATTACH_PRIVATE, ATTACH_NETWORK},
	{"bridge", ATTACH_NETWORK},
	{"default", ATTACH_NETWORK},
	{"none", ATTACH_NONE},
	{"host", ATTACH_HOST},
};

bool network_name_is_valid(const char *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (streq(words[i].word, s))
			return false;
	return name_is_valid(s);
}

static int parse_network(struct attach_spec *a, char *name, const char **ret_why)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!streq(words[i].word, name))
			continue;
		a->mode = words[i].mode;
		return a->mode == ATTACH_NETWORK ? set_name(a, ATTACH_PRIVATE) : 0;
	}
	if (endswith(name, ".network"))
		name[strlen(name) - strlen(".network")] = '\0';
	return network_name_is_valid(name) ? set_name(a, name)
					   : refuse(ret_why, "not the name of a network");
}

/* NAME[:OPTIONS] */
static int parse_options(struct attach_spec *a, char *text, const char **ret_why)
{
	char *rest = strchr(text, ':');
	int r;

	if (rest)
		*rest++ = '\0';
	r = parse_network(a, text, ret_why);
	if (r < 0 || !rest)
		return r;
	if (a->mode != ATTACH_NETWORK)
		return refuse(ret_why, "only a network of nap's has options");
	return take_options(a, rest, ret_why);
}

size_t attach_reference(const char *text)
{
	static const char *const suffixes[] = {".app", ".container"};

	if (strcspn(text, "@") > strcspn(text, ":"))
		return 0; /* it is the option that ends so; instances can have colons */
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (endswith(text, suffixes[i]))
			return strlen(text) - strlen(suffixes[i]);
	return 0;
}

static int parse(struct attach_spec *a, char *text, const char **ret_why)
{
	static const char *const prefixes[] = {"app:", "container:"};
	size_t n = attach_reference(text);

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (startswith(text, prefixes[i]))
			return parse_container(a, text + strlen(prefixes[i]), ret_why);
	if (n > 0) {
		text[n] = '\0';
		return parse_container(a, text, ret_why);
	}
	if (startswith(text, "ns:"))
		return refuse(ret_why,
			      "nap joins the network of an app, not a namespace by its path");
	return parse_options(a, text, ret_why);
}

int attach_parse(const char *text, struct attach_spec *ret, const char **ret_why)
{
	CLEANUP(attach_done)
	struct attach_spec a = {0};
	auto_free char *copy = strdup(text);
	int r;

	if (!copy)
		return -ENOMEM;
	r = parse(&a, copy, ret_why);
	if (r < 0)
		return r;
	*ret = a;
	a = (struct attach_spec){0};
	return 0;
}
