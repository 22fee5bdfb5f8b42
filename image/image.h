/* SPDX-License-Identifier: MIT */
/*
 * Images: an archive goes in, directories of layers come out. This is the whole public face of
 * image/.
 *
 * The first half (store, names, records) is cheap, leans on jansson alone and is linked into every
 * program. The second half (image_load) reads hostile archives with libarchive, libcrypto, ISA-L
 * and zstd, and is linked into nap-image only.
 *
 * The store on disk (mode 0700, every step durable before the next; nothing needs repair):
 *
 *     STORE/layers/KEY/fs/       the files of one layer, in overlayfs form (whiteouts are 0:0
 * devices) STORE/layers/KEY/layer     JSON: {"diff_id","size","entries","root":bool,"depends":bool}
 *     STORE/images/ID/config     the config blob, byte for byte; its sha256 is ID
 *     STORE/images/ID/manifest   the manifest blob (for a docker archive without one: absent)
 *     STORE/images/ID/image      JSON: {"layers":[KEY...] bottom first, "manifest":"sha256:..."?,
 *                                "size":bytes, "loaded":microseconds,
 *                                "root":{"mode","uid","gid","mtime"},
 *                                "config":{what starting it needs of the config blob}}
 *     STORE/names/REPO:TAG       symlink to the ID (64 hex digits); REPO in full, with its slashes
 *     STORE/skeleton/            mount points, the lowest layer of every container
 *     STORE/volumes/NAME/        named volumes, made by the runtime
 *     STORE/containers/ID/       upper and work directories, made by the runtime
 *     STORE/tmp/X/               staging of loads, trash of removals; flock()ed by its owner while
 * alive STORE/lock                 flock: shared while an image is being put to use, exclusive for
 *                                publishing and removing names and images (always short)
 *     STORE/load.lock            flock: shared for the time of a load; layers are collected only by
 *                                who gets it exclusively without waiting
 *
 * KEY is 64 hex digits: the diff id where a layer's content depends on nothing below it, else the
 * chain id. ID is the hex sha256 of the config blob, docker's image id.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/cleanup.h"

/* ---- store ---- */

struct store {
	char *path;
	int dirfd;
};

/* Open the store, making it (and its parents) with mode 0700 if missing. Reports. */
int store_open(const char *path, struct store **ret);
void store_close(struct store *store);
static inline void cleanup_store(struct store **s)
{
	store_close(*s);
}
#define auto_store CLEANUP(cleanup_store)

/* Take STORE/lock, operation LOCK_SH or LOCK_EX (flock(2)), waiting for it; closing *ret_fd
 * releases it. Reports. */
int store_lock(const struct store *store, int operation, int *ret_fd);

/* ---- names ---- */

/*
 * Normalise a reference as docker does: "web" is docker.io/library/web:latest, "a/b:1" is
 * docker.io/a/b:1, a first component with a dot, a colon or "localhost" is a registry. *ret is
 * "REPO:TAG" or "REPO@sha256:HEX". -EINVAL if it is no reference. Does not report.
 */
int ref_normalize(const char *ref, char **ret);
/* The short form for people: docker.io/ and docker.io/library/ left out, the tag kept. */
char *ref_shorten(const char *normalized);

/* ---- images ---- */

/* What the config blob asks for; members are NULL, 0 or empty where it is silent. */
struct image_config {
	char **env, **entrypoint, **cmd;
	char *user, *working_dir, *stop_signal;
	char **volumes;	      /* paths inside */
	char **exposed_ports; /* "80/tcp" */
	char **labels;	      /* "key=value" */
	char *healthcheck;    /* the JSON object as text (docker's Healthcheck) */
	char *os, *architecture, *variant, *created;
};

struct image {
	char id[65];	     /* hex */
	char *manifest;	     /* "sha256:..." or NULL */
	char **names;	     /* normalised, sorted; filled by image_list and image_read_names */
	char **layers;	     /* KEYs, bottom first */
	uint64_t size;	     /* bytes of all layers unpacked */
	int64_t loaded_usec; /* since the epoch */
	mode_t root_mode;    /* attributes of the root directory of the image */
	uid_t root_uid;
	gid_t root_gid;
	int64_t root_mtime;
	struct image_config config;
};

