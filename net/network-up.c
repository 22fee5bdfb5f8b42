/* SPDX-License-Identifier: MIT */
/*
 * Networks come with the first container on them and stay until they are pruned. What their
 * definition leaves open is chosen here, by the name: the same after each boot, unless a route of
 * the host's or another network is in the way.
 */
#include "network.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "forward.h"
#include "hash.h"
#include "host.h"
#include "ipam.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "link.h"
#include "nft.h"
#include "route.h"

/* Where networks that name no subnet get theirs: 4,096 times /24 from 10.79.0.0 on. */
#define POOL_FIRST                   \
	{                            \
		AF_INET,             \
		{                    \
			10, 79, 0, 0 \
		}                    \
	}
#define POOL_COUNT 4096U
#define POOL_LENGTH 24U

/* ---- choices ---- */

/* The 64 bits of RFC 4193 for a network: 40 that are this machine's, 16 that are the network's. */
static struct ip_prefix unique_local(const char *name)
{
	auto_free char *machine = NULL;
	uint64_t site, subnet = net_hash(0, "subnet", name);
	struct ip_prefix p = {.address = {AF_INET6, {0xfd}}, .length = 64};

	(void)fs_read_file(AT_FDCWD, "/etc/machine-id", 4096, &machine, NULL);
	site = net_hash(0, "site",
			machine ? machine : ""); /* without an id one prefix serves all */
	for (unsigned i = 0; i < 5; i++)
		p.address.bytes[1 + i] = (uint8_t)(site >> (8 * i));
	p.address.bytes[6] = (uint8_t)subnet;
	p.address.bytes[7] = (uint8_t)(subnet >> 8);
	return p;
}

/* What makes subnet impossible, as text; "" if nothing does. */
static int find_obstacle(struct net_host *host, struct net_network *const *others, size_t n_others,
			 const struct net_network *n, const struct ip_prefix *subnet,
			 char why[static 160])
{
	int f = ip_index(&subnet->address), r;
	char route[96];

	*why = '\0';
	for (size_t i = 0; i < n_others; i++) {
		const struct net_network *o = others[i];

		if (!o->subnet[f].address.family || streq(o->name, n->name) ||
		    !ip_prefix_overlaps(&o->subnet[f], subnet))
			continue;
		(void)snprintf(why, 160, "overlaps network %s", o->name);
		return 0;
	}
	r = route_find_overlap(&host->route, subnet, n->bridge, route);
	if (r < 0)
		return log_fail(r, "read the host's routes");
	if (r == 1)
		(void)snprintf(why, 160, "collides with the host's route %s", route);
	return 0;
}

/* The first /24 of the pool, from where the name says, that nothing is in the way of. */
static int choose_ipv4(struct net_host *host, struct net_network *const *others, size_t n_others,
		       struct net_network *n)
{
	static const struct ip_address first = POOL_FIRST;
	uint64_t start = net_hash(0, "subnet", n->name);

	for (unsigned i = 0; i < POOL_COUNT; i++) {
		struct ip_prefix p = {ip_add(&first, (start + i) % POOL_COUNT << 8), POOL_LENGTH};
		char why[160];
		int r = find_obstacle(host, others, n_others, n, &p, why);

		if (r < 0)
			return r;
		if (!*why) {
			n->subnet[IP4] = p;
			return 0;
		}
	}
	return log_refuse(-ENOSPC, "network %s: no IPv4 subnet is free", n->name);
}

static int check_subnet(struct net_host *host, struct net_network *const *others, size_t n_others,
			const struct net_network *n, int f)
{
	char why[160], text[INET6_ADDRSTRLEN + 4];
	int r = find_obstacle(host, others, n_others, n, &n->subnet[f], why);

	if (r < 0 || !*why)
		return r;
	(void)log_refuse(-EADDRINUSE, "network %s: subnet %s %s", n->name,
			 ip_prefix_format(&n->subnet[f], text), why);
	if (streq(n->name, NET_DEFAULT))
		log_hint("%s= in section [Network] of nap.conf chooses another",
			 f == IP4 ? "Subnet" : "Subnet6");
	return -EADDRINUSE;
}

static bool has_ipv6(void)
{
	auto_free char *text = NULL;

	return fs_read_file(AT_FDCWD, "/proc/sys/net/ipv6/conf/all/disable_ipv6", 16, &text,
			    NULL) == 0 &&
	       *text == '0';
}

