/* SPDX-License-Identifier: MIT */
/* The files of a cgroup, below a descriptor of its directory. 0 or negative errno; nothing reports.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CGROUP_TOP "/sys/fs/cgroup"
#define CGROUP_FILE_MAX (1U << 20)

/* One write(2); the file must be there. */
int cgroup_write(int dirfd, const char *file, const char *value);
int cgroup_read(int dirfd, const char *file, char **ret);
/* A file of one number; "max" is UINT64_MAX. */
int cgroup_read_number(int dirfd, const char *file, uint64_t *ret);
/* The number behind "KEY " on a line of its own in the text of a file. -ENOENT. */
int cgroup_key(const char *text, const char *key, uint64_t *ret);
/* Wait until "KEY VALUE" is in cgroup.events. -ETIMEDOUT, -ENOENT: the cgroup is gone. */
int cgroup_wait_event(int dirfd, const char *key, unsigned value, int timeout_ms);
/* Does a text of words (cgroup.controllers) have this one? */
bool cgroup_has_word(const char *text, const char *word);
