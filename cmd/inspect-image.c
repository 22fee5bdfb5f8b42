/* SPDX-License-Identifier: MIT */
/* Images as nap inspect shows them: docker's shape, filled from the record and the config blob. */
#include <errno.h>

#include "cmd.h"
#include "image-json.h"
#include "inspect.h"
#include "lib/cleanup.h"
#include "lib/json.h"
#include "lib/log.h"

/* The blob passed the strict reader when the image was opened. */
static int parse_config(const struct store *store, const struct image *image, json_t **ret)
{
	auto_free char *text = NULL;
	char why[160];
	size_t len;
	int r;

	r = image_read_config(store, image->id, &text, &len);
	if (r < 0)
		return r;
	r = json_parse(text, len, why, ret);
	return r < 0 ? log_refuse(r, "image %s: config: %s", image->id, why) : 0;
}

/* A value as it stands in the document; {} where the image is silent. */
static void add_value(struct buf *b, const char *key, const json_t *value)
{
	auto_free char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	if (value && !text)
		b->error = -ENOMEM;
	json_add_key(b, key);
	buf_str(b, text ? text : "{}");
}

static void add_rootfs(struct buf *b, const json_t *config)
{
	json_t *rootfs = json_object_get(config, "rootfs");

	json_add_key(b, "RootFS");
	buf_str(b, "{\"Type\":\"layers\"");
	if (json_object_get(rootfs, "diff_ids"))
		add_value(b, "Layers", json_object_get(rootfs, "diff_ids"));
	buf_char(b, '}');
}

static int add_image(const struct store *store, const struct image *image, struct buf *out)
{
	auto_json json_t *config = NULL;
	const char *author = NULL;
	int r;

	r = parse_config(store, image, &config);
	if (r < 0)
		return r;
	buf_char(out, '{');
	image_json_members(out, image);
	if (json_get_string(config, "author", &author) > 0)
		json_member(out, "Author", author);
	add_value(out, "Config", json_object_get(config, "config"));
	add_rootfs(out, config);
	/* nap's own: the directories of the store that make up the root, bottom first */
	json_member_strv(out, "StoreLayers", image->layers);
	buf_char(out, '}');
	return 0;
}

int inspect_image(const struct settings *settings, const char *name, struct buf *out)
{
	auto_store struct store *store = NULL;
	auto_image struct image *image = NULL;
	char id[65];
	int r;

	r = store_open(settings->root, &store);
	if (r < 0)
		return r;
	if (image_resolve(store, name, id) == -ENOENT)
		return -ENOENT;
	r = image_open(store, name, &image);
	if (r == 0)
		r = image_read_names(store, image);
	return r < 0 ? r : add_image(store, image, out);
}
