/* SPDX-License-Identifier: MIT */
/*
 * Removing images, in two turns. Under STORE/lock names go first, then the image's directory; then,
 * once that is on disk, layers that no image needs any more. Each goes by one rename into a staging
 * place; what takes its time, syncing and deleting the files, is done without the lock, for which
 * every start waits. So a crash leaves the store whole at every point, and rubbish that the next
 * prune sweeps.
 */
#include "image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "find.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "names.h"
#include "record.h"
#include "ref.h"
#include "staging.h"

struct removal {
	const struct store *store;
	image_in_use in_use;
	void *data;
	int lock_fd;
	struct staging trash;
	struct removed removed;
};

void removed_done(struct removed *r)
{
	strv_free(r->untagged);
	strv_free(r->deleted);
	*r = (struct removed){0};
}

static void removal_init(struct removal *rm, const struct store *store, image_in_use in_use,
			 void *data)
{
	*rm = (struct removal){.store = store, .in_use = in_use, .data = data, .lock_fd = -1};
	rm->trash.dirfd = -1;
}

/* Let others go on, then delete. What cannot be deleted is left for the next sweep. */
static void removal_done(struct removal *rm)
{
	int r;

	fd_drop(&rm->lock_fd);
	r = staging_done(rm->store, &rm->trash);
	if (r < 0)
		log_warn("%s/%s: %s; the next prune tries again", rm->store->path, rm->trash.path,
			 strerror(-r));
	removed_done(&rm->removed);
}

/* The lock is let go of and the trash deleted when the caller's scope ends. */
static void removal_result(struct removal *rm, struct removed *ret)
{
	*ret = rm->removed;
	rm->removed = (struct removed){0};
}

static int make_trash(struct removal *rm)
{
	return rm->trash.dirfd < 0 ? staging_new(rm->store, "trash", &rm->trash) : 0;
}

/* Move STORE/KIND/ENTRY ("images", an id; "layers", a key) out of the way. */
static int discard(struct removal *rm, const char *kind, const char *entry)
{
	char path[96], target[96];
	int r = make_trash(rm);

	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "%s/%s", kind, entry);
	(void)snprintf(target, sizeof(target), "%c-%s", *kind, entry);
	if (renameat(rm->store->dirfd, path, rm->trash.dirfd, target) < 0)
		return errno == ENOENT ? 0
				       : log_fail(-errno, "remove %s/%s", rm->store->path, path);
	return strv_add(&rm->removed.deleted, entry) < 0 ? log_oom() : 0;
}

/* 1 or 0, or what kept us from finding out, reported: then nothing is removed. */
static int is_used(const struct removal *rm, const struct image *image)
{
	return rm->in_use ? rm->in_use(rm->data, image->id) : 0;
}

static int untag(struct removal *rm, const char *name)
{
	int r;

	r = name_remove(rm->store, name);
	if (r < 0)
		return r;
	return strv_add(&rm->removed.untagged, name) < 0 ? log_oom() : 0;
}

/* The names first: one that pointed nowhere would be worse than an image without a name. If it has
 * to stay, it gets them back. */
static int discard_image(struct removal *rm, const struct image *image)
{
	int r = make_trash(rm);

	STRV_FOREACH (name, image->names)
		if (r == 0)
			r = untag(rm, *name);
	if (r == 0)
		r = discard(rm, "images", image->id);
	STRV_FOREACH (name, image->names)
		if (r < 0)
			(void)name_point(rm->store, *name, image->id); /* reported, as is r */
	return r;
}

/* ---- layers ---- */

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The layers of all images, sorted. An image that cannot be read might need any of them. */
static int needed_layers(const struct store *store, char ***ret)
{
	auto_strv char **ids = NULL, **keys = NULL;
	int r;

	r = image_ids(store, &ids);
	if (r < 0)
		return log_fail(r, "list the images in %s", store->path);
	STRV_FOREACH (id, ids) {
		auto_image struct image *image = NULL;

		r = image_record_read(store, *id, &image);
		if (r < 0) {
			(void)log_fail(r, "keep all layers, since image %s cannot be read", *id);
			log_hint("nap rmi %.12s removes the image", *id);
			return r;
		}
		if (strv_extend(&keys, image->layers) < 0)
			return log_oom();
	}
	if (keys)
		qsort(keys, strv_len(keys), sizeof(char *), compare_text);
	*ret = TAKE_PTR(keys);
	return 0;
}