/* Gateway and range, of a subnet that is known. */
static void fill_family(struct net_network *n, const struct net_network_conf *conf, int f)
{
	struct ip_range hosts = ip_prefix_hosts(&n->subnet[f]);

	if (!n->subnet[f].address.family)
		return;
	n->subnet[f].address = ip_prefix_first(&n->subnet[f]);
	n->gateway[f] = conf->gateway[f].family ? conf->gateway[f] : hosts.first;
	n->range[f] = conf->range[f].first.family ? conf->range[f] : hosts;
}

static void derive_bridge(struct net_network *n, const char *asked)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	uint64_t h = net_hash(0, "bridge", n->name);

	if (asked)
		(void)snprintf(n->bridge, sizeof(n->bridge), "%s", asked);
	else if (snprintf(n->bridge, sizeof(n->bridge), "nap-%s", n->name) >= IFNAMSIZ)
		for (size_t i = 4; i < IFNAMSIZ - 1; i++, h >>= 5)
			n->bridge[i] = digits[h & 31];
	h = net_hash(0, "mac", n->name);
	n->mac[0] = 0x02;
	for (size_t i = 1; i < sizeof(n->mac); i++)
		n->mac[i] = (uint8_t)(h >> (8 * i));
}

static int choose_subnets(struct net_host *host, const struct net_network_conf *conf,
			  struct net_network *n)
{
	struct net_network **others = NULL;
	size_t n_others = 0;
	int r = net_networks(host->dir, &others, &n_others);

	n->subnet[IP4] = conf->subnet[IP4];
	if (has_ipv6())
		n->subnet[IP6] = conf->subnet[IP6].address.family || !conf->ipv6
					 ? conf->subnet[IP6]
					 : unique_local(n->name);
	if (r == 0 && !n->subnet[IP4].address.family && !conf->subnet[IP6].address.family)
		r = choose_ipv4(host, others, n_others, n);
	for (int f = 0; r == 0 && f < IP_FAMILIES; f++)
		if (n->subnet[f].address.family)
			r = check_subnet(host, others, n_others, n, f);
	networks_free(others, n_others);
	return r;
}

static int resolve(struct net_host *host, const struct net_network_conf *conf,
		   struct net_network **ret)
{
	auto_network struct net_network *n = calloc(1, sizeof(*n));
	int r;

	if (!n || !(n->name = strdup(conf->name)) || strv_extend(&n->dns, conf->dns) < 0)
		return log_oom();
	derive_bridge(n, conf->bridge);
	n->internal = conf->internal;
	n->mtu = conf->mtu;
	n->no_dns = conf->no_dns;
	r = choose_subnets(host, conf, n);
	if (r < 0)
		return r;
	for (int f = 0; f < IP_FAMILIES; f++)
		fill_family(n, conf, f);
	*ret = TAKE_PTR(n);
	return 0;
}

/* ---- up and down ---- */

static int add_to_table(struct net_host *host, const struct net_network *n)
{
	struct nft_batch *b = nft_begin(&host->filter);
	int r;

	if (!b)
		return log_oom();
	nft_put_network(b, NFT_ADD, n);
	r = host_put_guards(host, b);
	if (r < 0) {
		nft_abort(b);
		return r;
	}
	r = nft_commit(b, false);
	if (r == -ENOENT)
		return host_make_table(host);
	return r < 0 ? log_fail(r, "add network %s to the table inet nap", n->name) : 0;
}

/* The guards stand before anything is forwarded. */
static int up(struct net_host *host, const struct net_network *n)
{
	bool changed;
	int r = network_save(host->dir, n);

	if (r == 0)
		r = link_bridge_up(&host->route, n, n->mtu ? n->mtu : host->mtu);
	if (r == 0)
		r = forward_plan(host->dir, &host->route, &changed);
	if (r == 0)
		r = add_to_table(host, n);
	return r == 0 ? forward_up(host->dir, &host->route) : r;
}

/* For whoever it may fail: what is missing is no failure. */
static int remove_files(const char *dir, const char *name)
{
	auto_free char *path = text_format("%s/networks/%s", dir, name);
	int r = path ? fs_remove_tree(AT_FDCWD, path) : -ENOMEM;

	return r < 0 ? log_fail(r, "remove network %s", name) : 0;
}

