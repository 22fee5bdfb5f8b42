/* SPDX-License-Identifier: MIT */
/* Images that are named by the path of their archive. */
#pragma once

#include <stdbool.h>

struct settings;

/* Is image the path of an archive, and not a name? */
bool archive_is_path(const char *image);
/* Load it (what is in the store already costs a look at it) and give the id of its one image, which
 * the caller frees. platform may be NULL. Reports. */
int archive_load(const struct settings *settings, const char *path, const char *platform,
		 char **ret_id);
