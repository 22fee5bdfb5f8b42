/* SPDX-License-Identifier: MIT */
/* FNV-1a over both words with their NULs, then mixed (the finalizer of MurmurHash3), so that names
 * which differ in their last character lie far apart, too. */
#include "hash.h"

#include <stddef.h>
#include <string.h>

#include "lib/cleanup.h"

uint64_t net_hash(uint64_t seed, const char *a, const char *b)
{
	const char *const words[] = {a, b};
	uint64_t h = seed ^ 0xcbf29ce484222325;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		for (size_t c = 0, n = strlen(words[i]); c <= n; c++)
			h = (h ^ (unsigned char)words[i][c]) * 0x100000001b3;
	h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53;
	return h ^ h >> 33;
}
