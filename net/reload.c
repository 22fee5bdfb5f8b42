/* SPDX-License-Identifier: MIT */
/*
 * All of the network at once, from what is on file: the table anew, as somebody has flushed it;
 * bridges, ports and forwarding as they should be; what nobody uses any more, removed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "forward.h"
#include "host.h"
#include "lease.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "link.h"
#include "network.h"
#include "nft.h"
#include "watch.h"

/* ---- the table ---- */

static int put_guard(int family, const char *interface, void *data)
{
	nft_put_guard(data, NFT_ADD, family, interface);
	return 0;
}

int host_put_guards(struct net_host *host, struct nft_batch *b)
{
	return forward_each(host->dir, put_guard, b);
}

static int put_networks(const char *dir, struct nft_batch *b)
{
	struct net_network **networks = NULL;
	size_t n = 0;
	int r = net_networks(dir, &networks, &n);

	for (size_t i = 0; i < n; i++)
		nft_put_network(b, NFT_ADD, networks[i]);
	networks_free(networks, n);
	return r;
}

/* What cannot be read is told and left out: the others' rules do not depend on it. */
static int put_leases(const char *dir, struct nft_batch *b)
{
	auto_strv char **ids = NULL;
	int r = lease_ids(dir, &ids);

	STRV_FOREACH (id, ids) {
		auto_net_lease struct net_lease *l = NULL;
		bool partial;
		int e = lease_load(dir, *id, &l, &partial);

		if (e == -ENOENT || (e == 0 && partial))
			continue;
		if (e < 0) {
			log_warn("the lease of %s cannot be read: it has no rules: %s", *id,
				 strerror(-e));
			continue;
		}
		nft_put_lease(b, NFT_ADD, l);
		r = watch_put_own(dir, b, NFT_ADD, l);
		if (r < 0)
			break;
	}
	return r;
}

int host_make_table(struct net_host *host)
{
	struct nft_batch *b = nft_begin(&host->filter);
	int r;

	if (!b)
		return log_oom();
	nft_put_table(b);
	r = put_networks(host->dir, b);
	if (r == 0)
		r = host_put_guards(host, b);
	if (r == 0)
		r = put_leases(host->dir, b);
	if (r < 0) {
		nft_abort(b);
		return log_fail(r, "read what is in %s", host->dir);
	}
	r = nft_commit(b, false);
	return r < 0 ? log_fail(r, "make the table inet nap") : 0;
}

/* ---- what nap net does ---- */

/* The ports of bridges, as br_netfilter is now. One that has gone is not there to be changed. */
static int adjust_links(struct net_host *host)
{
	auto_strv char **ids = NULL;
	int r = lease_ids(host->dir, &ids);

	STRV_FOREACH (id, ids) {
		auto_net_lease struct net_lease *l = NULL;

		if (lease_load(host->dir, *id, &l, NULL) < 0)
			continue;
		for (size_t i = 0; i < l->n_members; i++) {
			auto_network struct net_network *n = NULL;
			int e = network_read(host->dir, l->members[i].network, &n);

			if (e == 0)
				e = link_veth_renew(&host->route, &l->members[i], n->mac,
						    host->filtered);
			if (e < 0 && e != -ENODEV && e != -ENOENT)
				r = e;
		}
	}
	return r < 0 ? log_fail(r, "change the ports of the bridges") : 0;
}

int net_reload(const char *dir)
{
	auto_net_host struct net_host *host = NULL;
	struct net_network **networks = NULL;
	size_t n = 0;
	bool changed;
	int r = host_open(dir, LOCK_EX, &host);

	if (r < 0)
		return r;
	host_look(host);
	r = net_networks(dir, &networks, &n);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = link_bridge_up(&host->route, networks[i],
				   networks[i]->mtu ? networks[i]->mtu : host->mtu);
	networks_free(networks, n);
	if (r == 0 && n)
		r = forward_plan(dir, &host->route, &changed);
	if (r == 0 && n)
		r = host_make_table(host);
	if (r == 0 && n)
		r = forward_up(dir, &host->route);
	return r == 0 ? adjust_links(host) : r;
}

static int prune_leases(struct net_host *host, bool (*alive)(const char *id, void *data),
			void *data)
{
	auto_strv char **ids = NULL;
	int r = lease_ids(host->dir, &ids);

	if (r < 0)
		return log_fail(r, "read %s/leases", host->dir);
	STRV_FOREACH (id, ids) {
		int e = alive(*id, data) ? 0 : net_down(host, *id);

		r = r < 0 ? r : e;
	}
	return r;
}

int net_prune(const char *dir, bool (*alive)(const char *id, void *data), void *data,
	      char ***ret_names)
{
	auto_net_host struct net_host *host = NULL;
	struct net_network **networks = NULL;
	auto_strv char **names = NULL;
	size_t n = 0;
	int r = host_open(dir, LOCK_EX, &host);

	if (r == 0)
		r = prune_leases(host, alive, data);
	if (r == 0)
		r = net_networks(dir, &networks, &n);
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (!network_is_idle(dir, networks[i]->name))
			continue;
		r = network_remove(host, networks[i]);
		if (r == 0 && strv_add(&names, networks[i]->name) < 0)
			r = log_oom();
	}
	networks_free(networks, n);
	if (r == 0)
		*ret_names = TAKE_PTR(names);
	return r;
}
