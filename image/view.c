/* SPDX-License-Identifier: MIT */
/*
 * The view of this layer on top of those below. The usual parent is in the layer itself and found
 * by one openat2(2) that follows no symlink. Otherwise the path is walked component by component:
 * symlinks, of this layer or of lower ones, are expanded as text and start the walk again at the
 * root, so that no lookup of the kernel ever follows one; directories that only lower layers have
 * are made here with the same attributes. Steps are counted: links to links, deep below each other,
 * in one of many layers, could be made to take for ever.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "layer.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/text.h"

#define INSIDE (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)

enum {
	LINKS_MAX = 40, /* as the kernel */
	STEPS_FREE = 200000,
	STEPS_PER_ENTRY = 64,
	IMPLIED_FREE = 16384, /* directories without an entry */
	IMPLIED_PER_ENTRY = 4,
};

bool view_is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

void view_leave(struct layer *l)
{
	fd_drop(&l->parent.fd);
}

/* Account for n system calls of a walk. No honest layer comes near the limit: it has a few for each
 * entry, and only for those that lie behind symlinks. */
static int take_steps(struct layer *l, uint64_t n)
{
	l->steps += n;
	if (l->steps > STEPS_FREE + STEPS_PER_ENTRY * l->entries)
		return layer_refuse(l, -EFBIG, "paths and symlinks too entangled to follow");
	return 0;
}

/* ---- paths ---- */

int path_clean(const char *name, const struct load_limits *limits, char out[static PATH_MAX])
{
	size_t n = 0;
	uint64_t depth = 0;

	for (const char *s = name; *s;) {
		size_t len = strcspn(s, "/");

		if (len == 2 && s[0] == '.' && s[1] == '.')
			return -EINVAL;
		if (len > 0 && !(len == 1 && *s == '.')) {
			if (n + len + 2 > PATH_MAX || n + len + 1 > limits->path_bytes ||
			    ++depth > limits->path_depth || len > NAME_MAX)
				return -ENAMETOOLONG;
			if (n > 0)
				out[n++] = '/';
			memcpy(out + n, s, len);
			n += len;
		}
		s += len;
		s += strspn(s, "/");
	}
	out[n] = '\0';
	return 0;
}

