/* SPDX-License-Identifier: MIT */
/*
 * From the tar stream of a layer to its directory: libarchive reads (one format, no filters),
 * tarcheck.c watches what it is given, entry.c makes each entry. The stream is read to its very
 * end, past the tar's own, since the diff id covers all of it.
 */
#include "layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/text.h"
#include "tarcheck.h"

enum {
	DENSE_ENTRIES = 4096, /* every so many it is looked how dense they are */
	DENSE_BYTES = 16,     /* compressed: fewer for an entry are suspicious */
	BUFFERED_BYTES = 256 << 10,
};

/* What the callbacks of libarchive and the writer of contents share. */
struct unpack {
	struct layer *layer;
	const struct layer_input *input;
	struct tarcheck *check;
	struct archive *reader;
	bool at_end;
	int error; /* of the input or the check, which libarchive only knows as a failed read */
};

int layer_refuse(struct layer *l, int r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(l->why, sizeof(l->why), fmt, ap);
	va_end(ap);
	return r;
}

int layer_fail(struct layer *l, int r, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	(void)vsnprintf(l->why, sizeof(l->why), fmt, ap);
	va_end(ap);
	n = strlen(l->why);
	(void)snprintf(l->why + n, sizeof(l->why) - n, ": %s", strerror(-r));
	return r;
}

/* Put the name of the entry before what is wrong with it. */
static void add_name(struct layer *l, const char *name)
{
	char why[256];

	(void)snprintf(why, sizeof(why), "%.255s", l->why);
	(void)snprintf(l->why, sizeof(l->why), "\"%.200s\": %s", name ? name : "?", why);
}

/* ---- input ---- */

static int next_chunk(struct unpack *u, const void **ret, size_t *ret_n)
{
	int r = u->input->next(u->input->data, ret, ret_n);

	if (r < 0)
		return r;
	if (*ret_n == 0) {
		u->at_end = true;
		r = tarcheck_end(u->check);
	} else {
		r = tarcheck_feed(u->check, *ret, *ret_n);
	}
	return r < 0 ? layer_refuse(u->layer, r, "%s", tarcheck_why(u->check)) : 0;
}

static la_ssize_t read_callback(struct archive *reader, void *data, const void **ret)
{
	struct unpack *u = data;
	size_t n = 0;

	*ret = NULL;
	if (u->error == 0 && !u->at_end)
		u->error = next_chunk(u, ret, &n);
	if (u->error == 0)
		return (la_ssize_t)n;
	archive_set_error(reader, -u->error, "read");
	return ARCHIVE_FATAL;
}

/* ---- contents ---- */

static int refuse_reader(struct unpack *u, const char *what)
{
	const char *why = archive_error_string(u->reader);

	if (u->error)
		return u->error;
	return layer_refuse(u->layer, -EBADMSG, "%s: %s", what, why ? why : "damaged");
}

static int write_at(int fd, const char *data, size_t n, off_t offset, off_t *position)
{
	if (offset != *position) {
		if (lseek(fd, offset, SEEK_SET) < 0)
			return -errno;
	}
	*position = offset + (off_t)n;
	return fs_write_all(fd, data, n);
}

static int refuse_entries(struct layer *l)
{
	return layer_refuse(l, -EFBIG,
			    "the image has more than %llu entries, the limit or what the "
			    "file system has room for",
			    (unsigned long long)l->totals->max_entries);
}

int layer_reserve(struct layer *l, uint64_t entries, uint64_t size)
{
	struct layer_totals *t = l->totals;
	uint64_t before;

	if (atomic_fetch_add(&t->entries, entries) + entries > t->max_entries)
		return refuse_entries(l);
	l->reserved += entries;
	if (size > t->max_bytes)
		return layer_refuse(l, -EFBIG, "%llu bytes: more than the limit or the free space",
				    (unsigned long long)size);
	before = atomic_fetch_add(&t->bytes, size);
	if (before > t->max_bytes - size)
		return layer_refuse(l, -EFBIG,
				    "the image unpacks to more than %llu bytes, the "
				    "limit or the free space",
				    (unsigned long long)t->max_bytes);
	l->size += size;
	return 0;
}

/* What there is of a file, and how far it is read. */
struct contents {
	uint64_t size; /* of the file; the rest is holes */
	uint64_t read, end;
};

