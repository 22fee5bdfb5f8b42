/* SPDX-License-Identifier: MIT */
/*
 * What a container is connected to: the networks and what is asked of each, published ports, and
 * its firewall. What of it is free, and where, net_grant decides when it starts.
 */
#include <errno.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/image.h"
#include "lib/attach.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "origin.h"
#include "spec-parts.h"
#include "unitgen/unitgen.h"

/* ---- networks ---- */

/* A name that is free: eth0, eth1 ... in order. */
static int name_interface(struct spec *spec, const struct request *q, const char *text,
			  struct net_attach *a)
{
	if (!*a->interface)
		(void)snprintf(a->interface, sizeof(a->interface), "eth%zu", spec->n_attach);
	if (streq(a->interface, "lo"))
		return request_refuse(q, "network", text, "the interface lo is there in any case");
	for (size_t i = 0; i < spec->n_attach; i++)
		if (streq(spec->attach[i].interface, a->interface))
			return request_refuse(q, "network", text,
					      "two networks on one interface name");
	return 0;
}

static int add_attach(struct spec *spec, const struct request *q, const char *text,
		      struct attach_spec *wish)
{
	struct net_attach *grown, *a;
	int r;

	for (size_t i = 0; i < spec->n_attach; i++)
		if (streq(spec->attach[i].network.name, wish->name))
			return request_refuse(q, "network", text, "is on that network already");
	grown = reallocarray(spec->attach, spec->n_attach + 1, sizeof(*grown));
	if (!grown)
		return log_oom();
	spec->attach = grown;
	a = &grown[spec->n_attach];
	*a = (struct net_attach){.aliases = TAKE_PTR(wish->aliases)};
	memcpy(a->ip, wish->ip, sizeof(a->ip));
	memcpy(a->mac, wish->mac, sizeof(a->mac));
	memcpy(a->interface, wish->interface, sizeof(a->interface));
	r = name_interface(spec, q, text, a);
	spec->n_attach++; /* from here on spec_free's */
	return r == 0 ? spec_network_conf(q->defaults, wish->name, &a->network) : r;
}

static int take_network(struct spec *spec, const struct request *q, const char *text)
{
	static const enum network_mode modes[] = {
		[ATTACH_NETWORK] = NETWORK_PRIVATE,
		[ATTACH_NONE] = NETWORK_NONE,
		[ATTACH_HOST] = NETWORK_HOST,
		[ATTACH_CONTAINER] = NETWORK_SHARED,
	};
	CLEANUP(attach_done)
	struct attach_spec wish = {0};
	const char *why = NULL;
	int r;

	r = attach_parse(text, &wish, &why);
	if (r < 0)
		return why ? request_refuse(q, "network", text, why) : log_oom();
	spec->network = modes[wish.mode];
	if (wish.mode == ATTACH_NETWORK)
		return add_attach(spec, q, text, &wish);
	if (strv_len(q->networks) > 1)
		return request_refuse(q, "network", text, "does not go with another network");
	if (wish.mode == ATTACH_CONTAINER && streq(wish.name, spec->id))
		return request_refuse(q, "network", text, "is this container itself");
	if (wish.mode == ATTACH_CONTAINER)
		spec->network_of = TAKE_PTR(wish.name);
	return 0;
}

static int take_networks(struct spec *spec, const struct request *q)
{
	int r = 0;

	STRV_FOREACH (n, q->networks)
		if (r == 0)
			r = take_network(spec, q, *n);
	if (r == 0 && strv_len(q->networks) == 0)
		r = take_network(spec, q, NET_DEFAULT);
	if (spec->network != NETWORK_HOST)
		spec->namespaces |= CLONE_NEWNET; /* to make, or to join that of another */
	return r;
}

/* ---- what is asked of them ---- */

/* Why the request can have nothing to do with networks; NULL: it can. */
static const char *why_without(const struct spec *spec)
{
	static const char *const why[] = {
		[NETWORK_NONE] = "goes with a network only, and there is none",
		[NETWORK_HOST] = "does not go with the host's network",
		[NETWORK_SHARED] = "does not go with the network of another container",
	};

	return why[spec->network];
}

