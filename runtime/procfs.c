/* SPDX-License-Identifier: MIT */
/*
 * proc, sysfs and cgroup2, and what of them a container must not see or write. Masks cover a path
 * with something nap made a moment ago: an empty read-only tmpfs, or the null device of the fresh
 * /dev.
 */
#include "procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container.h"
#include "idrange.h"
#include "lib/fs.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "mountfd.h"
#include "sysctl.h"
#include "userns.h"

#define RUN_ATTR (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

const char *const procfs_masked_dirs[] = {
	"sys/firmware",
	"proc/acpi",
	"proc/asound",
	"proc/scsi",
	"sys/devices/virtual/powercap",
	"sys/fs/selinux",
	"sys/fs/bpf",
	"sys/kernel/debug",
	"sys/kernel/tracing",
	"sys/kernel/security",
	"sys/hypervisor",
	NULL,
};

const char *const procfs_masked_files[] = {
	"proc/interrupts",    "proc/kcore",	  "proc/keys",
	"proc/latency_stats", "proc/timer_list",  "proc/timer_stats",
	"proc/sched_debug",   "proc/key-users",	  "proc/kmsg",
	"proc/kallsyms",      "proc/kpagecgroup", "proc/kpagecount",
	"proc/kpageflags",    "proc/modules",	  "proc/pagetypeinfo",
	"proc/slabinfo",      "proc/vmallocinfo", NULL,
};

const char *const procfs_read_only[] = {
	"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger", NULL,
};

