/* SPDX-License-Identifier: MIT */
/* From what people call an image to its id. */
#pragma once

#include "image.h"

/*
 * image_resolve without the check that the image is there. *ret_name, if asked for, becomes the
 * normalised name if ref was one (of a tag), which the caller frees; else it stays as it is.
 */
int image_find(const struct store *store, const char *ref, char ret_id[static 65], char **ret_name);
/* What -ENOENT or -ENOTUNIQ of image_find means. */
const char *image_why_not_found(int r);
/* The ids of all images, sorted; never NULL on success. The caller frees. Does not report. */
int image_ids(const struct store *store, char ***ret);
