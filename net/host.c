/* SPDX-License-Identifier: MIT */
/* The sockets and the lock that a start holds, and how long they are kept after an end. */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/fs.h"
#include "lib/log.h"
#include "link.h"

#define DEFAULT_MTU 1500U
#define LINGER_STEPS 20U
#define LINGER_STEP_USEC 50000U
#define LINGER_QUIET_USEC 40000

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
	static const int families[IP_FAMILIES] = {AF_INET, AF_INET6};

	host->filtered = link_is_filtered();
	host->mtu = 0;
	for (int f = 0; f < IP_FAMILIES; f++) {
		struct uplink *uplink = &host->uplink[f];

		if (route_uplink(&host->route, families[f], uplink) < 0)
			*uplink = (struct uplink){0};
		else if (!host->mtu)
			host->mtu = uplink->mtu;
	}
	if (!host->mtu)
		host->mtu = DEFAULT_MTU;
}

/* Without any descriptor yet. NULL: out of memory. */
static struct net_host *host_new(const char *dir)
{
	struct net_host *host = malloc(sizeof(*host));

	if (!host)
		return NULL;
	*host = (struct net_host){.lock_fd = -1, .route.fd = -1, .filter.fd = -1};
	host->dir = strdup(dir);
	return host;
}

int host_open(const char *dir, int operation, struct net_host **ret)
{
	auto_net_host struct net_host *host = host_new(dir);
	int r;

	if (!host || !host->dir)
		return log_oom();
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
	return host_open(dir, LOCK_SH, ret);
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

void host_note_deletion(const struct net_host *host)
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
