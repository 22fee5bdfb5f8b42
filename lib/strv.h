/* SPDX-License-Identifier: MIT */
/* NULL-terminated vectors of owned strings, the shape of argv and environ. NULL is an empty one. */
#pragma once

#include <stddef.h>

#include "cleanup.h"

#define STRV_FOREACH(s, v) for (char **s = (v); s && *s; s++)

size_t strv_len(char *const *v);
/* Append a copy of s. 0 or -ENOMEM; on failure *v is as before. */
int strv_add(char ***v, const char *s);
/* Append s itself; s is owned by *v on success and freed on failure. NULL s is -ENOMEM. */
int strv_take(char ***v, char *s);
/* Make room for n more, for lists that others determine the length of; *ret_end is where the first
 * goes. Who fills it keeps the vector terminated. 0 or -ENOMEM. */
int strv_room(char ***v, size_t n, char ***ret_end);
/* Append copies of all of w. */
int strv_extend(char ***v, char *const *w);
/* A deep copy, never NULL on success. */
int strv_copy(char *const *v, char ***ret);
void strv_free(char **v);
static inline void cleanup_strv(char ***v)
{
	strv_free(*v);
}
#define auto_strv CLEANUP(cleanup_strv)

/* The value of NAME in a vector of NAME=value, or NULL. */
const char *env_get(char *const *env, const char *name);
/* Add NAME=value, in place of an earlier entry of that name. 0 or -ENOMEM. */
int env_set(char ***env, const char *assignment);
/* Of several of a name keep the last, in its place: of n entries in n log n steps. 0 or -ENOMEM. */
int env_dedup(char **env);
/* Remove NAME, wherever it is. */
void env_unset(char **env, const char *name);