const char *path_split(const char *path, char parent[static PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	memcpy(parent, path, n);
	parent[n] = '\0';
	return slash ? slash + 1 : path;
}

/* ---- opaque directories ---- */

static bool is_opaque(int fd)
{
	char value[2];

	return fgetxattr(fd, "trusted.overlay.opaque", value, sizeof(value)) == 1 && *value == 'y';
}

bool view_is_opaque(int dirfd, const char *name)
{
	auto_fd int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && is_opaque(fd);
}

/* What an opaque directory hides needs no whiteouts; overlayfs would show them. */
static int remove_whiteouts(int fd)
{
	auto_dir DIR *d = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *e;

	if (!d)
		return -errno;
	while ((errno = 0, e = readdir(d))) {
		struct stat st;

		if (e->d_type == DT_CHR && fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    view_is_whiteout(&st) && unlinkat(fd, e->d_name, 0) < 0)
			return -errno;
	}
	return -errno;
}

int view_mark_opaque(struct layer *l, int dirfd, const char *name)
{
	/* both spellings, so that the store serves mounts with and without userxattr; the second
	 * one is not for every file system (tmpfs before Linux 6.6) */
	static const char *const names[] = {"trusted.overlay.opaque", "user.overlay.opaque"};
	auto_fd int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (fd < 0)
		return layer_fail(l, -errno, "open a directory to be opaque");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (fsetxattr(fd, names[i], "y", 1, 0) < 0 && !(i > 0 && errno == ENOTSUP))
			return layer_fail(l, -errno, "set %s", names[i]);
	r = remove_whiteouts(fd);
	return r < 0 ? layer_fail(l, r, "remove whiteouts") : 0;
}

/* ---- the layers below ---- */

/* Is a directory on the way to path, as far as this layer has them, opaque? 1 or 0. */
static int is_hidden(struct layer *l, int layer_fd, const char *path)
{
	auto_fd int at = -1;

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(path, '/')) {
		char name[NAME_MAX + 1];
		int fd, r = take_steps(l, 1);

		if (r < 0)
			return r;
		if ((size_t)(slash - path) >= sizeof(name))
			return 0;
		memcpy(name, path, (size_t)(slash - path));
		name[slash - path] = '\0';
		fd = openat(at < 0 ? layer_fd : at, name,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return 0;
		fd_drop(&at);
		at = fd;
		if (is_opaque(at))
			return 1;
		path = slash + 1;
	}
	return 0;
}

/* Files are opened for reading; nobody changes a finished layer, so it is the same file. */
static int reopen(int layer, const char *real, int *fd)
{
	int r = fs_openat2(layer, real, O_RDONLY | O_NOFOLLOW, 0, INSIDE);

	if (r < 0)
		return r;
	fd_drop(fd);
	*fd = r;
	return 0;
}

/*
 * From the top: the first layer that has the whole path decides; so does one that hides what is
 * below it, by a whiteout or anything else that is no directory on the way (ENOTDIR, ELOOP), or by
 * an opaque directory.
 */
static int find_below(struct layer *l, const char *real, int *ret_fd, struct stat *ret_st)
{
	for (size_t i = l->below.n; i-- > 0;) {
		auto_fd int layer = l->below.open(l->below.data, i);
		auto_fd int fd = -1;
		int r = take_steps(l, 1);
		struct stat st;

		if (layer < 0 || r < 0)
			return layer < 0 ? layer : r;
		fd = fs_openat2(layer, real, O_PATH | O_NOFOLLOW, 0, INSIDE);
		if (fd == -ENOTDIR || fd == -ELOOP)
			return -ENOENT;
		if (fd == -ENOENT) {
			r = is_hidden(l, layer, real);
			if (r != 0)
				return r < 0 ? r : -ENOENT;
			continue;
		}
		if (fd < 0 || fstat(fd, &st) < 0)
			return fd < 0 ? fd : -errno;
		if (view_is_whiteout(&st))
			return -ENOENT;
		r = S_ISREG(st.st_mode) ? reopen(layer, real, &fd) : 0;
		if (r < 0)
			return r;
		*ret_fd = TAKE_FD(fd);
		*ret_st = st;
		return 0;
	}
	return -ENOENT;
}

/* The same without a look at what this layer hides itself. */
static int look_below(struct layer *l, const char *real, int *ret_fd, struct stat *ret_st)
{
	int r;

	l->depends = true;
	r = l->below.n > 0 ? l->below.wait(l->below.data) : 0;
	attr_assume_none(l); /* other layers may have been unpacked meanwhile, here */
	return r < 0 ? r : find_below(l, real, ret_fd, ret_st);
}

int view_find_below(struct layer *l, const char *real, int *ret_fd, struct stat *ret_st)
{
	int r = is_hidden(l, l->root_fd, real);

	if (r != 0)
		return r < 0 ? r : -ENOENT;
	return look_below(l, real, ret_fd, ret_st);
}

static int hide(struct layer *l, const char *name)
{
	int r = layer_reserve(l, 1, 0);

	if (r == 0 && mknodat(l->root_fd, name, S_IFCHR, makedev(0, 0)) < 0)
		r = layer_fail(l, -errno, "make a whiteout");
	return r;
}

int view_hide_root(struct layer *l)
{
	l->depends = true;
	if (l->below.n == 0)
		return 0;
	if (l->below.wait(l->below.data) < 0)
		return -ECANCELED;
	attr_assume_none(l);
	for (size_t i = 0; i < l->below.n; i++) {
		auto_fd int layer = l->below.open(l->below.data, i);
		auto_dir DIR *d = NULL;
		struct dirent *e;

		d = layer < 0 ? NULL
			      : fdopendir(openat(layer, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		if (!d)
			return layer_fail(l, -errno, "read the root of a lower layer");
		while ((e = readdir(d))) {
			struct stat st;
			int r = take_steps(l, 1);

			if (r < 0)
				return r;
			if (streq(e->d_name, ".") || streq(e->d_name, ".."))
				continue;
			if (fstatat(l->root_fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
				r = hide(l, e->d_name);
			else if (S_ISDIR(st.st_mode))
				r = view_mark_opaque(l, l->root_fd, e->d_name);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* ---- walking ---- */

struct walk {
	struct layer *l;
	const struct timespec *mtime; /* of the entry, for directories nobody describes */
	int fd;			      /* where we are, in this layer */
	char real[PATH_MAX];	      /* the way here */
	char todo[PATH_MAX];	      /* what is left, which may begin with slashes */
	unsigned links;
	bool own_link;			      /* one of them is of this layer */
	enum { UNKNOWN, SHOWS, ALONE } below; /* does anything of lower layers show here? */
};

/* Go to a directory of this layer. */
static int jump(struct walk *w, const char *real)
{
	int fd = fs_openat2(w->l->root_fd, *real ? real : ".", O_PATH | O_DIRECTORY, 0, INSIDE);

	if (fd < 0)
		return fd;
	fd_drop(&w->fd);
	w->fd = fd;
	w->below = UNKNOWN;
	memmove(w->real, real, strlen(real) + 1);
	return 0;
}

/* Start again at the root with head/target/tail to go. */
static int restart(struct walk *w, const char *head, const char *target, const char *tail)
{
	char todo[PATH_MAX];
	int n = snprintf(todo, sizeof(todo), "%s/%s/%s", *target == '/' ? "" : head, target, tail);

	if (n < 0 || (size_t)n >= sizeof(todo))
		return -ENAMETOOLONG;
	memcpy(w->todo, todo, (size_t)n + 1);
	return jump(w, "");
}

static int follow(struct walk *w, int dirfd, const char *name, const char *tail)
{
	auto_free char *target = NULL;
	int r = fs_readlink(dirfd, name, &target);

	if (r < 0)
		return r;
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	return restart(w, w->real, target, tail);
}

static int descend(struct walk *w, const char *name, const char *real)
{
	int fd = openat(w->fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	fd_drop(&w->fd);
	w->fd = fd;
	memmove(w->real, real, strlen(real) + 1);
	if (w->below == SHOWS && view_is_opaque(fd, "."))
		w->below = ALONE;
	return 0;
}

static int make_dir(struct walk *w, const char *name, const char *real, const struct attributes *a,
		    int like_fd)
{
	struct stat parent;
	int r = layer_reserve(w->l, 1, 0);

	if (r < 0)
		return r;
	if (++w->l->implied > IMPLIED_FREE + IMPLIED_PER_ENTRY * w->l->entries)
		return layer_refuse(w->l, -EFBIG, "far more directories than entries");
	if (mkdirat(w->fd, name, a->mode & 01777) < 0 || fstat(w->fd, &parent) < 0)
		return layer_fail(w->l, -errno, "make the directory \"%s\"", real);
	w->l->parent.setgid = parent.st_mode & S_ISGID;
	if (like_fd >= 0) {
		auto_fd int from = openat(like_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		auto_fd int to = openat(w->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		r = from < 0 || to < 0 ? -errno : attr_copy_xattrs(from, to);

		if (r < 0)
			return layer_fail(w->l, r, "copy the attributes of \"%s\"", real);
	}
	return attr_set_dir(w->l, w->fd, name, real, a, NULL, true);
}

/* What the layers below show at real, which this layer does not have. Where they have nothing, they
 * have nothing beneath either: a long path that is new is not looked for at each of its steps. */
static int find_name(struct walk *w, const char *real, int *ret_fd, struct stat *ret_st)
{
	int r = w->below == UNKNOWN ? is_hidden(w->l, w->l->root_fd, real) : 0;

	if (r < 0)
		return r;
	if (w->below == UNKNOWN)
		w->below = r ? ALONE : SHOWS;
	return w->below == ALONE ? -ENOENT : look_below(w->l, real, ret_fd, ret_st);
}

/* The directory name has no entry here: it is what the layers below say, else it is new. */
static int take_from_below(struct walk *w, const char *name, const char *real, const char *tail)
{
	struct attributes a = {.mode = 0755, .mtime = *w->mtime};
	auto_fd int fd = -1;
	struct stat st;
	int r = find_name(w, real, &fd, &st);

	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0 && S_ISLNK(st.st_mode))
		return follow(w, fd, "", tail);
	if (r == 0 && S_ISDIR(st.st_mode)) {
		a = (struct attributes){st.st_mode & 07777, st.st_uid, st.st_gid, st.st_mtim};
	} else {
		fd_drop(&fd);
		w->below = ALONE;
	}
	r = make_dir(w, name, real, &a, fd);
	return r < 0 ? r : descend(w, name, real);
}

/* What is in the way is replaced by a directory that hides whatever lower layers have there. */
static int replace_by_dir(struct walk *w, const char *name, const char *real)
{
	const struct attributes a = {.mode = 0755, .mtime = *w->mtime};
	int r;

	if (unlinkat(w->fd, name, 0) < 0)
		return layer_fail(w->l, -errno, "replace \"%s\"", real);
	r = make_dir(w, name, real, &a, -1);
	if (r == 0)
		r = view_mark_opaque(w->l, w->fd, name);
	w->below = ALONE;
	return r < 0 ? r : descend(w, name, real);
}

static int step(struct walk *w)
{
	char *name = w->todo + strspn(w->todo, "/");
	size_t len = strcspn(name, "/");
	char *tail = name + len;
	char component[NAME_MAX + 1], real[PATH_MAX], up[PATH_MAX];
	struct stat st;
	int n, r = take_steps(w->l, 1);

	if (r < 0 || len > NAME_MAX)
		return r < 0 ? r : -ENAMETOOLONG;
	memcpy(component, name, len);
	component[len] = '\0';
	if (len == 0 || streq(component, ".")) {
		memmove(w->todo, tail, strlen(tail) + 1);
		return 0;
	}
	if (streq(component, "..")) {
		(void)path_split(w->real, up); /* only the part before is of interest */
		memmove(w->todo, tail, strlen(tail) + 1);
		r = take_steps(w->l, strlen(up) / 64); /* long ones take the kernel longer */
		return r < 0 ? r : jump(w, up);
	}
	n = snprintf(real, sizeof(real), "%s%s%s", w->real, *w->real ? "/" : "", component);
	if (n < 0 || (size_t)n >= sizeof(real))
		return -ENAMETOOLONG;
	if (fstatat(w->fd, component, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		memmove(w->todo, tail, strlen(tail) + 1);
		if (errno != ENOENT)
			return -errno;
		return take_from_below(w, component, real, w->todo);
	}
	memmove(w->todo, tail, strlen(tail) + 1);
	if (S_ISLNK(st.st_mode)) {
		w->own_link = true;
		return follow(w, w->fd, component, w->todo);
	}
	return S_ISDIR(st.st_mode) ? descend(w, component, real)
				   : replace_by_dir(w, component, real);
}

static int walk_path(struct layer *l, const char *path, const struct timespec *mtime)
{
	auto_free struct walk *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->l = l;
	w->mtime = mtime;
	w->fd = -1;
	r = restart(w, "", path, "");
	while (r == 0 && w->todo[strspn(w->todo, "/")])
		r = step(w);
	if (r < 0) {
		fd_drop(&w->fd);
		return r;
	}
	l->parent.fd = w->fd;
	l->parent.by_own_link = w->own_link;
	memcpy(l->parent.real, w->real, sizeof(w->real));
	return 0;
}

int view_enter(struct layer *l, const char *path, const struct timespec *mtime)
{
	struct stat st;
	int r;

	if (l->parent.fd >= 0 && !l->parent.stale && streq(l->parent.path, path))
		return 0;
	view_leave(l);
	r = fs_openat2(l->root_fd, *path ? path : ".", O_PATH | O_DIRECTORY, 0, INSIDE);
	if (r >= 0) {
		l->parent.fd = r;
		l->parent.by_own_link = false;
		memcpy(l->parent.real, path, strlen(path) + 1);
	} else if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP) {
		r = walk_path(l, path, mtime);
		if (r < 0)
			return *l->why ? r : layer_fail(l, r, "reach \"%s\"", path);
	} else {
		return layer_fail(l, r, "open \"%s\"", path);
	}
	if (fstat(l->parent.fd, &st) < 0)
		return layer_fail(l, -errno, "stat \"%s\"", path);
	l->parent.setgid = st.st_mode & S_ISGID;
	l->parent.stale = false;
	memcpy(l->parent.path, path, strlen(path) + 1);
	return 0;
}
