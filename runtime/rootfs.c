/* SPDX-License-Identifier: MIT */
/*
 * Mounting the overlay, or the directory that is the root itself. The mount stays detached until
 * the child attaches it in its own namespace, so nothing shows on the host and nothing is left when
 * nap dies. Directories are handed to overlayfs as descriptors (names below /proc/self/fd), which
 * keeps options short however many layers there are.
 */
#include "rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "idmap.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/strv.h"
#include "mountfd.h"
#include "storage.h"
#include "userns.h"

/* fsconfig(2) takes values of at most 255 bytes: so many descriptors of four digits, and colons. */
#define LAYERS_PER_OPTION 51
/* And all there may be (OVL_MAX_STACK). So many bring the mount points along. */
#define LAYERS_MAX 500
/* And mount(2) takes a page. */
#define PAGE_BYTES 4096
#define STACK_BYTES 65536

struct overlay {
	const struct container *c;
	bool aside;	/* it takes mount_overlay_aside */
	int store_fd;	/* what its layers are opened in: the store, or a mount of it */
	int *layer_fds; /* top first */
	size_t n_layers;
	struct buf lower; /* the same as an option: names relative to /proc/self/fd, joined by
			     colons */
	int upper_fd, work_fd;
	bool volatile_upper;
};

static void overlay_done(struct overlay *o)
{
	for (size_t i = 0; i < o->n_layers; i++)
		fd_drop(&o->layer_fds[i]);
	free(o->layer_fds);
	fd_drop(&o->store_fd);
	buf_done(&o->lower);
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

/*
 * Layers on a mount that is nowhere are for Linux 6.15; more of them than an option takes are for
 * Linux 6.7. What it takes is known beforehand: a workdir that was tried is not accepted again.
 */
static bool takes_place(const struct spec *spec)
{
	bool many = strv_len(spec->layers) + 2 > LAYERS_PER_OPTION;

	return (userns_is_own(spec) && !proc_kernel_is(6, 15)) || (many && !proc_kernel_is(6, 7));
}

/* A mount of the directory path with the ids of the container. It is no peer of the one it is a
 * copy of: what is mounted on it would be there as well, on the host. */
static int clone_mapped(const struct container *c, const char *path)
{
	struct mount_attr attr = {.propagation = MS_PRIVATE};
	auto_fd int dirfd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int fd = -1;
	int r;

	if (dirfd < 0)
		return log_fail(-errno, "open the root directory %s", path);
	fd = mountfd_clone(dirfd, "", false);
	if (fd < 0)
		return log_fail(fd, "clone the mount of %s", path);
	r = mountfd_setattr(fd, &attr, false);
	if (r < 0)
		return log_fail(r, "make the mount of %s private", path);
	r = userns_is_own(c->spec) ? idmap_set(fd, c->userns_fd, false) : 0;
	return r < 0 ? idmap_refused(path, c->userns_fd, r) : TAKE_FD(fd);
}

/* The same to open layers in; where ids are those on disk the directory itself will do. */
static int open_mapped(const struct overlay *o, const char *path)
{
	int fd;

	if (userns_is_own(o->c->spec) || o->aside)
		return clone_mapped(o->c, path);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? log_fail(-errno, "open the directory %s", path) : fd;
}

/* One of the store's directories, as layer. */
static int open_layer(struct overlay *o, const char *path)
{
	int fd = openat(o->store_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return log_fail(-errno, "open %s/%s", o->c->paths->root, path);
	o->layer_fds[o->n_layers++] = fd;
	return 0;
}

/* Overlayfs takes no directory twice, and a layer that comes again hides the one below entirely. */
static bool comes_again(char **layers, size_t i)
{
	for (size_t k = i + 1; layers[k]; k++)
		if (streq(layers[k], layers[i]))
			return true;
	return false;
}

/* The image's layers, and below them the mount points that an image may lack. */
static int open_layers(const struct container *c, struct overlay *o)
{
	size_t n = strv_len(c->spec->layers);
	char path[PATH_MAX];
	int r = 0;

	raise_descriptor_limit(n + 64);
	o->layer_fds = reallocarray(NULL, n + 2, sizeof(int));
	if (!o->layer_fds)
		return log_oom();
	if (c->spec->rootfs) {
		r = open_mapped(o, c->spec->rootfs);
		if (r < 0)
			return r;
		o->layer_fds[o->n_layers++] = r;
	}
	o->store_fd = r = open_mapped(o, c->paths->root);
	for (size_t i = n; r >= 0 && i-- > 0;) {
		if (comes_again(c->spec->layers, i))
			continue;
		(void)snprintf(path, sizeof(path), "layers/%s/fs", c->spec->layers[i]);
		r = open_layer(o, path);
	}
	if (r >= 0 && o->n_layers < LAYERS_MAX)
		r = open_layer(o, "skeleton");
	if (r < 0)
		return r;
	for (size_t i = 0; i < o->n_layers; i++)
		buf_fmt(&o->lower, "%s%d", i ? ":" : "", o->layer_fds[i]);
	return o->lower.error ? log_oom() : 0;
}

/* The root of the container looks like the topmost directory: give it the image's attributes. */
static int set_root_attributes(const struct container *c, int dirfd)
{
	const struct spec *spec = c->spec;
	struct timespec times[2] = {{.tv_sec = spec->root_mtime}, {.tv_sec = spec->root_mtime}};
	struct stat st;

	if (spec->rootfs) {
		if (stat(spec->rootfs, &st) < 0 ||
		    fchown(dirfd, container_id(c, st.st_uid), container_id(c, st.st_gid)) < 0)
			return -errno;
		return fchmod(dirfd, st.st_mode & 07777) < 0 ? -errno : 0;
	}
	if ((c->id_base || spec->root_uid || spec->root_gid) &&
	    fchown(dirfd, container_id(c, spec->root_uid), container_id(c, spec->root_gid)) < 0)
		return -errno;
	if (fchmod(dirfd, spec->root_mode) < 0)
		return -errno;
	return spec->root_mtime && futimens(dirfd, times) < 0 ? -errno : 0;
}

static int make_upper(struct container *c, struct overlay *o)
{
	auto_fd int fd = -1;
	int r;

	r = storage_up(c, &fd);
	if (r < 0)
		return r;
	if (mkdirat(fd, "upper", 0755) < 0 || mkdirat(fd, "work", 0755) < 0)
		return log_fail(-errno, "make upper and work directory in %s", c->storage);
	o->upper_fd = openat(fd, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	o->work_fd = openat(fd, "work", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (o->upper_fd < 0 || o->work_fd < 0)
		return log_fail(-errno, "open upper and work directory in %s", c->storage);
	r = set_root_attributes(c, o->upper_fd);
	return r < 0 ? log_fail(r, "set attributes of %s/upper", c->storage) : 0;
}

static int set_fd_option(int fs, const char *key, int fd)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "%d", fd);
	return mountfd_set(fs, key, name);
}

/* One lowerdir option, or one per layer when that is too long. */
static int set_layers(int fs, const struct overlay *o)
{
	int r = 0;

	if (o->n_layers <= LAYERS_PER_OPTION)
		return mountfd_set(fs, "lowerdir", o->lower.data);
	for (size_t i = 0; r == 0 && i < o->n_layers; i++)
		r = set_fd_option(fs, "lowerdir+", o->layer_fds[i]);
	return r;
}

static int mount_overlay(const struct overlay *o)
{
	auto_fd int fs = mountfd_open("overlay");
	int r;

	if (fs < 0)
		return fs;
	r = set_layers(fs, o);
	if (r == 0)
		r = set_fd_option(fs, "upperdir", o->upper_fd);
	if (r == 0)
		r = set_fd_option(fs, "workdir", o->work_fd);
	if (r == 0 && o->volatile_upper)
		r = mountfd_set_flag(fs, "volatile");
	return r < 0 ? r : mountfd_create(fs, 0);
}

/* Our mounts come here, with what was opened in them. */
static int place_layers(const struct overlay *o, const char *path)
{
	int r = mountfd_attach(o->store_fd, AT_FDCWD, path);

	return r == 0 && o->c->spec->rootfs ? mountfd_attach(o->layer_fds[0], AT_FDCWD, path) : r;
}

/*
 * The overlay by mount(2), in a mount namespace of our own, and the mount taken away from its
 * place. Overlayfs takes no directories of another namespace: the working directory, the upper one,
 * came along into ours.
 */
static int mount_by_path(const struct overlay *o, const char *path)
{
	auto_fd int upper = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int work = open("../work", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char options[PAGE_BYTES];
	int n, r;

	if (upper < 0 || work < 0)
		return -errno;
	n = snprintf(options, sizeof(options), "upperdir=%d,workdir=%d%s,lowerdir=%s", upper, work,
		     o->volatile_upper ? ",volatile" : "", o->lower.data);
	if (n < 0 || (size_t)n >= sizeof(options))
		return -E2BIG;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || chdir("/proc/self/fd") < 0)
		return -errno;
	r = place_layers(o, path);
	if (r < 0)
		return r;
	if (mount("overlay", path, "overlay", 0, options) < 0)
		return -errno;
	return mountfd_clone(AT_FDCWD, path, false);
}

struct aside {
	const struct overlay *o;
	const char *path;
	int result; /* the mount: the table of descriptors is ours, too */
};

static int do_aside(void *data)
{
	struct aside *a = data;

	a->result = mount_by_path(a->o, a->path);
	return 0;
}

/*
 * The kernels of takes_place() want layers that lie somewhere in our mount namespace, and mount(2)
 * for many of them, which wants a place, too. A process of its own, which shares all else with us,
 * has one that nobody else sees.
 */
static int mount_overlay_aside(const struct overlay *o, const char *path)
{
	const int flags = CLONE_NEWNS | CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD;
	struct aside a = {o, path, -ECHILD};
	_Alignas(16) char stack[STACK_BYTES];
	pid_t pid;

	if (fchdir(o->upper_fd) < 0)
		return -errno;
	pid = clone(do_aside, stack + sizeof(stack), flags, &a);
	if (pid < 0)
		return -errno;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return a.result;
}

/* Of what is mounted below the directory on the host nothing comes along. */
static int bind_directory(struct container *c)
{
	auto_fd int storage = -1;
	int r;

	r = storage_up(c, &storage);
	if (r < 0)
		return r;
	c->rootfs_fd = clone_mapped(c, c->spec->rootfs);
	return c->rootfs_fd < 0 ? c->rootfs_fd : 0;
}

static int mount_image(struct container *c)
{
	CLEANUP(overlay_done)
	struct overlay o = {.c = c,
			    .aside = takes_place(c->spec),
			    .store_fd = -1,
			    .upper_fd = -1,
			    .work_fd = -1,
			    .volatile_upper = !c->spec->keep};
	auto_fd int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd, r;

	r = open_layers(c, &o);
	if (r == 0)
		r = make_upper(c, &o);
	if (r < 0)
		return r;
	if (chdir("/proc/self/fd") < 0)
		return log_fail(-errno, "enter /proc/self/fd");
	fd = o.aside ? mount_overlay_aside(&o, c->run_path) : mount_overlay(&o);
	if (cwd < 0 || fchdir(cwd) < 0)
		if (chdir("/") < 0)
			return log_fail(-errno, "enter the root directory");
	if (fd < 0)
		return log_fail(fd, "mount the overlay of %s (%zu layers)", c->spec->image,
				o.n_layers);
	c->rootfs_fd = fd;
	if (userns_is_own(c->spec) && !o.aside)
		c->layers_fd = TAKE_FD(o.store_fd);
	return 0;
}

int rootfs_up(struct container *c)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_NODEV};
	int r;

	r = c->spec->rootfs && !c->spec->rootfs_overlay ? bind_directory(c) : mount_image(c);
	if (r < 0)
		return r;
	/* a setuid file does nothing under no_new_privs; without that the person wants it to work
	 */
	if (c->spec->no_new_privs)
		attr.attr_set |= MOUNT_ATTR_NOSUID;
	if (c->spec->host_devices)
		attr.attr_set &= ~(uint64_t)MOUNT_ATTR_NODEV;
	r = mountfd_setattr(c->rootfs_fd, &attr, false);
	return r < 0 ? log_fail(r, "set attributes of the root mount") : 0;
}
