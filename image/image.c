/* SPDX-License-Identifier: MIT */
/*
 * Images that are in the store: reading, listing and naming them. image_open is on the start path:
 * one readlink for a name, then one read of the record, and no lock.
 */
#include "image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "config.h"
#include "find.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "names.h"
#include "record.h"

void image_free(struct image *image)
{
	if (!image)
		return;
	free(image->manifest);
	strv_free(image->names);
	strv_free(image->layers);
	image_config_done(&image->config);
	free(image);
}

/* ---- reading ---- */

/* -ENOENT is for the caller to report, who knows what was asked for. */
static int read_image(const struct store *store, const char *id, struct image **ret)
{
	int r = image_record_read(store, id, ret);

	if (r == -EBADMSG)
		return log_refuse(r, "image %s: the record in %s is damaged", id, store->path);
	return r < 0 && r != -ENOENT ? log_fail(r, "read image %s", id) : r;
}

int image_open(const struct store *store, const char *ref, struct image **ret)
{
	char id[65];
	int r;

	r = image_find(store, ref, id, NULL);
	if (r == 0) {
		r = read_image(store, id, ret);
		if (r != -ENOENT)
			return r;
	}
	if (r != -ENOENT && r != -ENOTUNIQ)
		return log_fail(r, "find image %s", ref);
	(void)log_refuse(r, "%s: %s", ref, image_why_not_found(r));
	log_hint("nap images lists what there is, nap load FILE loads more");
	return r;
}

int image_read_config(const struct store *store, const char *id, char **ret, size_t *ret_len)
{
	char path[96];
	int r;

	(void)snprintf(path, sizeof(path), "images/%s/config", id);
	r = fs_read_file(store->dirfd, path, JSON_MAX_BYTES, ret, ret_len);
	return r < 0 ? log_fail(r, "read the config of image %s", id) : 0;
}

/* ---- listing ---- */

struct image_vector {
	struct image **images;
	size_t n;
};

static void vector_done(struct image_vector *v)
{
	for (size_t i = 0; i < v->n; i++)
		image_free(v->images[i]);
	free(v->images);
}

static int read_images(const struct store *store, char *const *ids, struct image_vector *v)
{
	v->images = calloc(strv_len(ids) + 1, sizeof(*v->images));
	if (!v->images)
		return log_oom();
	for (; *ids; ids++) {
		int r = read_image(store, *ids, &v->images[v->n]);

		if (r == 0)
			v->n++;
		else if (r != -ENOENT && r != -EBADMSG)
			return r;
		/* else removed meanwhile; or reported, and the others are still good */
	}
	return 0;
}

static int add_name(void *data, const char *name, const char *id)
{
	struct image_vector *v = data;

	for (size_t i = 0; i < v->n; i++)
		if (streq(v->images[i]->id, id))
			return strv_add(&v->images[i]->names, name);
	return 0;
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int compare_images(const void *a, const void *b)
{
	const struct image *x = *(struct image *const *)a, *y = *(struct image *const *)b;

	if (x->loaded_usec != y->loaded_usec)
		return x->loaded_usec < y->loaded_usec ? 1 : -1;
	return strcmp(x->id, y->id);
}

static int read_names(const struct store *store, struct image_vector *v)
{
	int r;

	r = names_walk(store, add_name, v);
	if (r < 0)
		return log_fail(r, "read the names in %s", store->path);
	for (size_t i = 0; i < v->n; i++)
		if (v->images[i]->names)
			qsort(v->images[i]->names, strv_len(v->images[i]->names), sizeof(char *),
			      compare_text);
	return 0;
}

int image_list(const struct store *store, struct image ***ret, size_t *ret_n)
{
	CLEANUP(vector_done)
	struct image_vector v = {0};
	auto_strv char **ids = NULL;
	int r;

	r = image_ids(store, &ids);
	if (r < 0)
		return log_fail(r, "list the images in %s", store->path);
	r = read_images(store, ids, &v);
	if (r < 0)
		return r;
	r = read_names(store, &v);
	if (r < 0)
		return r;
	if (v.n > 0)
		qsort(v.images, v.n, sizeof(struct image *), compare_images);
	*ret = TAKE_PTR(v.images);
	*ret_n = v.n;
	v.n = 0;
	return 0;
}

int image_read_names(const struct store *store, struct image *image)
{
	struct image_vector one = {.images = &image, .n = 1};

	strv_free(image->names);
	image->names = NULL;
	return read_names(store, &one);
}

/* ---- naming ---- */

int image_tag(const struct store *store, const char *ref, const char *normalized)
{
	auto_fd int lock = -1;
	char id[65];
	int r;

	if (strchr(normalized, '@'))
		return log_refuse(-EINVAL, "tag %s: a digest is not a name to give", normalized);
	r = store_lock(store, LOCK_EX, &lock);
	if (r < 0)
		return r;
	r = image_resolve(store, ref, id);
	if (r == -ENOENT || r == -ENOTUNIQ)
		return log_refuse(r, "tag %s: %s", ref, image_why_not_found(r));
	if (r < 0)
		return log_fail(r, "tag %s", ref);
	r = name_point(store, normalized, id);
	fd_drop(&lock); /* every start waits for it */
	return r < 0 ? r : name_sync(store, normalized);
}
