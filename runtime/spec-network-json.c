/* SPDX-License-Identifier: MIT */
/* The network of a spec as JSON: what --dry-run and nap inspect show, in the notation of options.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "spec-parts.h"

static const char *const modes[] = {
	[NETWORK_PRIVATE] = "private",
	[NETWORK_NONE] = "none",
	[NETWORK_HOST] = "host",
	[NETWORK_SHARED] = "shared",
};

static void add_subnets(struct buf *b, const struct net_network_conf *n)
{
	char text[INET6_ADDRSTRLEN + 4];

	json_open_array(b, "subnets");
	for (int f = 0; f < IP_FAMILIES; f++)
		if (n->subnet[f].address.family)
			json_element(b, ip_prefix_format(&n->subnet[f], text));
	buf_char(b, ']');
}

static void add_address(struct buf *b, const char *key, const struct ip_address *a)
{
	char text[INET6_ADDRSTRLEN];

	if (a->family)
		json_member(b, key, ip_format(a, text));
}

static void add_mac(struct buf *b, const uint8_t mac[static 6])
{
	static const uint8_t none[6];
	char text[18];

	if (memcmp(mac, none, sizeof(none)) == 0)
		return;
	(void)snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		       mac[3], mac[4], mac[5]);
	json_member(b, "mac", text);
}

static void add_attach(struct buf *b, const struct net_attach *a)
{
	json_open_object(b, NULL);
	json_member(b, "name", a->network.name);
	json_member(b, "bridge", a->network.bridge);
	add_subnets(b, &a->network);
	json_member(b, "interface", a->interface);
	add_address(b, "ip", &a->ip[IP4]);
	add_address(b, "ip6", &a->ip[IP6]);
	add_mac(b, a->mac);
	if (a->aliases)
		json_member_strv(b, "aliases", a->aliases);
	if (a->network.ipv6)
		json_member_bool(b, "ipv6", true);
	if (a->network.internal)
		json_member_bool(b, "internal", true);
	if (a->network.mtu)
		json_member_i64(b, "mtu", a->network.mtu);
	buf_char(b, '}');
}

/* "8080", "8080-8089" */
static void add_range(struct buf *b, unsigned first, unsigned last)
{
	buf_fmt(b, last > first ? "%u-%u" : "%u", first, last);
}

static void add_port(struct buf *b, const struct port_spec *p)
{
	auto_buf text = {0};
	unsigned more = p->count - 1U;

	if (*p->address)
		buf_fmt(&text, strchr(p->address, ':') ? "[%s]:" : "%s:", p->address);
	if (p->host)
		add_range(&text, p->host, p->host + more);
	if (*p->address || p->host)
		buf_char(&text, ':');
	add_range(&text, p->container, p->container + more);
	buf_fmt(&text, "/%s", p->protocol);
	json_element(b, text.data ? text.data : "");
}

static void add_target(struct buf *b, const struct firewall_rule *r, bool port)
{
	char prefix[INET6_ADDRSTRLEN + 4];

	switch (r->target) {
	case TARGET_ANY:
		buf_str(b, "any");
		break;
	case TARGET_HOST:
		buf_str(b, "host");
		break;
	case TARGET_APP:
		buf_fmt(b, "app:%s", r->app);
		break;
	case TARGET_PREFIX:
		buf_fmt(b, port && r->prefix.address.family == AF_INET6 ? "[%s]" : "%s",
			ip_prefix_format(&r->prefix, prefix));
		break;
	}
}

static void add_rule(struct buf *b, const struct firewall_rule *r)
{
	static const struct {
		uint8_t number;
		const char *suffix;
	} protocols[] = {{IPPROTO_TCP, "/tcp"}, {IPPROTO_UDP, "/udp"}, {IPPROTO_SCTP, "/sctp"}};
	bool port = r->port_first > 0 || (r->port_last > 0 && r->port_last < 65535);
	auto_buf text = {0};

	if (r->in != r->out)
		buf_str(&text, r->in ? "in " : "out ");
	add_target(&text, r, port);
	if (port) {
		buf_char(&text, ':');
		add_range(&text, r->port_first, r->port_last);
	}
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].number == r->protocol)
			buf_str(&text, protocols[i].suffix);
	json_element(b, text.data ? text.data : "");
}

static void add_rules(struct buf *b, const struct spec *spec, const char *key, bool allow)
{
	json_open_array(b, key);
	for (size_t i = 0; i < spec->n_rules; i++)
		if (spec->rules[i].allow == allow)
			add_rule(b, &spec->rules[i]);
	buf_char(b, ']');
}

void spec_network_to_json(const struct spec *spec, struct buf *b)
{
	json_member(b, "network", modes[spec->network]);
	json_member(b, "network_of", spec->network_of);
	if (spec->network != NETWORK_PRIVATE)
		return;
	json_open_array(b, "networks");
	for (size_t i = 0; i < spec->n_attach; i++)
		add_attach(b, &spec->attach[i]);
	buf_char(b, ']');
	json_open_array(b, "publish");
	for (size_t i = 0; i < spec->n_publish; i++)
		add_port(b, &spec->publish[i]);
	buf_char(b, ']');
	if (spec->n_rules > 0) {
		add_rules(b, spec, "allow", true);
		add_rules(b, spec, "deny", false);
	}
}

/* The rest is the lease's once it runs. */
int spec_network_from_json(const json_t *j, struct spec *spec)
{
	const char *mode = NULL, *of = NULL;
	int r;

	r = json_get_string(j, "network", &mode);
	if (r >= 0)
		r = json_get_string(j, "network_of", &of);
	if (r < 0)
		return r;
	for (size_t i = 0; mode && i < ARRAY_SIZE(modes); i++)
		if (streq(modes[i], mode))
			spec->network = (enum network_mode)i;
	spec->network_of = of ? strdup(of) : NULL;
	return of && !spec->network_of ? -ENOMEM : 0;
}
