/* SPDX-License-Identifier: MIT */
/* What apps and networks need of the machine they are checked on. */
#pragma once

#include "image/image.h"
#include "unitgen/unitgen.h"

struct check_world {
	struct store *store;		 /* NULL: there is none, or it is not ours to read */
	bool no_store;			 /* there is none: no image is in it */
	char **names;			 /* of all apps, sorted */
	char **networks;		 /* of all networks, sorted */
	struct checked_network *checked; /* networks that have been read (check-network.c) */
	size_t n_checked;
	bool by_file; /* the app is a file, wherever it is: networks may lie beside it */
};

/* Is name one of those, which are sorted? */
bool check_world_has(char **names, const char *name);
/* Warn of what is legal and probably not meant. Three errors are told as such: a network that there
 * is not, an address that is not of it, and a name that no image can have, of which only image/
 * knows. */
void check_world_warn(struct check_world *world, const struct app *app);

/* ---- networks (check-network.c) ---- */

#define CHECK_NETWORK_SUFFIX ".network"

struct attach_spec;

/* Check a network by its name, or in a file, which is NAME.network; once each. Reports. */
int check_network_name(struct check_world *w, const char *name);
int check_network_file(struct check_world *w, const char *path);
/* The network that the setting s of app names. Reports. */
void check_network_of_app(struct check_world *w, const struct app *app, const struct app_setting *s,
			  const struct attach_spec *a);
/* Warn of ports that only this machine reaches, when the networks of app have been read. */
void check_network_ports(const struct check_world *w, const struct app *app);
void check_networks_done(struct check_world *w);
