/* SPDX-License-Identifier: MIT */
/*
 * Mappings of ids: looked up, and made into a user namespace to idmap mounts with. That takes a
 * process inside for a moment; it shares our memory, and so makes bare calls only.
 */
#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/proc.h"
#include "lib/text.h"

#define STACK_BYTES 16384

static int host_id(const struct oci_mapping *m, size_t n, uint32_t id, uint32_t *ret)
{
	if (n == 0) {
		*ret = id;
		return 0;
	}
	for (; n > 0; m++, n--)
		if (id >= m->inside && id - m->inside < m->n) {
			*ret = m->outside + (id - m->inside);
			return 0;
		}
	return -EOVERFLOW;
}

int oci_host_uid(const struct oci_config *config, uid_t uid, uid_t *ret)
{
	return host_id(config->uids, config->n_uids, uid, ret);
}

int oci_host_gid(const struct oci_config *config, gid_t gid, gid_t *ret)
{
	return host_id(config->gids, config->n_gids, gid, ret);
}

/* ---- a namespace ---- */

static int hold(void *data)
{
	pid_t *nap = data;

	(void)syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)syscall(SYS_close_range, 0, ~0U, 0);
	while (syscall(SYS_getppid) == *nap)
		(void)syscall(SYS_pause);
	return 0;
}

/* The kernel wants all lines in one write(2). */
static int write_map(pid_t pid, const char *file, const struct oci_mapping *m, size_t n)
{
	char path[64];
	auto_buf text = {0};
	auto_fd int fd = -1;

	for (size_t i = 0; i < n; i++)
		buf_fmt(&text, "%u %u %u\n", m[i].inside, m[i].outside, m[i].n);
	if (text.error)
		return text.error;
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fs_write_all(fd, text.data, text.len);
}

static int open_namespace(pid_t pid, int *ret_fd)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int oci_mapping_namespace(const struct oci_mapping *uids, size_t n_uids,
			  const struct oci_mapping *gids, size_t n_gids, int *ret_fd)
{
	_Alignas(16) char stack[STACK_BYTES];
	auto_fd int pidfd = -1;
	pid_t nap = getpid(), pid;
	int r;

	if (n_uids == 0 || n_gids == 0)
		return -EINVAL;
	pid = clone(hold, stack + sizeof(stack), CLONE_NEWUSER | CLONE_VM | CLONE_PIDFD | SIGCHLD,
		    &nap, &pidfd);
	if (pid < 0)
		return -errno;
	r = write_map(pid, "uid_map", uids, n_uids);
	if (r == 0)
		r = write_map(pid, "gid_map", gids, n_gids);
	if (r == 0)
		r = open_namespace(pid, ret_fd);
	proc_end_child(pidfd);
	return r;
}
