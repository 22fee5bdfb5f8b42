/* SPDX-License-Identifier: MIT */
/*
 * Forwarding by the kernel: on for nap's bridges and for the interfaces through which their packets
 * come and go, nothing else. An interface on which it was off until nap switched it on is guarded:
 * a rule drops what is forwarded from it to anywhere but a bridge of nap's. Such are remembered as
 * empty files DIR/forwarding/4-NAME and 6-NAME.
 *
 * IPv4 forwards by the interface that a packet arrives on. IPv6 does so from Linux 6.17 on
 * (force_forwarding), and before by one switch for all (conf/all/forwarding), which also ends
 * accepting router advertisements where accept_ra is 1: it becomes 2 there first.
 */
#pragma once

#include <stdbool.h>

struct nl;

/* Have packets forwarded from every interface but lo and nap's own bridges and ports (names that no
 * file in DIR/networks claims). *ret_changed says whether any file was added. In the host's
 * namespace. Reports. */
int forward_up(const char *dir, struct nl *nl, bool *ret_changed);
/* Is the uplink of both families forwarding? Cheap enough for each start. */
bool forward_is_up(struct nl *nl);
/* Call each guarded interface; family is AF_INET or AF_INET6. Reports. */
int forward_each(const char *dir, int (*each)(int family, const char *interface, void *data),
		 void *data);
