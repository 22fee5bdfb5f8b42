/* SPDX-License-Identifier: MIT */
/* Which kernel parameters belong to a namespace, so that a container may set its own. */
#include "sysctl.h"

#include <errno.h>
#include <linux/sched.h>
#include <string.h>

#include "cleanup.h"
#include "text.h"

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
