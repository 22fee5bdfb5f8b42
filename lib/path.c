/* SPDX-License-Identifier: MIT */
/* Lexical path cleaning. Never looks at a file system. */
#include "path.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int path_normalize(const char *path, char **ret)
{
	size_t n = strlen(path), len = 0;
	char *out;

	if (*path != '/')
		return -EINVAL;
	if (n >= PATH_MAX)
		return -ENAMETOOLONG;
	out = malloc(n + 2);
	if (!out)
		return -ENOMEM;
	while (*path) {
		size_t component;

		path += strspn(path, "/");
		component = strcspn(path, "/");
		if (component == 2 && strncmp(path, "..", 2) == 0) {
			while (len > 0 && out[--len] != '/')
				;
		} else if (component > 0 && !(component == 1 && *path == '.')) {
			out[len++] = '/';
			memcpy(out + len, path, component);
			len += component;
		}
		path += component;
	}
	if (len == 0)
		out[len++] = '/';
	out[len] = '\0';
	*ret = out;
	return 0;
}

const char *path_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}
