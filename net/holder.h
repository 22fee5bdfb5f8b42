/* SPDX-License-Identifier: MIT */
/* Who of the host's processes has a port. */
#pragma once

#include <stdint.h>

#include "lib/ip.h"

/* Does a socket of the host's occupy the port (for address family 0: on any address)? 0: none;
 * -EADDRINUSE and *ret_who, allocated, like "nginx (PID 812)" or "a process that cannot be seen";
 * -EADDRNOTAVAIL cannot be: an address that is not there yet is free. In the host's network
 * namespace. Does not report. */
int holder_find(uint8_t protocol, const struct ip_address *address, uint16_t port, char **ret_who);
