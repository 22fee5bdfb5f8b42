/* SPDX-License-Identifier: MIT */
/*
 * Terminals of containers of engines. Who asked for one listens on a socket and is sent its master,
 * made in the container's own devpts.
 */
#include <fcntl.h>
#include <sys/socket.h>

#include "init.h"
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
