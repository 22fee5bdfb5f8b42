/* SPDX-License-Identifier: MIT */
/* The small JSON files of the store: STORE/images/ID/image and STORE/layers/KEY/layer. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "image.h"

/*
 * Fill in everything but the id and the names of an image from its record. 0, -EBADMSG or -ENOMEM;
 * what was filled in then is freed with the image. Does not report.
 */
int image_record_parse(const char *text, size_t len, struct image *image);
/* The record of an image that is in the store. As above, or -ENOENT and other errnos. */
int image_record_read(const struct store *store, const char *id, struct image **ret);
/* The record of an image; config is what image_config_reduce made of its config blob. NULL when out
 * of memory. The caller frees. */
char *image_record_format(const struct image *image, const char *config);
/* Bytes of a layer, from its record; 0 if that cannot be read. */
uint64_t layer_record_size(const struct store *store, const char *key);
