/* SPDX-License-Identifier: MIT */
/*
 * Image manifests, OCI's and docker's, and docker's manifest.json in its three shapes: ID/layer.tar
 * and ID.json, HEX.tar (skopeo), and blobs/sha256/HEX beside an OCI layout. What a blob is called
 * never counts for more than what it hashes to.
 */
#include "manifest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "ref.h"

/* All JSON of an archive together: this many times the limit of one document. */
#define METADATA_FACTOR 8ULL
/* Of one image in manifest.json. */
#define NAMES_MAX 1000

enum {
	BLOB_NAME = sizeof("blobs/sha256/") + SHA256_HEX,
	IMAGES_MAX = 256,
	KEPT_BYTES_MAX = 16 << 20, /* of manifests and configs, over all images */
};

static void manifest_done(struct manifest *m)
{
	free(m->config);
	free(m->text);
	strv_free(m->names);
	for (size_t i = 0; i < m->n_layers; i++)
		free(m->layers[i].member);
	free(m->layers);
	*m = (struct manifest){0};
}

void manifest_list_done(struct manifest_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		manifest_done(&list->items[i]);
	free(list->items);
	strv_free(list->bad_names);
	*list = (struct manifest_list){0};
}

bool manifest_suits(struct manifest_reader *reader, const struct platform *p)
{
	char text[100];

	if (platform_score(&reader->wanted, p) > 0)
		return true;
	platform_format(p, text);
	if (reader->offered.len < 400 &&
	    !(reader->offered.data && strstr(reader->offered.data, text)))
		buf_fmt(&reader->offered, "%s%s", reader->offered.len ? ", " : "", text);
	return false;
}

/* ---- blobs ---- */

int manifest_parse_json(const char *what, const char *text, size_t len, json_t **ret)
{
	char why[160];
	int r = json_parse(text, len, why, ret);

	if (r == -ENOMEM)
		return log_oom();
	if (r < 0)
		return log_refuse(r, "%s: %s", what, why);
	return 0;
}

static void blob_name(const char *hex, char out[static BLOB_NAME])
{
	(void)snprintf(out, BLOB_NAME, "blobs/sha256/%s", hex);
}

/* Report that a member could not be found or read. */
static int report_member(int r, const char *what, const char *name)
{
	if (r == -ENOENT)
		return log_refuse(r, "%s \"%s\" is missing from the archive", what, name);
	if (r == -EFBIG)
		return log_refuse(r, "%s \"%s\" is larger than the limit", what, name);
	return log_fail(r, "read %s \"%s\"", what, name);
}

/* Read a JSON member and check it against what is known: hex "" and size UINT64_MAX are nothing. */
static int read_verified(const struct manifest_reader *reader, const char *what, const char *name,
			 const char *hex, uint64_t size, char **ret, size_t *ret_len)
{
	char actual[SHA256_HEX + 1];
	auto_free char *text = NULL;
	size_t len;
	int r;

	r = tarball_read(reader->tarball, name, reader->limits->json_bytes, &text, &len);
	if (r < 0)
		return report_member(r, what, name);
	*reader->read_bytes += len;
	if (*reader->read_bytes > METADATA_FACTOR * reader->limits->json_bytes)
		return log_refuse(-EFBIG, "more than %llu bytes of metadata to read",
				  METADATA_FACTOR * (unsigned long long)reader->limits->json_bytes);
	if (size != UINT64_MAX && size != len)
		return log_refuse(-EBADMSG, "%s sha256:%.12s: %zu bytes instead of %llu", what, hex,
				  len, (unsigned long long)size);
	r = sha256_text(text, len, actual);
	if (r < 0)
		return log_fail(r, "hash \"%s\"", name);
	if (*hex && !streq(hex, actual))
		return log_refuse(-EBADMSG, "%s sha256:%.12s: digest mismatch", what, hex);
	*ret = TAKE_PTR(text);
	*ret_len = len;
	return 0;
}

int manifest_read_blob(const struct manifest_reader *reader, const struct descriptor *d,
		       const char *what, char **ret, size_t *ret_len)
{
	char name[BLOB_NAME];

	blob_name(d->digest, name);
	return read_verified(reader, what, name, d->digest, d->size, ret, ret_len);
}