/* What the map of a sparse file promises; all of it, if it has none. */
static uint64_t promised(struct archive_entry *entry, uint64_t size)
{
	la_int64_t offset, n;
	uint64_t sum = 0;

	if (archive_entry_sparse_reset(entry) == 0)
		return size;
	while (archive_entry_sparse_next(entry, &offset, &n) == ARCHIVE_OK)
		sum += (uint64_t)n;
	return sum;
}

/* The next piece of contents: 1, 0 at the end. Regions of a sparse file come in order and do not
 * overlap; docker takes no others, and those who do take the first, or the last one. */
static int next_piece(struct unpack *u, struct contents *c, const void **ret, size_t *ret_n,
		      la_int64_t *ret_offset)
{
	int r = archive_read_data_block(u->reader, ret, ret_n, ret_offset);

	if (r == ARCHIVE_EOF)
		return 0;
	if (r != ARCHIVE_OK)
		return refuse_reader(u, "read its contents");
	if (*ret_offset < 0 || (uint64_t)*ret_offset > c->size ||
	    *ret_n > c->size - (uint64_t)*ret_offset)
		return layer_refuse(u->layer, -EBADMSG, "contents past the end of the file");
	if ((uint64_t)*ret_offset < c->end)
		return layer_refuse(u->layer, -EBADMSG, "a sparse file with regions out of order");
	c->read += *ret_n;
	c->end = (uint64_t)*ret_offset + *ret_n;
	return 1;
}

static int write_data(void *data, int fd, struct archive_entry *entry, const struct attributes *a,
		      bool simple)
{
	struct unpack *u = data;
	struct layer *l = u->layer;
	uint64_t size = (uint64_t)archive_entry_size(entry);
	struct contents c = {.size = size};
	off_t position = 0;
	la_int64_t offset;
	const void *p = "";
	size_t n = 0;
	int r;

	r = layer_reserve(l, 0, size);
	if (r < 0)
		return r;
	r = size > 0 ? next_piece(u, &c, &p, &n, &offset) : 0;
	if (r >= 0 && n == size && simple) {
		int taken = l->finisher.take(l->finisher.data, fd, a, attr_needs_chown(l, a), p, n);

		if (taken != 0)
			return taken < 0 ? layer_fail(l, taken, "write") : 1;
	}
	while (r > 0) {
		r = write_at(fd, p, n, offset, &position);
		if (r < 0)
			return layer_fail(l, r, "write");
		r = next_piece(u, &c, &p, &n, &offset);
	}
	if (r == 0 && c.read != promised(entry, size))
		return layer_refuse(l, -EBADMSG, "a sparse file without all of its contents");
	if (r == 0 && (uint64_t)position < size && ftruncate(fd, (off_t)size) < 0)
		return layer_fail(l, -errno, "set the size");
	return r;
}

/* ---- entries ---- */

/* A name that is not UTF-8 in a pax header is a warning, and the name is as it was in the archive,
 * which is what a file name is; any other warning is a header that was guessed at. */
static bool is_harmless(struct archive *reader)
{
	const char *why = archive_error_string(reader);

	return why && strstr(why, "can't be converted from UTF-8 to current locale");
}

/* Make nothing any more, and read on to the end. */
static int count_rest(struct unpack *u)
{
	uint64_t others = atomic_load(&u->layer->totals->entries) - u->layer->reserved;

	while (!u->at_end) {
		const void *p;
		size_t n;
		int r = next_chunk(u, &p, &n);

		if (r < 0)
			return r;
		if (others + tarcheck_entries(u->check) > u->layer->totals->max_entries)
			return refuse_entries(u->layer);
	}
	return -EAGAIN;
}

/*
 * Millions of empty files are a few bytes each in the archive, and a second for some thousands to
 * make and remove on a slow disk. If the last ones were so dense that what is left could hold too
 * many, count before going on; honest layers are ten times less dense, and small where they are
 * not.
 */
static int check_density(struct unpack *u)
{
	struct layer *l = u->layer;
	uint64_t total, read = u->input->progress(u->input->data, &total), dense = read - l->read;
	uint64_t left = total - read + BUFFERED_BYTES;

	l->read = read;
	if (dense >= DENSE_ENTRIES * DENSE_BYTES &&
	    left / dense < (l->totals->max_entries - l->totals->entries) / DENSE_ENTRIES)
		return 0;
	return count_rest(u);
}