void image_free(struct image *image);
static inline void cleanup_image(struct image **i)
{
	image_free(*i);
}
#define auto_image CLEANUP(cleanup_image)

/* Resolve a name, "name@sha256:..." or an id (possibly shortened, with or without "sha256:") to the
 * full hex id. -ENOENT or -ENOTUNIQ (several ids match). Does not report. */
int image_resolve(const struct store *store, const char *ref, char ret_id[static 65]);
/* Resolve and read, without the names (the start path has no use for them). Reports. */
int image_open(const struct store *store, const char *ref, struct image **ret);
/* All images, newest load first, names filled in. The caller frees each and the vector. Reports. */
int image_list(const struct store *store, struct image ***ret, size_t *ret_n);
/* The config blob as text. Reports. */
int image_read_config(const struct store *store, const char *id, char **ret, size_t *ret_len);
/* Fill in image->names. Reports. */
int image_read_names(const struct store *store, struct image *image);
/* Point a normalised name (of a tag, not of a digest) at the image that ref names. Takes
 * STORE/lock. Reports. */
int image_tag(const struct store *store, const char *ref, const char *normalized);

/* Is the image with this id in use by a container? 1 or 0; negative errno, reported, if that cannot
 * be found out. Called with STORE/lock held exclusively. */
typedef int (*image_in_use)(void *data, const char *id);

struct removed {
	char **untagged; /* normalised names */
	char **deleted;	 /* ids of images and keys of layers */
	uint64_t bytes;	 /* freed */
};
void removed_done(struct removed *r);

/*
 * What `docker rmi` does: a name is removed, and with its last name the image, and layers nothing
 * else needs; an id that has several names needs force. Refuses (-EBUSY) an image in use. Reports.
 */
int image_remove(const struct store *store, const char *ref, bool force, image_in_use in_use,
		 void *data, struct removed *ret);
/* Remove images without a name (with all: those no container uses), layers no image needs, and
 * staging places whose owner is gone. Reports. */
int image_prune(const struct store *store, bool all, image_in_use in_use, void *data,
		struct removed *ret);

/* ---- load (nap-image only) ---- */

/* Limits against bombs, checked before bytes are written (SECURITY: loading an archive). */
struct load_limits {
	uint64_t json_bytes;	 /* of a manifest, index or config */
	uint64_t layers;	 /* of one image */
	uint64_t entries;	 /* of one image, over all layers */
	uint64_t unpacked_bytes; /* of one image; also bounded by 80 % of the free space */
	uint64_t ratio;		 /* unpacked : compressed, once past ratio_after_bytes */
	uint64_t ratio_after_bytes;
	uint64_t sparse_regions; /* of one file */
	uint64_t path_bytes;
	uint64_t path_depth;
};
extern const struct load_limits load_limits_default;

/* Is it "OS/ARCH" or "OS/ARCH/VARIANT"? */
bool platform_is_valid(const char *text);

struct load_options {
	struct load_limits limits;
	const char *platform; /* "os/arch[/variant]" or NULL: this machine's */
	char **tags;	      /* normalised names given to the image on top of the archive's own */
	bool sync;	      /* make it durable before it becomes visible (the default) */
	bool quiet;	      /* no progress */
	int workers;	      /* 0: one per core */
};

struct loaded {
	char id[65];
	char **names; /* normalised; empty: by id only */
};

/*
 * Load every image of the archive at path ("-" is standard input; a directory is an OCI layout)
 * into the store. A child reads it, confined; further children of this process would be in the PID
 * namespace of that one. *ret: what was loaded, the caller frees with loaded_free. On failure the
 * store is as it was, and one line says why. Reports.
 */
int image_load(const struct store *store, const char *path, const struct load_options *options,
	       struct loaded **ret, size_t *ret_n);
void loaded_free(struct loaded *l, size_t n);