int network_remove(struct net_host *host, const struct net_network *n)
{
	struct nft_batch *b = nft_begin(&host->filter);
	int r;

	if (!b)
		return log_oom();
	nft_put_network(b, NFT_DELETE, n);
	r = nft_commit(b, true);
	if (r < 0 && r != -ENOENT)
		return log_fail(r, "take network %s from the table inet nap", n->name);
	r = link_bridge_down(&host->route, n->bridge);
	if (r < 0)
		return log_fail(r, "remove bridge %s", n->bridge);
	return remove_files(host->dir, n->name);
}

static bool prefix_is(const struct ip_prefix *asked, const struct ip_prefix *is)
{
	return !asked->address.family || (asked->length == is->length && is->address.family &&
					  ip_prefix_contains(asked, &is->address));
}

/* Is n what conf asks for? */
static bool matches(const struct net_network_conf *conf, const struct net_network *n)
{
	for (int f = 0; f < IP_FAMILIES; f++) {
		if (!prefix_is(&conf->subnet[f], &n->subnet[f]))
			return f == IP6 && !has_ipv6();
		if (conf->gateway[f].family && !ip_equal(&conf->gateway[f], &n->gateway[f]))
			return false;
		if (conf->range[f].first.family &&
		    (!ip_equal(&conf->range[f].first, &n->range[f].first) ||
		     !ip_equal(&conf->range[f].last, &n->range[f].last)))
			return false;
	}
	if (!conf->ipv6 && !conf->subnet[IP6].address.family && n->subnet[IP6].address.family)
		return false;
	return conf->internal == n->internal && conf->mtu == n->mtu && conf->no_dns == n->no_dns &&
	       (!conf->bridge || streq(conf->bridge, n->bridge));
}

/* The network as it is, if that will do. 1: *ret; 0: it is to be made. */
static int find(struct net_host *host, const struct net_network_conf *conf,
		struct net_network **ret)
{
	auto_network struct net_network *n = NULL;
	int r = network_read(host->dir, conf->name, &n);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (link_index(&host->route, n->bridge) < 0)
		return 0; /* somebody has deleted the bridge */
	if (!matches(conf, n)) {
		if (network_is_idle(host->dir, n->name))
			return 0;
		log_warn("network %s stays as it was made while anything is on it", n->name);
	}
	*ret = TAKE_PTR(n);
	return 1;
}

/* Under the exclusive lock: what is there does not do. */
static int make(struct net_host *host, const struct net_network_conf *conf)
{
	auto_network struct net_network *old = NULL, *n = NULL;
	int r = network_read(host->dir, conf->name, &old);

	if (r < 0 && r != -ENOENT)
		return r;
	if (old && network_is_idle(host->dir, old->name)) {
		r = network_remove(host, old);
		if (r < 0)
			return r;
	} else if (old) {
		return up(host, old); /* its bridge is gone, and those on it go on as they can */
	}
	r = resolve(host, conf, &n);
	if (r < 0)
		return r;
	r = up(host, n);
	if (r < 0) /* reported */
		(void)network_remove(host, n);
	return r;
}

/* The uplink may be another than when the network was made. */
static int follow_uplink(struct net_host *host)
{
	bool changed = false;
	int r;

	if (forward_is_up(host->uplink))
		return 0;
	r = host_lock(host, LOCK_EX);
	if (r == 0)
		r = forward_plan(host->dir, &host->route, &changed);
	if (r == 0 && changed)
		r = host_make_table(host);
	if (r == 0)
		r = forward_up(host->dir, &host->route);
	return r == 0 ? host_lock(host, LOCK_SH) : r;
}

int network_get(struct net_host *host, const struct net_network_conf *conf,
		const struct net_network **ret)
{
	struct net_network *n = NULL;
	int r;

	/* between the locks somebody may prune it again */
	while ((r = find(host, conf, &n)) == 0) {
		r = host_lock(host, LOCK_EX);
		if (r == 0 && (r = find(host, conf, &n)) == 0)
			r = make(host, conf);
		net_network_free(TAKE_PTR(n));
		if (r < 0)
			return r;
		r = host_lock(host, LOCK_SH);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	r = network_append(&host->networks, &host->n_networks, n);
	if (r < 0) {
		net_network_free(n);
		return r;
	}
	*ret = n;
	return conf->internal ? 0 : follow_uplink(host);
}
