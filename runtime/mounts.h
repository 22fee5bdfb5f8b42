/* SPDX-License-Identifier: MIT */
/* The operator's mounts: prepared as detached trees in the parent, attached in the child. */
#pragma once

#include <stdbool.h>

struct container;
struct mount_op;
struct spec;

/* Fill c->mounts from the spec: volumes are made and filled, sources opened. c->rootfs_fd and
 * c->run_dirfd must be there. Reports. */
int mounts_prepare(struct container *c);
/* Add one more, after these; its tree_fd becomes the container's, or is closed. Reports. */
int mounts_add(struct container *c, const struct mount_op *op);
/* Has the operator or the image a mount on target? */
bool mounts_have(const struct spec *spec, const char *target);
/* Child: attach them, in order, inside rootfd, making missing targets. Negative errno, with
 * *ret_what naming the target. */
int mounts_attach(const struct container *c, int rootfd, const char **ret_what);
