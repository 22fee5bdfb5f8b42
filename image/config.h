/* SPDX-License-Identifier: MIT */
/* The config blob of an image: OCI image-spec config.md, and what docker adds to it. */
#pragma once

#include <stddef.h>

#include "image.h"
#include "lib/json.h"

/*
 * Read a config blob into *ret, which the caller empties with image_config_done. null is as good as
 * absent, unknown members are ignored, another type than the specification's is an error. 0,
 * -EBADMSG with a one-line reason that names the key in why, or -ENOMEM. Does not report.
 */
int image_config_parse(const char *text, size_t len, char why[static 160],
		       struct image_config *ret);
/*
 * A config blob reduced to the members that are read here, in one object: what takes long to parse
 * in a real blob is its history. JSON text, no deeper than the blob was. 0, -EBADMSG or -ENOMEM;
 * the caller frees *ret. Neither function reports.
 */
int image_config_reduce(const char *text, size_t len, char **ret);
int image_config_read_reduced(const json_t *reduced, struct image_config *ret);

void image_config_done(struct image_config *config);
