/* SPDX-License-Identifier: MIT */
/*
 * One call maps a whole tree of mounts or nothing of it, and does not say which mount was refused:
 * that is found out by asking for each.
 */
#include "idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/mountinfo.h"
#include "lib/text.h"
#include "mountfd.h"

int idmap_set(int fd, int userns_fd, bool recursive)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (__u64)userns_fd};

	return mountfd_setattr(fd, &attr, recursive);
}

static bool can_be_mapped(const char *path, int userns_fd)
{
	auto_fd int fd = mountfd_clone(AT_FDCWD, path, false);

	return fd < 0 || idmap_set(fd, userns_fd, false) == 0;
}

/* "/a/b" is what "/a/b/c" lies on, and so is "/". */
static bool is_above(const char *above, const char *path)
{
	const char *rest = startswith(path, above);

	return rest && (!*rest || *rest == '/' || streq(above, "/"));
}

/* The later lines lie on the earlier ones. */
static void find_culprit(char *mountinfo, const char *path, int userns_fd, const char **ret_place,
			 const char **ret_type)
{
	bool own = !can_be_mapped(path, userns_fd);
	struct mountinfo m;

	while (mountinfo_next(&mountinfo, &m))
		if (own ? is_above(m.target, path)
			: is_above(path, m.target) && !can_be_mapped(m.target, userns_fd)) {
			*ret_place = own ? path : m.target;
			*ret_type = m.type;
		}
}

int idmap_refused(const char *path, int userns_fd, int error)
{
	const char *place = path, *type = "unknown";
	auto_free char *text = NULL;

	if (error != -EINVAL && error != -EPERM && error != -EOPNOTSUPP)
		return log_fail(error, "map the owners of files in %s", path);
	if (fs_read_file(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX_BYTES, &text, NULL) == 0)
		find_culprit(text, path, userns_fd, &place, &type);
	(void)log_refuse(error,
			 "%s: a file system of type %s, whose owners cannot be translated for the "
			 "container's user namespace",
			 place, type);
	log_hint("the mount option noidmap mounts it as it is, so that its files are nobody's "
		 "inside; UserNS=host (--userns host) does without a user namespace");
	return error;
}
