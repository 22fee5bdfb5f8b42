/* SPDX-License-Identifier: MIT */
/* The container's side, in the current network namespace. None of these functions reports. */
#pragma once

#include <stddef.h>

struct net_member;
struct net_network;
struct nl;

/* What interfaces that are made from now on inherit: no router advertisements, no redirects. To be
 * called before link_veth_up. */
int inside_prepare(void);
/* lo, addresses, routes and permanent neighbours of all members, in one batch; the first one that
 * is not internal has the default routes, the others one to their own subnet. All traffic goes to
 * the gateway, which routes it. */
int inside_up(struct nl *nl, const struct net_member *members,
	      const struct net_network *const *networks, size_t n);
/* lo alone, for which netlink would be a detour. */
int inside_up_loopback(void);
