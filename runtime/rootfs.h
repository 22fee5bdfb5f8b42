/* SPDX-License-Identifier: MIT */
/* The root file system: an overlay of the image's layers below a fresh upper directory. */
#pragma once

struct container;
struct paths;

/* Make ROOT/containers/ID and mount the overlay, detached: c->rootfs_fd. Reports. */
int rootfs_up(struct container *c);
/* Begin to remove ROOT/containers/ID while processes that use it may still be ending: what cannot
 * go yet is left to rootfs_down. */
void rootfs_sweep(const struct paths *paths, const char *id);
/* Remove ROOT/containers/ID with everything in it. Idempotent. Reports. */
int rootfs_down(const struct paths *paths, const char *id);
