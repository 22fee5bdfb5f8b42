/* SPDX-License-Identifier: MIT */
/*
 * Abstract Unix sockets belong to the network namespace and have no owner or mode: with the host's
 * network an app could connect to those of any daemon, some of which trust whoever does
 * (CVE-2020-15257, containerd). Linux 6.12 and later keep it to those that it has made itself.
 *
 * No more than that: what files an app reaches its mounts say, and each process in its own PID
 * namespace signals nobody else anyway; who is given the host's is meant to. Access to files must
 * not be handled, or the kernel would refuse every mount, by capable apps as well.
 *
 * Each process that enters from outside, nap exec's as the app, has a domain of its own: they do
 * not trace each other, and have no abstract sockets in common.
 */
#include "landlock.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "container.h"
#include "lib/log.h"

/* As in linux/landlock.h since 6.12. */
struct ruleset_attr {
	uint64_t handled_access_fs, handled_access_net, scoped;
};
#define CREATE_RULESET_VERSION 1U
#define SCOPE_ABSTRACT_UNIX_SOCKET 1U
#define ABI_SCOPES 6 /* the first that knows them */

/* -EOPNOTSUPP: not built in, switched off, too old, or kept from us. */
static int make_ruleset(void)
{
	struct ruleset_attr attr = {.scoped = SCOPE_ABSTRACT_UNIX_SOCKET};
	long fd;

	if (syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION) < ABI_SCOPES)
		return -EOPNOTSUPP;
	fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0); /* close-on-exec */
	return fd < 0 ? -errno : (int)fd;
}

int landlock_prepare(struct container *c)
{
	int fd;

	if (!c->spec->landlock || c->spec->network != NETWORK_HOST)
		return 0;
	fd = make_ruleset();
	if (fd == -EOPNOTSUPP)
		return 0;
	if (fd < 0)
		return log_fail(fd, "make a Landlock ruleset");
	c->landlock_fd = fd;
	return 0;
}

int landlock_enter(int fd)
{
	if (fd < 0)
		return 0;
	return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}
