/* SPDX-License-Identifier: MIT */
/*
 * Bridges and veth pairs, the host's side. None of these functions reports, but link_bridge_up.
 *
 * A port of a bridge is isolated (frames go to and come from the host alone), locked
 * (BR_PORT_LOCKED: no frame from another MAC than the one in the forwarding table) and does not
 * learn. Where br_netfilter has bridged frames pass the IP hooks, these would see packets before it
 * is known that they are for this host, and published ports would fail from within; there the port
 * hands IP frames of the right source to the bridge's own device at once (clsact, u32, mirred), the
 * port's MAC being the bridge's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/ip.h"

struct net_member;
struct net_network;
struct nl;

/* Does br_netfilter look at bridged frames in the current network namespace? */
bool link_is_filtered(void);
/* The host's end for id on network: "vn" and 13 digits that depend on both. */
void link_name(const char *id, const char *network, char out[static 16]);
/* The MAC of id on network: locally administered, depending on both. */
void link_mac(const char *id, const char *network, uint8_t out[static 6]);

/*
 * The bridge of n with its addresses and sysctls (forwarding, route_localnet, accept_ra off, no
 * redirects, IPv6 without DAD), up, and the local route by which ::1 answers through it; one that
 * is there already is made like that. In the host's namespace. Reports.
 */
int link_bridge_up(struct nl *nl, const struct net_network *n, uint32_t mtu);
int link_bridge_down(struct nl *nl, const char *name);
/* Index of an interface, -ENODEV. */
int link_index(struct nl *nl, const char *name);
/* How many ports has a bridge? */
int link_count_ports(struct nl *nl, const char *bridge);

/*
 * A pair between the bridge of m and the current network namespace, that of nl being the host's: in
 * one RTM_NEWLINK, up, one queue each; then the port's flags, its entry in the forwarding table,
 * the host's permanent neighbours. -EEXIST: the name is taken; -ENODEV: no bridge; -EXFULL: it has
 * all the ports that it can have. filtered: link_is_filtered() of the host's namespace.
 */
int link_veth_up(struct nl *nl, const struct net_member *m, const uint8_t bridge_mac[static 6],
		 uint32_t mtu, bool filtered);
/* Take the pair and the neighbours away. What is missing is fine. */
int link_veth_down(struct nl *nl, const struct net_member *m);
/* An existing port as filtered wants it. */
int link_veth_filtered(struct nl *nl, const struct net_member *m,
		       const uint8_t bridge_mac[static 6], bool filtered);

/* inside.c: lo, addresses, routes and permanent neighbours of all members, in one batch in the
 * current network namespace; the first one that is not internal has the default routes. */
int inside_up(const struct net_member *members, const struct net_network *const *networks,
	      size_t n);
/* lo alone. */
int inside_up_loopback(void);
