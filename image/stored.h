/* SPDX-License-Identifier: MIT */
/* The record STORE/layers/KEY/layer that says what the fs/ beside it is. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "digest.h"

struct store;

struct stored_layer {
	char diff_id[SHA256_HEX + 1];
	uint64_t size, entries;
	bool has_root, depends;
};

/* Read the record of a layer of the store. -ENOENT if there is none (silently). Reports others. */
int stored_layer_read(const struct store *store, const char *key, struct stored_layer *ret);
/* Write dirfd/layer. Does not report. */
int stored_layer_write(int dirfd, const struct stored_layer *layer);
