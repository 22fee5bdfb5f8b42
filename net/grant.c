/* SPDX-License-Identifier: MIT */
/* What is granted for what is asked: networks, addresses, names, ports. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "host.h"
#include "ipam.h"
#include "lease.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "link.h"
#include "network.h"
#include "ports.h"
#include "route.h"
#include "watch.h"

/* ---- what is copied ---- */

static int copy_rules(const struct net_conf *conf, struct net_lease *l)
{
	if (conf->n_rules == 0)
		return 0;
	l->rules = calloc(conf->n_rules, sizeof(*l->rules));
	if (!l->rules)
		return -ENOMEM;
	memcpy(l->rules, conf->rules, conf->n_rules * sizeof(*l->rules));
	l->n_rules = conf->n_rules;
	return 0;
}

/* Resolvers that are this host itself: their port 53 has to be open then. */
static int add_resolvers(struct net_host *host, const struct net_conf *conf, struct net_lease *l)
{
	if (conf->n_resolvers == 0)
		return 0;
	l->resolvers = calloc(conf->n_resolvers, sizeof(*l->resolvers));
	if (!l->resolvers)
		return -ENOMEM;
	for (size_t i = 0; i < conf->n_resolvers; i++)
		if (route_is_local(&host->route, &conf->resolvers[i]) == 1)
			l->resolvers[l->n_resolvers++] = conf->resolvers[i];
	return 0;
}

/* ---- names ---- */

/* As /etc/hosts can have it: an instance's '@' is none of its characters. */
static int add_name(char ***names, const char *name)
{
	auto_free char *copy = strdup(name);

	for (char *c = copy; c && *c; c++)
		if (*c == '@' || *c == ':')
			*c = '-';
	if (!copy)
		return -ENOMEM;
	STRV_FOREACH (n, *names)
		if (streq(*n, copy))
			return 0;
	return strv_take(names, TAKE_PTR(copy));
}

static int add_names(struct net_member *m, const struct net_conf *conf, const struct net_attach *a)
{
	int r = add_name(&m->names, conf->hostname ? conf->hostname : conf->id);

	if (r == 0)
		r = add_name(&m->names, conf->id);
	STRV_FOREACH (alias, a->aliases)
		r = r == 0 ? add_name(&m->names, *alias) : r;
	return r;
}

/* ---- addresses ---- */

static int take_static(int dirfd, const char *id, const struct net_network *n,
		       const struct ip_address *wish)
{
	auto_free char *holder = NULL;
	char text[INET6_ADDRSTRLEN], subnet[INET6_ADDRSTRLEN + 4];
	int f = ip_index(wish), r;
	struct ip_range hosts = ip_prefix_hosts(&n->subnet[f]);

	(void)ip_format(wish, text);
	if (!n->subnet[f].address.family)
		return log_refuse(-EINVAL, "address %s: network %s has no %s subnet", text, n->name,
				  f == IP4 ? "IPv4" : "IPv6");
	if (!ip_prefix_contains(&n->subnet[f], wish))
		return log_refuse(-EINVAL, "address %s is not in the subnet %s of network %s", text,
				  ip_prefix_format(&n->subnet[f], subnet), n->name);
	if (!ip_range_contains(&hosts, wish))
		return log_refuse(-EINVAL, "address %s of network %s is no host's", text, n->name);
	if (ip_equal(wish, &n->gateway[f]))
		return log_refuse(-EADDRINUSE, "address %s is the gateway of network %s", text,
				  n->name);
	r = ipam_take_static(dirfd, id, wish, &holder);
	if (r == -EADDRINUSE)
		return log_refuse(r, "address %s is taken by container %s", text, holder);
	return r < 0 ? log_fail(r, "take address %s of network %s", text, n->name) : 0;
}

static int take_any(int dirfd, const char *id, const struct net_network *n, int f, uint64_t start,
		    struct ip_address *ret)
{
	char first[INET6_ADDRSTRLEN], last[INET6_ADDRSTRLEN];
	int r = ipam_take(dirfd, id, &n->range[f], &n->gateway[f], start, ret);

