/* SPDX-License-Identifier: MIT */
/*
 * Records: what nap found out while it loaded an image, so that starting it needs no second look.
 * Written by nap alone; read strictly all the same, since the members become paths and modes.
 */
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "ref.h"

#define ID_MAX ((int64_t)UINT32_MAX - 1) /* (uid_t)-1 means "leave it" to chown(2) */

/* A number that must be there, from min to max. */
static int take_number(const json_t *obj, const char *key, int64_t min, int64_t max, int64_t *ret)
{
	int64_t v;

	if (json_get_i64(obj, key, &v) <= 0 || v < min || v > max)
		return -EBADMSG;
	*ret = v;
	return 0;
}

static int take_root(const json_t *doc, struct image *image)
{
	int64_t mode, uid, gid, mtime;
	json_t *root;

	if (json_get_object(doc, "root", &root) <= 0 ||
	    take_number(root, "mode", 0, 07777, &mode) < 0 ||
	    take_number(root, "uid", 0, ID_MAX, &uid) < 0 ||
	    take_number(root, "gid", 0, ID_MAX, &gid) < 0 ||
	    take_number(root, "mtime", INT64_MIN, INT64_MAX, &mtime) < 0)
		return -EBADMSG;
	image->root_mode = (mode_t)mode;
	image->root_uid = (uid_t)uid;
	image->root_gid = (gid_t)gid;
	image->root_mtime = mtime;
	return 0;
}

static int take_layers(const json_t *doc, struct image *image)
{
	int r;

	r = json_get_strv(doc, "layers", &image->layers);
	if (r <= 0)
		return r < 0 ? r : -EBADMSG;
	STRV_FOREACH (key, image->layers)
		if (!hex64_is_valid(*key))
			return -EBADMSG;
	return 0;
}

static int take_manifest(const json_t *doc, struct image *image)
{
	const char *manifest;
	int r;

	r = json_get_string(doc, "manifest", &manifest);
	if (r <= 0)
		return r;
	if (!digest_is_valid(manifest))
		return -EBADMSG;
	image->manifest = strdup(manifest);
	return image->manifest ? 0 : -ENOMEM;
}

int image_record_parse(const char *text, size_t len, struct image *image)
{
	auto_json json_t *doc = NULL;
	char why[160]; /* nap wrote the file: which byte went bad helps nobody */
	int64_t size;
	int r;

	r = json_parse(text, len, why, &doc);
	if (r < 0)
		return r;
	r = take_layers(doc, image);
	if (r < 0)
		return r;
	r = take_manifest(doc, image);
	if (r < 0)
		return r;
	r = take_number(doc, "size", 0, INT64_MAX, &size);
	if (r < 0)
		return r;
	image->size = (uint64_t)size;
	r = take_number(doc, "loaded", 0, INT64_MAX, &image->loaded_usec);
	if (r < 0)
		return r;
	r = take_root(doc, image);
	if (r < 0)
		return r;
	return image_config_read_reduced(json_object_get(doc, "config"), &image->config);
}

int image_record_read(const struct store *store, const char *id, struct image **ret)
{
	auto_image struct image *image = calloc(1, sizeof(*image));
	auto_free char *text = NULL;
	char path[96];
	size_t len;
	int r;

	if (!image)
		return -ENOMEM;
	(void)snprintf(path, sizeof(path), "images/%s/image", id);
	r = fs_read_file(store->dirfd, path, JSON_MAX_BYTES, &text, &len);
	if (r < 0)
		return r;
	r = image_record_parse(text, len, image);
	if (r < 0)
		return r;
	memcpy(image->id, id, sizeof(image->id));
	*ret = TAKE_PTR(image);
	return 0;
}

char *image_record_format(const struct image *image, const char *config)
{
	auto_buf b = {0};

	buf_char(&b, '{');
	json_member_strv(&b, "layers", image->layers);
	json_member(&b, "manifest", image->manifest);
	json_member_i64(&b, "size", (int64_t)image->size);
	json_member_i64(&b, "loaded", image->loaded_usec);
	json_open_object(&b, "root");
	json_member_i64(&b, "mode", image->root_mode & 07777);
	json_member_i64(&b, "uid", image->root_uid);
	json_member_i64(&b, "gid", image->root_gid);
	json_member_i64(&b, "mtime", image->root_mtime);
	buf_char(&b, '}');
	json_add_key(&b, "config");
	buf_str(&b, config);
	buf_str(&b, "}\n");
	return buf_take(&b);
}

uint64_t layer_record_size(const struct store *store, const char *key)
{
	auto_json json_t *doc = NULL;
	auto_free char *text = NULL;
	char path[128], why[160];
	int64_t size;
	size_t len;

	(void)snprintf(path, sizeof(path), "layers/%s/layer", key);
	if (fs_read_file(store->dirfd, path, JSON_MAX_BYTES, &text, &len) < 0 ||
	    json_parse(text, len, why, &doc) < 0 ||
	    take_number(doc, "size", 0, INT64_MAX, &size) < 0)
		return 0;
	return (uint64_t)size;
}
