/* SPDX-License-Identifier: MIT */
/*
 * Owner, mode, extended attributes, times, in the order that keeps them: write(2) and chown(2) drop
 * security.capability, chown drops setuid, and making an entry changes the time of its directory,
 * so those are set last of all, from a log.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <linux/openat2.h>
#include <linux/securebits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "layer.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/text.h"

/* Docker copies security.capability alone; user.* is harmless but for what overlayfs reads. */
static bool xattr_is_allowed(const char *name)
{
	if (streq(name, "security.capability"))
		return true;
	return startswith(name, "user.") && !startswith(name, "user.overlay.");
}

static int set_xattrs(struct layer *l, int fd, struct archive_entry *entry)
{
	const char *name;
	const void *value;
	size_t size;

	if (!entry)
		return 0;
	(void)archive_entry_xattr_reset(entry); /* returns the count */
	while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
		if (!name || !xattr_is_allowed(name))
			continue;
		if (fsetxattr(fd, name, value, size, 0) == 0)
			continue;
		if (errno != ENOTSUP)
			return layer_fail(l, -errno, "set attribute %s", name);
		if (!atomic_exchange(&l->totals->warned_xattr, true))
			log_warn("the file system of the store has no extended attributes; "
				 "those of the image are left out");
	}
	return 0;
}

int attr_copy_xattrs(int from, int to)
{
	auto_free char *value = malloc(XATTR_SIZE_MAX);
	char names[4096];
	ssize_t len = flistxattr(from, names, sizeof(names));

	if (!value)
		return -ENOMEM;
	if (len < 0)
		return errno == ENOTSUP ? 0 : -errno;
	for (char *name = names; name < names + len; name += strlen(name) + 1) {
		ssize_t n;

		if (!xattr_is_allowed(name))
			continue;
		n = fgetxattr(from, name, value, XATTR_SIZE_MAX);
		if (n < 0 || fsetxattr(to, name, value, (size_t)n, 0) < 0)
			return -errno;
	}
	return 0;
}

/* A new file belongs to us, in a setgid directory to the group of that. */
bool attr_needs_chown(const struct layer *l, const struct attributes *a)
{
	return a->uid != l->uid || a->gid != l->gid || l->parent.setgid;
}

/* setfsuid(2) and setfsgid(2) say what was before and never fail: a second call tells. */
static bool set_identity(uid_t uid, gid_t gid)
{
	(void)setfsgid(gid);
	(void)setfsuid(uid);
	return (gid_t)setfsgid((gid_t)-1) == gid && (uid_t)setfsuid((uid_t)-1) == uid;
}

void attr_assume_none(struct layer *l)
{
	l->uid = geteuid();
	l->gid = getegid();
	l->can_assume = (prctl(PR_GET_SECUREBITS) & SECBIT_NO_SETUID_FIXUP) &&
			set_identity(l->uid, l->gid);
}

void attr_assume(struct layer *l, const struct attributes *a)
{
	if (!l->can_assume || (a->uid == l->uid && a->gid == l->gid))
		return;
	if (set_identity(a->uid, a->gid)) {
		l->uid = a->uid;
		l->gid = a->gid;
	} else {
		attr_assume_none(l);
		l->can_assume = false;
	}
}

int attr_finish(int fd, const struct attributes *a, bool chown)
{
	const struct timespec times[2] = {a->mtime, a->mtime};

	if (chown && fchown(fd, a->uid, a->gid) < 0)
		return -errno;
	if ((a->mode & 07000) && fchmod(fd, a->mode) < 0)
		return -errno;
	return futimens(fd, times) < 0 ? -errno : 0;
}

int attr_set_file(struct layer *l, int fd, const struct attributes *a, struct archive_entry *xattrs)
{
	int r = attr_finish(fd, a, attr_needs_chown(l, a));

	/* attributes change ctime alone */
	return r < 0 ? layer_fail(l, r, "set owner, mode or time") : set_xattrs(l, fd, xattrs);
}

int attr_set_node(struct layer *l, int dirfd, const char *name, mode_t type,
		  const struct attributes *a)
{
	const struct timespec times[2] = {a->mtime, a->mtime};
	bool chown = attr_needs_chown(l, a);

	if (chown && fchownat(dirfd, name, a->uid, a->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return layer_fail(l, -errno, "set the owner");
	if (type != S_IFLNK && (a->mode & 07000) && fchmodat(dirfd, name, a->mode, 0) < 0)
		return layer_fail(l, -errno, "set the mode");
	if (utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return layer_fail(l, -errno, "set the time");
	return 0;
}

/* ---- directories ---- */

struct time_record {
	struct timespec mtime;
	size_t len; /* of the path that follows */
};

static int note_time(struct layer *l, const char *real, const struct timespec *mtime)
{
	struct time_record record = {*mtime, strlen(real)};

	if (fwrite(&record, sizeof(record), 1, l->dir_times) != 1 ||
	    fwrite(real, 1, record.len, l->dir_times) != record.len)
		return layer_fail(l, -errno, "note the time of a directory");
	return 0;
}

int attr_set_dir(struct layer *l, int dirfd, const char *name, const char *real,
		 const struct attributes *a, struct archive_entry *xattrs, bool made)
{
	/* mkdir(2) ignores setuid and setgid, and passes on the parent's setgid */
	bool chmod = !made || (a->mode & 07000) || l->parent.setgid;

	if ((!made || attr_needs_chown(l, a)) &&
	    fchownat(dirfd, name, a->uid, a->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return layer_fail(l, -errno, "set the owner");
	if (chmod && fchmodat(dirfd, name, a->mode, 0) < 0)
		return layer_fail(l, -errno, "set the mode");
	if (xattrs && archive_entry_xattr_count(xattrs) > 0) {
		auto_fd int fd = openat(dirfd, name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int r = fd < 0 ? layer_fail(l, -errno, "open") : set_xattrs(l, fd, xattrs);

		if (r < 0)
			return r;
	}
	return note_time(l, real, &a->mtime);
}

static int replay_time(struct layer *l, const char *real, const struct timespec *mtime)
{
	const struct timespec times[2] = {*mtime, *mtime};
	auto_fd int fd = fs_openat2(l->root_fd, *real ? real : ".",
				    O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
				    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);

	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
		return 0; /* replaced by a later entry */
	if (fd < 0 || futimens(fd, times) < 0)
		return layer_fail(l, fd < 0 ? fd : -errno, "set the time of \"%s\"", real);
	return 0;
}

/* The order does not matter: setting a time changes no other. Of two, the later record wins. */
int attr_replay_times(struct layer *l)
{
	struct time_record record;
	char real[PATH_MAX];

	if (fflush(l->dir_times) != 0 || fseek(l->dir_times, 0, SEEK_SET) < 0)
		return layer_fail(l, -errno, "read the times of directories");
	while (fread(&record, sizeof(record), 1, l->dir_times) == 1) {
		int r;

		if (record.len >= sizeof(real) ||
		    fread(real, 1, record.len, l->dir_times) != record.len)
			return layer_fail(l, -EIO, "read the times of directories");
		real[record.len] = '\0';
		r = replay_time(l, real, &record.mtime);
		if (r < 0)
			return r;
	}
	return 0;
}
