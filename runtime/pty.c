/* SPDX-License-Identifier: MIT */
/* A terminal as who is inside makes and takes it. */
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"

int pty_prepare(int master_fd, const struct winsize *size)
{
	int unlock = 0;

	return ioctl(master_fd, TIOCSPTLCK, &unlock) < 0 || ioctl(master_fd, TIOCSWINSZ, size) < 0
		       ? -errno
		       : 0;
}

int pty_open_joined(const struct winsize *size)
{
	/* what is there in its place may make us wait for ever */
	auto_fd int master = fs_openat2(AT_FDCWD, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK,
					0, RESOLVE_NO_SYMLINKS);
	struct statfs fs;
	struct stat st;
	int r;

	if (master < 0)
		return master;
	if (fstatfs(master, &fs) < 0 || fstat(master, &st) < 0)
		return -errno;
	if (fs.f_type != DEVPTS_SUPER_MAGIC || st.st_rdev != makedev(5, 2))
		return -ENOTTY;
	if (fcntl(master, F_SETFL, O_RDWR) < 0)
		return -errno;
	r = pty_prepare(master, size);
	return r < 0 ? r : TAKE_FD(master);
}

int pty_open_slave(int master_fd, uid_t owner)
{
	auto_fd int slave = ioctl(master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (slave < 0 || fchown(slave, owner, (gid_t)-1) < 0)
		return -errno;
	return TAKE_FD(slave);
}

int pty_take(int slave_fd)
{
	if (ioctl(slave_fd, TIOCSCTTY, 0) < 0)
		return -errno;
	for (int i = 0; i < 3; i++)
		if (dup2(slave_fd, i) < 0)
			return -errno;
	return 0;
}
