/* SPDX-License-Identifier: MIT */
/*
 * The order of steps, and their undo. A start:
 *
 *     net_open     sockets, the lock
 *     net_grant    networks, addresses, ports, the lease on file    in the host's namespace
 * (grant.c) (unshare) net_up       links, what is inside, names, rules              in the
 * container's
 *
 * What is on file is at least what there is: a lease is written before what it names is taken, and
 * removed after that has been given back.
 */
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "conntrack.h"
#include "forward.h"
#include "host.h"
#include "inside.h"
#include "ipam.h"
#include "lease.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "link.h"
#include "names.h"
#include "network.h"
#include "nft.h"
#include "ports.h"
#include "route.h"
#include "watch.h"

#define DEFAULT_MTU 1500U
#define LINGER_STEPS 20U
#define LINGER_STEP_USEC 50000U
#define LINGER_QUIET_USEC 40000

/* ---- the host ---- */

static int open_lock(const char *dir)
{
	auto_free char *path = text_format("%s/lock", dir);
	int fd;

	if (!path)
		return -ENOMEM;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 && errno == ENOENT) {
		int r = fs_mkdirs(AT_FDCWD, dir, 0755);

		if (r < 0)
			return r;
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	}
	return fd < 0 ? -errno : fd;
}

int host_lock(struct net_host *host, int operation)
{
	while (flock(host->lock_fd, operation) < 0)
		if (errno != EINTR)
			return log_fail(-errno, "lock %s/lock", host->dir);
	return 0;
}

void host_look(struct net_host *host)
{
	static const int families[] = {AF_INET, AF_INET6};
	struct uplink uplink;

	host->filtered = link_is_filtered();
	host->mtu = DEFAULT_MTU;
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		if (route_uplink(&host->route, families[i], &uplink) < 0)
			continue;
		host->mtu = uplink.mtu;
		return;
	}
}

static int open_host(const char *dir, int operation, struct net_host **ret)
{
	auto_net_host struct net_host *host = calloc(1, sizeof(*host));
	int r;

	if (!host || !(host->dir = strdup(dir))) {
		if (host)
			host->lock_fd = host->route.fd = host->filter.fd = -1;
		return log_oom();
	}
	host->lock_fd = host->route.fd = host->filter.fd = -1;
	r = nl_open(&host->route, NETLINK_ROUTE);
	if (r == 0)
		r = nl_open(&host->filter, NETLINK_NETFILTER);
	if (r < 0)
		return log_fail(r, "open a netlink socket");
	host->lock_fd = open_lock(dir);
	if (host->lock_fd < 0)
		return log_fail(host->lock_fd, "open %s/lock", dir);
	r = host_lock(host, operation);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(host);
	return 0;
}

int net_open(const char *dir, struct net_host **ret)
{
	return open_host(dir, LOCK_SH, ret);
}

void net_unlock(struct net_host *host)
{
	(void)flock(host->lock_fd, LOCK_UN);
}

int net_relock(struct net_host *host)
{
	nl_renew(&host->route);
	nl_renew(&host->filter);
	return host_lock(host, LOCK_SH);
}

/* When rules were last deleted: the time of the lock file. */
static void note_deletion(const struct net_host *host)
{
	(void)futimens(host->lock_fd, NULL); /* else somebody waits a little longer */
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Whoever reads what nap writes waits for the last one who could write more. */
static void close_others(const struct net_host *host)
{
	int kept[] = {host->lock_fd, host->route.fd, host->filter.fd}, next = 0;

	qsort(kept, ARRAY_SIZE(kept), sizeof(*kept), by_number);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		if (kept[i] > next)
			(void)close_range((unsigned)next, (unsigned)kept[i] - 1, 0);
		next = kept[i] + 1;
	}
	(void)close_range((unsigned)next, ~0U, 0);
}

