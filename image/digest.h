/* SPDX-License-Identifier: MIT */
/* SHA-256 as the OCI specifications write it: "sha256:" and 64 lower-case hex digits. */
#pragma once

#include <stddef.h>

enum { SHA256_HEX = 64 };

struct sha256; /* one running computation */

/* NULL when out of memory. */
struct sha256 *sha256_new(void);
void sha256_free(struct sha256 *h);
static inline void cleanup_sha256(struct sha256 **h)
{
	sha256_free(*h);
}
#define auto_sha256 CLEANUP(cleanup_sha256)

/* A failure inside the library is remembered; sha256_final then gives -EIO. */
void sha256_add(struct sha256 *h, const void *data, size_t n);
/* Write the digits to hex. The computation cannot go on afterwards. 0 or -EIO. */
int sha256_final(struct sha256 *h, char hex[static SHA256_HEX + 1]);
/* All at once. 0, -EIO or -ENOMEM. */
int sha256_text(const void *data, size_t n, char hex[static SHA256_HEX + 1]);

/*
 * Split "sha256:HEX" and copy HEX, 64 lower-case digits and nothing else, so that it can be part of
 * a path. -EINVAL if it is no digest, -ENOTSUP for another algorithm.
 */
int digest_parse(const char *digest, char hex[static SHA256_HEX + 1]);
/* The chain id of a layer (OCI image-spec, config.md, "Layer ChainID") from the one below. */
int digest_chain(const char *below_hex, const char *diff_hex, char hex[static SHA256_HEX + 1]);
