/* SPDX-License-Identifier: MIT */
/* A store in a new temporary directory, with images written by hand in the layout of image.h. */
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "image/image.h"
#include "image/names.h"
#include "lib/fs.h"
#include "lib/strv.h"
#include "lib/text.h"

struct fixture {
	char path[64];
	struct store *store;
};

static inline bool fixture_init(struct fixture *f)
{
	(void)strcpy(f->path, "/tmp/nap-test-XXXXXX");
	f->store = NULL;
	return mkdtemp(f->path) && store_open(f->path, &f->store) == 0;
}

static inline void fixture_done(struct fixture *f)
{
	store_close(f->store);
	(void)fs_remove_tree(AT_FDCWD, f->path);
}

/* A file below the store, its directories made. */
static inline bool put(struct fixture *f, const char *path, const char *text)
{
	char parent[512];

	(void)snprintf(parent, sizeof(parent), "%s", path);
	*strrchr(parent, '/') = '\0';
	return fs_mkdirs(f->store->dirfd, parent, 0700) == 0 &&
	       fs_write_file(f->store->dirfd, path, text, strlen(text), 0600) == 0;
}

static inline bool exists(struct fixture *f, const char *path)
{
	return faccessat(f->store->dirfd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* 64 hex digits that begin with the given ones. */
static inline const char *hex(const char *begin)
{
	static char pool[8][65];
	static unsigned next;
	char *s = pool[next++ % 8];

	memset(s, '0', 64);
	memcpy(s, begin, strlen(begin));
	s[64] = '\0';
	return s;
}

static inline void put_layer(struct fixture *f, const char *key)
{
	char path[128], text[256];

	(void)snprintf(path, sizeof(path), "layers/%s/fs/dir/file", hex(key));
	(void)put(f, path, "content");
	(void)snprintf(path, sizeof(path), "layers/%s/layer", hex(key));
	(void)snprintf(text, sizeof(text),
		       "{\"diff_id\":\"sha256:%s\",\"size\":1000,\"entries\":2,\"root\":false,"
		       "\"depends\":false}",
		       hex(key));
	(void)put(f, path, text);
}

/* An image with id hex(id), manifest digest of hex("f" + id), and two layers. */
static inline void put_image(struct fixture *f, const char *id, long loaded, const char *lower,
			     const char *upper)
{
	char path[128], text[512], manifest[16];

	put_layer(f, lower);
	put_layer(f, upper);
	(void)snprintf(manifest, sizeof(manifest), "f%s", id);
	(void)snprintf(path, sizeof(path), "images/%s/image", hex(id));
	(void)snprintf(text, sizeof(text),
		       "{\"layers\":[\"%s\",\"%s\"],\"manifest\":\"sha256:%s\",\"size\":2000,"
		       "\"loaded\":%ld,\"root\":{\"mode\":493,\"uid\":7,\"gid\":8,\"mtime\":-5},"
		       "\"config\":{\"os\":\"linux\",\"Cmd\":[\"sh\"]}}",
		       hex(lower), hex(upper), hex(manifest), loaded);
	(void)put(f, path, text);
	(void)snprintf(path, sizeof(path), "images/%s/config", hex(id));
	(void)put(f, path,
		  "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Cmd\":[\"sh\"]}}");
}
