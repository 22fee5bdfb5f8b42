/* SPDX-License-Identifier: MIT */
/*
 * One entry of a layer. Everything is made by name in a directory that is open already, with calls
 * that do not follow symlinks; making comes first and only if something is in the way is it looked
 * at and removed. Whiteouts (OCI image-spec, layer.md, "Whiteouts") become overlayfs' own.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "layer.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/text.h"

#define WHITEOUT ".wh."
#define WHITEOUT_META ".wh..wh."
#define OPAQUE ".wh..wh..opq"
#define PLNK ".wh..wh.plnk"

struct item {
	struct archive_entry *entry;
	mode_t type; /* S_IFMT bits; 0: a hard link */
	struct attributes attributes;
	char path[PATH_MAX]; /* clean */
	char parent[PATH_MAX];
	const char *name; /* within path: the last component */
	layer_writer write_data;
	void *data;
};

/* ---- making room ---- */

/*
 * Something stands where an entry is to be made: remove it, what is below it too. *ret_opaque: it
 * hid the layers below, so a directory in its place must go on doing so.
 */
static int make_room(struct layer *l, int dirfd, const char *name, bool *ret_opaque)
{
	struct stat st;
	int r;

	*ret_opaque = false;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return layer_fail(l, -errno, "stat");
	if (S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode))
		l->parent.stale = true;
	*ret_opaque = !S_ISDIR(st.st_mode);
	r = fs_remove_tree(dirfd, name);
	return r < 0 ? layer_fail(l, r, "replace") : 0;
}

/* Is there something, or did the call fail? 1: there was, and it is gone now. */
static int cleared(struct layer *l, const char *name, const char *what)
{
	bool opaque;
	int r;

	if (errno != EEXIST)
		return layer_fail(l, -errno, "%s", what);
	r = make_room(l, l->parent.fd, name, &opaque);
	return r < 0 ? r : 1;
}

/* ---- kinds of entries ---- */

static int make_file(struct layer *l, const struct item *e)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	const mode_t mode = e->attributes.mode & 0777;
	auto_fd int fd = openat(l->parent.fd, e->name, flags, mode);
	bool simple;
	int r;

	if (fd < 0) {
		r = cleared(l, e->name, "create");
		if (r < 0)
			return r;
		fd = openat(l->parent.fd, e->name, flags, mode);
		if (fd < 0)
			return layer_fail(l, -errno, "create");
	}
	simple = archive_entry_xattr_count(e->entry) == 0;
	r = e->write_data(e->data, fd, e->entry, &e->attributes, simple);
	if (r > 0)
		(void)TAKE_FD(fd); /* somebody else finishes the file */
	if (r != 0)
		return r < 0 ? r : 0;
	return attr_set_file(l, fd, &e->attributes, e->entry);
}

static int make_symlink(struct layer *l, const struct item *e)
{
	const char *target = archive_entry_symlink(e->entry);
	int r;

	if (!target || !*target)
		return layer_refuse(l, -EBADMSG, "a symlink without a target");
	if (symlinkat(target, l->parent.fd, e->name) < 0) {
		r = cleared(l, e->name, "make a symlink");
		if (r < 0)
			return r;
		if (symlinkat(target, l->parent.fd, e->name) < 0)
			return layer_fail(l, -errno, "make a symlink");
	}
	return attr_set_node(l, l->parent.fd, e->name, S_IFLNK, &e->attributes);
}

static int make_node(struct layer *l, const struct item *e)
{
	const mode_t mode = e->type | (e->attributes.mode & 0777);
	bool device = e->type != S_IFIFO;
	dev_t dev = device ? makedev((unsigned)archive_entry_rdevmajor(e->entry),
				     (unsigned)archive_entry_rdevminor(e->entry))
			   : 0;
	int r;

	if (device && dev == makedev(0, 0))
		return layer_refuse(l, -EBADMSG, "a device 0:0, which is a whiteout");
	if (mknodat(l->parent.fd, e->name, mode, dev) < 0) {
		r = cleared(l, e->name, "make a special file");
		if (r < 0)
			return r;
		if (mknodat(l->parent.fd, e->name, mode, dev) < 0)
			return layer_fail(l, -errno, "make a special file");
	}
	return attr_set_node(l, l->parent.fd, e->name, e->type, &e->attributes);
}

/* The path of e without symlinks: what its time is noted under. */
static int real_path(struct layer *l, const struct item *e, char out[static PATH_MAX])
{
	int n = snprintf(out, PATH_MAX, "%s%s%s", l->parent.real, *l->parent.real ? "/" : "",
			 e->name);

	return n < 0 || n >= PATH_MAX ? layer_fail(l, -ENAMETOOLONG, "make a directory") : 0;
}

