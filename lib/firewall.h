/* SPDX-License-Identifier: MIT */
/*
 * The rules of an app's own firewall, as Allow= and Deny= write them (nap.app(5)):
 *
 *     [in|out] TARGET[:PORT[-PORT]][/tcp|udp|sctp]
 *
 * TARGET is "any", an address or prefix (IPv6 in brackets when a port follows: "[fd00::/8]:80"),
 * "app:NAME", or "host", this machine, which is about connections of the app alone. Without "in" or
 * "out" a rule is about both. PORT is the app's own of a connection to it, else the target's.
 *
 * As with IPAddressAllow= of systemd.resource-control(5), what is allowed is granted, what else is
 * denied is not, and what is neither is granted; but for the host's own services, which are denied
 * unless allowed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ip.h"
#include "parse.h"

enum firewall_target { TARGET_ANY, TARGET_PREFIX, TARGET_APP, TARGET_HOST };

struct firewall_rule {
	bool allow;   /* else deny */
	bool in, out; /* connections to the app, from the app; without a word both */
	enum firewall_target target;
	struct ip_prefix prefix;  /* of TARGET_PREFIX */
	char app[APP_NAME_BYTES]; /* of TARGET_APP */
	uint8_t protocol; /* IPPROTO_TCP, _UDP, _SCTP; 0: any. A port alone is TCP and UDP: 0 */
	uint16_t port_first,
		port_last; /* 0 and 65535: any. Of the app for in, of the target for out */
};

/* Parse one; allow is the caller's to set. -EINVAL with *ret_why. Does not report. */
int firewall_rule_parse(const char *text, struct firewall_rule *ret, const char **ret_why);
