/* SPDX-License-Identifier: MIT */
/*
 * What the confined reader of an archive hands over to who publishes it: STAGING/result, a line for
 * each thing that is there. Whoever reads it believes nothing but that.
 */
#pragma once

#include "digest.h"

/* Something complete in the staging place, and what it will be called. */
struct staged {
	size_t index;		  /* layers: STAGING/INDEX; images: STAGING/image-INDEX */
	char key[SHA256_HEX + 1]; /* layers/KEY or images/ID */
	char **names;		  /* of an image; normalised */
};

struct result {
	struct staged *layers;
	size_t n_layers;
	char **needed; /* keys of layers of the store */
	struct staged *images;
	size_t n_images;
};

void result_done(struct result *r);
/* 0 or -ENOMEM. */
int result_add_layer(struct result *r, size_t index, const char *key);
int result_add_image(struct result *r, size_t index, const char *id);

/* Neither reports. -EBADMSG for what no reader would have written, and for staged things of another
 * kind than they have to be. */
int result_write(const struct result *r, int staging_fd);
int result_read(int staging_fd, struct result *ret);
