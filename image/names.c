/* SPDX-License-Identifier: MIT */
/*
 * The tree of names. A name holds a colon and the directories above it do not, but for the registry
 * at the top, which is always a directory: so names and directories never get in each other's way.
 */
#include "names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/text.h"
#include "ref.h"

#define NAMES "names/"

/* "names/" and a normalised name, which ref_normalize has bounded */
struct name_path {
	char text[400];
};

static struct name_path path_of(const char *normalized)
{
	struct name_path p;

	(void)snprintf(p.text, sizeof(p.text), NAMES "%s", normalized);
	return p;
}

static int read_id(int dirfd, const char *path, char ret_id[static 65])
{
	char target[80];
	ssize_t n = readlinkat(dirfd, path, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (!hex64_is_valid(target))
		return -ENOENT;
	memcpy(ret_id, target, 65);
	return 0;
}

int name_read(const struct store *store, const char *normalized, char ret_id[static 65])
{
	return read_id(store->dirfd, path_of(normalized).text, ret_id);
}

/* Up to the first that is not empty. A directory says nothing by itself, so errors do not matter.
 */
static void remove_empty_parents(const struct store *store, struct name_path path)
{
	for (;;) {
		*strrchr(path.text, '/') = '\0';
		if (!strchr(path.text, '/') || unlinkat(store->dirfd, path.text, AT_REMOVEDIR) < 0)
			return;
	}
}

/* The temporary name is one for all: the lock is held. One that a crash left is in the way. */
static int replace_link(const struct store *store, const struct name_path *path, const char *id)
{
	static const char temporary[] = "tmp/name";
	int r;

	if ((unlinkat(store->dirfd, temporary, 0) < 0 && errno != ENOENT) ||
	    symlinkat(id, store->dirfd, temporary) < 0)
		return -errno;
	if (renameat(store->dirfd, temporary, store->dirfd, path->text) == 0)
		return 0;
	r = -errno;
	(void)unlinkat(store->dirfd, temporary, 0); /* the first error counts */
	return r;
}

int name_point(const struct store *store, const char *normalized, const char *id)
{
	struct name_path path = path_of(normalized);
	char *slash = strrchr(path.text, '/');
	int r;

	*slash = '\0';
	r = fs_mkdirs(store->dirfd, path.text, 0700);
	*slash = '/';
	if (r == 0)
		r = replace_link(store, &path, id);
	if (r == 0)
		return 0;
	remove_empty_parents(store, path);
	return log_fail(r, "name %s", normalized);
}

int name_sync(const struct store *store, const char *normalized)
{
	struct name_path parent = path_of(normalized);
	auto_fd int fd = -1;

	*strrchr(parent.text, '/') = '\0';
	fd = openat(store->dirfd, parent.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0; /* removed again meanwhile */
	return fd < 0 || fsync(fd) < 0 ? log_fail(-errno, "sync the name %s", normalized) : 0;
}

int name_remove(const struct store *store, const char *normalized)
{
	struct name_path path = path_of(normalized);

	if (unlinkat(store->dirfd, path.text, 0) < 0 && errno != ENOENT)
		return log_fail(-errno, "remove the name %s", normalized);
	remove_empty_parents(store, path);
	return 0;
}

struct walk {
	name_visitor visit;
	void *data;
	bool tidy; /* remove what is no name, and empty directories */
};

static DIR *open_names(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d && fd >= 0)
		(void)close(fd); /* errno of fdopendir is what the caller returns */
	return d;
}

static int walk_level(const struct walk *w, DIR *dir, const char *prefix);

static int walk_entry(const struct walk *w, int fd, const char *prefix, const char *entry)
{
	char name[400], id[65];
	int r;

	if ((size_t)snprintf(name, sizeof(name), "%s%s", prefix, entry) >= sizeof(name) - 1)
		return 0; /* nothing that ref_normalize made */
	r = read_id(fd, entry, id);
	if (r == 0)
		return w->visit(w->data, name, id);
	if (r == -EINVAL) {
		auto_dir DIR *sub = open_names(fd, entry);

		if (!sub)
			return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
		(void)strcat(name, "/");
		r = walk_level(w, sub, name);
		if (r == 0 && w->tidy)
			(void)unlinkat(fd, entry, AT_REMOVEDIR); /* unless it has names */
		return r;
	}
	return r == -ENOENT ? 0 : r; /* gone meanwhile, or no id */
}

static int walk_level(const struct walk *w, DIR *dir, const char *prefix)
{
	for (;;) {
		struct dirent *e;
		int r;

		errno = 0;
		e = readdir(dir);
		if (!e)
			return -errno;
		if (*e->d_name == '.')
			continue;
		r = walk_entry(w, dirfd(dir), prefix, e->d_name);
		if (r < 0)
			return r;
	}
}

static int walk(const struct store *store, const struct walk *w)
{
	auto_dir DIR *top = open_names(store->dirfd, NAMES);

	if (!top)
		return -errno;
	return walk_level(w, top, "");
}

int names_walk(const struct store *store, name_visitor visit, void *data)
{
	struct walk w = {.visit = visit, .data = data};

	return walk(store, &w);
}

static int remove_dangling(void *data, const char *normalized, const char *id)
{
	const struct store *store = data;
	char path[80];

	(void)snprintf(path, sizeof(path), "images/%s", id);
	if (faccessat(store->dirfd, path, F_OK, 0) == 0 || errno != ENOENT)
		return 0;
	if (unlinkat(store->dirfd, path_of(normalized).text, 0) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

int names_sweep(const struct store *store)
{
	struct walk w = {.visit = remove_dangling, .data = (void *)store, .tidy = true};
	int r = walk(store, &w);

	return r < 0 ? log_fail(r, "tidy the names of %s", store->path) : 0;
}