	if (r == -ENOSPC) {
		(void)log_refuse(r, "network %s: all addresses from %s to %s are taken", n->name,
				 ip_format(&n->range[f].first, first),
				 ip_format(&n->range[f].last, last));
		log_hint("nap net inspect %s shows by whom", n->name);
		return r;
	}
	return r < 0 ? log_fail(r, "take an address of network %s", n->name) : 0;
}

/* Where in the range an IPv4 address is: the IPv6 one gets the same place, if it can. */
static uint64_t place_of(const struct net_network *n, const struct ip_address *a)
{
	struct ip_range before = {n->range[IP4].first, *a};

	return a->family && ip_range_contains(&n->range[IP4], a) ? ip_range_size(&before) - 1 : 0;
}

static int take_addresses(const char *dir, const char *id, const struct net_network *n,
			  const struct net_attach *a, struct net_member *m)
{
	auto_fd int dirfd = network_open(dir, n->name);
	uint64_t start = net_hash(0, id, n->name);

	if (dirfd < 0)
		return log_fail(dirfd, "open network %s", n->name);
	for (int f = 0; f < IP_FAMILIES; f++) {
		bool asked = a->ip[f].family != 0;
		int r = 0;

		if (asked)
			r = take_static(dirfd, id, n, &a->ip[f]);
		else if (n->subnet[f].address.family)
			r = take_any(dirfd, id, n, f, start, &m->ip[f]);
		if (r < 0)
			return r;
		if (asked)
			m->ip[f] = a->ip[f];
		m->prefix_length[f] = n->subnet[f].length;
		m->gateway[f] = n->gateway[f];
		if (f == IP4 && m->ip[IP4].family)
			start = place_of(n, &m->ip[IP4]);
	}
	return 0;
}

/* ---- networks ---- */

static int begin_member(struct net_host *host, const struct net_conf *conf, size_t i,
			struct net_member *m)
{
	static const uint8_t none[6];
	const struct net_attach *a = &conf->attach[i];
	const struct net_network *n;
	int r = network_get(host, &a->network, &n);

	if (r < 0)
		return r;
	m->network = strdup(n->name);
	if (!m->network || add_names(m, conf, a) < 0)
		return log_oom();
	memcpy(m->bridge, n->bridge, sizeof(m->bridge));
	m->internal = n->internal;
	link_name(conf->id, n->name, m->link);
	if (memcmp(a->mac, none, sizeof(none)) == 0)
		link_mac(conf->id, n->name, m->mac);
	else
		memcpy(m->mac, a->mac, sizeof(m->mac));
	memcpy(m->interface, a->interface, sizeof(m->interface));
	return 0;
}

/* All that can be known before any address or port is taken. */
static int begin(struct net_host *host, const struct net_conf *conf, struct net_lease *l)
{
	int r = 0;

	l->id = strdup(conf->id);
	l->hosts = strdup(conf->hosts);
	l->members = calloc(conf->n_attach, sizeof(*l->members));
	if (!l->id || !l->hosts || (conf->n_attach && !l->members) || copy_rules(conf, l) < 0 ||
	    add_resolvers(host, conf, l) < 0)
		return log_oom();
	while (r == 0 && l->n_members < conf->n_attach) {
		size_t i = l->n_members++;

		r = begin_member(host, conf, i, &l->members[i]);
	}
	return r;
}

static int take(struct net_host *host, const struct net_conf *conf, struct net_lease *l)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->n_members; i++)
		r = take_addresses(host->dir, l->id, host->networks[i], &conf->attach[i],
				   &l->members[i]);
	if (r == 0)
		r = ports_take(host->dir, conf, l);
	if (r < 0)
		return r;
	r = lease_save(host->dir, l);
	if (r == 0)
		r = watch_add(host->dir, l);
	return r < 0 ? log_fail(r, "write the lease of %s", l->id) : 0;
}

int net_grant(struct net_host *host, const struct net_conf *conf, struct net_lease **ret)
{
	auto_net_lease struct net_lease *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return log_oom();
	host_look(host);
	r = begin(host, conf, l);
	if (r < 0)
		return r;
	r = lease_begin(host->dir, l->id);
	if (r < 0)
		return log_fail(r, "write the lease of %s", l->id);
	r = take(host, conf, l);
	if (r < 0) {
		(void)net_down(host, l->id); /* reported */
		return r;
	}
	*ret = TAKE_PTR(l);
	return 0;
}