void net_linger(const struct net_host *host)
{
	close_others(host);
	for (unsigned i = 0; i < LINGER_STEPS; i++) {
		struct timespec now;
		struct stat st;

		(void)usleep(LINGER_STEP_USEC);
		if (fstat(host->lock_fd, &st) < 0 || clock_gettime(CLOCK_REALTIME, &now) < 0)
			return;
		if ((now.tv_sec - st.st_mtim.tv_sec) * 1000000 +
			    (now.tv_nsec - st.st_mtim.tv_nsec) / 1000 >
		    LINGER_QUIET_USEC)
			return;
	}
}

void net_close(struct net_host *host)
{
	if (!host)
		return;
	for (size_t i = 0; i < host->n_networks; i++)
		net_network_free(host->networks[i]);
	free(host->networks);
	nl_close(&host->route);
	nl_close(&host->filter);
	fd_drop(&host->lock_fd);
	free(host->dir);
	free(host);
}

/* ---- the table ---- */

static int put_guard(int family, const char *interface, void *data)
{
	nft_put_guard(data, NFT_ADD, family, interface);
	return 0;
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

		r = lease_load(dir, *id, &l, &partial);
		if (r == -ENOENT || (r == 0 && partial))
			continue;
		if (r < 0) {
			log_warn("the lease of %s cannot be read: it has no rules: %s", *id,
				 strerror(-r));
			continue;
		}
		nft_put_lease(b, NFT_ADD, l);
		r = watch_put_own(dir, b, NFT_ADD, l);
		if (r < 0)
			break;
	}
	return r == -ENOENT || r == -EBADMSG ? 0 : r;
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
		r = forward_each(host->dir, put_guard, b);
	if (r == 0)
		r = put_leases(host->dir, b);
	if (r < 0) {
		nft_abort(b);
		return log_fail(r, "read what is in %s", host->dir);
	}
	r = nft_commit(b, false);
	return r < 0 ? log_fail(r, "make the table inet nap") : 0;
}

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

/* Its elements; the table with them if somebody has flushed it. */
static int add_rules(struct net_host *host, const struct net_lease *l)
{
	auto_fd int watch_fd = -1;
	struct nft_batch *b;
	int r = watch_lock(host->dir, l, &watch_fd);

	if (r < 0)
		return log_fail(r, "lock %s/watch", host->dir);
	b = nft_begin(&host->filter);
	if (!b)
		return log_oom();
	nft_put_lease(b, NFT_ADD, l);
	r = watch_put(host->dir, b, NFT_ADD, l);
	if (r < 0) {
		nft_abort(b);
		return log_fail(r, "read the leases of other apps");
	}
	r = nft_commit(b, false);
	if (r != -ENOENT)
		return r < 0 ? log_fail(r, "add %s to the table inet nap", l->id) : 0;
	fd_drop(&watch_fd);
	r = host_lock(host, LOCK_EX);
	return r == 0 ? host_make_table(host) : r;
}

int net_up(struct net_host *host, const struct net_lease *l)
{
	int r = inside_prepare();

	if (r < 0)
		return log_fail(r, "prepare the container's interfaces");
	for (size_t i = 0; r == 0 && i < l->n_members; i++)
		r = link_up(host, host->networks[i], &l->members[i]);
	if (r < 0)
		return r;
	r = inside_up(l->members, (const struct net_network *const *)host->networks, l->n_members);
	for (size_t i = 0; r == 0 && i < l->n_members; i++)
		r = link_veth_connect(&host->route, &l->members[i]);
	if (r < 0)
		return log_fail(r, "set the container's interfaces up");
	r = tell_names(host, l);
	if (r == 0)
		r = add_rules(host, l);
	for (size_t i = 0; r == 0 && i < l->n_members; i++)
		link_veth_settle(&host->route, &l->members[i]);
	if (r == 0)
		conntrack_forget_later(&host->filter, &host->route, l);
	return r;
}

int net_up_loopback(void)
{
	return inside_up_loopback();
}

/* ---- down ---- */

