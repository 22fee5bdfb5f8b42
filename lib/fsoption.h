/* SPDX-License-Identifier: MIT */
/* Options of the file systems that are made for a container. */
#pragma once

#include "mountspec.h"
#include "text.h"

/* Each takes one word; what is the file system's own is appended to data. -EINVAL if it is not an
 * option of it. "size=64m", "mode=1777", "ro", "noexec", "tmpcopyup" ... of tmpfs: */
int tmpfs_take_option(struct mount_spec *m, struct buf *data, const char *word);
/* "uid=5", "mode=620", "max=64" ... of devpts */
int devpts_take_option(struct buf *data, const char *word);
/* Hand over data as the options of a tmpfs, which is for everybody unless it says otherwise. 0 or
 * -ENOMEM. */
int tmpfs_finish(struct mount_spec *m, struct buf *data);
