/* SPDX-License-Identifier: MIT */
/* The three notations of mounts (-v, --mount and --tmpfs), and what they become. */
#pragma once

#include "spec.h"

/* Each appends one mount to spec->mounts. -EINVAL after reporting, naming the option and the value.
 */
int volume_parse_v(const struct request *q, struct spec *spec, const char *text);
int volume_parse_mount(const struct request *q, struct spec *spec, const char *text);
int volume_parse_tmpfs(const struct request *q, struct spec *spec, const char *text);
/* A VOLUME of the image: an anonymous volume, unless something is mounted there already. */
int volume_add_anonymous(const struct request *q, struct spec *spec, const char *target);
/* Append *m, whose strings are taken over, unless something is mounted there. Messages name option
 * and text. */
int volume_add(const struct request *q, struct spec *spec, struct mount_spec *m, const char *option,
	       const char *text);