/* A load that is going on counts on layers that no image names yet: 0 with *ret_fd -1 then. */
static int lock_layers(const struct store *store, int *ret_fd)
{
	auto_fd int fd = openat(store->dirfd, "load.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return log_fail(-errno, "open %s/load.lock", store->path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		*ret_fd = TAKE_FD(fd);
	else if (errno == EWOULDBLOCK)
		*ret_fd = -1;
	else
		return log_fail(-errno, "lock %s/load.lock", store->path);
	return 0;
}

/* An image that is gone must not come back after a power cut when its layers do not. */
static int sync_images(const struct store *store)
{
	auto_fd int fd = openat(store->dirfd, "images", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return log_fail(-errno, "sync %s/images", store->path);
	return 0;
}

static int discard_layer(struct removal *rm, const char *key)
{
	uint64_t bytes = layer_record_size(rm->store, key);
	int r;

	r = discard(rm, "layers", key);
	if (r == 0)
		rm->removed.bytes += bytes;
	return r;
}

static int list_layers(const struct store *store, char ***ret)
{
	auto_strv char **keys = NULL;
	struct dirent **entries;
	int n, r;

	n = scandirat(store->dirfd, "layers", &entries, NULL, alphasort);
	if (n < 0)
		return log_fail(-errno, "list the layers in %s", store->path);
	r = strv_copy(NULL, &keys);
	for (int i = 0; i < n; i++) {
		if (r == 0 && hex64_is_valid(entries[i]->d_name))
			r = strv_add(&keys, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (r < 0)
		return log_oom();
	*ret = TAKE_PTR(keys);
	return 0;
}

/*
 * The second turn: discard those of the candidates (NULL: of all layers) that no image needs now.
 * While a load is going on all of them stay.
 */
static int discard_layers(struct removal *rm, char *const *candidates)
{
	auto_strv char **needed = NULL, **all = NULL;
	auto_fd int load_lock = -1;
	int r = 0;

	fd_drop(&rm->lock_fd);
	if (rm->removed.deleted)
		r = sync_images(rm->store);
	if (r == 0)
		r = store_lock(rm->store, LOCK_EX, &rm->lock_fd);
	if (r == 0)
		r = lock_layers(rm->store, &load_lock);
	if (r < 0 || load_lock < 0)
		return r;
	r = needed_layers(rm->store, &needed);
	if (r == 0 && !candidates)
		r = list_layers(rm->store, &all);
	for (candidates = candidates ? candidates : all; r == 0 && *candidates; candidates++)
		if (!needed ||
		    !bsearch(candidates, needed, strv_len(needed), sizeof(char *), compare_text))
			r = discard_layer(rm, *candidates);
	return r;
}

/* ---- rmi ---- */

/* What is known of the image; without layers when its record is damaged, so that it can go. */
static int read_victim(const struct store *store, const char *id, struct image **ret)
{
	auto_image struct image *image = NULL;
	int r;

	r = image_record_read(store, id, &image);
	if (r == -EBADMSG) {
		log_warn("image %s: the record is damaged; its layers stay until the next prune",
			 id);
		image = calloc(1, sizeof(*image));
		if (!image)
			return log_oom();
		memcpy(image->id, id, sizeof(image->id));
	} else if (r < 0) {
		return log_fail(r, "read image %s", id);
	}
	r = image_read_names(store, image);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(image);
	return 0;
}

static int remove_image(struct removal *rm, const char *ref, const struct image *image)
{
	int r = is_used(rm, image);

	if (r > 0)
		return log_refuse(-EBUSY, "rmi %s: the image is in use by a container", ref);
	if (r == 0)
		r = discard_image(rm, image);
	if (r < 0 || !image->layers)
		return r;
	return discard_layers(rm, image->layers);
}

static int find_victim(const struct store *store, const char *ref, char ret_id[static 65],
		       char **ret_name)
{
	int r;

	r = image_find(store, ref, ret_id, ret_name);
	if (r == 0)
		r = image_resolve(store, ret_id, ret_id);
	if (r == -ENOENT || r == -ENOTUNIQ)
		return log_refuse(r, "rmi %s: %s", ref, image_why_not_found(r));
	return r < 0 ? log_fail(r, "rmi %s", ref) : 0;
}

static int remove_ref(struct removal *rm, const char *ref, bool force)
{
	auto_image struct image *image = NULL;
	auto_free char *name = NULL;
	char id[65];
	int r;

	r = find_victim(rm->store, ref, id, &name);
	if (r < 0)
		return r;
	r = read_victim(rm->store, id, &image);
	if (r < 0)
		return r;
	if (strv_len(image->names) < 2)
		return remove_image(rm, ref, image);
	if (name)
		return untag(rm, name);
	if (force)
		return remove_image(rm, ref, image);
	(void)log_refuse(-EBUSY, "rmi %s: the image has %zu names", ref, strv_len(image->names));
	log_hint("--force removes them all; nap rmi NAME only one");
	return -EBUSY;
}

int image_remove(const struct store *store, const char *ref, bool force, image_in_use in_use,
		 void *data, struct removed *ret)
{
	CLEANUP(removal_done)
	struct removal rm;
	int r;

	removal_init(&rm, store, in_use, data);
	r = store_lock(store, LOCK_EX, &rm.lock_fd);
	if (r == 0)
		r = remove_ref(&rm, ref, force);
	if (r == 0)
		removal_result(&rm, ret);
	return r;
}

/* ---- prune ---- */

static int prune_image(struct removal *rm, const struct image *image, bool all)
{
	int r;

	if (!all && strv_len(image->names) > 0)
		return 0;
	r = is_used(rm, image);
	if (r != 0)
		return r < 0 ? r : 0;
	return discard_image(rm, image);
}

static int prune_images(struct removal *rm, bool all)
{
	struct image **images;
	size_t n;
	int r;

	r = image_list(rm->store, &images, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (r == 0)
			r = prune_image(rm, images[i], all);
		image_free(images[i]);
	}
	free(images);
	return r;
}

static int prune(struct removal *rm, bool all)
{
	int r;

	r = store_lock(rm->store, LOCK_EX, &rm->lock_fd);
	if (r == 0)
		r = staging_sweep_links(rm->store);
	if (r == 0)
		r = names_sweep(rm->store);
	if (r == 0)
		r = prune_images(rm, all);
	if (r == 0)
		r = discard_layers(rm, NULL);
	fd_drop(&rm->lock_fd);
	return r == 0 ? staging_sweep(rm->store) : r;
}

int image_prune(const struct store *store, bool all, image_in_use in_use, void *data,
		struct removed *ret)
{
	CLEANUP(removal_done)
	struct removal rm;
	int r;

	removal_init(&rm, store, in_use, data);
	r = prune(&rm, all);
	if (r == 0)
		removal_result(&rm, ret);
	return r;
}
