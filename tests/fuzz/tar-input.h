/* SPDX-License-Identifier: MIT */
/*
 * Tar archives from the bytes of a fuzzer, which would never find a checksum, nor care for blocks
 * of zeros. A byte of 0xff and one of a length are so many zeros; whatever block then looks like a
 * header has its checksum put right.
 */
#pragma once

#include "fuzz.h"
#include "lib/text.h"

#define TAR_BLOCK 512
#define TAR_INPUT_MAX (6 << 10)

static void tar_expand(const uint8_t *data, size_t size, struct buf *out)
{
	static const char zeros[256 * 4];

	for (size_t i = 0; i < size && out->len < TAR_INPUT_MAX; i++) {
		if (data[i] == 0xff && i + 1 < size)
			buf_add(out, zeros, 4 * (size_t)data[++i]);
		else
			buf_char(out, (char)data[i]);
	}
}

static void tar_repair(char *block)
{
	unsigned sum = 0;

	if (memcmp(block + 257, "ustar", 5) != 0)
		return;
	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)block[i];
	(void)snprintf(block + 148, 8, "%06o", sum);
}

/* The caller frees it. */
__attribute__((unused)) static char *tar_input(const uint8_t *data, size_t size, size_t *ret_size)
{
	struct buf out = {0};
	char *tar;

	tar_expand(data, size, &out);
	*ret_size = out.len;
	tar = buf_take(&out);
	REQUIRE(tar);
	for (size_t at = 0; at + TAR_BLOCK <= *ret_size; at += TAR_BLOCK)
		tar_repair(tar + at);
	return tar;
}
