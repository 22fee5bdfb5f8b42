/* SPDX-License-Identifier: MIT */
/*
 * Entering an AppArmor profile or an SELinux context right before the program that it is for. For
 * the stubs alone.
 */
#pragma once

#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>

#include "stub-sys.h"

/* /proc is the container's: what is opened must be of a procfs, and nothing may be mounted in the
 * way (CVE-2019-19921). */
static inline long profile_open(const char *file)
{
	struct open_how how = {.flags = O_WRONLY | O_CLOEXEC,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV |
					  RESOLVE_NO_MAGICLINKS};
	long proc = call(__NR_openat, AT_FDCWD, (long)"/proc", O_PATH | O_CLOEXEC, 0, 0);
	long fs[32]; /* more than a struct statfs, which begins with f_type */
	long r = proc < 0 ? proc : call(__NR_fstatfs, proc, (long)fs, 0, 0, 0);

	if (r < 0)
		return r;
	if (fs[0] != PROC_SUPER_MAGIC)
		return -ENOSYS;
	return call(__NR_openat2, proc, (long)file, (long)&how, sizeof(how), 0);
}

/*
 * What aa_change_onexec(3) and setexeccon(3) do: the task alone may say so, and of its next execve
 * only. The command is "exec PROFILE", or else a context.
 */
static inline int profile_set(const char *command)
{
	const char *apparmor = "exec ";
	long fd, n = 0, r;

	while (*apparmor && command[n] == *apparmor) {
		apparmor++;
		n++;
	}
	fd = profile_open(*apparmor ? "thread-self/attr/exec" : "thread-self/attr/apparmor/exec");
	while (command[n])
		n++;
	r = fd < 0 ? fd : call(__NR_write, fd, (long)command, n, 0, 0);
	return r < 0 ? (int)r : 0;
}
