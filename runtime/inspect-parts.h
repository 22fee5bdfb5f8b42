/* SPDX-License-Identifier: MIT */
/* The parts of nap inspect that have files of their own. */
#pragma once

struct buf;
struct paths;

/* Append the members about the network of id, if it has one. Reports. */
int inspect_network(struct buf *out, const struct paths *paths, const char *id);
