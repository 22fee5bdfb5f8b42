/* SPDX-License-Identifier: MIT */
/* What nap inspect can show. Each appends one JSON object to out. */
#pragma once

#include <stdbool.h>

struct buf;
struct settings;

/* -ENOENT without a report when there is no such container; else 0, or negative after reporting.
 * security adds what /proc says about the running process. */
int inspect_container(const struct settings *settings, const char *name, bool security,
		      struct buf *out);
/* The same for images. */
int inspect_image(const struct settings *settings, const char *name, struct buf *out);
/* Print the part about security of a document made by inspect_container, for people. 0 or negative
 * errno. */
int inspect_print_security(const char *document);