int manifest_parse_descriptor(const json_t *j, const char *what, struct descriptor *ret)
{
	const char *digest = NULL, *type = "";
	int64_t size = -1;
	int r;

	if (!json_is_object(j) || json_get_string(j, "digest", &digest) <= 0 ||
	    json_get_i64(j, "size", &size) <= 0 || size < 0 ||
	    json_get_string(j, "mediaType", &type) < 0)
		return log_refuse(-EBADMSG, "%s: a descriptor without digest, size or media type",
				  what);
	r = digest_parse(digest, ret->digest);
	if (r == -ENOTSUP)
		return log_refuse(r, "%s: \"%.80s\": only sha256 digests are supported", what,
				  digest);
	if (r < 0)
		return log_refuse(r, "%s: \"%.80s\": not a digest", what, digest);
	ret->size = (uint64_t)size;
	/* too long is none we know */
	(void)snprintf(ret->media_type, sizeof(ret->media_type), "%s", type);
	return 0;
}

/* ---- config ---- */

static int parse_platform(const char *text, size_t len, struct platform *ret)
{
	struct image_config config = {0};
	char why[160];
	int r;

	r = image_config_parse(text, len, why, &config);
	if (r == -ENOMEM)
		return log_oom();
	if (r < 0)
		return log_refuse(r, "config: %s", why);
	/* docker: an image that does not say is for linux */
	platform_set(ret, config.os && *config.os ? config.os : "linux", config.architecture,
		     config.variant);
	image_config_done(&config);
	return 0;
}

static int parse_diff_ids(struct manifest *m)
{
	auto_json json_t *j = NULL;
	json_t *rootfs = NULL, *ids = NULL;
	const char *type = "layers";
	int r;

	r = manifest_parse_json("config", m->config, m->config_len, &j);
	if (r < 0)
		return r;
	if (json_get_object(j, "rootfs", &rootfs) <= 0 ||
	    json_get_string(rootfs, "type", &type) < 0 || !streq(type, "layers") ||
	    json_get_array(rootfs, "diff_ids", &ids) < 0)
		return log_refuse(-EBADMSG, "config: no list of diff_ids in rootfs");
	if (json_array_size(ids) != m->n_layers)
		return log_refuse(-EBADMSG, "config: %zu diff_ids for %zu layers",
				  json_array_size(ids), m->n_layers);
	for (size_t i = 0; i < m->n_layers; i++) {
		const char *id = json_string_value(json_array_get(ids, i));

		if (!id || digest_parse(id, m->layers[i].diff_id) < 0)
			return log_refuse(-EBADMSG, "config: diff_id %zu is not a digest", i + 1);
	}
	return 0;
}

static int compute_chain_ids(struct manifest *m)
{
	int r = 0;

	for (size_t i = 0; i < m->n_layers && r == 0; i++) {
		struct manifest_layer *l = &m->layers[i];

		if (i == 0)
			memcpy(l->chain_id, l->diff_id, sizeof(l->chain_id));
		else
			r = digest_chain(l[-1].chain_id, l->diff_id, l->chain_id);
	}
	return r < 0 ? log_fail(r, "compute chain ids") : 0;
}

/* Is this image in the list already? Then its names are the only news. */
static int merge_names(struct manifest_list *list, const struct manifest *m, bool *ret_known)
{
	*ret_known = false;
	for (size_t i = 0; i < list->n; i++) {
		if (!streq(list->items[i].id, m->id))
			continue;
		*ret_known = true;
		return strv_extend(&list->items[i].names, m->names) < 0 ? log_oom() : 0;
	}
	return 0;
}

/* m has config, layers and names: read the config, and add m to the list, which takes it over. */
static int finish(struct manifest_reader *reader, struct manifest *m)
{
	struct manifest_list *list = reader->list;
	struct manifest *grown;
	bool known;
	int r;

	if (m->n_layers > reader->limits->layers)
		return log_refuse(-EFBIG, "the image has %zu layers, the limit is %llu",
				  m->n_layers, (unsigned long long)reader->limits->layers);
	r = parse_diff_ids(m);
	if (r == 0)
		r = compute_chain_ids(m);
	if (r == 0)
		r = merge_names(list, m, &known);
	if (r < 0 || known)
		return r;
	reader->kept_bytes += m->config_len + m->text_len;
	if (reader->kept_bytes > KEPT_BYTES_MAX || list->n >= IMAGES_MAX)
		return log_refuse(-EFBIG, "the archive has too many images");
	grown = reallocarray(list->items, list->n + 1, sizeof(*grown));
	if (!grown)
		return log_oom();
	list->items = grown;
	list->items[list->n++] = *m;
	*m = (struct manifest){0};
	return 0;
}

/* ---- OCI ---- */

static bool is_layer_type(const char *type)
{
	return !*type || ((startswith(type, "application/vnd.oci.image.layer.") ||
			   startswith(type, "application/vnd.docker.image.rootfs.")) &&
			  !strstr(type, "encrypted"));
}

