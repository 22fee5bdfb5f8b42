/* SPDX-License-Identifier: MIT */
/* The bridge between the image side, which knows no containers, and the runtime, which does. */
#include "in-use.h"

#include "cmd.h"
#include "runtime/runtime.h"

int image_used_by_container(void *data, const char *id)
{
	const struct settings *settings = data;
	struct paths paths = {settings->root, settings->runroot, settings->scratch};

	return container_uses_image(&paths, id);
}
