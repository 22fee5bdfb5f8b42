/* SPDX-License-Identifier: MIT */
/* Flows that the kernel remembers. */
#pragma once

struct net_lease;
struct nl;

/*
 * Forget the UDP flows to the ports that l publishes, once these are in the table. Where a flow
 * leads is decided with its first packet: as long as its sender goes on, the others follow, even if
 * that app has ended, or was not there yet. (A TCP connection is a flow of its own.) Nothing to do
 * without such ports; with them the kernel looks at all its buckets, 9 ms for each family (262,144,
 * the default). netfilter and route: sockets of NETLINK_NETFILTER and NETLINK_ROUTE of the host's
 * namespace. Does not report.
 */
int conntrack_forget(struct nl *netfilter, struct nl *route, const struct net_lease *l);
/* The same by a child that nobody waits for: a start does not take longer for it, and what it fails
 * at is nobody's failure. host: any socket of the host's namespace, by which it is found. For a
 * process of one thread that does not outlive the start. */
void conntrack_forget_later(const struct nl *host, const struct net_lease *l);
