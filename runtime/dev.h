/* SPDX-License-Identifier: MIT */
/* /dev of the container: a fresh tmpfs with few nodes, devpts, shm and mqueue. */
#pragma once

struct container;

/* Those that every container has, all of mode 0666 (the specification's too: config-linux.md,
 * Default Devices). */
struct dev_default {
	const char *name;
	unsigned major, minor;
};
#define DEV_DEFAULTS 6
extern const struct dev_default dev_defaults[DEV_DEFAULTS];

/* Parent: look up the devices asked for (--device, --privileged) into c->nodes. Reports. */
int dev_prepare(struct container *c);
/* Child: the FIFO in dirfd, the new /dev, that stands for standard output (i 0) or error (1);
 * *ret_fd is -1 if there is none. Negative errno. */
int dev_open_relay(const struct container *c, int dirfd, int i, int *ret_fd);
/* Child: mount /dev on target_fd (a real directory of the root) and fill it; *ret_dirfd is the new
 * file system. Negative errno with *ret_what naming the part that failed. */
int dev_up(const struct container *c, int target_fd, int *ret_dirfd, const char **ret_what);
