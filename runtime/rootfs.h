/* SPDX-License-Identifier: MIT */
/* The root file system: an overlay of the image's layers below a fresh upper directory. */
#pragma once

struct container;

/* Make the container's storage and mount the overlay, detached: c->rootfs_fd. storage_down is its
 * twin, the mount itself goes with its last user. Reports. */
int rootfs_up(struct container *c);
