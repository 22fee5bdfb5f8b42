/* SPDX-License-Identifier: MIT */
/*
 * The order of steps, and their undo. A start:
 *
 *     net_open   sockets, the lock (host.c)
 *     net_grant  networks, addresses, ports, the lease on file; in the host's namespace (grant.c)
 *     (unshare)
 *     net_up     links, what is inside, names, rules; in the container's
 *
 * What is on file is at least what there is: a lease is written before what it names is taken, and
 * removed after that has been given back.
 */
#include "net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "conntrack.h"
#include "host.h"
#include "inside.h"
#include "ipam.h"
#include "lease.h"
#include "lib/log.h"
#include "link.h"
#include "names.h"
#include "network.h"
#include "nft.h"
#include "ports.h"
#include "watch.h"

/* ---- up ---- */

static int link_up(struct net_host *host, const struct net_network *n, const struct net_member *m)
{
	uint32_t mtu = n->mtu ? n->mtu : host->mtu;
	int r = link_veth_up(&host->route, m, n->mac, mtu, host->filtered);

	if (r == -EEXIST) { /* the kernel has not yet ended an earlier namespace of this id */
		r = link_veth_down(&host->route, m);
		if (r == 0)
			r = link_veth_up(&host->route, m, n->mac, mtu, host->filtered);
	}
	if (r == -EXFULL)
		return log_refuse(r, "network %s: bridge %s has the %d ports that it can have",
				  n->name, n->bridge, NET_MAX_PORTS);
	return r < 0 ? log_fail(r, "connect %s to bridge %s", m->interface, n->bridge) : 0;
}

static int tell_names(struct net_host *host, const struct net_lease *l)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->n_members; i++)
		r = names_join(host->dir, host->networks[i], l, &l->members[i]);
	return r;
}

/* Its elements into the table, or out of it. 1, without a report: there is no table. */
static int put_rules(struct net_host *host, enum nft_op op, const struct net_lease *l)
{
	auto_fd int watch_fd = -1;
	struct nft_batch *b;
	int r = watch_lock(host->dir, l, &watch_fd);

	if (r < 0 && !(r == -ENOENT && op == NFT_DELETE))
		return log_fail(r, "lock %s/watch", host->dir);
	b = nft_begin(&host->filter);
	if (!b)
		return log_oom();
	nft_put_lease(b, op, l);
	r = watch_put(host->dir, b, op, l);
	if (r < 0) {
		nft_abort(b);
		return log_fail(r, "read the leases of other apps");
	}
	r = nft_commit(b, op == NFT_DELETE);
	if (r == -ENOENT)
		return 1;
	return r < 0 ? log_fail(r, "change the rules of %s in the table inet nap", l->id) : 0;
}

/* With the whole table, if somebody has flushed it. */
static int add_rules(struct net_host *host, const struct net_lease *l)
{
	int r = put_rules(host, NFT_ADD, l);

	if (r <= 0)
		return r;
	r = host_lock(host, LOCK_EX);
	return r == 0 ? host_make_table(host) : r;
}

int net_up(struct net_host *host, const struct net_lease *l)
{
	auto_nl struct nl inside = {.fd = -1};
	int r = inside_prepare();

	if (r == 0)
		r = nl_open(&inside, NETLINK_ROUTE);
	if (r < 0)
		return log_fail(r, "prepare the container's interfaces");
	for (size_t i = 0; r == 0 && i < l->n_members; i++)
		r = link_up(host, host->networks[i], &l->members[i]);
	if (r < 0)
		return r;
	r = inside_up(&inside, l->members, (const struct net_network *const *)host->networks,
		      l->n_members);
	for (size_t i = 0; r == 0 && i < l->n_members; i++)
		r = link_veth_connect(&host->route, &l->members[i]);
	if (r < 0)
		return log_fail(r, "set the container's interfaces up");
	r = tell_names(host, l);
	if (r == 0)
		r = add_rules(host, l);
	for (size_t i = 0; r == 0 && i < l->n_members; i++)
		link_veth_settle(&host->route, &inside, &l->members[i]);
	if (r == 0)
		conntrack_forget_later(&host->route, l);
	return r;
}

int net_up_loopback(void)
{
	return inside_up_loopback();
}

/* ---- down ---- */

