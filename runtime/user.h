/* SPDX-License-Identifier: MIT */
/* Users and groups by the image's own /etc/passwd and /etc/group. */
#pragma once

#include "spec.h"

/*
 * Resolve "USER[:GROUP]" ("" is root) and further groups inside the root rootfd. Numbers are ids;
 * their primary group and home come from passwd if they are listed there. *ret is initialised here
 * and released by user_done. -EINVAL, reported, for what does not exist.
 */
int user_resolve(int rootfd, const char *text, char *const *group_add, struct user_spec *ret);
/* The home directory of an id, allocated. -ENOENT if there is none that can be read, -ENOMEM. Does
 * not report. */
int user_home(int rootfd, uid_t uid, char **ret);
void user_done(struct user_spec *u);