static bool is_config_type(const char *type)
{
	return !*type || streq(type, "application/vnd.oci.image.config.v1+json") ||
	       streq(type, "application/vnd.docker.container.image.v1+json");
}

/* Locate a layer: its size in the archive must be what the descriptor says. */
static int locate_layer(const struct manifest_reader *reader, struct manifest_layer *l, size_t n,
			uint64_t declared)
{
	struct source source;
	int r;

	r = tarball_find(reader->tarball, l->member, &source);
	if (r == -ENOENT)
		return log_refuse(r, "layer %zu: \"%s\" is missing from the archive", n, l->member);
	if (r < 0)
		return log_fail(r, "layer %zu: open \"%s\"", n, l->member);
	(void)close(source.fd); /* found is enough for now */
	if (declared != UINT64_MAX && declared != source.size)
		return log_refuse(-EBADMSG, "layer %zu (sha256:%.12s): %llu bytes instead of %llu",
				  n, l->digest, (unsigned long long)source.size,
				  (unsigned long long)declared);
	l->size = source.size;
	return 0;
}

static int allocate_layers(struct manifest *m, size_t n)
{
	m->layers = calloc(n ? n : 1, sizeof(*m->layers));
	if (!m->layers)
		return log_oom();
	m->n_layers = n;
	return 0;
}

static int parse_layers(const struct manifest_reader *reader, const json_t *list,
			struct manifest *m)
{
	size_t n = json_array_size(list);
	int r;

	if (n > reader->limits->layers)
		return log_refuse(-EFBIG, "the image has %zu layers, the limit is %llu", n,
				  (unsigned long long)reader->limits->layers);
	r = allocate_layers(m, n);
	for (size_t i = 0; i < n && r == 0; i++) {
		struct manifest_layer *l = &m->layers[i];
		struct descriptor d = {0};
		char name[BLOB_NAME];

		r = manifest_parse_descriptor(json_array_get(list, i), "manifest", &d);
		if (r < 0)
			return r;
		if (!is_layer_type(d.media_type))
			return log_refuse(-EBADMSG, "layer %zu: media type %s is not supported",
					  i + 1, d.media_type);
		memcpy(l->digest, d.digest, sizeof(l->digest));
		blob_name(d.digest, name);
		l->member = strdup(name);
		r = l->member ? locate_layer(reader, l, i + 1, d.size) : log_oom();
	}
	return r;
}

bool manifest_type_is_known(const char *media_type)
{
	return !*media_type || streq(media_type, "application/vnd.oci.image.manifest.v1+json") ||
	       streq(media_type, "application/vnd.docker.distribution.manifest.v2+json");
}

/* The manifest blob, checked to be one and nothing else. */
static int read_manifest(const struct manifest_reader *reader, const struct descriptor *d,
			 char **ret_text, size_t *ret_len, json_t **ret)
{
	auto_json json_t *j = NULL;
	auto_free char *text = NULL;
	json_t *config, *layers, *manifests;
	const char *type = NULL;
	int64_t version = 2;
	int r;

	r = manifest_read_blob(reader, d, "manifest", &text, ret_len);
	if (r == 0)
		r = manifest_parse_json("manifest", text, *ret_len, &j);
	if (r < 0)
		return r;
	if (json_get_string(j, "mediaType", &type) < 0 ||
	    json_get_i64(j, "schemaVersion", &version) < 0 ||
	    json_get_object(j, "config", &config) <= 0 || json_get_array(j, "layers", &layers) <= 0)
		return log_refuse(-EBADMSG, "manifest sha256:%.12s: not an image manifest",
				  d->digest);
	if (version != 2)
		return log_refuse(-EBADMSG,
				  "manifest sha256:%.12s: schemaVersion %lld is not "
				  "supported",
				  d->digest, (long long)version);
	if (json_get_array(j, "manifests", &manifests) != 0 ||
	    (type && !manifest_type_is_known(type)) ||
	    (type && *d->media_type && !streq(type, d->media_type)))
		return log_refuse(
			-EBADMSG,
			"manifest sha256:%.12s: a manifest that is something else as well",
			d->digest);
	*ret_text = TAKE_PTR(text);
	*ret = TAKE_PTR(j);
	return 0;
}

static int read_config(const struct manifest_reader *reader, const json_t *manifest,
		       char ret_id[static SHA256_HEX + 1], char **ret, size_t *ret_len)
{
	struct descriptor d = {0};
	int r;

	r = manifest_parse_descriptor(json_object_get(manifest, "config"), "manifest", &d);
	if (r < 0)
		return r;
	if (!is_config_type(d.media_type))
		return log_refuse(-EBADMSG, "config of media type %s: not a container image",
				  d.media_type);
	memcpy(ret_id, d.digest, SHA256_HEX + 1);
	return manifest_read_blob(reader, &d, "config", ret, ret_len);
}

