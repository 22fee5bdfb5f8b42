/* SPDX-License-Identifier: MIT */
/*
 * What an archive offers: its images, each with config, layers and names, every digest and size of
 * the metadata verified. Layers are only located here; pipeline.c reads them.
 */
#pragma once

#include "digest.h"
#include "image.h"
#include "lib/json.h"
#include "lib/text.h"
#include "platform.h"
#include "tarball.h"

struct manifest_layer {
	char *member;		      /* its name in the archive */
	uint64_t size;		      /* of the member, compressed */
	char digest[SHA256_HEX + 1];  /* of the member; "" where the archive does not say */
	char diff_id[SHA256_HEX + 1]; /* of what it decompresses to */
	char chain_id[SHA256_HEX + 1];
};

struct manifest {
	char id[SHA256_HEX + 1];     /* of the config */
	char digest[SHA256_HEX + 1]; /* of the manifest; "": a docker archive without one */
	char *config, *text;	     /* the blobs; text is NULL where digest is "" */
	size_t config_len, text_len;
	struct platform platform;
	char **names; /* normalised */
	struct manifest_layer *layers;
	size_t n_layers;
};

struct manifest_list {
	struct manifest *items;
	size_t n;
	char **bad_names; /* as the archive has them: no names for images, and left out */
};
void manifest_list_done(struct manifest_list *list);

/* A reading of one archive. */
struct manifest_reader {
	const struct tarball *tarball;
	const struct load_limits *limits;
	struct platform wanted;
	bool platform_given;  /* by the caller, as opposed to this machine's */
	uint64_t kept_bytes;  /* of configs and manifests */
	uint64_t *read_bytes; /* of all JSON: indexes can refer to each other without end */
	struct buf offered;   /* platforms that were there and did not suit, for the message */
	struct manifest_list *list;
};

/* Fill *list (empty at first) with the images of the archive that suit the platform. Reports. */
int manifest_read_all(const struct tarball *tarball, const struct load_limits *limits,
		      const char *platform, struct manifest_list *list);

/* ---- between index.c and manifest.c ---- */

/* A media type of image manifests, or "", which says nothing. */
bool manifest_type_is_known(const char *media_type);

struct descriptor {
	char digest[SHA256_HEX + 1];
	uint64_t size;
	char media_type[96]; /* "" if absent */
	struct platform platform;
	bool has_platform;
	bool attestation;
	char *name; /* normalised, or NULL */
};

/* Does an image for this platform suit? If not, it is remembered as offered. */
bool manifest_suits(struct manifest_reader *reader, const struct platform *p);
/* OCI layouts: index.json down to the chosen manifests, each given to manifest_add. */
int index_read(struct manifest_reader *reader);
/* A JSON blob, found by digest and verified, called what in messages; the caller frees. Reports. */
int manifest_read_blob(const struct manifest_reader *reader, const struct descriptor *d,
		       const char *what, char **ret, size_t *ret_len);
/* Read digest and size (and media type) of a descriptor object. Reports, naming it as what. */
int manifest_parse_descriptor(const json_t *j, const char *what, struct descriptor *ret);
/* The platform that the config of a manifest names. Reports. */
int manifest_read_platform(const struct manifest_reader *reader, const struct descriptor *d,
			   struct platform *ret);
/* Add the image of the manifest d. Reports. */
int manifest_add(struct manifest_reader *reader, const struct descriptor *d);
/* Parse a JSON document of which text is the content, named what in messages. Reports. */
int manifest_parse_json(const char *what, const char *text, size_t len, json_t **ret);
