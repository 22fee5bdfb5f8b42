/* SPDX-License-Identifier: MIT */
/* What an app needs of the machine it is checked on. */
#pragma once

#include "image/image.h"
#include "unitgen/unitgen.h"

struct check_world {
	struct store *store; /* NULL: there is none, or it is not ours to read */
	bool no_store;	     /* there is none: no image is in it */
	char **names;	     /* of all apps, sorted */
};

/* Warn of what is legal and probably not meant. The one error that only image/ knows of, a name
 * that no image can have, is told as such. */
void check_world_warn(const struct check_world *world, const struct app *app);
