/* SPDX-License-Identifier: MIT */
/* SHA-256 by libcrypto, which uses the processor's own instructions where it has them. */
#include "digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/text.h"
#include "ref.h"

struct sha256 {
	EVP_MD_CTX *ctx;
	bool failed;
};

struct sha256 *sha256_new(void)
{
	auto_sha256 struct sha256 *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->ctx = EVP_MD_CTX_new();
	if (!h->ctx || EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) != 1)
		return NULL;
	return TAKE_PTR(h);
}

void sha256_free(struct sha256 *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void sha256_add(struct sha256 *h, const void *data, size_t n)
{
	if (EVP_DigestUpdate(h->ctx, data, n) != 1)
		h->failed = true;
}

int sha256_final(struct sha256 *h, char hex[static SHA256_HEX + 1])
{
	unsigned char raw[SHA256_HEX / 2];

	if (h->failed || EVP_DigestFinal_ex(h->ctx, raw, NULL) != 1)
		return -EIO;
	for (size_t i = 0; i < sizeof(raw); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", raw[i]);
	return 0;
}

int sha256_text(const void *data, size_t n, char hex[static SHA256_HEX + 1])
{
	auto_sha256 struct sha256 *h = sha256_new();

	if (!h)
		return -ENOMEM;
	sha256_add(h, data, n);
	return sha256_final(h, hex);
}

int digest_parse(const char *digest, char hex[static SHA256_HEX + 1])
{
	const char *digits = startswith(digest, "sha256:");

	if (!digits)
		return strchr(digest, ':') ? -ENOTSUP : -EINVAL;
	if (!hex64_is_valid(digits))
		return -EINVAL;
	memcpy(hex, digits, SHA256_HEX + 1);
	return 0;
}

int digest_chain(const char *below_hex, const char *diff_hex, char hex[static SHA256_HEX + 1])
{
	char text[2 * (sizeof("sha256:") + SHA256_HEX)];
	int n = snprintf(text, sizeof(text), "sha256:%s sha256:%s", below_hex, diff_hex);

	return sha256_text(text, (size_t)n, hex);
}