int manifest_read_platform(const struct manifest_reader *reader, const struct descriptor *d,
			   struct platform *ret)
{
	auto_free char *text = NULL, *config = NULL;
	auto_json json_t *j = NULL;
	char id[SHA256_HEX + 1];
	size_t len;
	int r;

	r = read_manifest(reader, d, &text, &len, &j);
	if (r == 0)
		r = read_config(reader, j, id, &config, &len);
	return r < 0 ? r : parse_platform(config, len, ret);
}

int manifest_add(struct manifest_reader *reader, const struct descriptor *d)
{
	CLEANUP(manifest_done)
	struct manifest m = {0};
	auto_json json_t *j = NULL;
	int r;

	r = read_manifest(reader, d, &m.text, &m.text_len, &j);
	if (r == 0)
		r = read_config(reader, j, m.id, &m.config, &m.config_len);
	if (r == 0)
		r = parse_platform(m.config, m.config_len, &m.platform);
	if (r == 0)
		r = parse_layers(reader, json_object_get(j, "layers"), &m);
	if (r < 0)
		return r;
	memcpy(m.digest, d->digest, sizeof(m.digest));
	if (d->name && strv_add(&m.names, d->name) < 0)
		return log_oom();
	return finish(reader, &m);
}

/* ---- docker's manifest.json ---- */

/* The digest that a member's name claims: the last component is HEX, HEX.json or HEX.tar. */
static void digest_of_name(const char *name, const char *suffix, char hex[static SHA256_HEX + 1])
{
	const char *last = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	char copy[SHA256_HEX + 1] = "";

	*hex = '\0';
	if (strlen(last) < SHA256_HEX)
		return;
	memcpy(copy, last, SHA256_HEX);
	if (hex64_is_valid(copy) && streq(last + SHA256_HEX, suffix))
		memcpy(hex, copy, sizeof(copy));
}

static int add_repo_tags(struct manifest_reader *reader, const json_t *item, struct manifest *m)
{
	auto_strv char **tags = NULL;
	int r;

	r = json_get_strv(item, "RepoTags", &tags);
	if (r == -ENOMEM)
		return log_oom();
	if (r < 0)
		return log_refuse(r, "manifest.json: RepoTags is no list of names");
	if (strv_len(tags) > NAMES_MAX)
		return log_refuse(-E2BIG, "manifest.json: more than %d names for an image",
				  NAMES_MAX);
	STRV_FOREACH (tag, tags) {
		char *name;

		r = ref_normalize(*tag, &name);
		if (r == -ENOMEM || (r == 0 && strv_take(&m->names, name) < 0))
			return log_oom();
		if (r < 0 && strv_add(&reader->list->bad_names, *tag) < 0)
			return log_oom();
	}
	return 0;
}

static int parse_docker_layers(const struct manifest_reader *reader, const json_t *item,
			       struct manifest *m)
{
	auto_strv char **names = NULL;
	int r;

	r = json_get_strv(item, "Layers", &names);
	if (r == -ENOMEM)
		return log_oom();
	if (r < 0)
		return log_refuse(r, "manifest.json: Layers is no list of names");
	if (strv_len(names) > reader->limits->layers)
		return log_refuse(-EFBIG, "the image has %zu layers, the limit is %llu",
				  strv_len(names), (unsigned long long)reader->limits->layers);
	r = allocate_layers(m, strv_len(names));
	for (size_t i = 0; i < m->n_layers && r == 0; i++) {
		struct manifest_layer *l = &m->layers[i];

		/* HEX.tar is skopeo's, named by diff id, which is verified anyway */
		if (startswith(names[i], "blobs/sha256/"))
			digest_of_name(names[i], "", l->digest);
		l->member = strdup(names[i]);
		r = l->member ? locate_layer(reader, l, i + 1, UINT64_MAX) : log_oom();
	}
	return r;
}

static int read_docker_config(const struct manifest_reader *reader, const json_t *item,
			      struct manifest *m)
{
	const char *name = NULL;
	char hex[SHA256_HEX + 1];
	int r;

	if (json_get_string(item, "Config", &name) <= 0)
		return log_refuse(-EBADMSG, "manifest.json: an image without a Config");
	digest_of_name(name, startswith(name, "blobs/sha256/") ? "" : ".json", hex);
	r = read_verified(reader, "config", name, hex, UINT64_MAX, &m->config, &m->config_len);
	if (r < 0)
		return r;
	r = sha256_text(m->config, m->config_len, m->id);
	return r < 0 ? log_fail(r, "hash the config") : 0;
}

