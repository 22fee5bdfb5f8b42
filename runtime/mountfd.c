/* SPDX-License-Identifier: MIT */
/* The descriptor-based mount calls with errors as return values. */
#include "mountfd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

int mountfd_open(const char *type)
{
	int fd = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int mountfd_set(int fs, const char *key, const char *value)
{
	return syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0) < 0 ? -errno : 0;
}

int mountfd_set_flag(int fs, const char *key)
{
	return syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, key, NULL, 0) < 0 ? -errno : 0;
}

int mountfd_create(int fs, unsigned attr)
{
	int fd;

	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attr);
	return fd < 0 ? -errno : fd;
}

int mountfd_new(const char *type, const char *const *options, unsigned attr)
{
	auto_fd int fs = mountfd_open(type);
	int r = fs < 0 ? fs : 0;

	for (; r == 0 && options && options[0]; options += 2)
		r = mountfd_set(fs, options[0], options[1]);
	return r < 0 ? r : mountfd_create(fs, attr);
}

int mountfd_clone(int dirfd, const char *path, bool recursive)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW;
	int fd;

	if (!*path)
		flags |= AT_EMPTY_PATH;
	if (recursive)
		flags |= AT_RECURSIVE;
	fd = (int)syscall(SYS_open_tree, dirfd, path, flags);
	return fd < 0 ? -errno : fd;
}

int mountfd_setattr(int fd, const struct mount_attr *attr, bool recursive)
{
	return syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0),
		       attr, sizeof(*attr)) < 0
		       ? -errno
		       : 0;
}

int mountfd_attach(int fd, int dirfd, const char *path)
{
	unsigned flags = MOVE_MOUNT_F_EMPTY_PATH;

	if (!*path)
		flags |= MOVE_MOUNT_T_EMPTY_PATH;
	return syscall(SYS_move_mount, fd, "", dirfd, path, flags) < 0 ? -errno : 0;
}

int mountfd_enter_root(void)
{
	auto_fd int self = (int)syscall(SYS_pidfd_open, getpid(), 0);

	return self < 0 || setns(self, CLONE_NEWNS) < 0 ? -errno : 0;
}

int mountfd_pivot(int rootfd)
{
	int r = mountfd_enter_root();

	if (r < 0)
		return r;
	if (fchdir(rootfd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}
