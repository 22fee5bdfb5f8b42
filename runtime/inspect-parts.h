/* SPDX-License-Identifier: MIT */
/* The parts of nap inspect that have files of their own. */
#pragma once

#include <sys/types.h>

struct buf;
struct paths;

/* Append the members about the network of id, if it has one. Reports. */
int inspect_network(struct buf *out, const struct paths *paths, const char *id);
/* Append the member about what confines the process pid. */
void inspect_security(struct buf *out, pid_t pid);