static int refuse_without(const struct spec *spec, const struct request *q)
{
	const struct {
		const char *option, *value;
	} given[] = {
		{"publish", q->publish ? q->publish[0] : NULL},
		{"publish-all", q->publish_all ? "true" : NULL},
		{"ip", q->ip},
		{"ip6", q->ip6},
		{"mac-address", q->mac},
		{"network-alias", q->network_aliases ? q->network_aliases[0] : NULL},
		{"allow", q->allow ? q->allow[0] : NULL},
		{"deny", q->deny ? q->deny[0] : NULL},
	};
	const char *why = why_without(spec);

	for (size_t i = 0; why && i < ARRAY_SIZE(given); i++)
		if (given[i].value)
			return request_refuse(q, given[i].option, given[i].value, why);
	return 0;
}

/* Files about names are those of the other one, and so is the host name. */
static int refuse_with_shared(const struct spec *spec, const struct request *q)
{
	/* ContainerName= is no wish for a host name */
	bool named = q->hostname && (!q->app || app_get(q->app, "HostName"));
	const struct {
		const char *option, *value;
	} given[] = {
		{"hostname", named ? q->hostname : NULL},
		{"add-host", q->add_host ? q->add_host[0] : NULL},
		{"dns", q->dns ? q->dns[0] : NULL},
		{"dns-search", q->dns_search ? q->dns_search[0] : NULL},
		{"dns-option", q->dns_option ? q->dns_option[0] : NULL},
	};

	for (size_t i = 0; spec->network == NETWORK_SHARED && i < ARRAY_SIZE(given); i++)
		if (given[i].value)
			return request_refuse(q, given[i].option, given[i].value,
					      why_without(spec));
	return 0;
}

static int refuse_if_several(const struct spec *spec, const struct request *q, const char *option,
			     const char *value)
{
	if (spec->n_attach == 1)
		return 0;
	return request_refuse(q, option, value,
			      "there are several networks: say it with one of them, as "
			      "NETWORK:ip=ADDRESS,mac=ADDRESS");
}

static int take_ip(struct spec *spec, const struct request *q, const char *option,
		   const char *value, int family)
{
	struct ip_address a;
	int r;

	if (!value)
		return 0;
	r = refuse_if_several(spec, q, option, value);
	if (r < 0)
		return r;
	if (ip_parse(value, family, &a) < 0)
		return request_refuse(q, option, value,
				      family == AF_INET ? "not an IPv4 address"
							: "not an IPv6 address");
	spec->attach[0].ip[ip_index(&a)] = a;
	return 0;
}

static int take_mac(struct spec *spec, const struct request *q)
{
	int r;

	if (!q->mac)
		return 0;
	r = refuse_if_several(spec, q, "mac-address", q->mac);
	if (r == 0 && mac_parse(q->mac, spec->attach[0].mac) < 0)
		return request_refuse(q, "mac-address", q->mac,
				      "not the address of an interface (02:00:00:00:00:01)");
	return r;
}

static int take_aliases(struct spec *spec, const struct request *q)
{
	STRV_FOREACH (a, q->network_aliases)
		if (!hostname_is_valid(*a))
			return request_refuse(q, "network-alias", *a, "not a host name");
	for (size_t i = 0; i < spec->n_attach; i++)
		if (strv_extend(&spec->attach[i].aliases, q->network_aliases) < 0)
			return log_oom();
	return 0;
}

/* What is known of the network before it is there: the rest, net_grant checks. */
static int check_addresses(const struct spec *spec, const struct request *q)
{
	for (size_t i = 0; i < spec->n_attach; i++) {
		const struct net_attach *a = &spec->attach[i];
		const char *text = q->networks ? q->networks[i] : NULL;

		for (int f = 0; f < IP_FAMILIES; f++) {
			const struct ip_prefix *subnet = &a->network.subnet[f];
			const char *own = f == IP4 ? q->ip : q->ip6;
			char why[INET6_ADDRSTRLEN + 64], prefix[INET6_ADDRSTRLEN + 4];

			if (!a->ip[f].family || (!subnet->address.family && f == IP4))
				continue;
			if (!subnet->address.family && a->network.ipv6)
				continue;
			if (subnet->address.family && ip_prefix_contains(subnet, &a->ip[f]))
				continue;
			(void)snprintf(why, sizeof(why),
				       subnet->address.family ? "not in the network's subnet %s"
							      : "the network has no IPv6%s",
				       subnet->address.family ? ip_prefix_format(subnet, prefix)
							      : "");
			return own ? request_refuse(q, f == IP4 ? "ip" : "ip6", own, why)
				   : request_refuse(q, "network", text, why);
		}
	}
	return 0;
}

