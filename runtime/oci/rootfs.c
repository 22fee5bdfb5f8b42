/* SPDX-License-Identifier: MIT */
/*
 * The root of the container: attached, finished, entered. The mount namespace is the container's
 * already, and nothing that happens in it reaches the host's; what it was copied from is left for
 * good at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/fs.h"
#include "lib/mountinfo.h"
#include "lib/text.h"
#include "rootfs.h"
#include "runtime/mountfd.h"

/* Below the root lie the covers, from which masks are copied: before Linux 6.15 only what is
 * attached can be. */
int oci_rootfs_propagate(struct walk *w)
{
	struct mount_attr attr = {.propagation = MS_PRIVATE};
	const struct oci_container *oc = oci_of(w);
	auto_fd int place = -1;
	int r;

	(void)umask(0022); /* the engine's says nothing about files in the root */
	if (!has_own_root(oc))
		return 0;
	if (syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return -errno;
	w->what = oc->config.rootfs;
	place = open(oc->config.rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place < 0)
		return -errno;
	r = mountfd_attach(oc->covers_fd, place, "");
	return r < 0 ? r : mountfd_attach(oc->c.rootfs_fd, place, "");
}

/* ---- when all mounts are made ---- */

static int make_working_directory(struct walk *w)
{
	const char *cwd = w->c->spec->working_dir;
	int fd, r;

	if (!cwd)
		return 0;
	w->what = cwd;
	r = fs_make_in_root(w->c->rootfs_fd, cwd, false, &fd);
	if (r == 0)
		(void)close(fd);
	return r == -EROFS ? 0 : r; /* chdir(2) will say that there is none */
}

static int protect_root(const struct walk *w)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

	return oci_of(w)->config.read_only ? mountfd_setattr(w->c->rootfs_fd, &attr, false) : 0;
}

int oci_rootfs_finish(struct walk *w)
{
	int r;

	r = sysctls_up(w);
	if (r < 0 || !has_own_root(oci_of(w)))
		return r;
	r = make_working_directory(w);
	if (r == 0)
		r = mounts_finish(w);
	if (r == 0)
		r = masks_read_only(w);
	if (r == 0)
		r = masks_up(w);
	if (r < 0)
		return r;
	w->what = "/";
	return protect_root(w);
}

/* ---- entering ---- */

/* Nothing of these is the container's. */
static bool is_kernel(const struct mountinfo *m)
{
	return streq(m->type, "proc") || streq(m->type, "sysfs");
}

/* One that the kernel has locked, for nap is in a user namespace, is covered. */
static int drop_mount(const char *place)
{
	if (umount2(place, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 || errno == ENOENT)
		return 0;
	if (errno != EINVAL && errno != EPERM)
		return -errno;
	if (mount("tmpfs", place, "tmpfs", MS_RDONLY, "size=0,nr_inodes=1") < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

/*
 * The host's stay below the root, unseen but there: as long as one of them can be seen in full, the
 * kernel lets a user namespace in the container mount a new one without the masks.
 */
static int drop_kernel_mounts(int rootfd)
{
	auto_free char *text = NULL, *root = NULL;
	struct mountinfo m;
	char link[32], *rest;
	int r;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", rootfd);
	r = fs_readlink(AT_FDCWD, link, &root);
	if (r == 0)
		r = fs_read_file(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX_BYTES, &text,
				 NULL);
	if (r < 0)
		return r;
	rest = text;
	while (r == 0 && mountinfo_next(&rest, &m)) {
		const char *below = startswith(m.target, root);

		if (is_kernel(&m) && !(below && (!*below || *below == '/')))
			r = drop_mount(m.target);
	}
	return r;
}

/* On an initial ramdisk, whose root cannot be replaced. */
static int move_onto_root(int rootfd)
{
	int r = mountfd_enter_root();

	if (r == 0)
		r = drop_kernel_mounts(rootfd);
	if (r == 0)
		r = mountfd_attach(rootfd, AT_FDCWD, "/");
	if (r < 0)
		return r;
	return fchdir(rootfd) < 0 || chroot(".") < 0 || chdir("/") < 0 ? -errno : 0;
}

int oci_rootfs_enter(struct walk *w)
{
	const struct oci_container *oc = oci_of(w);

	if (!has_own_root(oc))
		return fchdir(w->c->rootfs_fd) < 0 || chroot(".") < 0 ? -errno : 0;
	return oc->create && oc->create->no_pivot ? move_onto_root(w->c->rootfs_fd)
						  : mountfd_pivot(w->c->rootfs_fd);
}

/* ---- propagation ---- */

static int share(const char *path, uint64_t kind)
{
	struct mount_attr attr = {.propagation = kind & ~(uint64_t)MS_REC};
	unsigned flags = kind & MS_REC ? AT_RECURSIVE : 0;

	return syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &attr, sizeof(attr)) < 0 ? -errno
											  : 0;
}

static uint64_t last_propagation(const struct oci_mount *m)
{
	uint64_t last = 0;

	for (size_t i = 0; i < ARRAY_SIZE(m->propagation) && m->propagation[i]; i++)
		last = m->propagation[i];
	return last;
}

int oci_rootfs_share(struct walk *w)
{
	const struct oci_config *config = &oci_of(w)->config;
	int r = 0;

	if (!has_own_root(oci_of(w)))
		return 0;
	w->what = "/";
	if (config->propagation & (MS_SHARED | MS_UNBINDABLE))
		r = share("/", config->propagation);
	for (size_t i = 0; r == 0 && w->entered && i < config->n_mounts; i++) {
		const struct oci_mount *m = &config->mounts[i];

		w->what = m->destination;
		if (last_propagation(m) & MS_SHARED)
			r = share(m->destination, last_propagation(m));
	}
	return r;
}
