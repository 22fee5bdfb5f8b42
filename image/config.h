/* SPDX-License-Identifier: MIT */
/* The config blob of an image: OCI image-spec config.md, and what docker adds to it. */
#pragma once

#include <stddef.h>

#include "image.h"

/*
 * Read a config blob into *ret, which the caller empties with image_config_done. null is as good as
 * absent, unknown members are ignored, another type than the specification's is an error. 0,
 * -EBADMSG with a one-line reason that names the key in why, or -ENOMEM. Does not report.
 */
int image_config_parse(const char *text, size_t len, char why[static 160],
		       struct image_config *ret);
void image_config_done(struct image_config *config);