static int unpack_entry(struct unpack *u, struct archive_entry *entry)
{
	struct layer *l = u->layer;
	int r;

	l->entries++;
	r = tarcheck_mode(u->check, l->entries);
	if (r >= 0)
		archive_entry_set_perm(entry, (mode_t)r);
	r = layer_reserve(l, 1, 0);
	if (r == 0 && !l->counted && u->input->progress && l->entries % DENSE_ENTRIES == 0) {
		r = check_density(u);
		if (r < 0)
			return r;
	}
	if (r == 0)
		r = entry_apply(l, entry, write_data, u);
	if (r < 0 && !u->error)
		add_name(l, archive_entry_pathname(entry));
	return r;
}

static int unpack_entries(struct unpack *u)
{
	struct archive_entry *entry;
	int r;

	for (;;) {
		errno = 0; /* libarchive takes an old ENOMEM for one of its own */
		r = archive_read_next_header(u->reader, &entry);
		if (r == ARCHIVE_EOF)
			return u->error;
		if (r != ARCHIVE_OK && !(r == ARCHIVE_WARN && is_harmless(u->reader)))
			return refuse_reader(u, "not a readable tar archive");
		r = unpack_entry(u, entry);
		if (r < 0)
			return r;
	}
}

static int drain(struct unpack *u)
{
	while (!u->at_end) {
		const void *p;
		size_t n;
		int r = next_chunk(u, &p, &n);

		if (r < 0)
			return r;
	}
	return 0;
}

static void cleanup_reader(struct archive **reader)
{
	(void)archive_read_free(*reader); /* only frees */
}

static int unpack_stream(struct layer *l, const struct layer_input *input)
{
	auto_tarcheck struct tarcheck *check = tarcheck_new(l->limits);
	CLEANUP(cleanup_reader)
	struct archive *reader = archive_read_new();
	struct unpack u = {l, input, check, reader, false, 0};
	int r;

	if (!check || !reader || archive_read_support_format_tar(reader) != ARCHIVE_OK ||
	    archive_read_support_format_empty(reader) != ARCHIVE_OK)
		return layer_fail(l, -ENOMEM, "make a tar reader");
	r = archive_read_open(reader, &u, NULL, read_callback, NULL);
	r = r == ARCHIVE_OK ? unpack_entries(&u) : refuse_reader(&u, "not a tar archive");
	return r < 0 ? r : drain(&u);
}

/* ---- the layer ---- */

static FILE *open_log(int dirfd)
{
	auto_fd int fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w+");

	if (f)
		(void)TAKE_FD(fd);
	return f;
}

static int prepare(struct layer *l)
{
	l->plnk_fd = -1;
	l->parent.fd = -1;
	attr_assume_none(l);
	if (mkdirat(l->dirfd, "fs", 0755) < 0)
		return layer_fail(l, -errno, "make its directory");
	l->root_fd = openat(l->dirfd, "fs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	l->dir_times = open_log(l->dirfd);
	l->late_links = open_log(l->dirfd);
	if (l->root_fd < 0 || !l->dir_times || !l->late_links)
		return layer_fail(l, -errno, "open its directory");
	return 0;
}

static void finish(struct layer *l)
{
	attr_assume_none(l);
	view_leave(l);
	fd_drop(&l->root_fd);
	fd_drop(&l->plnk_fd);
	cleanup_file(&l->dir_times);
	cleanup_file(&l->late_links);
}

static int unpack(struct layer *l, const struct layer_input *input)
{
	int r;

	r = unpack_stream(l, input);
	if (r == 0) {
		r = l->finisher.flush(l->finisher.data);
		r = r < 0 ? layer_fail(l, r, "write") : 0;
	}
	if (r == 0)
		r = entry_replay_links(l);
	if (r == 0 && l->root_opaque)
		r = view_hide_root(l);
	if (r == 0)
		r = attr_replay_times(l);
	if (r == 0 && l->plnk_fd >= 0) {
		r = fs_remove_tree(l->dirfd, "plnk");
		if (r < 0)
			r = layer_fail(l, r, "remove the pool of hard links");
	}
	return r;
}

int layer_unpack(struct layer *l, const struct layer_input *input)
{
	int r;

	l->root_fd = -1;
	r = prepare(l);
	if (r == 0)
		r = unpack(l, input);
	finish(l);
	return r;
}
