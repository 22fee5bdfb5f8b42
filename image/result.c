/* SPDX-License-Identifier: MIT */
/*
 * The lines: "layer INDEX KEY", "needed KEY", "image INDEX ID", and "name NAME" for the image
 * before it. Read with suspicion: by the time of the reading the writer, and all its threads, are
 * gone.
 */
#include "result.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "image.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "ref.h"

#define FILE_NAME "result"

enum {
	BYTES_MAX = 8 << 20,
	THINGS_MAX = 1 << 20, /* the largest index */
};

void result_done(struct result *r)
{
	for (size_t i = 0; i < r->n_images; i++)
		strv_free(r->images[i].names);
	free(r->layers);
	free(r->images);
	strv_free(r->needed);
	*r = (struct result){0};
}

static int append(struct staged **list, size_t *n, size_t index, const char *key)
{
	if ((*n & (*n - 1)) == 0) {
		struct staged *grown = reallocarray(*list, *n ? 2 * *n : 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		*list = grown;
	}
	(*list)[*n] = (struct staged){.index = index};
	(void)snprintf((*list)[*n].key, sizeof((*list)[*n].key), "%s", key);
	(*n)++;
	return 0;
}

int result_add_layer(struct result *r, size_t index, const char *key)
{
	return append(&r->layers, &r->n_layers, index, key);
}

int result_add_image(struct result *r, size_t index, const char *id)
{
	return append(&r->images, &r->n_images, index, id);
}

int result_write(const struct result *r, int staging_fd)
{
	auto_buf b = {0};

	for (size_t i = 0; i < r->n_layers; i++)
		buf_fmt(&b, "layer %zu %s\n", r->layers[i].index, r->layers[i].key);
	STRV_FOREACH (key, r->needed)
		buf_fmt(&b, "needed %s\n", *key);
	for (size_t i = 0; i < r->n_images; i++) {
		buf_fmt(&b, "image %zu %s\n", r->images[i].index, r->images[i].key);
		STRV_FOREACH (name, r->images[i].names)
			buf_fmt(&b, "name %s\n", *name);
	}
	if (b.error)
		return b.error;
	return b.len > BYTES_MAX ? -EFBIG
				 : fs_write_file(staging_fd, FILE_NAME, b.data, b.len, 0600);
}

/* ---- reading ---- */

static bool is(int dirfd, const char *path, mode_t type)
{
	struct stat st;

	return fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && (st.st_mode & S_IFMT) == type;
}

/* What is moved into the store is what others will open there, without a further look. */
static bool is_layer(int dirfd, size_t index)
{
	char path[32], fs[40], record[40];

	(void)snprintf(path, sizeof(path), "%zu", index);
	(void)snprintf(fs, sizeof(fs), "%s/fs", path);
	(void)snprintf(record, sizeof(record), "%s/layer", path);
	return is(dirfd, path, S_IFDIR) && is(dirfd, fs, S_IFDIR) && is(dirfd, record, S_IFREG);
}

static bool is_image(int dirfd, size_t index)
{
	char path[32], config[48], record[48], manifest[48];

	(void)snprintf(path, sizeof(path), "image-%zu", index);
	(void)snprintf(config, sizeof(config), "%s/config", path);
	(void)snprintf(record, sizeof(record), "%s/image", path);
	(void)snprintf(manifest, sizeof(manifest), "%s/manifest", path);
	return is(dirfd, path, S_IFDIR) && is(dirfd, config, S_IFREG) &&
	       is(dirfd, record, S_IFREG) &&
	       (is(dirfd, manifest, S_IFREG) ||
		(faccessat(dirfd, manifest, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT));
}

/* "INDEX KEY" */
static int parse_staged(char *text, size_t *ret_index, const char **ret_key)
{
	char *blank = strchr(text, ' ');
	uint64_t index;

	if (!blank || !hex64_is_valid(blank + 1))
		return -EBADMSG;
	*blank = '\0';
	if (parse_u64(text, 0, THINGS_MAX, &index) < 0)
		return -EBADMSG;
	*ret_index = (size_t)index;
	*ret_key = blank + 1;
	return 0;
}

/* A name in its one spelling; anything else could be a path. */
static int add_name(struct result *r, const char *name)
{
	auto_free char *normalized = NULL;

	if (r->n_images == 0 || ref_normalize(name, &normalized) < 0 || !streq(name, normalized))
		return -EBADMSG;
	return strv_add(&r->images[r->n_images - 1].names, name);
}

static int parse_line(struct result *r, int staging_fd, char *line)
{
	const char *needed = startswith(line, "needed "), *name = startswith(line, "name "), *key;
	const char *layer = startswith(line, "layer "), *image = startswith(line, "image ");
	size_t index;

	if (needed)
		return hex64_is_valid(needed) ? strv_add(&r->needed, needed) : -EBADMSG;
	if (name)
		return add_name(r, name);
	if (!(layer || image) || parse_staged(line + strlen("layer "), &index, &key) < 0)
		return -EBADMSG;
	if (layer)
		return is_layer(staging_fd, index) ? result_add_layer(r, index, key) : -EBADMSG;
	return is_image(staging_fd, index) ? result_add_image(r, index, key) : -EBADMSG;
}

static int parse(struct result *r, int staging_fd, char *text, size_t len)
{
	char *end = text + len;
	int e = memchr(text, '\0', len) ? -EBADMSG : 0;

	while (e == 0 && text < end) {
		char *newline = strchr(text, '\n');

		if (!newline)
			return -EBADMSG;
		*newline = '\0';
		e = parse_line(r, staging_fd, text);
		text = newline + 1;
	}
	return e == 0 && r->n_images == 0 ? -EBADMSG : e;
}

int result_read(int staging_fd, struct result *ret)
{
	auto_fd int fd = openat(staging_fd, FILE_NAME,
				O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	CLEANUP(result_done)
	struct result result = {0};
	auto_free char *text = NULL;
	struct stat st;
	size_t len;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	r = S_ISREG(st.st_mode) ? fs_read_fd(fd, BYTES_MAX, &text, &len) : -EBADMSG;
	if (r == 0)
		r = parse(&result, staging_fd, text, len);
	if (r < 0)
		return r;
	*ret = result;
	result = (struct result){0};
	return 0;
}
