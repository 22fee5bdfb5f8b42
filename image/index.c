/* SPDX-License-Identifier: MIT */
/*
 * OCI layouts: from index.json through nested indexes to the manifests to load. The descriptors of
 * index.json that carry one name are platforms of one image, of which the best is taken; several
 * names are several images, and all are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "manifest.h"

enum {
	LEAVES_MAX = 4096,
	NESTING_MAX = 8,
};

static const char *const index_types[] = {
	"application/vnd.oci.image.index.v1+json",
	"application/vnd.docker.distribution.manifest.list.v2+json",
};

struct leaf {
	struct descriptor descriptor;
	size_t group; /* of descriptors of one image */
};

struct leaves {
	struct leaf *items;
	size_t n;
	char **names; /* of the groups, by index; "" for none */
};

static void leaves_done(struct leaves *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->items[i].descriptor.name);
	free(l->items);
	strv_free(l->names);
}

static bool is_index_type(const char *media_type)
{
	for (size_t i = 0; i < ARRAY_SIZE(index_types); i++)
		if (streq(media_type, index_types[i]))
			return true;
	return false;
}

/* ---- descriptors of an index ---- */

/* Just a tag, as `skopeo copy ... oci:dir:latest` writes it: "latest", "1.0", "v2". */
static bool is_bare_tag(const char *name)
{
	return !strpbrk(name, "/:@") && (streq(name, "latest") || (*name >= '0' && *name <= '9') ||
					 (*name == 'v' && name[1] >= '0' && name[1] <= '9'));
}

/* The name that the annotations give an image; NULL if none, or none that can be used. */
static int parse_name(struct manifest_reader *reader, const json_t *annotations, char **ret)
{
	const char *name = NULL;
	int r;

	if (json_get_string(annotations, "io.containerd.image.name", &name) < 0 ||
	    (!name && json_get_string(annotations, "org.opencontainers.image.ref.name", &name) < 0))
		return log_refuse(-EBADMSG, "index: an annotation that names an image is no text");
	if (!name || !*name || is_bare_tag(name))
		return 0;
	r = ref_normalize(name, ret);
	if (r == -ENOMEM)
		return log_oom();
	if (r < 0 && strv_add(&reader->list->bad_names, name) < 0)
		return log_oom();
	return 0;
}

static int parse_annotations(struct manifest_reader *reader, const json_t *j, struct descriptor *d)
{
	json_t *annotations = NULL;
	const char *kind = NULL;
	int r;

	r = json_get_object(j, "annotations", &annotations);
	if (r < 0)
		return log_refuse(r, "index: annotations are no object");
	if (r == 0)
		return 0;
	if (json_get_string(annotations, "vnd.docker.reference.type", &kind) < 0)
		return log_refuse(-EBADMSG, "index: an annotation is no text");
	d->attestation = kind != NULL;
	return parse_name(reader, annotations, &d->name);
}

static int parse_platform(const json_t *j, struct descriptor *d)
{
	const char *os = NULL, *arch = NULL, *variant = NULL;
	json_t *p = NULL;
	int r;

	r = json_get_object(j, "platform", &p);
	if (r < 0 || (r > 0 && (json_get_string(p, "os", &os) < 0 ||
				json_get_string(p, "architecture", &arch) < 0 ||
				json_get_string(p, "variant", &variant) < 0)))
		return log_refuse(-EBADMSG, "index: a platform is of another type");
	d->has_platform = os && arch;
	platform_set(&d->platform, os, arch, variant);
	return 0;
}

/* d is zeroed; d->name is the caller's to free. */
static int parse_entry(struct manifest_reader *reader, const json_t *j, struct descriptor *d)
{
	int r;

	r = manifest_parse_descriptor(j, "index", d);
	if (r == 0)
		r = parse_platform(j, d);
	if (r == 0)
		r = parse_annotations(reader, j, d);
	return r;
}

static bool is_unknown(const struct descriptor *d)
{
	return d->has_platform && streq(d->platform.os, "unknown");
}

/* ---- indexes ---- */

/* An index that could be read as a manifest too would mean different things to different readers
 * (CVE-2021-41190). media_type is what the descriptor said, or "". */
static int check_index(const char *what, const json_t *index, const char *media_type,
		       json_t **ret_manifests)
{
	const char *own_type = NULL;
	int64_t version = 2; /* the OCI specification: for docker's sake, always 2 */
	json_t *other;

	if (json_get_string(index, "mediaType", &own_type) < 0 ||
	    json_get_i64(index, "schemaVersion", &version) < 0 ||
	    json_get_array(index, "manifests", ret_manifests) <= 0)
		return log_refuse(-EBADMSG, "%s: not an image index", what);
	if (version != 2)
		return log_refuse(-EBADMSG, "%s: schemaVersion %lld is not supported", what,
				  (long long)version);
	if ((own_type && !is_index_type(own_type)) ||
	    (own_type && *media_type && !streq(own_type, media_type)) ||
	    json_get_object(index, "config", &other) != 0 ||
	    json_get_array(index, "layers", &other) != 0)
		return log_refuse(-EBADMSG, "%s: an index that is something else as well", what);
	return 0;
}

