/* SPDX-License-Identifier: MIT */
/* The last step of reading: the records of images, beside their layers in the staging place. */
#pragma once

#include "pipeline.h"

/* Write the images of list, all of whose jobs are done, and the result that lists everything.
 * Reports. */
int stage_images(struct pipeline *p, const struct manifest_list *list);
