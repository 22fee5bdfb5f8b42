/* SPDX-License-Identifier: MIT */
/*
 * What aa_change_onexec(3) does, with system calls alone. The stub is what is executed next; the
 * app inherits the profile from it.
 */
#include "lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"

#define ATTRIBUTE_BYTES 4096 /* the size that sysfs says each file has */

int lsm_check(const char *apparmor)
{
	auto_free char *enabled = NULL;

	if (!apparmor)
		return 0;
	if (fs_read_file(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", ATTRIBUTE_BYTES,
			 &enabled, NULL) == 0 &&
	    enabled[0] == 'Y')
		return 0;
	return log_refuse(-EOPNOTSUPP, "AppArmor profile %s: this machine has no AppArmor",
			  apparmor);
}

/* /proc may be the container's already: what is opened must be of a procfs, and nothing may be
 * mounted in the way (CVE-2019-19921). */
static int open_attribute(void)
{
	auto_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (proc < 0 || fstatfs(proc, &fs) < 0)
		return -errno;
	if (fs.f_type != PROC_SUPER_MAGIC)
		return -ENOSYS;
	return fs_openat2(proc, "thread-self/attr/apparmor/exec", O_WRONLY, 0,
			  RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS);
}

int lsm_set(const char *apparmor)
{
	auto_fd int fd = -1;
	char text[300];
	int n;

	if (!apparmor)
		return 0;
	n = snprintf(text, sizeof(text), "exec %s", apparmor);
	if (n < 0 || (size_t)n >= sizeof(text))
		return -ENAMETOOLONG;
	fd = open_attribute();
	if (fd < 0)
		return fd == -ENOENT ? -EOPNOTSUPP : fd;
	return write(fd, text, (size_t)n) < 0 ? -errno : 0; /* all at once, or it is none */
}
