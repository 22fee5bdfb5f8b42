/* SPDX-License-Identifier: MIT */
/* Which images containers use. */
#pragma once

#include <stdbool.h>

/* An image_in_use callback (image.h); data is the const struct settings *. */
int image_used_by_container(void *data, const char *id);
