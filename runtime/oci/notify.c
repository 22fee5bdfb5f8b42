/* SPDX-License-Identifier: MIT */
/*
 * $NOTIFY_SOCKET of who calls create and start: the container is given a socket of its own to say
 * READY=1 to (as with crun: $NOTIFY_SOCKET is a directory there, and the socket in it is what its
 * process is told of). start hears it, and no process of nap stays: what is said later, nobody
 * hears, so the socket is gone then.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/socket.h"
#include "lib/strv.h"
#include "runtime/ready.h"

#define DIRECTORY "notify" /* in ROOT/ID */
#define SOCKET DIRECTORY "/notify"
/* Where it is inside, if $NOTIFY_SOCKET is a name and no path. */
#define DEFAULT_PLACE "/run/notify"

static const char *asked(void)
{
	const char *path = getenv("NOTIFY_SOCKET");

	return path && *path ? path : NULL;
}

/* A mount, the last one of the config. Takes over the texts of m. */
static int add_mount(struct oci_config *config, const struct oci_mount *m)
{
	struct oci_mount *grown = reallocarray(config->mounts, config->n_mounts + 1,
					       sizeof(*grown));

	if (!grown)
		return log_oom();
	grown[config->n_mounts++] = *m;
	config->mounts = grown;
	return 0;
}

/* Closed but for the socket: connecting to that is not writing to the file system. */
static int mount_directory(struct oci_container *oc, const char *place)
{
	struct oci_mount m = {
		.flags = MS_BIND,
		.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	};
	auto_free char *destination = strdup(place), *type = strdup("bind");
	auto_free char *source = text_format("%s/%s/" DIRECTORY, oc->options->root, oc->state.id);
	int r;

	if (!destination || !type || !source)
		return log_oom();
	m.destination = destination;
	m.type = type;
	m.source = source;
	r = add_mount(&oc->config, &m);
	if (r < 0)
		return r;
	destination = type = source = NULL;
	return 0;
}

int oci_notify_prepare(struct oci_container *oc)
{
	auto_free char *place = NULL, *assignment = NULL;
	const char *path = asked();
	int r;

	if (!path || !oci_namespace(&oc->config, CLONE_NEWNS))
		return 0;
	r = path_normalize(*path == '/' ? path : DEFAULT_PLACE, &place);
	if (r < 0)
		return log_fail(r, "NOTIFY_SOCKET");
	if (mkdirat(oc->state.dirfd, DIRECTORY, 0755) < 0)
		return log_fail(-errno, "make the directory of the container's messages");
	r = mount_directory(oc, place);
	if (r < 0)
		return r;
	assignment = text_format("NOTIFY_SOCKET=%s/notify", place);
	return !assignment || env_set(&oc->config.process.env, assignment) < 0 ? log_oom() : 0;
}

int oci_notify_listen(const struct oci_state *s, int *ret_fd)
{
	auto_fd int fd = -1;
	int r;

	*ret_fd = -1;
	if (!asked() || fs_is_absent(s->dirfd, DIRECTORY))
		return 0;
	r = fd = socket_bind(SOCK_DGRAM, s->dirfd, SOCKET);
	if (r >= 0 && fchmodat(s->dirfd, SOCKET, 0777, 0) < 0) /* whoever its users are */
		r = -errno;
	if (r < 0)
		return log_fail(r, "make the socket of the container's messages");
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* Others may use the container meanwhile: it runs. */
void oci_notify_wait(const struct oci_state *s, int fd)
{
	auto_fd int pidfd = oci_state_open(s);
	struct pollfd fds[] = {{fd, POLLIN, 0}, {pidfd, POLLIN, 0}};

	(void)flock(s->dirfd, LOCK_UN);
	while (ready_pass_on(fd, s->pid) == 0 && pidfd >= 0 && fds[1].revents == 0)
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			break;
	(void)unlinkat(s->dirfd, SOCKET, 0);
}
