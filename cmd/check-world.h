/* SPDX-License-Identifier: MIT */
/* What apps and networks need of the machine they are checked on. */
#pragma once

#include "image/image.h"
#include "unitgen/unitgen.h"

struct check_world {
	struct store *store; /* NULL: there is none, or it is not ours to read */
	bool no_store;	     /* there is none: no image is in it */
	char **names;	     /* of all apps, sorted */
	char **networks;     /* of all networks, sorted */
};

/* Warn of what is legal and probably not meant. Two errors are told as such: a network that there
 * is not, and a name that no image can have, of which only image/ knows. */
void check_world_warn(const struct check_world *world, const struct app *app);
/* The same of a network. */
void check_world_warn_network(const struct app *network);
