/* SPDX-License-Identifier: MIT */
/* Names of containers on the command line. */
#include "container-name.h"

#include <errno.h>
#include <stdio.h>

#include "lib/log.h"
#include "runtime/runtime.h"
#include "service.h"

int container_name_resolve(const struct paths *paths, const char *name, char **ret_id)
{
	auto_free char *plain = service_name(name);
	int r;

	if (!plain)
		return log_oom();
	r = container_resolve(paths, plain, ret_id);
	if (r == -ENOENT)
		return log_refuse(r, "no such container: %s", name);
	if (r == -ENOTUNIQ)
		return log_refuse(r, "several containers begin with %s", name);
	return r;
}

int container_name_each(const struct paths *paths, char *const *names,
			int (*act)(const struct paths *paths, const char *id, void *data),
			void *data)
{
	int result = 0;

	for (; *names; names++) {
		auto_free char *id = NULL;
		int r;

		r = container_name_resolve(paths, *names, &id);
		if (r == 0)
			r = act(paths, id, data);
		if (r == 0)
			(void)printf("%s\n", *names);
		else
			result = r;
	}
	return result;
}
