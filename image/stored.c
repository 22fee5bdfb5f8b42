/* SPDX-License-Identifier: MIT */
/* Records of layers, as JSON. */
#include "stored.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "image.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/text.h"

enum { RECORD_BYTES_MAX = 4096 };

int stored_layer_read(const struct store *store, const char *key, struct stored_layer *ret)
{
	char path[SHA256_HEX + 32], why[160];
	auto_json json_t *j = NULL;
	auto_free char *text = NULL;
	struct stored_layer layer = {0};
	const char *diff_id = NULL;
	int64_t size = -1, entries = -1;
	size_t len;
	int r;

	(void)snprintf(path, sizeof(path), "layers/%s/layer", key);
	r = fs_read_file(store->dirfd, path, RECORD_BYTES_MAX, &text, &len);
	if (r == -ENOENT)
		return r;
	if (r < 0)
		return log_fail(r, "read %s/%s", store->path, path);
	if (json_parse(text, len, why, &j) < 0 || json_get_string(j, "diff_id", &diff_id) <= 0 ||
	    digest_parse(diff_id, layer.diff_id) < 0 || json_get_i64(j, "size", &size) <= 0 ||
	    json_get_i64(j, "entries", &entries) <= 0 || size < 0 || entries < 0 ||
	    json_get_bool(j, "root", &layer.has_root) < 0 ||
	    json_get_bool(j, "depends", &layer.depends) < 0)
		return log_refuse(-EBADMSG, "%s/%s: not a layer record", store->path, path);
	layer.size = (uint64_t)size;
	layer.entries = (uint64_t)entries;
	*ret = layer;
	return 0;
}

int stored_layer_write(int dirfd, const struct stored_layer *layer)
{
	auto_buf b = {0};
	char digest[SHA256_HEX + 8];

	(void)snprintf(digest, sizeof(digest), "sha256:%s", layer->diff_id);
	buf_char(&b, '{');
	json_member(&b, "diff_id", digest);
	json_member_i64(&b, "size", (int64_t)layer->size);
	json_member_i64(&b, "entries", (int64_t)layer->entries);
	json_member_bool(&b, "root", layer->has_root);
	json_member_bool(&b, "depends", layer->depends);
	buf_str(&b, "}\n");
	return b.error ? b.error : fs_write_file(dirfd, "layer", b.data, b.len, 0644);
}