static int remove_rules(struct net_host *host, const struct net_lease *l)
{
	auto_fd int watch_fd = -1;
	struct nft_batch *b;
	int r = watch_lock(host->dir, l, &watch_fd);

	if (r < 0 && r != -ENOENT)
		return log_fail(r, "lock %s/watch", host->dir);
	b = nft_begin(&host->filter);
	if (!b)
		return log_oom();
	nft_put_lease(b, NFT_DELETE, l);
	r = watch_put(host->dir, b, NFT_DELETE, l);
	if (r < 0) {
		nft_abort(b);
		return log_fail(r, "read the leases of other apps");
	}
	r = nft_commit(b, true);
	note_deletion(host);
	/* without the table there is nothing to take out of it */
	return r < 0 && r != -ENOENT ? log_fail(r, "take %s from the table inet nap", l->id) : 0;
}

static int release_member(struct net_host *host, const struct net_lease *l,
			  const struct net_member *m, bool partial)
{
	auto_fd int dirfd = -1;
	int r = names_leave(host->dir, m->network, l->hosts), e;

	link_veth_cut(&host->route, m);
	dirfd = network_open(host->dir, m->network);
	if (dirfd < 0)
		return dirfd == -ENOENT ? r : log_fail(dirfd, "open network %s", m->network);
	e = partial ? ipam_release_all(dirfd, l->id) : 0;
	for (int f = 0; e == 0 && f < IP_FAMILIES; f++)
		e = ipam_release(dirfd, l->id, &m->ip[f]);
	return e < 0 ? log_fail(e, "give the addresses of %s back", l->id) : r;
}

/* Each part is tried, whatever became of the others. The file goes last, and stays if any is left.
 */
static int release(struct net_host *host, const struct net_lease *l, bool partial)
{
	int r = remove_rules(host, l), e;

	for (size_t i = 0; i < l->n_members; i++) {
		e = release_member(host, l, &l->members[i], partial);
		r = r < 0 ? r : e;
	}
	e = partial ? ports_release_all(host->dir, l->id) : ports_release(host->dir, l);
	r = r < 0 ? r : e;
	e = watch_remove(host->dir, l);
	if (e < 0)
		r = log_fail(e, "forget whom %s watches", l->id);
	if (r < 0)
		return r;
	e = lease_remove(host->dir, l->id);
	return e < 0 ? log_fail(e, "remove the lease of %s", l->id) : 0;
}

/* A lease that cannot be read: what the directories say is id's is given back. */
static int release_unread(struct net_host *host, const char *id)
{
	struct net_network **networks = NULL;
	struct net_lease l = {.id = (char *)id};
	size_t n = 0;
	int r = net_networks(host->dir, &networks, &n), e;

	for (size_t i = 0; i < n; i++) {
		auto_fd int dirfd = network_open(host->dir, networks[i]->name);

		e = dirfd < 0 ? dirfd : ipam_release_all(dirfd, id);
		r = r < 0 ? r : e;
	}
	networks_free(networks, n);
	e = release(host, &l, true);
	return r < 0 ? r : e;
}

int net_down(struct net_host *host, const char *id)
{
	auto_net_lease struct net_lease *l = NULL;
	bool partial;
	int r = lease_load(host->dir, id, &l, &partial);

	if (r == -ENOENT) /* it was killed before anything had been taken */
		return lease_remove(host->dir, id);
	if (r == 0)
		return release(host, l, partial);
	if (r == -ENOMEM)
		return log_oom();
	log_warn("the lease of %s cannot be read, what it holds is looked for: %s", id,
		 strerror(-r));
	r = release_unread(host, id);
	if (r == 0)
		r = host_lock(host, LOCK_EX);
	return r == 0 ? host_make_table(host) : r;
}

int net_lease_load(const char *dir, const char *id, struct net_lease **ret)
{
	int r = lease_load(dir, id, ret, NULL);

	return r < 0 && r != -ENOENT ? log_fail(r, "read the lease of %s", id) : r;
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
	int r = open_host(dir, LOCK_EX, &host);

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
	int r = open_host(dir, LOCK_EX, &host);

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
