/* SPDX-License-Identifier: MIT */
/* How the verbs that show images do so. */
#pragma once

#include <stdint.h>

#include "image/image.h"
#include "lib/text.h"

/* The members that `nap images --json` and `nap inspect` have in common, with docker's names. */
void image_json_members(struct buf *b, const struct image *image);
/* Print what was removed as docker does, "Untagged: web:1" and "Deleted: sha256:...". 0 or negative
 * errno after reporting. */
int print_removed(const struct removed *removed);
/* When the image was built in seconds since the epoch; -1 if its config does not say. */
int64_t image_created(const struct image *image);
