/* SPDX-License-Identifier: MIT */
/*
 * Standard streams of containers of engines. Who asked for a terminal listens on a socket and is
 * sent its master, made in the container's own devpts; a null device becomes the container's own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "init.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/socket.h"
#include "mapping.h"
#include "runtime/pty.h"

int oci_console_send(const char *path, int master_fd)
{
	static const char name[] = "/dev/ptmx"; /* what it is called, as others do */
	auto_fd int fd = socket_connect(SOCK_STREAM, AT_FDCWD, path);
	int r = fd < 0 ? fd : socket_send(fd, name, sizeof(name) - 1, master_fd);

	return r < 0 ? log_fail(r, "send the terminal to %s", path) : 0;
}

int oci_console_take(struct walk *w)
{
	auto_fd int slave = -1;
	uid_t owner;
	int r;

	if (!w->c->spec->terminal)
		return 0;
	r = oci_host_uid(&oci_of(w)->config, w->c->user.uid, &owner);
	if (r < 0)
		return r;
	slave = pty_open_slave(w->tty_fd, owner);
	return slave < 0 ? slave : pty_take(slave);
}

/* ---- null devices ---- */

static bool is_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

/* Looked at before it is opened: of exec, what lies there is up to whoever is root inside. */
static int open_null(int rootfd)
{
	auto_fd int node = fs_open_in_root(rootfd, "/dev/null", O_PATH);
	char path[32];
	int fd;

	if (node < 0)
		return node;
	if (!is_null(node))
		return -ENODEV;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", node);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int oci_console_take_null(struct walk *w)
{
	auto_fd int null = -1;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (!is_null(fd))
			continue;
		if (null < 0)
			null = open_null(w->c->rootfs_fd);
		if (null < 0)
			return 0; /* it has none: the host's is better than nothing */
		if (dup2(null, fd) < 0)
			return -errno;
	}
	return 0;
}
