/* SPDX-License-Identifier: MIT */
/*
 * maskedPaths and readonlyPaths. What covers a path was made by nap and is held by descriptor: a
 * null device that is one, an empty directory, read-only both. Nothing of the container's is taken
 * for either (CVE-2025-31133). What is below /proc and /sys is found in those that nap mounted,
 * whatever the names of the root lead to by then (CVE-2025-52881).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/fs.h"
#include "lib/strv.h"
#include "mapping.h"
#include "rootfs.h"
#include "runtime/mountfd.h"

#define NULL_DEVICE makedev(1, 3)

/* ---- covers ---- */

/* In a user namespace of nap's own, devices are the host's. */
static int bind_null(int covers)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
		.propagation = MS_PRIVATE,
	};
	auto_fd int source = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	auto_fd int place = -1, fd = -1;
	struct stat st;
	int r;

	if (source < 0 || fstat(source, &st) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) || st.st_rdev != NULL_DEVICE)
		return -ENODEV;
	place = openat(covers, COVER_FILE, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	fd = mountfd_clone(source, "", false);
	if (place < 0)
		return -errno;
	r = fd < 0 ? fd : mountfd_setattr(fd, &attr, false);
	return r < 0 ? r : mountfd_attach(fd, place, "");
}

static int fill_covers(const struct oci_config *config, int fd)
{
	uid_t uid = 0;
	gid_t gid = 0;
	int r = 0;

	(void)oci_host_uid(config, 0, &uid); /* without a root, it is the host's */
	(void)oci_host_gid(config, 0, &gid);
	if (mkdirat(fd, COVER_DIRECTORY, 0555) < 0)
		return -errno;
	if (mknodat(fd, COVER_FILE, S_IFCHR | 0666, NULL_DEVICE) < 0)
		r = errno == EPERM ? bind_null(fd) : -errno;
	else if (fchownat(fd, COVER_FILE, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	if (r == 0 && fchownat(fd, COVER_DIRECTORY, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	return r;
}

int masks_make_covers(const struct oci_config *config, int *ret_fd)
{
	static const char *const options[] = {"source", "tmpfs", "nr_inodes", "4",
					      "mode",	"755",	 NULL};
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	auto_fd int fd = mountfd_new("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	mode_t mask;
	int r;

	if (fd < 0)
		return fd;
	mask = umask(0);
	r = fill_covers(config, fd);
	(void)umask(mask);
	if (r == 0)
		r = mountfd_setattr(fd, &attr, false);
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

/* ---- paths ---- */

/* In our own mount if it is below one, else in the root. -ENOENT: there is nothing. */
static int open_path(const struct walk *w, const char *path)
{
	const char *below;

	if (w->proc_fd >= 0 && (below = startswith(path, "/proc/")))
		return fs_open_in_root(w->proc_fd, below, O_PATH);
	if (w->sys_fd >= 0 && (below = startswith(path, "/sys/")))
		return fs_open_in_root(w->sys_fd, below, O_PATH);
	return fs_open_in_root(w->c->rootfs_fd, path, O_PATH);
}

/* A name that stands for no file of ours is nothing to protect. */
static bool is_nothing(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ELOOP;
}

static int mask(const struct walk *w, const char *path)
{
	auto_fd int target = open_path(w, path), copy = -1;
	struct stat st;
	const char *cover;

	if (target < 0)
		return is_nothing(target) ? 0 : target;
	if (fstat(target, &st) < 0)
		return -errno;
	cover = S_ISDIR(st.st_mode) ? COVER_DIRECTORY : COVER_FILE;
	copy = mountfd_clone(oci_of(w)->covers_fd, cover, false);
	return copy < 0 ? copy : mountfd_attach(copy, target, "");
}

static int make_read_only(const struct walk *w, const char *path)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	auto_fd int target = open_path(w, path), copy = -1;
	int r;

	if (target < 0)
		return is_nothing(target) ? 0 : target;
	copy = mountfd_clone(target, "", true);
	if (copy < 0)
		return copy;
	r = mountfd_setattr(copy, &attr, true);
	return r < 0 ? r : mountfd_attach(copy, target, "");
}

static int each(struct walk *w, char **paths, int (*change)(const struct walk *w, const char *path))
{
	STRV_FOREACH (path, paths) {
		int r;

		w->what = *path;
		r = change(w, *path);
		if (r < 0)
			return r;
	}
	return 0;
}

int masks_up(struct walk *w)
{
	return each(w, oci_of(w)->config.masked, mask);
}

int masks_read_only(struct walk *w)
{
	return each(w, oci_of(w)->config.read_only_paths, make_read_only);
}
