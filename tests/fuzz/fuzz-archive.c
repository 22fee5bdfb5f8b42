/* SPDX-License-Identifier: MIT */
/* The outer archive, as a file in memory: indexed, and its manifests read. */
#include "fuzz.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "image/manifest.h"
#include "image/tarball.h"
#include "lib/cleanup.h"
#include "tar-input.h"

/* Where compressed archives are unpacked to. */
static const struct store *scratch_store(void)
{
	static struct store *store;

	REQUIRE(store || store_open(fuzz_scratch(), &store) == 0);
	return store;
}

static void check(const struct tarball *a, const char *name)
{
	auto_free char *text = NULL;
	struct source source;
	size_t len = 0;
	int r;

	if (tarball_find(a, name, &source) < 0)
		return;
	(void)close(source.fd);
	if (source.size > 1 << 20)
		return;
	/* -ENOENT: it was found by a symlink, which only a layer may be */
	r = tarball_read(a, name, 1 << 20, &text, &len);
	REQUIRE(r == -ENOENT || (r == 0 && len == source.size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct store *store = scratch_store();
	auto_free char *tar = tar_input(data, size, &size);
	auto_fd int fd = memfd_create("archive", MFD_CLOEXEC);
	auto_tarball struct tarball *a = NULL;
	CLEANUP(manifest_list_done)
	struct manifest_list list = {0};

	REQUIRE(fd >= 0 && pwrite(fd, tar, size, 0) == (ssize_t)size);
	if (tarball_open(store, fd, &load_limits_default, &a) < 0)
		return 0;
	check(a, "manifest.json");
	check(a, "a/b");
	check(a, "link");
	(void)manifest_read_all(a, &load_limits_default, NULL, &list);
	return 0;
}
