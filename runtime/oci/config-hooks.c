/* SPDX-License-Identifier: MIT */
/* Hooks: config.md, POSIX-platform Hooks. */
#include <errno.h>
#include <limits.h>

#include "config-reader.h"
#include "config.h"

#define HOOK(member) offsetof(struct oci_hook, member)

/* "path ... MUST be an absolute path", "timeout ... MUST be greater than zero". */
static const struct oci_member hook_members[] = {
	{"path", oci_read_path, HOOK(path), .required = true},
	{"args", oci_read_strings, HOOK(args)},
	{"env", oci_read_strings, HOOK(env)},
	{"timeout", oci_read_int, HOOK(timeout_sec), NULL, 1, INT_MAX},
	{0},
};

static const struct oci_list list = {
	.table = hook_members,
	.size = sizeof(struct oci_hook),
	.n = OCI_LIST_N(struct oci_hooks, hook, n),
};

#define STAGE(stage) offsetof(struct oci_config, hooks[stage].hook)

const struct oci_member oci_hooks_members[] = {
	{"prestart", oci_read_list, STAGE(OCI_PRESTART), &list},
	{"createRuntime", oci_read_list, STAGE(OCI_CREATE_RUNTIME), &list},
	{"createContainer", oci_read_list, STAGE(OCI_CREATE_CONTAINER), &list},
	{"startContainer", oci_read_list, STAGE(OCI_START_CONTAINER), &list},
	{"poststart", oci_read_list, STAGE(OCI_POSTSTART), &list},
	{"poststop", oci_read_list, STAGE(OCI_POSTSTOP), &list},
	{0},
};
