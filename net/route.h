/* SPDX-License-Identifier: MIT */
/* What the host's routing knows, in the namespace of nl. None of these functions reports. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/ip.h"

struct nl;

struct uplink {
	char interface[IFNAMSIZ];
	uint32_t mtu;
};

/* The interface by which the rest of the world is reached over family (AF_INET, AF_INET6): one
 * look-up, however many routes there are. -ENOENT if there is none. */
int route_uplink(struct nl *nl, int family, struct uplink *ret);
/* Is there a route that overlaps p, other than default ones and those by interface own? 1:
 * *ret_text is like "10.0.0.0/8 dev tun0"; 0: none. Reads all routes. */
int route_find_overlap(struct nl *nl, const struct ip_prefix *p, const char *own,
		       char ret_text[static 96]);
/* Is it an address of this host? 1, 0. */
int route_is_local(struct nl *nl, const struct ip_address *a);
