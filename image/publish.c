/* SPDX-License-Identifier: MIT */
/*
 * Publishing: everything is complete and on disk before the first rename; then layers, and when
 * they are there for good, images and, last, names. A crash in between leaves layers or images that
 * nothing names, which the next load finds or `nap prune` removes.
 */
#include "publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "names.h"

/* A rename out of the staging directory, which can be taken back. */
struct move {
	char from[32]; /* in the staging directory */
	char to[SHA256_HEX + 16];
};

/* A name that was pointed elsewhere; borrowed. */
struct renaming {
	const char *name;
	char old_id[SHA256_HEX + 1]; /* "": it is new */
};

struct publication {
	const struct store *store;
	const struct staging *staging;
	const struct result *result;
	struct move *moves; /* done so far */
	size_t n;
	struct renaming *renamings; /* done so far */
	size_t n_renamings;
};

/* ---- moving ---- */

static void remember(struct publication *u, const char *from, const char *to)
{
	struct move *m = &u->moves[u->n++];

	(void)snprintf(m->from, sizeof(m->from), "%s", from);
	(void)snprintf(m->to, sizeof(m->to), "%s", to);
}

/* What is there already is as good as ours: it has the same name because it has the same content.
 */
static int move(struct publication *u, const char *from, const char *to)
{
	const struct store *store = u->store;

	if (renameat2(u->staging->dirfd, from, store->dirfd, to, RENAME_NOREPLACE) == 0)
		remember(u, from, to);
	else if (errno != EEXIST && errno != ENOTEMPTY)
		return log_fail(-errno, "move to %s/%s", store->path, to);
	return 0;
}

/* Failures are reported by those two; what cannot be undone dangles, which is no image, and pruned.
 */
static void undo_names(struct publication *u)
{
	const struct store *store = u->store;

	while (u->n_renamings > 0) {
		const struct renaming *n = &u->renamings[--u->n_renamings];

		if (*n->old_id)
			(void)name_point(store, n->name, n->old_id);
		else
			(void)name_remove(store, n->name);
	}
}

static void undo(struct publication *u)
{
	undo_names(u);
	while (u->n-- > 0) /* what cannot go back is unnamed, and pruned some day */
		(void)renameat(u->store->dirfd, u->moves[u->n].to, u->staging->dirfd,
			       u->moves[u->n].from);
}

static int sync_dir(const struct store *store, const char *name)
{
	auto_fd int fd = openat(store->dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? log_fail(-errno, "sync %s/%s", store->path, name) : 0;
}

static int move_layers(struct publication *u)
{
	int r = 0;

	for (size_t i = 0; i < u->result->n_layers && r == 0; i++) {
		const struct staged *layer = &u->result->layers[i];
		char from[32], to[sizeof(((struct move *)0)->to)];

		(void)snprintf(from, sizeof(from), "%zu", layer->index);
		(void)snprintf(to, sizeof(to), "layers/%s", layer->key);
		r = move(u, from, to);
	}
	return r;
}

static int move_images(struct publication *u)
{
	int r = 0;

	for (size_t i = 0; i < u->result->n_images && r == 0; i++) {
		const struct staged *image = &u->result->images[i];
		char from[32], to[sizeof(((struct move *)0)->to)];

		(void)snprintf(from, sizeof(from), "image-%zu", image->index);
		(void)snprintf(to, sizeof(to), "images/%s", image->key);
		r = move(u, from, to);
	}
	return r;
}

/* ---- all of it ---- */

static int point_names(struct publication *u, char *const *names, const char *id)
{
	const struct store *store = u->store;

	for (; names && *names; names++) {
		struct renaming *n = &u->renamings[u->n_renamings];
		int r;

		*n = (struct renaming){.name = *names};
		r = name_read(store, *names, n->old_id);
		if (r < 0 && r != -ENOENT)
			return log_fail(r, "read the name %s", *names);
		r = name_point(store, *names, id);
		if (r < 0)
			return r;
		u->n_renamings++;
	}
	return 0;
}

/*
 * Layers of the store that we count on: another load made them, and took them back if it failed
 * after we had looked.
 */
static int check_layers(struct publication *u)
{
	STRV_FOREACH (key, u->result->needed) {
		char path[SHA256_HEX + 16];

		(void)snprintf(path, sizeof(path), "layers/%s", *key);
		if (faccessat(u->store->dirfd, path, F_OK, 0) < 0)
			return log_fail(-errno, "use %s/%s", u->store->path, path);
	}
	return 0;
}

static int name_images(struct publication *u, const struct load_options *options)
{
	int r = 0;

	for (size_t i = 0; i < u->result->n_images && r == 0; i++) {
		const struct staged *image = &u->result->images[i];

		r = point_names(u, image->names, image->key);
		if (r == 0)
			r = point_names(u, options->tags, image->key);
	}
	return r;
}

/* Every start waits for the lock: nothing is synced while we hold it. */
static int commit(struct publication *u, const struct load_options *options)
{
	const struct store *store = u->store;
	auto_fd int lock = -1;
	int r, locked;

	r = move_layers(u);
	if (r == 0 && options->sync)
		r = sync_dir(store, "layers");
	locked = store_lock(store, LOCK_EX, &lock);
	if (r == 0)
		r = locked;
	if (r == 0)
		r = check_layers(u);
	if (r == 0)
		r = move_images(u);
	if (r == 0)
		r = name_images(u, options);
	if (r < 0)
		undo(u);
	fd_drop(&lock);
	/* what is in use already is not taken back for this */
	if (r == 0 && options->sync && syncfs(u->staging->dirfd) < 0)
		r = log_fail(-errno, "write %s to disk", store->path);
	return r;
}

static int alloc_undo(struct publication *u, const struct load_options *options)
{
	const struct result *result = u->result;
	size_t names = 0;

	for (size_t i = 0; i < result->n_images; i++)
		names += strv_len(result->images[i].names) + strv_len(options->tags);
	u->moves = calloc(result->n_layers + result->n_images, sizeof(*u->moves));
	u->renamings = calloc(names + 1, sizeof(*u->renamings));
	return u->moves && u->renamings ? 0 : log_oom();
}

int publish(const struct store *store, const struct staging *staging, const struct result *result,
	    const struct load_options *options)
{
	struct publication u = {.store = store, .staging = staging, .result = result};
	int r;

	if (options->sync && syncfs(staging->dirfd) < 0)
		return log_fail(-errno, "write %s to disk", store->path);
	r = alloc_undo(&u, options);
	if (r == 0)
		r = commit(&u, options);
	free(u.moves);
	free(u.renamings);
	return r;
}
