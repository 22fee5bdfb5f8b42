/* SPDX-License-Identifier: MIT */
/* The mounts that were asked for, each once a target. lib/mountspec.h takes them apart. */
#include "volume.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/log.h"
#include "mounts.h"
#include "origin.h"

static int append(struct spec *spec, struct mount_spec *m)
{
	struct mount_spec *grown;

	grown = reallocarray(spec->mounts, spec->n_mounts + 1, sizeof(*grown));
	if (!grown)
		return log_oom();
	spec->mounts = grown;
	grown[spec->n_mounts++] = *m;
	*m = (struct mount_spec){0};
	return 0;
}

int volume_add(const struct request *q, struct spec *spec, struct mount_spec *m, const char *option,
	       const char *text)
{
	if (mounts_have(spec, m->target))
		return request_refuse(q, option, text, "something is mounted there already");
	return append(spec, m);
}

/* What the parser said of text. */
static int report(const struct request *q, int r, const char *option, const char *text,
		  const char *why)
{
	if (r == -ENOMEM)
		return log_oom();
	return why ? request_refuse(q, option, text, why)
		   : log_fail(r, "find the current directory");
}

int volume_parse_v(const struct request *q, struct spec *spec, const char *text)
{
	CLEANUP(mountspec_done)
	struct mount_spec m = {0};
	const char *why = NULL;
	int r = mountspec_parse_volume(text, &m, &why);

	if (r < 0)
		return report(q, r, "volume", text, why);
	/* an anonymous one asks for a place to write, which there is then */
	if (m.kind == MOUNT_ANON && mounts_have(spec, m.target))
		return 0;
	return volume_add(q, spec, &m, "volume", text);
}

/* docker's tmpfs is empty; an app's begins with what the image has there, as podman's does. */
int volume_parse_tmpfs(const struct request *q, struct spec *spec, const char *text)
{
	CLEANUP(mountspec_done)
	struct mount_spec m = {0};
	const char *why = NULL;
	int r = mountspec_parse_tmpfs(text, q->app, &m, &why);

	return r < 0 ? report(q, r, "tmpfs", text, why) : volume_add(q, spec, &m, "tmpfs", text);
}

int volume_parse_mount(const struct request *q, struct spec *spec, const char *text)
{
	CLEANUP(mountspec_done)
	struct mount_spec m = {0};
	const char *why = NULL;
	int r = mountspec_parse_mount(text, q->app, &m, &why);

	return r < 0 ? report(q, r, "mount", text, why) : volume_add(q, spec, &m, "mount", text);
}

int volume_add_anonymous(const struct request *q, struct spec *spec, const char *target)
{
	CLEANUP(mountspec_done)
	struct mount_spec m = {0};
	const char *why = NULL;
	int r = mountspec_anonymous(target, &m, &why);

	if (r < 0)
		return report(q, r, "volume", target, why);
	return mounts_have(spec, m.target) ? 0 : append(spec, &m);
}
