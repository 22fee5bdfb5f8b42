/* SPDX-License-Identifier: MIT */
/* Which sysctls belong to a namespace, and writing them through nap's own procfs descriptor. */
#include "sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/text.h"

static const struct {
	const char *prefix;
	uint64_t ns;
} namespaced[] = {
	{"net/", CLONE_NEWNET},	      {"fs/mqueue/", CLONE_NEWIPC},
	{"kernel/msg", CLONE_NEWIPC}, {"kernel/sem", CLONE_NEWIPC},
	{"kernel/shm", CLONE_NEWIPC}, {"kernel/domainname=", CLONE_NEWUTS},
};

int sysctl_parse(const char *text, uint64_t namespaces, char **ret, const char **ret_why)
{
	auto_free char *path = strdup(text);
	char *equals;

	if (!path)
		return -ENOMEM;
	equals = strchr(path, '=');
	if (!equals || equals == path) {
		*ret_why = "not KEY=VALUE";
		return -EINVAL;
	}
	/* the first separator decides which of the two is the separator, as sysctl(8) has it */
	if (strcspn(path, ".") < strcspn(path, "/"))
		for (char *c = path; c < equals; c++)
			*c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
	if (*path == '/' || strstr(path, "..")) {
		*ret_why = "not a kernel parameter";
		return -EINVAL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(namespaced); i++) {
		if (!startswith(path, namespaced[i].prefix))
			continue;
		if (!(namespaces & namespaced[i].ns)) {
			*ret_why = "belongs to a namespace that is the host's here";
			return -EINVAL;
		}
		*ret = TAKE_PTR(path);
		return 0;
	}
	*ret_why = "not a parameter of a namespace";
	return -EINVAL;
}

int sysctl_write(int sys_dirfd, const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	auto_fd int fd = -1;
	char path[256];

	if (!equals || (size_t)(equals - assignment) >= sizeof(path))
		return -EINVAL;
	memcpy(path, assignment, (size_t)(equals - assignment));
	path[equals - assignment] = '\0';
	fd = fs_openat2(sys_dirfd, path, O_WRONLY, 0,
			RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
	if (fd < 0)
		return fd;
	return fs_write_all(fd, equals + 1, strlen(equals + 1));
}
