/* SPDX-License-Identifier: MIT */
/* The last step of a load: what was unpacked becomes part of the store, all of it or nothing. */
#pragma once

#include "image.h"
#include "result.h"
#include "staging.h"

/* Make the images of result part of the store, and give them their names. On failure the store is
 * as before. Reports. */
int publish(const struct store *store, const struct staging *staging, const struct result *result,
	    const struct load_options *options);
