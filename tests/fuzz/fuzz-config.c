/* SPDX-License-Identifier: MIT */
/*
 * Config blobs of images: what is kept of one says the same as the blob; and the spec of a
 * container that is made of it is whole, whatever the image asks for.
 */
#include "fuzz.h"

#include <errno.h>

#include "image/config.h"
#include "image/record.h"
#include "lib/cleanup.h"
#include "lib/json.h"
#include "lib/strv.h"
#include "runtime/spec.h"

static bool same_text(const char *a, const char *b)
{
	return a && b ? streq(a, b) : a == b;
}

static bool same_list(char *const *a, char *const *b)
{
	if (strv_len(a) != strv_len(b))
		return false;
	for (size_t i = 0; i < strv_len(a); i++)
		if (!streq(a[i], b[i]))
			return false;
	return true;
}

static bool same(const struct image_config *a, const struct image_config *b)
{
	return same_list(a->env, b->env) && same_list(a->entrypoint, b->entrypoint) &&
	       same_list(a->cmd, b->cmd) && same_text(a->user, b->user) &&
	       same_text(a->working_dir, b->working_dir) &&
	       same_text(a->stop_signal, b->stop_signal) && same_list(a->volumes, b->volumes) &&
	       same_list(a->exposed_ports, b->exposed_ports) && same_list(a->labels, b->labels) &&
	       same_text(a->healthcheck, b->healthcheck) && same_text(a->os, b->os) &&
	       same_text(a->architecture, b->architecture) && same_text(a->variant, b->variant) &&
	       same_text(a->created, b->created);
}

/* By way of the record in the store. */
static struct image *keep(const char *text, size_t size)
{
	struct image image = {.size = 1, .root_mode = 0755}, *again = calloc(1, sizeof(*again));
	auto_free char *reduced = NULL, *record = NULL;

	REQUIRE(again && image_config_reduce(text, size, &reduced) == 0);
	image.layers = calloc(1, sizeof(*image.layers));
	record = image_record_format(&image, reduced);
	free(image.layers);
	REQUIRE(record && image_record_parse(record, strlen(record), again) == 0);
	return again;
}

static void check_spec(const struct image *image)
{
	static char rm[] = "x";
	const struct request request = {.name = rm, .image = rm};
	auto_spec struct spec *spec = NULL, *again = NULL;
	auto_json json_t *j = NULL;
	auto_buf text = {0};
	char why[160];

	if (spec_from_request(&request, image, &spec) < 0)
		return;
	spec_to_json(spec, &text);
	REQUIRE(!text.error && json_parse(text.data, text.len, why, &j) == 0);
	REQUIRE(spec_from_json(j, &again) == 0);
	REQUIRE(strv_len(spec->argv) > 0 && *spec->working_dir == '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	CLEANUP(image_config_done)
	struct image_config config = {0};
	auto_image struct image *image = NULL;
	char why[160] = "";
	int r = image_config_parse(text, size, why, &config);

	REQUIRE(r == 0 || (r == -EBADMSG && *why));
	if (r < 0)
		return 0;
	image = keep(text, size);
	REQUIRE(same(&config, &image->config));
	check_spec(image);
	return 0;
}
