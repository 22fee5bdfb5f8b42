/* SPDX-License-Identifier: MIT */
/* The small JSON files of the store: STORE/images/ID/image and STORE/layers/KEY/layer. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "image.h"

/*
 * Fill manifest, layers, size, loaded and root_* of an image from its record. 0, -EBADMSG or
 * -ENOMEM; what was filled in then is freed with the image. Does not report.
 */
int image_record_parse(const char *text, size_t len, struct image *image);
/* The record of an image that is in the store. As above, or -ENOENT and other errnos. */
int image_record_read(const struct store *store, const char *id, struct image **ret);
/* The record of an image, NULL when out of memory. The caller frees. */
char *image_record_format(const struct image *image);
/* Bytes of a layer, from its record; 0 if that cannot be read. */
uint64_t layer_record_size(const struct store *store, const char *key);
