/* SPDX-License-Identifier: MIT */
/*
 * Forwarding by the kernel: on for nap's bridges and for the interfaces through which their packets
 * come and go, nothing else. An interface on which it was off until nap switched it on is guarded:
 * a rule drops what is forwarded from it to anywhere but a bridge of nap's. Such are remembered as
 * files DIR/forwarding/4-NAME and 6-NAME, and the rule is to be there before the switch:
 *
 *     forward_plan, the table gets what forward_each says, forward_up
 *
 * IPv4 forwards by the interface that a packet arrives on. IPv6 does so from Linux 6.17 on
 * (force_forwarding), and before by one switch for all (conf/all/forwarding), which also ends
 * accepting router advertisements where accept_ra is 1: it becomes 2 there first. All that is in
 * the host's namespace, and ends with DIR, by a reboot.
 */
#pragma once

#include <stdbool.h>

#include "lib/ip.h"
#include "route.h"

struct nl;

/* Note every interface on which forwarding is off, but lo, ports of bridges and nap's own bridges;
 * and forget those that no longer need a guard, because somebody else has switched forwarding on
 * for all since. *ret_changed says whether any file came or went. Reports. */
int forward_plan(const char *dir, struct nl *nl, bool *ret_changed);
/* Switch on what is noted, and nap's own bridges. Reports. */
int forward_up(const char *dir, struct nl *nl);
/* Are these uplinks of IPv4 and IPv6 forwarding? One without a name is none. Cheap enough for each
 * start. */
bool forward_is_up(const struct uplink uplink[static IP_FAMILIES]);
/* Call each guarded interface; family is AF_INET or AF_INET6. Stops at what is not 0, and hands
 * that on. Reports what it fails at itself. */
int forward_each(const char *dir, int (*each)(int family, const char *interface, void *data),
		 void *data);
