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

/* ---- what is on file ---- */

struct files {
	struct net_network **networks;
	size_t n_networks;
	struct net_lease **leases; /* without those that are being granted */
	size_t n_leases;
};

static void files_done(struct files *f)
{
	networks_free(f->networks, f->n_networks);
	for (size_t i = 0; i < f->n_leases; i++)
		net_lease_free(f->leases[i]);
	free(f->leases);
}

/* What cannot be read is told and left out: the others' rules do not depend on it. */
static int read_leases(const char *dir, struct files *f)
{
	auto_strv char **ids = NULL;
	int r = lease_ids(dir, &ids);

	if (r < 0)
		return log_fail(r, "read %s/leases", dir);
	f->leases = calloc(strv_len(ids) + 1, sizeof(*f->leases));
	if (!f->leases)
		return log_oom();
	STRV_FOREACH (id, ids) {
		auto_net_lease struct net_lease *l = NULL;

		r = lease_load(dir, *id, &l);
		if (r < 0 && r != -ENOENT)
			log_warn("the lease of %s cannot be read: it has no rules: %s", *id,
				 strerror(-r));
		else if (r == 0)
			f->leases[f->n_leases++] = TAKE_PTR(l);
	}
	return 0;
}

/* Reports. */
static int files_read(const char *dir, struct files *f)
{
	int r = net_networks(dir, &f->networks, &f->n_networks);

	return r == 0 ? read_leases(dir, f) : r;
}

static const struct net_network *find_network(const struct files *f, const char *name)
{
	for (size_t i = 0; i < f->n_networks; i++)
		if (streq(f->networks[i]->name, name))
			return f->networks[i];
	return NULL;
}

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

static int make_table(struct net_host *host, const struct files *f)
{
	struct nft_batch *b = nft_begin(&host->filter);
	int r;

	if (!b)
		return log_oom();
	nft_put_table(b);
	for (size_t i = 0; i < f->n_networks; i++)
		nft_put_network(b, NFT_ADD, f->networks[i]);
	r = host_put_guards(host, b);
	for (size_t i = 0; r == 0 && i < f->n_leases; i++) {
		nft_put_lease(b, NFT_ADD, f->leases[i]);
		r = watch_put_own(host->dir, b, NFT_ADD, f->leases[i]);
	}
	if (r < 0) {
		nft_abort(b);
		return log_fail(r, "read what is in %s", host->dir);
	}
	r = nft_commit(b, false);
	return r < 0 ? log_fail(r, "make the table inet nap") : 0;
}

int host_make_table(struct net_host *host)
{
	CLEANUP(files_done)
	struct files f = {0};
	int r = files_read(host->dir, &f);

	return r == 0 ? make_table(host, &f) : r;
}

/* ---- what nap net does ---- */

/* The ports of bridges, as br_netfilter is now. One that has gone is not there to be changed. */
static int adjust_lease(struct net_host *host, const struct net_lease *l, const struct files *f)
{
	int r = 0;

	for (size_t i = 0; i < l->n_members; i++) {
		const struct net_network *n = find_network(f, l->members[i].network);
		int e = n ? link_veth_renew(&host->route, &l->members[i], n->mac, host->filtered)
			  : 0;

		if (e < 0 && e != -ENODEV && e != -ENOENT)
			r = log_fail(e, "change the ports of %s", l->id);
	}
	return r;
}

static int adjust_links(struct net_host *host, const struct files *f)
{
	int r = 0;

	for (size_t i = 0; i < f->n_leases; i++) {
		int e = adjust_lease(host, f->leases[i], f);

		r = r < 0 ? r : e;
	}
	return r;
}

/* The bridges, then the table, before anything is forwarded. */
static int make_networks(struct net_host *host, const struct files *f)
{
	bool changed;
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->n_networks; i++)
		r = link_bridge_up(&host->route, f->networks[i],
				   f->networks[i]->mtu ? f->networks[i]->mtu : host->mtu);
	if (r == 0)
		r = forward_plan(host->dir, &host->route, &changed);
	if (r == 0)
		r = make_table(host, f);
	return r == 0 ? forward_up(host->dir, &host->route) : r;
}

int net_reload(const char *dir)
{
	auto_net_host struct net_host *host = NULL;
	CLEANUP(files_done)
	struct files f = {0};
	int r = host_open(dir, LOCK_EX, &host);

	if (r < 0)
		return r;
	host_look(host);
	r = files_read(dir, &f);
	if (r == 0 && f.n_networks)
		r = make_networks(host, &f);
	return r == 0 ? adjust_links(host, &f) : r;
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