static int add_docker_item(struct manifest_reader *reader, const json_t *item, bool names_only)
{
	CLEANUP(manifest_done)
	struct manifest m = {0};
	bool known;
	int r;

	r = read_docker_config(reader, item, &m);
	if (r == 0)
		r = add_repo_tags(reader, item, &m);
	if (r < 0)
		return r;
	if (names_only)
		return merge_names(reader->list, &m, &known);
	r = parse_platform(m.config, m.config_len, &m.platform);
	if (r < 0 || !manifest_suits(reader, &m.platform))
		return r;
	r = parse_docker_layers(reader, item, &m);
	return r < 0 ? r : finish(reader, &m);
}

/* names_only: the images came from an OCI index, only further names are wanted. */
static int read_docker(struct manifest_reader *reader, bool names_only)
{
	auto_free char *text = NULL;
	auto_json json_t *j = NULL;
	const json_t *item;
	size_t len, i;
	int r;

	r = tarball_read(reader->tarball, "manifest.json", reader->limits->json_bytes, &text, &len);
	if (r == -ENOENT)
		return names_only ? 0
				  : log_refuse(r, "neither an OCI layout nor a docker archive: no "
						  "oci-layout and no manifest.json");
	if (r < 0)
		return report_member(r, "file", "manifest.json");
	r = manifest_parse_json("manifest.json", text, len, &j);
	if (r < 0)
		return r;
	if (!json_is_array(j))
		return log_refuse(-EBADMSG, "manifest.json: not a list of images");
	json_array_foreach (j, i, item) {
		r = add_docker_item(reader, item, names_only);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- the whole archive ---- */

/* 1 if the archive is an OCI layout, 0 if it is not. */
static int read_layout(const struct manifest_reader *reader)
{
	auto_free char *text = NULL;
	auto_json json_t *j = NULL;
	const char *version = NULL;
	size_t len;
	int r;

	r = tarball_read(reader->tarball, "oci-layout", reader->limits->json_bytes, &text, &len);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return report_member(r, "file", "oci-layout");
	r = manifest_parse_json("oci-layout", text, len, &j);
	if (r < 0)
		return r;
	if (json_get_string(j, "imageLayoutVersion", &version) <= 0 || !startswith(version, "1."))
		return log_refuse(-EBADMSG, "oci-layout: not version 1 of the image layout");
	return 1;
}

static int report_no_match(const struct manifest_reader *reader)
{
	char wanted[100];

	if (reader->offered.len == 0)
		return log_refuse(-ENOENT, "there is no image in it");
	platform_format(&reader->wanted, wanted);
	(void)log_refuse(-ENOENT, "no image for %s; there is %s", wanted, reader->offered.data);
	if (!reader->platform_given)
		log_hint("--platform chooses one that is there");
	return -ENOENT;
}

/* Names in order of appearance, each once. */
static void drop_repeated_names(char **names)
{
	size_t kept = 0;

	for (size_t i = 0; names && names[i]; i++) {
		size_t k = 0;

		while (k < kept && !streq(names[k], names[i]))
			k++;
		if (k < kept)
			free(names[i]);
		else
			names[kept++] = names[i];
	}
	if (names)
		names[kept] = NULL;
}

static int read_images(struct manifest_reader *reader)
{
	int oci, r;

	oci = read_layout(reader);
	if (oci < 0)
		return oci;
	r = oci ? index_read(reader) : 0;
	if (r < 0)
		return r;
	r = read_docker(reader, oci);
	if (r < 0)
		return r;
	return reader->list->n > 0 ? 0 : report_no_match(reader);
}

int manifest_read_all(const struct tarball *tarball, const struct load_limits *limits,
		      const char *platform, struct manifest_list *list)
{
	uint64_t read_bytes = 0;
	struct manifest_reader reader = {
		.tarball = tarball,
		.read_bytes = &read_bytes,
		.limits = limits,
		.platform_given = platform != NULL,
		.list = list,
	};
	int r;

	platform_native(&reader.wanted);
	if (platform && platform_parse(platform, &reader.wanted) < 0)
		return log_refuse(-EINVAL, "\"%s\": not a platform (OS/ARCH or OS/ARCH/VARIANT)",
				  platform);
	r = read_images(&reader);
	buf_done(&reader.offered);
	for (size_t i = 0; i < list->n; i++)
		drop_repeated_names(list->items[i].names);
	return r;
}
