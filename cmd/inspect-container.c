/* SPDX-License-Identifier: MIT */
/* Containers as nap inspect shows them. */
#include <errno.h>

#include "cmd.h"
#include "inspect.h"
#include "runtime/runtime.h"

int inspect_container(const struct settings *settings, const char *name, bool security,
		      struct buf *out)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	auto_free char *id = NULL;
	int r;

	r = container_resolve(&paths, name, &id);
	/* several containers begin like that: it may still be the name of an image */
	if (r == -ENOTUNIQ)
		return -ENOENT;
	return r < 0 ? r : container_inspect(&paths, id, security, out);
}
