/* SPDX-License-Identifier: MIT */
/* Published ports in docker's notation. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct port_spec {
	char address[INET6_ADDRSTRLEN]; /* of the host; "": all */
	uint16_t host;			/* 0: any that is free */
	uint16_t container;
	uint16_t count;	      /* a range: so many from each on */
	const char *protocol; /* "tcp", "udp" or "sctp" */
};

/* [[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]; ADDRESS is IPv4, [IPv6] or empty, a port may be a range
 * A-B. -EINVAL with *ret_why. */
int port_parse(const char *text, struct port_spec *ret, const char **ret_why);
/* Do they ask for the same port of the host? Those that are any that is free do not. */
bool port_overlaps(const struct port_spec *a, const struct port_spec *b);

/* IPPROTO_TCP, _UDP, _SCTP by their names and back; 0 and "?" for others. */
uint8_t port_protocol_number(const char *name);
const char *port_protocol_name(uint8_t number);
