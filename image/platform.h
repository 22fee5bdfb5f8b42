/* SPDX-License-Identifier: MIT */
/* Platforms as OCI writes them, and which of several suits a machine best. */
#pragma once

#include <stdbool.h>

/* Members are "" where nothing is said. Longer text is no platform anybody has. */
struct platform {
	char os[32], arch[32], variant[32];
};

/* "os/arch[/variant]", with the usual other names of architectures (x86_64, aarch64). -EINVAL. */
int platform_parse(const char *text, struct platform *ret);
/* Set the parts; NULL counts as "". Text that is too long becomes "?", which matches nothing. */
void platform_set(struct platform *p, const char *os, const char *arch, const char *variant);
/* That of this machine: linux/ARCH of the running kernel. */
void platform_native(struct platform *ret);
/* How well image suits wanted: 0 not at all, else more is better. */
int platform_score(const struct platform *wanted, const struct platform *image);
/* "os/arch/variant" for messages. */
void platform_format(const struct platform *p, char out[static 100]);