static int mount_on(int target, const char *path, const char *type, unsigned attr, int *ret_fd)
{
	auto_fd int fd = mountfd_new(type, NULL, attr);
	int r;

	if (fd < 0)
		return fd;
	r = mountfd_attach(fd, target, path);
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

int procfs_up(int target, int *ret_fd)
{
	return mount_on(target, "", "proc", RUN_ATTR, ret_fd);
}

int sysfs_up(const struct container *c, int target, int *ret_fd, const char **ret_what)
{
	unsigned attr = RUN_ATTR | (c->spec->sys_writable ? 0 : MOUNT_ATTR_RDONLY);
	auto_fd int sys = -1, cgroup = -1;
	int r;

	*ret_what = "/sys";
	r = mount_on(target, "", "sysfs", attr, &sys);
	if (r < 0)
		return r;
	*ret_what = "/sys/fs/cgroup";
	r = mount_on(sys, "fs/cgroup", "cgroup2", attr, &cgroup);
	if (r == 0)
		*ret_fd = TAKE_FD(sys);
	return r;
}

/* A path of the lists above: which of our mounts, and what below that. The names proc and sys of
 * the root may be something else by now, if others have that directory as well (CVE-2025-52881). */
static int in_our_mount(const struct system_mounts *m, const char **path)
{
	const char *below = startswith(*path, "proc/");
	int fd = below ? m->proc_fd : m->sys_fd;

	*path = below ? below : startswith(*path, "sys/");
	return fd;
}

/* The ids of the container's groups are those of the host from its first on. */
static int write_group_range(const struct container *c, int sys, const char *range)
{
	unsigned first, last;
	char text[96];

	if (sscanf(range, "%u %u", &first, &last) != 2 || first > last)
		return sysctl_write(sys, range - strlen(SYSCTL_GROUP_RANGE));
	if (last >= IDRANGE_IDS)
		last = IDRANGE_IDS - 1;
	(void)snprintf(text, sizeof(text), SYSCTL_GROUP_RANGE "%u %u", container_id(c, first),
		       container_id(c, last));
	return sysctl_write(sys, text);
}

static int write_sysctl(const struct container *c, int sys, const char *assignment)
{
	const char *range = startswith(assignment, SYSCTL_GROUP_RANGE);
	int r;

	if (!userns_is_own(c->spec))
		return sysctl_write(sys, assignment);
	r = range ? write_group_range(c, sys, range) : sysctl_write(sys, assignment);
	return r == -EACCES ? sysctl_write_as(container_id(c, 0), sys, assignment) : r;
}

/* Through nap's own procfs: no path of the container, no mount on the way. */
static int write_sysctls(const struct container *c, int proc_fd, const char **ret_what)
{
	auto_fd int sys = -1;

	if (!c->spec->sysctls)
		return 0;
	sys = openat(proc_fd, "sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (sys < 0)
		return -errno;
	STRV_FOREACH (s, c->spec->sysctls) {
		int r = write_sysctl(c, sys, *s);

		if (r < 0) {
			*ret_what = *s;
			return r;
		}
	}
	return 0;
}

/* Cover each path that exists with a copy of cover. Looking first is cheaper than a copy for
 * nothing: to drop an unused one costs the kernel a grace period. */
static int mask_all(const struct system_mounts *m, const char *const *paths, int cover,
		    const char *name, const char **ret_what)
{
	for (; *paths; paths++) {
		const char *path = *paths;
		int at = in_our_mount(m, &path), r;
		auto_fd int copy = -1;

		if (fs_is_absent(at, path))
			continue;
		copy = mountfd_clone(cover, name, false);
		r = copy < 0 ? copy : mountfd_attach(copy, at, path);
		if (r < 0) {
			*ret_what = *paths;
			return r;
		}
	}
	return 0;
}

static int new_empty(void)
{
	static const char *const options[] = {"size", "0", "nr_inodes", "1", "mode", "555", NULL};

	return mountfd_new("tmpfs", options, RUN_ATTR | MOUNT_ATTR_RDONLY);
}

/* The first mask is a new tmpfs; its attached mount is what the others are copies of. */
static int mask_dirs(const struct system_mounts *m, const char *const *paths, const char **ret_what)
{
	auto_fd int empty = new_empty();
	int r = empty;

	if (empty < 0)
		return empty;
	for (; *paths; paths++) {
		const char *path = *paths;
		int at = in_our_mount(m, &path);

		r = mountfd_attach(empty, at, path);
		if (r == 0)
			return mask_all(m, paths + 1, empty, "", ret_what);
		if (r != -ENOENT && r != -ENOTDIR)
			break;
	}
	*ret_what = *paths;
	return *paths ? r : 0;
}

static int make_read_only(const struct system_mounts *m, const char *path)
{
	struct mount_attr attr = {.attr_set = RUN_ATTR | MOUNT_ATTR_RDONLY};
	int at = in_our_mount(m, &path), r;
	auto_fd int fd = mountfd_clone(at, path, true);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = mountfd_setattr(fd, &attr, true);
	return r < 0 ? r : mountfd_attach(fd, at, path);
}

int procfs_protect(const struct container *c, const struct system_mounts *m, const char **ret_what)
{
	int r;

	*ret_what = "the sysctls";
	r = write_sysctls(c, m->proc_fd, ret_what);
	if (r < 0 || !c->spec->masks)
		return r;
	*ret_what = "/dev/null";
	r = mask_all(m, c->spec->masked_files, m->dev_dirfd, "null", ret_what);
	if (r == 0)
		r = mask_dirs(m, c->spec->masked_dirs, ret_what);
	for (const char *const *path = c->spec->read_only_paths; r == 0 && *path; path++) {
		*ret_what = *path;
		r = make_read_only(m, *path);
	}
	return r;
}

/* A copy of a new empty directory, or of the null device. */
static int cover(int target, bool directory, int dev_dirfd)
{
	auto_fd int fd = directory ? new_empty() : mountfd_clone(dev_dirfd, "null", false);

	return fd < 0 ? fd : mountfd_attach(fd, target, "");
}

int procfs_mask(const struct container *c, int rootfd, int dev_dirfd, const char **ret_what)
{
	STRV_FOREACH (path, c->spec->mask) {
		auto_fd int target = fs_open_in_root(rootfd, *path, O_PATH);
		struct stat st;
		int r = target;

		if (target == -ENOENT || target == -ENOTDIR)
			continue;
		if (target >= 0)
			r = fstat(target, &st) < 0 ? -errno
						   : cover(target, S_ISDIR(st.st_mode), dev_dirfd);
		if (r < 0) {
			*ret_what = *path;
			return r;
		}
	}
	return 0;
}
