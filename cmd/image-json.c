/* SPDX-License-Identifier: MIT */
/* Images as JSON and as lines: shared by images, inspect, rmi and prune. */
#include "image-json.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/strv.h"

static void add_tags(struct buf *b, char *const *names)
{
	json_open_array(b, "RepoTags");
	STRV_FOREACH (name, (char **)names) {
		auto_free char *shorter = ref_shorten(*name);

		if (shorter)
			json_element(b, shorter);
		else
			b->error = -ENOMEM;
	}
	buf_char(b, ']');
}

/* "REPO@sha256:..." for each repository once; names are sorted, so those of one stand together. */
static void add_digests(struct buf *b, const struct image *image)
{
	auto_strv char **seen = NULL;

	STRV_FOREACH (name, image->names) {
		auto_free char *shorter = image->manifest ? ref_shorten(*name) : NULL;
		size_t n = strv_len(seen);
		char *digest;

		if (!shorter)
			continue;
		*strrchr(shorter, ':') = '\0';
		digest = text_format("%s@%s", shorter, image->manifest);
		if (digest && n > 0 && streq(seen[n - 1], digest))
			free(digest);
		else if (strv_take(&seen, digest) < 0)
			b->error = -ENOMEM;
	}
	json_member_strv(b, "RepoDigests", seen);
}

static void add_time(struct buf *b, const char *key, int64_t epoch)
{
	time_t t = (time_t)epoch;
	char text[40];
	struct tm tm;

	if (gmtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		json_member(b, key, text);
}

void image_json_members(struct buf *b, const struct image *image)
{
	json_add_key(b, "Id");
	buf_fmt(b, "\"sha256:%s\"", image->id);
	add_tags(b, image->names);
	add_digests(b, image);
	json_member(b, "Created", image->config.created);
	add_time(b, "Loaded", image->loaded_usec / 1000000);
	json_member_i64(b, "Size", (int64_t)image->size);
	json_member(b, "Os", image->config.os);
	json_member(b, "Architecture", image->config.architecture);
	json_member(b, "Variant", image->config.variant);
}

int print_removed(const struct removed *removed)
{
	STRV_FOREACH (name, removed->untagged) {
		auto_free char *shorter = ref_shorten(*name);

		if (!shorter)
			return log_oom();
		(void)printf("Untagged: %s\n", shorter);
	}
	STRV_FOREACH (id, removed->deleted)
		(void)printf("Deleted: sha256:%s\n", *id);
	return 0;
}

int64_t image_created(const struct image *image)
{
	int64_t epoch;

	if (!image->config.created || parse_timestamp(image->config.created, &epoch) < 0)
		return -1;
	return epoch;
}
