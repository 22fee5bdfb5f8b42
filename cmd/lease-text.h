/* SPDX-License-Identifier: MIT */
/* What people are shown of a lease: addresses and published ports. Out of memory shows in the
 * buffer. */
#pragma once

#include "net/net.h"

struct settings;

/* Where net/ keeps its files. NULL: out of memory. */
char *lease_directory(const struct settings *settings);
/* The lease of id; *ret is NULL if it has none. Reports. */
int lease_of(const struct settings *settings, const char *id, struct net_lease **ret);

/* "10.78.0.5, 10.9.0.2": of each network the IPv4 address, or the IPv6 one if that is all. */
void lease_add_addresses(const struct net_lease *l, struct buf *out);
/* "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp" as docker has it, neighbours in a row as a range. */
void lease_add_ports(const struct net_lease *l, struct buf *out);
/* The members "Networks", "Addresses" and "Ports" of an object; l may be NULL. */
void lease_add_members(const struct net_lease *l, struct buf *out);

/* Of a port that is published on all addresses, those of the families that the container has. */
struct lease_port {
	char address[INET6_ADDRSTRLEN + 2]; /* an IPv6 one in brackets */
	const char *protocol;
	unsigned host, container, count;
};
/* The next one, from *i == 0 on; folded: neighbours as one. False at the end. */
bool lease_next_port(const struct net_lease *l, bool folded, size_t *i, struct lease_port *ret);
/* It as an element of an array: {"HostIp","HostPort","ContainerPort","Protocol"}. */
void lease_port_to_json(const struct lease_port *p, struct buf *out);
