/* SPDX-License-Identifier: MIT */
/*
 * Finding images: a name is one readlink, a full id nothing at all. Only a shortened id and the
 * digest of a manifest are searched for, by going through all images.
 */
#include "find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "names.h"
#include "record.h"
#include "ref.h"

int image_ids(const struct store *store, char ***ret)
{
	auto_strv char **ids = NULL;
	struct dirent **entries;
	int n, r;

	n = scandirat(store->dirfd, "images", &entries, NULL, alphasort);
	if (n < 0)
		return -errno;
	r = strv_copy(NULL, &ids);
	for (int i = 0; i < n; i++) {
		if (r == 0 && hex64_is_valid(entries[i]->d_name))
			r = strv_add(&ids, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(ids);
	return 0;
}

/* Does this image match what is wanted: the beginning of an id, or the digest of a manifest? */
typedef bool (*matcher)(const struct store *store, const char *id, const char *wanted);

static bool match_prefix(const struct store *store, const char *id, const char *wanted)
{
	(void)store;
	return startswith(id, wanted);
}

static bool match_manifest(const struct store *store, const char *id, const char *wanted)
{
	auto_image struct image *image = NULL;

	/* one that cannot be read, or is gone meanwhile, is not what was asked for */
	if (image_record_read(store, id, &image) < 0)
		return false;
	return image->manifest && streq(image->manifest, wanted);
}

static int search(const struct store *store, const char *wanted, matcher match,
		  char ret_id[static 65])
{
	auto_strv char **ids = NULL;
	const char *found = NULL;
	int r;

	r = image_ids(store, &ids);
	if (r < 0)
		return r;
	STRV_FOREACH (id, ids) {
		if (!match(store, *id, wanted))
			continue;
		if (found)
			return -ENOTUNIQ;
		found = *id;
	}
	if (!found)
		return -ENOENT;
	memcpy(ret_id, found, 65);
	return 0;
}

static int find_id(const struct store *store, const char *ref, char ret_id[static 65])
{
	const char *rest = startswith(ref, "sha256:"), *hex = rest ? rest : ref;

	if (hex64_is_valid(hex)) {
		memcpy(ret_id, hex, 65);
		return 0;
	}
	if (!*hex || hex[strspn(hex, "0123456789abcdef")])
		return -ENOENT;
	return search(store, hex, match_prefix, ret_id);
}

int image_find(const struct store *store, const char *ref, char ret_id[static 65], char **ret_name)
{
	auto_free char *name = NULL;
	const char *at;
	int r;

	r = ref_normalize(ref, &name);
	if (r == -ENOMEM)
		return r;
	at = name ? strchr(name, '@') : NULL;
	if (at)
		return search(store, at + 1, match_manifest, ret_id);
	r = name ? name_read(store, name, ret_id) : -ENOENT;
	if (r == -ENOENT)
		return find_id(store, ref, ret_id);
	if (r == 0 && ret_name)
		*ret_name = TAKE_PTR(name);
	return r;
}

int image_resolve(const struct store *store, const char *ref, char ret_id[static 65])
{
	char id[65], path[96];
	int r;

	r = image_find(store, ref, id, NULL);
	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "images/%s", id);
	if (faccessat(store->dirfd, path, F_OK, 0) < 0)
		return -errno;
	memcpy(ret_id, id, sizeof(id));
	return 0;
}

const char *image_why_not_found(int r)
{
	return r == -ENOENT ? "no such image" : "the ids of several images begin so";
}
