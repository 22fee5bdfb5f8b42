/* SPDX-License-Identifier: MIT */
/* The last step of a load: what was unpacked becomes part of the store, all of it or nothing. */
#pragma once

#include "pipeline.h"

/* Make the images of list, all of whose jobs are done, part of the store, and give them their
 * names. On failure the store is as before. Reports. */
int publish(struct pipeline *p, const struct manifest_list *list,
	    const struct load_options *options);
