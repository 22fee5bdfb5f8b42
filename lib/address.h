/* SPDX-License-Identifier: MIT */
/* IP addresses as text, and names that have one. */
#pragma once

#include <stdbool.h>

/* A numeric IPv4 or IPv6 address. */
bool address_is_valid(const char *s);
/* docker's --add-host: NAME:ADDRESS (or NAME=ADDRESS). */
bool hosts_entry_is_valid(const char *s);
