/* SPDX-License-Identifier: MIT */
/* The files about names that a container gets: /etc/hosts, /etc/hostname, /etc/resolv.conf. */
#pragma once

#include <stdbool.h>

struct spec;

/* A numeric IPv4 or IPv6 address. */
bool address_is_valid(const char *s);
/* docker's --add-host: NAME:ADDRESS (or NAME=ADDRESS). */
bool hosts_entry_is_valid(const char *s);
/* Write the three files into dirfd. 0 or negative errno; reports. */
int hosts_write(const struct spec *spec, int dirfd);
