/* SPDX-License-Identifier: MIT */
/*
 * Terminals of containers of engines. Who asked for one listens on a socket and is sent its master,
 * made in the container's own devpts.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "init.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/socket.h"

int oci_console_send(const char *path, int master_fd)
{
	static const char name[] = "/dev/ptmx"; /* what it is called, as others do */
	auto_fd int fd = socket_connect(SOCK_STREAM, AT_FDCWD, path);
	int r = fd < 0 ? fd : socket_send(fd, name, sizeof(name) - 1, master_fd);

	return r < 0 ? log_fail(r, "send the terminal to %s", path) : 0;
}

int oci_console_take(int master_fd, uid_t owner)
{
	auto_fd int slave = ioctl(master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (slave < 0 || fchown(slave, owner, (gid_t)-1) < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
		return -errno;
	for (int i = 0; i < 3; i++)
		if (dup2(slave, i) < 0)
			return -errno;
	return 0;
}

/* In a container that runs already /dev is in other hands: what is opened must prove to be the
 * multiplexer of a devpts. */
int oci_console_open(struct walk *w)
{
	const struct winsize *size = &w->c->tty_size;
	auto_fd int master = fs_openat2(AT_FDCWD, "/dev/pts/ptmx", O_RDWR | O_NOCTTY, 0,
					RESOLVE_NO_SYMLINKS);
	struct statfs fs;
	struct stat st;
	int unlock = 0;

	if (master < 0)
		return master;
	if (fstatfs(master, &fs) < 0 || fstat(master, &st) < 0)
		return -errno;
	if (fs.f_type != DEVPTS_SUPER_MAGIC || st.st_rdev != makedev(5, 2))
		return -ENOTTY;
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0 ||
	    (size->ws_row && ioctl(master, TIOCSWINSZ, size) < 0))
		return -errno;
	w->tty_fd = TAKE_FD(master);
	return 0;
}
