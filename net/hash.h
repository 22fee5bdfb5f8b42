/* SPDX-License-Identifier: MIT */
/* What is derived from names: it is the same at every start, and spreads. */
#pragma once

#include <stdint.h>

/* 64 bits that depend on both words; another seed gives others. */
uint64_t net_hash(uint64_t seed, const char *a, const char *b);
