/* SPDX-License-Identifier: MIT */
/* The files about names that a container gets: /etc/hosts, /etc/hostname, /etc/resolv.conf. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/address.h"

struct ip_address;
struct net_lease;
struct spec;

/* Write the three files into dirfd; those of who is connected get their names later. 0 or negative
 * errno; reports. */
int hosts_write(const struct spec *spec, int dirfd);
/* The nameservers of the resolv.conf in dirfd; the caller frees. Reports. */
int hosts_resolvers(int dirfd, struct ip_address **ret, size_t *ret_n);
/* Append to the hosts file in dirfd what stands for the host there: its names, and what was asked
 * for by "NAME:host-gateway". Reports. */
int hosts_add_gateway(const struct spec *spec, const struct net_lease *lease, int dirfd);