/* Directories merge; one in the place of anything else is made anew. */
static int make_dir(struct layer *l, const struct item *e)
{
	const mode_t mode = e->attributes.mode & 01777;
	bool made = true, opaque = false;
	char real[PATH_MAX];
	struct stat st;
	int r;

	r = real_path(l, e, real);
	if (r < 0)
		return r;
	if (mkdirat(l->parent.fd, e->name, mode) < 0) {
		if (errno != EEXIST || fstatat(l->parent.fd, e->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return layer_fail(l, -errno, "make a directory");
		made = !S_ISDIR(st.st_mode);
		r = made ? make_room(l, l->parent.fd, e->name, &opaque) : 0;
		if (r == 0 && made && mkdirat(l->parent.fd, e->name, mode) < 0)
			r = layer_fail(l, -errno, "make a directory");
		if (r < 0)
			return r;
	}
	r = opaque ? view_mark_opaque(l, l->parent.fd, e->name) : 0;
	if (r == 0)
		r = attr_set_dir(l, l->parent.fd, e->name, real, &e->attributes, e->entry, made);
	return r;
}

/* The root directory of the image: of this layer if it is the topmost one that has it. */
static int set_root(struct layer *l, const struct item *e)
{
	if (e->type != S_IFDIR)
		return layer_refuse(l, -EBADMSG, "the root of the image is no directory");
	l->has_root = true;
	return attr_set_dir(l, l->root_fd, ".", "", &e->attributes, e->entry, false);
}

/* ---- hard links ---- */

/* Bring what a lower layer has at l->parent/name (real) into this one. */
static int copy_up_file(struct layer *l, int from, const struct stat *st, const char *name,
			const struct attributes *a)
{
	auto_fd int to = -1;
	int r;

	to = openat(l->parent.fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    a->mode & 0777);
	if (to < 0)
		return layer_fail(l, -errno, "copy a file of a lower layer");
	for (off_t left = st->st_size; left > 0;) {
		ssize_t n = copy_file_range(from, NULL, to, NULL, (size_t)left, 0);

		if (n <= 0)
			return layer_fail(l, n < 0 ? -errno : -EIO, "copy a file of a lower layer");
		left -= n;
	}
	r = attr_set_file(l, to, a, NULL);
	if (r == 0)
		r = attr_copy_xattrs(from, to);
	return r < 0 && !*l->why ? layer_fail(l, r, "copy attributes") : r;
}

static int copy_up(struct layer *l, int fd, const struct stat *st, const char *name)
{
	const struct attributes a = {st->st_mode & 07777, st->st_uid, st->st_gid, st->st_mtim};
	auto_free char *target = NULL;
	int r;

	r = layer_reserve(l, 1, S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0);
	if (r < 0)
		return r;
	if (S_ISREG(st->st_mode))
		return copy_up_file(l, fd, st, name, &a);
	if (S_ISLNK(st->st_mode)) {
		r = fs_readlink(fd, "", &target);
		if (r == 0 && symlinkat(target, l->parent.fd, name) < 0)
			r = -errno;
	} else {
		r = mknodat(l->parent.fd, name, st->st_mode & (S_IFMT | 0777), st->st_rdev) < 0
			    ? -errno
			    : 0;
	}
	if (r < 0)
		return layer_fail(l, r, "copy \"%s\" of a lower layer", name);
	return attr_set_node(l, l->parent.fd, name, st->st_mode & S_IFMT, &a);
}

/*
 * Find the target of a hard link in this layer, copying it up if only a lower one has it. *ret_fd:
 * an O_PATH descriptor of it. -ENOENT, silently, when there is none. Whoever packs a tree names the
 * target by its own path; a symlink on the way may only be a lower layer's (bin/b is bin/a, for a
 * package unpacked onto a merged /usr).
 */
static int find_target(struct layer *l, const char *target, const struct timespec *mtime,
		       int *ret_fd)
{
	char parent[PATH_MAX], real[PATH_MAX];
	const char *name = path_split(target, parent);
	const char *pooled = startswith(target, PLNK "/");
	auto_fd int below = -1;
	struct stat st;
	int fd, r;

	if (pooled) {
		fd = openat(l->plnk_fd, pooled, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		*ret_fd = fd;
		return fd < 0 ? -errno : 0;
	}
	r = view_enter(l, parent, mtime);
	if (r < 0)
		return r;
	if (l->parent.by_own_link)
		return layer_refuse(l, -EBADMSG, "a hard link to \"%s\", through a symlink",
				    target);
	fd = openat(l->parent.fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		int n = snprintf(real, sizeof(real), "%s%s%s", l->parent.real,
				 *l->parent.real ? "/" : "", name);

		if (n < 0 || n >= PATH_MAX)
			return -ENOENT;
		r = view_find_below(l, real, &below, &st);
		if (r == 0 && S_ISDIR(st.st_mode))
			r = -EPERM;
		if (r == 0)
			r = copy_up(l, below, &st, name);
		if (r < 0)
			return r;
		fd = openat(l->parent.fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	if (fstat(fd, &st) == 0 && view_is_whiteout(&st)) {
		fd_drop(ret_fd);
		return -ENOENT;
	}
	return 0;
}

/* Link target to l->parent/name, by its descriptor, so that no name can be followed. This takes
 * CAP_DAC_READ_SEARCH, but no /proc. */
static int link_fd(struct layer *l, int target_fd, const char *name)
{
	return linkat(target_fd, "", l->parent.fd, name, AT_EMPTY_PATH);
}

static int link_to(struct layer *l, int target_fd, const char *name)
{
	struct stat old, target;
	bool opaque;
	int r;

	if (link_fd(l, target_fd, name) == 0)
		return 0;
	if (errno != EEXIST)
		return layer_fail(l, -errno, "make a hard link");
	if (fstatat(l->parent.fd, name, &old, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fstat(target_fd, &target) < 0)
		return layer_fail(l, -errno, "stat");
	if (old.st_ino == target.st_ino && old.st_dev == target.st_dev)
		return 0;
	r = make_room(l, l->parent.fd, name, &opaque);
	if (r < 0)
		return r;
	return link_fd(l, target_fd, name) < 0 ? layer_fail(l, -errno, "make a hard link") : 0;
}

struct late_link {
	struct timespec mtime;
	size_t path_len, target_len;
};

/* The target may come later in the layer: try again at the end. */
static int defer_link(struct layer *l, const struct item *e, const char *target)
{
	struct late_link record = {e->attributes.mtime, strlen(e->path), strlen(target)};

	if (fwrite(&record, sizeof(record), 1, l->late_links) != 1 ||
	    fwrite(e->path, 1, record.path_len, l->late_links) != record.path_len ||
	    fwrite(target, 1, record.target_len, l->late_links) != record.target_len)
		return layer_fail(l, -errno, "note a hard link");
	return 0;
}

static int make_link(struct layer *l, const struct item *e, const char *target)
{
	auto_fd int fd = -1;
	int r;

	if (startswith(target, PLNK "/") && (l->plnk_fd < 0 || strchr(target + sizeof(PLNK), '/')))
		return layer_refuse(l, -EBADMSG, "a hard link to nothing");
	r = find_target(l, target, &e->attributes.mtime, &fd);
	if (r == -EPERM)
		return layer_refuse(l, -EBADMSG, "a hard link to a directory");
	if (r < 0)
		return r == -ENOENT || *l->why ? r : layer_fail(l, r, "find \"%s\"", target);
	r = view_enter(l, e->parent, &e->attributes.mtime);
	return r < 0 ? r : link_to(l, fd, e->name);
}

static int apply_link(struct layer *l, const struct item *e)
{
	const char *raw = archive_entry_hardlink(e->entry);
	char target[PATH_MAX];
	int r = raw ? path_clean(raw, l->limits, target) : -EINVAL;

	if (!raw)
		raw = "";
	if (r < 0 || !*target)
		return layer_refuse(l, -EBADMSG, "a hard link to \"%s\", outside of the image",
				    raw);
	r = make_link(l, e, target);
	return r == -ENOENT ? defer_link(l, e, target) : r;
}

static int replay_link(struct layer *l, const struct late_link *record)
{
	struct item e = {.attributes.mtime = record->mtime};
	char target[PATH_MAX];
	int r;

	if (record->path_len >= PATH_MAX || record->target_len >= PATH_MAX ||
	    fread(e.path, 1, record->path_len, l->late_links) != record->path_len ||
	    fread(target, 1, record->target_len, l->late_links) != record->target_len)
		return layer_fail(l, -EIO, "read the late hard links");
	e.path[record->path_len] = target[record->target_len] = '\0';
	e.name = path_split(e.path, e.parent);
	r = make_link(l, &e, target);
	if (r == -ENOENT)
		return layer_refuse(l, -EBADMSG,
				    "\"%s\": a hard link to \"%s\", which does not exist", e.path,
				    target);
	return r;
}

int entry_replay_links(struct layer *l)
{
	struct late_link record;

	if (fflush(l->late_links) != 0 || fseek(l->late_links, 0, SEEK_SET) < 0)
		return layer_fail(l, -errno, "read the late hard links");
	while (fread(&record, sizeof(record), 1, l->late_links) == 1) {
		int r = replay_link(l, &record);

		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- whiteouts ---- */

/* Hide hidden (a name) of the layers below; what this layer has there stays. */
static int make_whiteout(struct layer *l, const char *hidden)
{
	struct stat st;

	if (!*hidden || streq(hidden, ".") || streq(hidden, ".."))
		return layer_refuse(l, -EBADMSG, "a whiteout of nothing");
	if (fstatat(l->parent.fd, hidden, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return S_ISDIR(st.st_mode) ? view_mark_opaque(l, l->parent.fd, hidden) : 0;
	if (errno != ENOENT)
		return layer_fail(l, -errno, "stat \"%s\"", hidden);
	if (view_is_opaque(l->parent.fd, "."))
		return 0; /* nothing shines through that would need hiding */
	if (mknodat(l->parent.fd, hidden, S_IFCHR, makedev(0, 0)) < 0)
		return layer_fail(l, -errno, "make a whiteout");
	return 0;
}

static int mark_parent_opaque(struct layer *l)
{
	if (!*l->parent.real)
		l->root_opaque = true; /* overlayfs does not look for it there */
	else
		return view_mark_opaque(l, l->parent.fd, ".");
	return 0;
}

/* aufs keeps files with several names in one pool, from where hard links get them. */
static int add_to_pool(struct layer *l, struct item *e)
{
	struct parent saved;
	int r;

	if (e->type != S_IFREG || !streq(e->parent, PLNK))
		return 0;
	if (l->plnk_fd < 0) {
		if (mkdirat(l->dirfd, "plnk", 0700) < 0)
			return layer_fail(l, -errno, "make the pool of hard links");
		l->plnk_fd = openat(l->dirfd, "plnk", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (l->plnk_fd < 0)
			return layer_fail(l, -errno, "open the pool of hard links");
	}
	view_leave(l);
	saved = l->parent;
	l->parent.fd = l->plnk_fd;
	l->parent.setgid = false;
	r = make_file(l, e);
	l->parent = saved;
	return r;
}

/* Anything of aufs' own in the path but an opaque marker at its end. */
static bool is_aufs_metadata(const struct item *e)
{
	for (const char *s = e->path; s; s = strchr(s, '/')) {
		s += *s == '/';
		if (startswith(s, WHITEOUT_META) && !streq(s, OPAQUE))
			return true;
	}
	return false;
}

/* ---- any entry ---- */

static int apply(struct layer *l, struct item *e)
{
	const char *hidden;
	int r;

	if (is_aufs_metadata(e))
		return add_to_pool(l, e);
	if (!*e->path)
		return set_root(l, e);
	hidden = startswith(e->name, WHITEOUT);
	if (e->type == 0 && !hidden)
		return apply_link(l, e);
	r = view_enter(l, e->parent, &e->attributes.mtime);
	if (r < 0)
		return r;
	if (streq(e->name, OPAQUE))
		return mark_parent_opaque(l);
	if (hidden)
		return make_whiteout(l, hidden);
	attr_assume(l, &e->attributes);
	switch (e->type) {
	case S_IFREG:
		return make_file(l, e);
	case S_IFDIR:
		return make_dir(l, e);
	case S_IFLNK:
		return make_symlink(l, e);
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
		return make_node(l, e);
	default:
		return layer_refuse(l, -EBADMSG, "an entry of unknown type");
	}
}

/* libarchive 3.6.2 reads "-1.5" as -1 and half a second on. */
static struct timespec read_mtime(struct archive_entry *entry)
{
	struct timespec t = {archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)};

	if (t.tv_sec < 0 && t.tv_nsec > 0) {
		t.tv_sec--;
		t.tv_nsec = 1000000000 - t.tv_nsec;
	}
	return t;
}

static int read_attributes(struct layer *l, struct archive_entry *entry, struct attributes *ret)
{
	int64_t uid = archive_entry_uid(entry), gid = archive_entry_gid(entry);

	if (uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX)
		return layer_refuse(l, -EBADMSG, "owner %lld:%lld", (long long)uid, (long long)gid);
	*ret = (struct attributes){
		.mode = archive_entry_perm(entry) & 07777,
		.uid = (uid_t)uid,
		.gid = (gid_t)gid,
		.mtime = read_mtime(entry),
	};
	return 0;
}

int entry_apply(struct layer *l, struct archive_entry *entry, layer_writer write_data, void *data)
{
	const char *raw = archive_entry_pathname(entry);
	struct item e = {.entry = entry, .write_data = write_data, .data = data};
	int r;

	if (!raw || !*raw)
		return layer_refuse(l, -EBADMSG, "an entry without a name");
	r = path_clean(raw, l->limits, e.path);
	if (r == 0)
		r = read_attributes(l, entry, &e.attributes);
	if (r == -EINVAL)
		return layer_refuse(l, -EBADMSG, "a name with \"..\"");
	if (r == -ENAMETOOLONG)
		return layer_refuse(l, r, "a name that is too long or too deep");
	if (r < 0)
		return r;
	e.type = archive_entry_hardlink(entry) ? 0 : archive_entry_filetype(entry);
	e.name = path_split(e.path, e.parent);
	return apply(l, &e);
}
