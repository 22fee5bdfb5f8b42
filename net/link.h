/* SPDX-License-Identifier: MIT */
/*
 * Bridges and veth pairs, the host's side: link.c, bridge.c, veth.c, bypass.c. None of these
 * functions reports, but link_bridge_up.
 *
 * A port of a bridge is isolated (frames go to and come from the host alone), locked
 * (BR_PORT_LOCKED: no frame from another MAC than the one in the forwarding table), does not learn
 * and is not flooded. Its own MAC is the bridge's.
 *
 * Addresses of IPv6 are to be in networks and members only where there is IPv6. Everything goes by
 * interface names, and so by the network namespace that nl was opened in, but for /proc.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/ip.h"

struct net_member;
struct net_network;
struct nl;

/* What the alias of nap's bridges begins with; the network's name follows. */
#define LINK_BRIDGE_ALIAS "nap network "

/* Does br_netfilter look at bridged frames in the current network namespace? */
bool link_is_filtered(void);
/* The host's end for id on network: "vn" and 13 digits that depend on both. */
void link_name(const char *id, const char *network, char out[static 16]);
/* The MAC of id on network: locally administered, depending on both. */
void link_mac(const char *id, const char *network, uint8_t out[static 6]);

/*
 * The bridge of n with its addresses and sysctls (forwarding, route_localnet, accept_ra off, no
 * redirects, IPv6 without DAD), up, and the local route by which ::1 answers through it; one of
 * nap's that is there already is made like that, another's is refused. In the host's namespace.
 * Reports.
 */
int link_bridge_up(struct nl *nl, const struct net_network *n, uint32_t mtu);
/* What is missing is fine, and what is not nap's is left alone. */
int link_bridge_down(struct nl *nl, const char *name);
/* Index of an interface, -ENODEV. */
int link_index(struct nl *nl, const char *name);
/* Has it IPv6, as far as the kernel has, and the MTU lets it? It may be disabled all the same. */
bool link_takes_ipv6(struct nl *nl, const char *name);
/* Put into IFLA_AF_SPEC of a request about a link that takes IPv6: no link-local address. */
void link_put_no_autoconf(struct nl *nl);
/* Put a request for an address of an interface, with flags (IFA_F_...) beside those that all of
 * nap's have: IPv6's are used at once, since nobody else can have them. */
void link_put_address(struct nl *nl, int index, const struct ip_address *a, unsigned length,
		      uint32_t flags);
/*
 * Put a request that has packets of IPv6 that arrive on an interface for an address taken for ours.
 * For an address of the interface the kernel does so itself, but not before its worker gets to it,
 * and who connects until then gets no answer.
 */
void link_put_local_route(struct nl *nl, int index, const struct ip_address *a);

/*
 * A pair between the bridge of m and the current network namespace, that of nl being the host's: in
 * one RTM_NEWLINK, one queue each; then the port's flags, its entry in the forwarding table, the
 * host's permanent neighbours. Both ends are down: inside_up, then link_veth_connect. (Up without
 * the other end, the kernel takes the host's for unplugged, and all of its network waits for 4 ms.)
 * -EEXIST: the name is taken; -ENODEV: no bridge; -EXFULL: it has all the ports that it can have;
 * of what fails, nothing is left. filtered: link_is_filtered() of the host's namespace.
 */
int link_veth_up(struct nl *nl, const struct net_member *m, const uint8_t bridge_mac[static 6],
		 uint32_t mtu, bool filtered);
/* The host's end up, after the container's. */
int link_veth_connect(struct nl *nl, const struct net_member *m);
/*
 * Wait until both ends carry packets, which they do not yet when link_veth_connect returns: the
 * kernel's worker gives each a queue and the bridge lets its port in when it gets to it, and what
 * is sent before that is lost, a connection's first packet and with it a second. Usually there is
 * nothing to wait for, and never more than a few seconds. inside: a socket of the container's.
 */
void link_veth_settle(struct nl *nl, struct nl *inside, const struct net_member *m);
/*
 * Leave the pair to the kernel, which takes it away with the container's namespace: until then
 * nothing passes it, and its addresses can be another's. (Deleting it takes the kernel 25 ms that
 * somebody would wait for.) What is missing is fine.
 */
void link_veth_cut(struct nl *nl, const struct net_member *m);
/* Take the pair and the neighbours away. What is missing is fine. */
int link_veth_down(struct nl *nl, const struct net_member *m);
/* An existing pair as it should be, and as filtered wants it: -ENODEV. */
int link_veth_renew(struct nl *nl, const struct net_member *m, const uint8_t bridge_mac[static 6],
		    bool filtered);

/*
 * Where br_netfilter has bridged frames pass the IP hooks, these would see packets before it is
 * known that they are for this host, and published ports would fail from within. There the port
 * hands the frames of its one MAC to the bridge's own device at once (clsact, u32, mirred), which
 * the port's having the bridge's MAC allows. Put the requests for it; port and bridge are
 * indices.
 */
void bypass_put(struct nl *nl, const struct net_member *m, int port, int bridge);
/* Take it away; nothing there is fine. */
int bypass_remove(struct nl *nl, int port);
/*
 * A qdisc like that of the ports, on the bridge, without a rule. The first one of a machine has the
 * kernel rewrite its code for them, and the last one that goes has it undo that: 100 us for each
 * container that is the only one. For speed alone, so failing is fine.
 */
void bypass_prepare(struct nl *nl, int bridge);
