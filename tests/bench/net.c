// SPDX-License-Identifier: MIT
/*
 * net DIR ID PORT [links]: for each line of standard input one start and one end of a container's
 * network, with one published port, in the network namespace it is started in; prints the
 * microseconds of the start, or of its links, addresses and routes alone. The namespace itself is
 * not counted: a container without a network has one, too.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/ip.h"
#include "lib/port.h"
#include "net/host.h"
#include "net/inside.h"
#include "net/link.h"
#include "net/net.h"

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* What net_up does of that, for one network. */
static int links_up(struct net_host *host, const struct net_lease *l)
{
	auto_nl struct nl inside = {.fd = -1};
	const struct net_network *const networks[] = {host->networks[0]};
	const struct net_member *m = &l->members[0];
	int r = nl_open(&inside, NETLINK_ROUTE);

	if (r == 0)
		r = link_veth_up(&host->route, m, networks[0]->mac, host->mtu, host->filtered);
	if (r == 0)
		r = inside_up(&inside, m, networks, 1);
	if (r == 0)
		r = link_veth_connect(&host->route, m);
	if (r == 0)
		link_veth_settle(&host->route, &inside, m);
	return r;
}

static double up(const char *dir, const struct net_conf *conf, bool links)
{
	auto_net_host struct net_host *host = NULL;
	auto_net_lease struct net_lease *lease = NULL;
	double granted, start = now(), unshared;

	if (net_open(dir, &host) < 0 || net_grant(host, conf, &lease) < 0)
		return -1;
	granted = now();
	if (unshare(CLONE_NEWNET) < 0)
		return -1;
	unshared = now();
	if ((links ? links_up(host, lease) : net_up(host, lease)) < 0)
		return -1;
	return (links ? 0 : granted - start) + now() - unshared;
}

static int down(const char *dir, const char *id)
{
	auto_net_host struct net_host *host = NULL;
	int r = net_open(dir, &host);

	return r < 0 ? r : net_down(host, id);
}

int main(int argc, char **argv)
{
	struct net_attach attach = {
		.network = {.name = NET_DEFAULT, .bridge = NET_DEFAULT_BRIDGE, .ipv6 = true},
		.interface = "eth0"};
	struct port_spec port;
	struct net_conf conf = {.attach = &attach, .n_attach = 1, .publish = &port, .n_publish = 1};
	const char *why;
	char line[16], hosts[4096];
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), file;

	if (argc < 4 || argc > 5 || home < 0 || port_parse(argv[3], &port, &why) < 0 ||
	    ip_prefix_parse("10.78.0.0/16", 0, &attach.network.subnet[IP4]) < 0)
		return 2;
	(void)snprintf(hosts, sizeof(hosts), "%s.hosts", argv[1]);
	file = open(hosts, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	(void)close(file);
	conf.id = argv[2];
	conf.hosts = hosts;
	while (fgets(line, sizeof(line), stdin)) {
		double usec = up(argv[1], &conf, argc == 5);

		if (usec < 0 || setns(home, CLONE_NEWNET) < 0 || down(argv[1], argv[2]) < 0)
			return 1;
		printf("%.0f\n", usec);
		(void)fflush(stdout);
	}
	return 0;
}
