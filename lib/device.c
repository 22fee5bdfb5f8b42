/* SPDX-License-Identifier: MIT */
/* docker's --device. The rights are for the device cgroup: the node itself allows what the host's
 * does. */
#include "device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "path.h"
#include "text.h"

void device_done(struct device_spec *d)
{
	free(d->source);
	free(d->target);
	*d = (struct device_spec){0};
}

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

/* Cut "SOURCE[:TARGET][:RIGHTS]" apart. */
static void split(char *text, char **ret_target, char **ret_rights)
{
	char *target = strchr(text, ':'), *rights;

	if (target)
		*target++ = '\0';
	rights = target ? strchr(target, ':') : NULL;
	if (rights)
		*rights++ = '\0';
	if (target && *target != '/' && !rights) {
		rights = target;
		target = NULL;
	}
	*ret_target = target ? target : text;
	*ret_rights = rights;
}

int device_parse(const char *text, struct device_spec *ret, const char **ret_why)
{
	CLEANUP(device_done)
	struct device_spec d = {0};
	auto_free char *copy = strdup(text);
	char *target, *rights;

	if (!copy)
		return -ENOMEM;
	split(copy, &target, &rights);
	if (rights && (!*rights || strlen(rights) >= sizeof(d.access) ||
		       strspn(rights, "rwm") != strlen(rights)))
		return refuse(ret_why, "rights must be of r, w and m");
	(void)snprintf(d.access, sizeof(d.access), "%s", rights ? rights : "rwm");
	if (path_normalize(copy, &d.source) < 0 || path_normalize(target, &d.target) < 0)
		return refuse(ret_why, "not an absolute path");
	if (!startswith(d.target, "/dev/"))
		return refuse(ret_why, "the target must be below /dev");
	*ret = d;
	d = (struct device_spec){0};
	return 0;
}
