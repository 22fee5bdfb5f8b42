/* SPDX-License-Identifier: MIT */
/* What the verbs that take containers share. */
#pragma once

struct paths;

/* The full id of a possibly shortened one, allocated. Reports what is wrong with the name. */
int container_name_resolve(const struct paths *paths, const char *name, char **ret_id);

/* Call act for each name of a NULL-terminated vector and print the name when it succeeded, as
 * docker does. The last error, or 0. */
int container_name_each(const struct paths *paths, char *const *names,
			int (*act)(const struct paths *paths, const char *id, void *data),
			void *data);
