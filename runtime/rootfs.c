/* SPDX-License-Identifier: MIT */
/*
 * Mounting the overlay. The mount stays detached until the child attaches it in its own namespace,
 * so nothing shows on the host and nothing is left when nap dies. Directories are handed to
 * overlayfs as descriptors (names below /proc/self/fd), which keeps options short however many
 * layers there are.
 */
#include "rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "container.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "mountfd.h"

/* fsconfig(2) takes values of at most 255 bytes. */
#define FSCONFIG_VALUE_MAX 255

struct overlay {
	int *layer_fds; /* top first */
	size_t n_layers;
	int upper_fd, work_fd;
	bool volatile_upper;
};

static void overlay_done(struct overlay *o)
{
	for (size_t i = 0; i < o->n_layers; i++)
		fd_drop(&o->layer_fds[i]);
	free(o->layer_fds);
	fd_drop(&o->upper_fd);
	fd_drop(&o->work_fd);
}

/* 500 layers need more descriptors than the soft limit of most shells. */
static void raise_descriptor_limit(size_t wanted)
{
	struct rlimit limit;

	if (wanted < 512 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit); /* opening the layers reports if it did not help */
}

/* The image's layers, and below them the mount points that an image may lack. */
static int open_layers(const struct container *c, struct overlay *o)
{
	size_t n = strv_len(c->spec->layers);
	char path[PATH_MAX];
	int fd;

	raise_descriptor_limit(n + 64);
	o->layer_fds = reallocarray(NULL, n + 1, sizeof(int));
	if (!o->layer_fds)
		return log_oom();
	for (size_t i = n; i-- > 0;) {
		(void)snprintf(path, sizeof(path), "%s/layers/%s/fs", c->paths->root,
			       c->spec->layers[i]);
		fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return log_fail(-errno, "open layer %s", c->spec->layers[i]);
		o->layer_fds[o->n_layers++] = fd;
	}
	(void)snprintf(path, sizeof(path), "%s/skeleton", c->paths->root);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return log_fail(-errno, "open %s", path);
	o->layer_fds[o->n_layers++] = fd;
	return 0;
}

/* The root of the container looks like the topmost directory: give it the image's attributes. */
static int set_root_attributes(const struct spec *spec, int dirfd)
{
	struct timespec times[2] = {{.tv_sec = spec->root_mtime}, {.tv_sec = spec->root_mtime}};

	if ((spec->root_uid || spec->root_gid) && fchown(dirfd, spec->root_uid, spec->root_gid) < 0)
		return -errno;
	if (fchmod(dirfd, spec->root_mode) < 0)
		return -errno;
	return spec->root_mtime && futimens(dirfd, times) < 0 ? -errno : 0;
}

static int make_upper(struct container *c, struct overlay *o)
{
	auto_fd int fd = -1;
	char path[PATH_MAX];
	int r;

	(void)snprintf(path, sizeof(path), "%s/containers/%s", c->paths->root, c->spec->id);
	if (mkdir(path, 0700) < 0)
		return log_fail(-errno, "make %s", path);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || mkdirat(fd, "upper", 0755) < 0 || mkdirat(fd, "work", 0755) < 0)
		return log_fail(-errno, "make upper and work directory in %s", path);
	o->upper_fd = openat(fd, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	o->work_fd = openat(fd, "work", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (o->upper_fd < 0 || o->work_fd < 0)
		return log_fail(-errno, "open upper and work directory in %s", path);
	r = set_root_attributes(c->spec, o->upper_fd);
	return r < 0 ? log_fail(r, "set attributes of %s/upper", path) : 0;
}

/* All layers as one option: names relative to /proc/self/fd. */
static void join_layers(const struct overlay *o, struct buf *out)
{
	for (size_t i = 0; i < o->n_layers; i++)
		buf_fmt(out, "%s%d", i ? ":" : "", o->layer_fds[i]);
}

static int set_fd_option(int fs, const char *key, int fd)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "%d", fd);
	return mountfd_set(fs, key, name);
}

