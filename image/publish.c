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
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "names.h"
#include "record.h"

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
	struct pipeline *pipeline;
	const struct manifest_list *list;
	struct move *moves; /* done so far */
	size_t n;
	struct renaming *renamings; /* done so far */
	size_t n_renamings;
};

/* ---- records ---- */

/* Keys of the layers, bottom first, and their bytes. */
static int collect_layers(struct job *top, struct image *image)
{
	if (!top)
		return 0;
	if (collect_layers(top->below, image) < 0 || strv_add(&image->layers, top->key) < 0)
		return -ENOMEM;
	image->size += top->size;
	return 0;
}

/* The root directory is that of the topmost layer with an entry for it. */
static int read_root(struct pipeline *p, struct job *top, struct image *image)
{
	auto_fd int fd = -1;
	struct stat st;

	image->root_mode = 0755;
	while (top && !top->has_root)
		top = top->below;
	if (!top)
		return 0;
	fd = pipeline_open_fs(p, pipeline_maker(p, top));
	if (fd < 0 || fstat(fd, &st) < 0)
		return log_fail(fd < 0 ? fd : -errno, "open %s", top->label);
	image->root_mode = st.st_mode & 07777;
	image->root_uid = st.st_uid;
	image->root_gid = st.st_gid;
	image->root_mtime = st.st_mtim.tv_sec;
	return 0;
}

static int make_record(struct pipeline *p, const struct manifest *m, struct job *top, char **ret)
{
	auto_image struct image *image = calloc(1, sizeof(*image));
	auto_free char *config = NULL;
	struct timespec now;
	int r;

	if (!image || collect_layers(top, image) < 0)
		return log_oom();
	r = read_root(p, top, image);
	if (r < 0)
		return r;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	image->loaded_usec = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	if (*m->digest) {
		image->manifest = text_format("sha256:%s", m->digest);
		if (!image->manifest)
			return log_oom();
	}
	r = image_config_reduce(m->config, m->config_len, &config);
	if (r < 0)
		return log_fail(r, "read the config of the image");
	*ret = image_record_format(image, config);
	return *ret ? 0 : log_oom();
}

/* STAGING/image-N with all that STORE/images/ID will hold. */
static int stage_image(struct pipeline *p, const struct manifest *m, size_t i)
{
	auto_free char *record = NULL;
	auto_fd int fd = -1;
	char name[32];
	int r;

	r = make_record(p, m, p->tops[i], &record);
	if (r < 0)
		return r;
	(void)snprintf(name, sizeof(name), "image-%zu", i);
	if (mkdirat(p->staging_fd, name, 0755) < 0)
		return log_fail(-errno, "make %s", name);
	fd = openat(p->staging_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = fd < 0 ? -errno : fs_write_file(fd, "config", m->config, m->config_len, 0644);
	if (r == 0 && m->text)
		r = fs_write_file(fd, "manifest", m->text, m->text_len, 0644);
	if (r == 0)
		r = fs_write_file(fd, "image", record, strlen(record), 0644);
	return r < 0 ? log_fail(r, "write the record of the image") : 0;
}

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
	struct pipeline *p = u->pipeline;

	if (renameat2(p->staging_fd, from, p->store->dirfd, to, RENAME_NOREPLACE) == 0)
		remember(u, from, to);
	else if (errno != EEXIST && errno != ENOTEMPTY)
		return log_fail(-errno, "move to %s/%s", p->store->path, to);
	return 0;
}

/* Failures are reported by those two; what cannot be undone dangles, which is no image, and pruned.
 */
static void undo_names(struct publication *u)
{
	const struct store *store = u->pipeline->store;

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
	struct pipeline *p = u->pipeline;

	undo_names(u);
	while (u->n-- > 0) /* what cannot go back is unnamed, and pruned some day */
		(void)renameat(p->store->dirfd, u->moves[u->n].to, p->staging_fd,
			       u->moves[u->n].from);
}

static int sync_dir(const struct store *store, const char *name)
{
	auto_fd int fd = openat(store->dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? log_fail(-errno, "sync %s/%s", store->path, name) : 0;
}

static int move_layers(struct publication *u)
{
	struct pipeline *p = u->pipeline;
	int r = 0;

	for (size_t i = 0; i < p->n && r == 0; i++) {
		const struct job *job = &p->jobs[i];
		char from[32], to[sizeof(((struct move *)0)->to)];

		if (job->place != JOB_STAGED)
			continue;
		(void)snprintf(from, sizeof(from), "%zu", job->index);
		(void)snprintf(to, sizeof(to), "layers/%s", job->key);
		r = move(u, from, to);
	}
	return r;
}

static int move_images(struct publication *u)
{
	int r = 0;

	for (size_t i = 0; i < u->list->n && r == 0; i++) {
		char from[32], to[sizeof(((struct move *)0)->to)];

		(void)snprintf(from, sizeof(from), "image-%zu", i);
		(void)snprintf(to, sizeof(to), "images/%s", u->list->items[i].id);
		r = move(u, from, to);
	}
	return r;
}

/* ---- all of it ---- */

static int point_names(struct publication *u, char *const *names, const char *id)
{
	const struct store *store = u->pipeline->store;

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
	struct pipeline *p = u->pipeline;

	for (size_t i = 0; i < p->n; i++) {
		char path[SHA256_HEX + 16];

		if (p->jobs[i].place != JOB_STORED)
			continue;
		(void)snprintf(path, sizeof(path), "layers/%s", p->jobs[i].key);
		if (faccessat(p->store->dirfd, path, F_OK, 0) < 0)
			return log_fail(-errno, "use %s/%s", p->store->path, path);
	}
	return 0;
}

static int name_images(struct publication *u, const struct load_options *options)
{
	int r = 0;

	for (size_t i = 0; i < u->list->n && r == 0; i++) {
		const struct manifest *m = &u->list->items[i];

		r = point_names(u, m->names, m->id);
		if (r == 0)
			r = point_names(u, options->tags, m->id);
	}
	return r;
}

/* Every start waits for the lock: nothing is synced while we hold it. */
static int commit(struct publication *u, const struct load_options *options)
{
	const struct store *store = u->pipeline->store;
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
	if (r == 0 && options->sync && syncfs(u->pipeline->staging_fd) < 0)
		r = log_fail(-errno, "write %s to disk", store->path);
	return r;
}

static int alloc_undo(struct publication *u, const struct load_options *options)
{
	size_t names = 0;

	for (size_t i = 0; i < u->list->n; i++)
		names += strv_len(u->list->items[i].names) + strv_len(options->tags);
	u->moves = calloc(u->pipeline->n + u->list->n, sizeof(*u->moves));
	u->renamings = calloc(names + 1, sizeof(*u->renamings));
	return u->moves && u->renamings ? 0 : log_oom();
}

int publish(struct pipeline *p, const struct manifest_list *list,
	    const struct load_options *options)
{
	struct publication u = {.pipeline = p, .list = list};
	int r = 0;

	for (size_t i = 0; i < list->n && r == 0; i++)
		r = stage_image(p, &list->items[i], i);
	if (r == 0 && options->sync && syncfs(p->staging_fd) < 0)
		r = log_fail(-errno, "write %s to disk", p->store->path);
	if (r < 0)
		return r;
	r = alloc_undo(&u, options);
	if (r == 0)
		r = commit(&u, options);
	free(u.moves);
	free(u.renamings);
	return r;
}