/* Without the table there is nothing to take out of it. */
static int remove_rules(struct net_host *host, const struct net_lease *l)
{
	int r = put_rules(host, NFT_DELETE, l);

	host_note_deletion(host);
	return r < 0 ? r : 0;
}

static int release_member(struct net_host *host, const struct net_lease *l,
			  const struct net_member *m)
{
	auto_fd int dirfd = -1;
	int r = names_leave(host->dir, m->network, l->hosts), e;

	link_veth_cut(&host->route, m);
	dirfd = network_open(host->dir, m->network);
	if (dirfd < 0)
		return dirfd == -ENOENT ? r : log_fail(dirfd, "open network %s", m->network);
	for (int f = e = 0; e == 0 && f < IP_FAMILIES; f++)
		e = ipam_release(dirfd, l->id, &m->ip[f]);
	return e < 0 ? log_fail(e, "give the addresses of %s back", l->id) : r;
}

/* Each part is tried, whatever became of the others. The file goes last, and stays if any is left.
 */
static int release(struct net_host *host, const struct net_lease *l)
{
	int r = remove_rules(host, l), e;

	for (size_t i = 0; i < l->n_members; i++) {
		e = release_member(host, l, &l->members[i]);
		r = r < 0 ? r : e;
	}
	e = ports_release(host->dir, l);
	r = r < 0 ? r : e;
	e = watch_remove(host->dir, l);
	if (e < 0)
		r = log_fail(e, "forget whom %s watches", l->id);
	if (r < 0)
		return r;
	e = lease_remove(host->dir, l->id);
	return e < 0 ? log_fail(e, "remove the lease of %s", l->id) : 0;
}

struct unread {
	const char *dir, *network, *id;
};

static int leave_unread(const char *address, const char *id, void *data)
{
	const struct unread *u = data;

	return streq(id, u->id) ? names_leave_address(u->dir, u->network, address) : 0;
}

/* The addresses by which its names are found go after these. */
static int release_unread_member(const char *dir, const char *network, const char *id)
{
	auto_fd int dirfd = network_open(dir, network);
	struct unread u = {dir, network, id};
	int r = dirfd, e;

	if (r >= 0)
		r = ipam_each(dirfd, leave_unread, &u);
	e = dirfd < 0 ? 0 : ipam_release_all(dirfd, id);
	r = r < 0 ? r : e;
	return r < 0 ? log_fail(r, "give what %s has of network %s back", id, network) : 0;
}

/* What is id's by the directories alone: its addresses and ports. */
static int release_unread(struct net_host *host, const char *id)
{
	struct net_network **networks = NULL;
	size_t n = 0;
	int r = net_networks(host->dir, &networks, &n), e;

	for (size_t i = 0; i < n; i++) {
		e = release_unread_member(host->dir, networks[i]->name, id);
		r = r < 0 ? r : e;
	}
	networks_free(networks, n);
	e = ports_release_all(host->dir, id);
	r = r < 0 ? r : e;
	if (r < 0)
		return r;
	r = lease_remove(host->dir, id);
	return r < 0 ? log_fail(r, "remove the lease of %s", id) : 0;
}

/* Its rules are not known: all are made anew. */
static int release_damaged(struct net_host *host, const char *id, int why)
{
	int r;

	log_warn("the lease of %s cannot be read, what it holds is looked for: %s", id,
		 strerror(-why));
	r = release_unread(host, id);
	if (r == 0)
		r = host_lock(host, LOCK_EX);
	return r == 0 ? host_make_table(host) : r;
}

int net_down(struct net_host *host, const char *id)
{
	auto_net_lease struct net_lease *l = NULL;
	bool begun = lease_is_begun(host->dir, id);
	int r = lease_load(host->dir, id, &l);

	if (r == -ENOMEM)
		return log_oom();
	if (r < 0 && r != -ENOENT)
		return release_damaged(host, id, r);
	r = r == 0 ? release(host, l) : 0;
	if (r < 0 || !begun)
		return r;
	/* killed while it was granted: what it took since then has neither links nor rules */
	return release_unread(host, id);
}

int net_lease_load(const char *dir, const char *id, struct net_lease **ret)
{
	int r = lease_load(dir, id, ret);

	return r < 0 && r != -ENOENT ? log_fail(r, "read the lease of %s", id) : r;
}