/* ---- published ports ---- */

static int add_port(struct spec *spec, const struct request *q, const char *text,
		    const struct port_spec *port)
{
	struct port_spec *grown;

	for (size_t i = 0; i < spec->n_publish; i++)
		if (port_overlaps(&spec->publish[i], port))
			return request_refuse(q, "publish", text, "is published already");
	grown = reallocarray(spec->publish, spec->n_publish + 1, sizeof(*grown));
	if (!grown)
		return log_oom();
	spec->publish = grown;
	grown[spec->n_publish++] = *port;
	return 0;
}

static int take_port(struct spec *spec, const struct request *q, const char *text)
{
	const char *why = NULL;
	struct port_spec port;

	if (port_parse(text, &port, &why) < 0)
		return why ? request_refuse(q, "publish", text, why) : log_oom();
	if (!*port.address && q->defaults)
		(void)ip_format(&q->defaults->publish, port.address);
	return add_port(spec, q, text, &port);
}

static bool is_published(const struct spec *spec, const struct port_spec *port)
{
	for (size_t i = 0; i < spec->n_publish; i++) {
		const struct port_spec *p = &spec->publish[i];

		if (streq(p->protocol, port->protocol) && p->container <= port->container &&
		    port->container + port->count <= p->container + p->count)
			return true;
	}
	return false;
}

/* -P: what is exposed and not published by itself, on ports that are free. */
static int publish_exposed(struct spec *spec, const struct request *q, char **exposed,
			   const char *by)
{
	STRV_FOREACH (e, exposed) {
		const char *why = NULL;
		struct port_spec port;
		int r;

		r = strchr(*e, ':') ? -EINVAL : port_parse(*e, &port, &why);
		if (r == -ENOMEM)
			return log_oom();
		if (r < 0)
			return log_refuse(-EINVAL, "%s: \"%s\": not PORT[/PROTOCOL]", by, *e);
		if (q->defaults)
			(void)ip_format(&q->defaults->publish, port.address);
		if (!is_published(spec, &port) && (r = add_port(spec, q, *e, &port)) < 0)
			return r;
	}
	return 0;
}

static int take_ports(struct spec *spec, const struct request *q, const struct image_config *c)
{
	int r = 0;

	STRV_FOREACH (p, q->publish)
		if (r == 0)
			r = take_port(spec, q, *p);
	if (r < 0 || !q->publish_all)
		return r;
	r = publish_exposed(spec, q, q->expose, "--expose");
	return r == 0 ? publish_exposed(spec, q, c->exposed_ports, "ExposedPorts of the image") : r;
}

/* ---- the firewall ---- */

static int take_rules(struct spec *spec, const struct request *q, char **texts, bool allow)
{
	STRV_FOREACH (t, texts) {
		const char *option = allow ? "allow" : "deny", *why = NULL;
		struct firewall_rule *grown;

		grown = reallocarray(spec->rules, spec->n_rules + 1, sizeof(*grown));
		if (!grown)
			return log_oom();
		spec->rules = grown;
		grown += spec->n_rules;
		if (firewall_rule_parse(*t, grown, &why) < 0)
			return why ? request_refuse(q, option, *t, why) : log_oom();
		grown->allow = allow;
		spec->n_rules++;
	}
	return 0;
}

int spec_set_network(struct spec *spec, const struct request *q, const struct image_config *c)
{
	int r;

	if ((r = take_networks(spec, q)) < 0 || (r = refuse_without(spec, q)) < 0 ||
	    (r = refuse_with_shared(spec, q)) < 0)
		return r;
	if (spec->network != NETWORK_PRIVATE)
		return 0;
	if ((r = take_ip(spec, q, "ip", q->ip, AF_INET)) < 0 ||
	    (r = take_ip(spec, q, "ip6", q->ip6, AF_INET6)) < 0 || (r = take_mac(spec, q)) < 0 ||
	    (r = take_aliases(spec, q)) < 0 || (r = check_addresses(spec, q)) < 0 ||
	    (r = take_ports(spec, q, c)) < 0 || (r = take_rules(spec, q, q->allow, true)) < 0)
		return r;
	return take_rules(spec, q, q->deny, false);
}
