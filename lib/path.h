/* SPDX-License-Identifier: MIT */
/* Paths as text. */
#pragma once

/* Lexically clean an absolute path: no empty, "." or ".." components, no trailing slash. *ret is
 * allocated. -EINVAL if path is not absolute, -ENAMETOOLONG. */
int path_normalize(const char *path, char **ret);
/* The last component. */
const char *path_basename(const char *path);