static int add_leaf(struct leaves *l, struct descriptor *d, size_t group)
{
	if (l->n >= LEAVES_MAX)
		return log_refuse(-EFBIG, "the archive has more than %d manifests", LEAVES_MAX);
	if ((l->n & (l->n - 1)) == 0) {
		struct leaf *grown = reallocarray(l->items, l->n ? 2 * l->n : 1, sizeof(*grown));

		if (!grown)
			return log_oom();
		l->items = grown;
	}
	l->items[l->n++] = (struct leaf){*d, group};
	d->name = NULL;
	return 0;
}

static int expand(struct manifest_reader *reader, struct leaves *l, struct descriptor *d,
		  size_t group, unsigned depth);

static int expand_index(struct manifest_reader *reader, struct leaves *l,
			const struct descriptor *index, size_t group, unsigned depth)
{
	auto_json json_t *j = NULL;
	json_t *manifests = NULL, *item;
	auto_free char *text = NULL;
	size_t len, i;
	int r;

	if (depth >= NESTING_MAX)
		return log_refuse(-EFBIG, "indexes are nested more than %d deep", NESTING_MAX);
	r = manifest_read_blob(reader, index, "index", &text, &len);
	if (r == 0)
		r = manifest_parse_json("index", text, len, &j);
	if (r == 0)
		r = check_index("index", j, index->media_type, &manifests);
	if (r < 0)
		return r;
	json_array_foreach (manifests, i, item) {
		struct descriptor d = {0};

		r = parse_entry(reader, item, &d);
		if (r == 0)
			r = expand(reader, l, &d, group, depth + 1);
		free(d.name); /* what is inside an index has no name of its own */
		if (r < 0)
			return r;
	}
	return 0;
}

/* Add d, or what it leads to, unless it is nothing that can run. */
static int expand(struct manifest_reader *reader, struct leaves *l, struct descriptor *d,
		  size_t group, unsigned depth)
{
	if (d->attestation || is_unknown(d))
		return 0;
	if (is_index_type(d->media_type))
		return expand_index(reader, l, d, group, depth);
	return manifest_type_is_known(d->media_type) ? add_leaf(l, d, group) : 0;
}

/* The group of a top-level descriptor: that of its name; nameless ones that differ in platform are
 * one image; the rest are images of their own. */
static int find_group(struct leaves *l, const struct descriptor *d, size_t *ret)
{
	const char *name = d->name ? d->name : d->has_platform ? "?" : "";
	size_t i = 0;

	for (; l->names && l->names[i]; i++)
		if (*name && streq(l->names[i], name)) {
			*ret = i;
			return 0;
		}
	*ret = i;
	return strv_add(&l->names, name) < 0 ? log_oom() : 0;
}

static int read_top(struct manifest_reader *reader, struct leaves *l)
{
	auto_json json_t *j = NULL;
	json_t *manifests = NULL, *item;
	auto_free char *text = NULL;
	size_t len, i;
	int r;

	r = tarball_read(reader->tarball, "index.json", reader->limits->json_bytes, &text, &len);
	if (r < 0)
		return log_fail(r, "read index.json");
	r = manifest_parse_json("index.json", text, len, &j);
	if (r == 0)
		r = check_index("index.json", j, "", &manifests);
	if (r < 0)
		return r;
	json_array_foreach (manifests, i, item) {
		struct descriptor d = {0};
		size_t group = 0;

		r = parse_entry(reader, item, &d);
		if (r == 0)
			r = find_group(l, &d, &group);
		if (r == 0)
			r = expand(reader, l, &d, group, 0);
		free(d.name);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- choosing ---- */

static int add_best(struct manifest_reader *reader, struct leaves *l, size_t group)
{
	struct descriptor *best = NULL;
	int best_score = 0, score;

	for (size_t i = 0; i < l->n; i++) {
		struct descriptor *d = &l->items[i].descriptor;
		int r;

		if (l->items[i].group != group)
			continue;
		if (!d->has_platform) {
			r = manifest_read_platform(reader, d, &d->platform);
			if (r < 0)
				return r;
			d->has_platform = true;
		}
		if (!manifest_suits(reader, &d->platform))
			continue;
		score = platform_score(&reader->wanted, &d->platform);
		if (score > best_score) {
			best = d;
			best_score = score;
		}
	}
	if (!best)
		return 0;
	if (!streq(l->names[group], "?") && *l->names[group]) {
		free(best->name);
		best->name = strdup(l->names[group]);
		if (!best->name)
			return log_oom();
	}
	return manifest_add(reader, best);
}

int index_read(struct manifest_reader *reader)
{
	CLEANUP(leaves_done)
	struct leaves l = {0};
	int r;

	r = read_top(reader, &l);
	for (size_t i = 0; r == 0 && l.names && l.names[i]; i++)
		r = add_best(reader, &l, i);
	return r;
}
