/* SPDX-License-Identifier: MIT */
/* The three notations of mounts: -v, --mount and --tmpfs. */
#pragma once

#include "spec.h"

/* Each appends one mount to spec->mounts. -EINVAL after reporting, naming the option and the value.
 */
int volume_parse_v(struct spec *spec, const char *text);
int volume_parse_mount(struct spec *spec, const char *text);
int volume_parse_tmpfs(struct spec *spec, const char *text);
/* A VOLUME of the image: an anonymous volume, unless something is mounted there already. */
int volume_add_anonymous(struct spec *spec, const char *target);
