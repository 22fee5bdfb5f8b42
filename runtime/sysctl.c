/* SPDX-License-Identifier: MIT */
/* Writing kernel parameters through nap's own procfs descriptor. */
#include "sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"

int sysctl_write(int sys_dirfd, const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	auto_fd int fd = -1;
	char path[256];

	if (!equals || (size_t)(equals - assignment) >= sizeof(path))
		return -EINVAL;
	memcpy(path, assignment, (size_t)(equals - assignment));
	path[equals - assignment] = '\0';
	fd = fs_openat2(sys_dirfd, path, O_WRONLY, 0,
			RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
	if (fd < 0)
		return fd;
	return fs_write_all(fd, equals + 1, strlen(equals + 1));
}

int sysctl_write_as(uid_t root, int sys_dirfd, const char *assignment)
{
	int r;

	if (seteuid(root) < 0)
		return -errno;
	r = sysctl_write(sys_dirfd, assignment);
	if (seteuid(0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	(void)setfsuid(root); /* it went along */
	return r;
}
