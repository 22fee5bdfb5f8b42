/* SPDX-License-Identifier: MIT */
/*
 * The guard beside libarchive, given the bytes of a tar: its verdict does not depend on the pieces
 * they come in. Checksums are made right, or nothing would get past the first header.
 */
#include "fuzz.h"

#include <errno.h>

#include "image/image.h"
#include "image/tarcheck.h"
#include "lib/cleanup.h"
#include "tar-input.h"

static int feed(const char *tar, size_t n, size_t piece, char *why)
{
	auto_tarcheck struct tarcheck *t = tarcheck_new(&load_limits_default);
	int r = 0;

	REQUIRE(t);
	for (size_t at = 0; at < n && r == 0; at += piece)
		r = tarcheck_feed(t, tar + at, n - at < piece ? n - at : piece);
	if (r == 0)
		r = tarcheck_end(t);
	(void)snprintf(why, 128, "%s", tarcheck_why(t));
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *tar = tar_input(data, size, &size);
	char why[128], other[128];
	int r = feed(tar, size, size + 1, why);

	REQUIRE(r == 0 || ((r == -EBADMSG || r == -EFBIG) && *why));
	REQUIRE(feed(tar, size, 100 + size % 701, other) == r && strcmp(why, other) == 0);
	return 0;
}