/* One lowerdir option, or since Linux 6.7 one option per layer when that is too long. */
static int set_layers(int fs, const struct overlay *o)
{
	auto_buf lower = {0};
	int r = 0;

	join_layers(o, &lower);
	if (lower.error)
		return lower.error;
	if (lower.len <= FSCONFIG_VALUE_MAX)
		return mountfd_set(fs, "lowerdir", lower.data);
	for (size_t i = 0; r == 0 && i < o->n_layers; i++)
		r = set_fd_option(fs, "lowerdir+", o->layer_fds[i]);
	return r;
}

/* -E2BIG when the layers do not fit into what this kernel's fsconfig takes. */
static int mount_overlay(const struct overlay *o)
{
	auto_fd int fs = mountfd_open("overlay");
	int r;

	if (fs < 0)
		return fs;
	r = set_layers(fs, o);
	if (r == -EINVAL && o->n_layers > 1)
		return -E2BIG;
	if (r == 0)
		r = set_fd_option(fs, "upperdir", o->upper_fd);
	if (r == 0)
		r = set_fd_option(fs, "workdir", o->work_fd);
	if (r == 0 && o->volatile_upper)
		r = mountfd_set_flag(fs, "volatile");
	return r < 0 ? r : mountfd_create(fs, 0);
}

/*
 * Linux before 6.7 takes more than 80 layers by mount(2) only, which wants a place: unshare, so
 * that the place is ours alone, and take the mount away from it again.
 */
static int mount_overlay_by_path(const struct overlay *o, const char *place)
{
	auto_buf options = {0};
	int fd, here;

	buf_fmt(&options, "upperdir=%d,workdir=%d%s,lowerdir=", o->upper_fd, o->work_fd,
		o->volatile_upper ? ",volatile" : "");
	join_layers(o, &options);
	if (options.error)
		return options.error;
	here = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (here < 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 || fchdir(here) < 0 ||
	    chdir("/proc/self/fd") < 0 || mount("overlay", place, "overlay", 0, options.data) < 0) {
		fd = -errno;
		fd_drop(&here);
		return fd;
	}
	fd_drop(&here);
	fd = mountfd_clone(AT_FDCWD, place, false);
	(void)umount2(place, MNT_DETACH); /* the clone stays */
	return fd;
}

int rootfs_up(struct container *c)
{
	CLEANUP(overlay_done)
	struct overlay o = {.upper_fd = -1, .work_fd = -1, .volatile_upper = !c->spec->keep};
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_NODEV};
	auto_fd int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd, r;

	r = open_layers(c, &o);
	if (r == 0)
		r = make_upper(c, &o);
	if (r < 0)
		return r;
	if (chdir("/proc/self/fd") < 0)
		return log_fail(-errno, "enter /proc/self/fd");
	fd = mount_overlay(&o);
	if (fd == -E2BIG)
		fd = mount_overlay_by_path(&o, c->run_path);
	if (cwd < 0 || fchdir(cwd) < 0)
		if (chdir("/") < 0)
			return log_fail(-errno, "enter the root directory");
	if (fd < 0)
		return log_fail(fd, "mount the overlay of %s (%zu layers)", c->spec->image,
				o.n_layers);
	c->rootfs_fd = fd;
	/* a setuid file does nothing under no_new_privs; without that the person wants it to work
	 */
	if (c->spec->no_new_privs)
		attr.attr_set |= MOUNT_ATTR_NOSUID;
	if (c->spec->host_devices)
		attr.attr_set &= ~(uint64_t)MOUNT_ATTR_NODEV;
	r = mountfd_setattr(fd, &attr, false);
	return r < 0 ? log_fail(r, "set attributes of the root mount") : 0;
}

static int remove_storage(const struct paths *paths, const char *id)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/containers/%s", paths->root, id);
	return fs_remove_tree(AT_FDCWD, path);
}

void rootfs_sweep(const struct paths *paths, const char *id)
{
	(void)remove_storage(paths, id); /* rootfs_down tries again, and reports */
}

int rootfs_down(const struct paths *paths, const char *id)
{
	int r = remove_storage(paths, id);

	return r < 0 ? log_fail(r, "remove the files of %s", id) : 0;
}
