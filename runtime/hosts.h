/* SPDX-License-Identifier: MIT */
/* The files about names that a container gets: /etc/hosts, /etc/hostname, /etc/resolv.conf. */
#pragma once

#include "lib/address.h"

struct spec;

/* A domain of "search" or an option of "options": one word of printable characters. */
bool resolv_word_is_valid(const char *s);
/* Write the three files into dirfd. 0 or negative errno; reports. */
int hosts_write(const struct spec *spec, int dirfd);
