/* SPDX-License-Identifier: MIT */
/*
 * The agent of SCMP_ACT_NOTIFY: config-linux.md, The Container Process State. Who is confined tells
 * it itself, over a connection that was made before: a profile that asks the agent about sendmsg(2)
 * cannot be started.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/socket.h>

#include "init.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/socket.h"
#include "runtime/seccomp.h"

static bool is_asked(const struct oci_container *oc)
{
	return oc->c.seccomp.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER;
}

/*
 * "If the SCMP_ACT_NOTIFY action is not used this value is ignored" (config-linux.md, Seccomp):
 * there need be no agent. One that is there waits for this container, though, and would wait for
 * ever: as by crun it is told, and is never asked.
 */
static void open_unasked(struct oci_container *oc, const char *path)
{
	/* nor is one waited for that has no time */
	oc->listener_fd = socket_connect(SOCK_STREAM | SOCK_NONBLOCK, AT_FDCWD, path);
	if (oc->listener_fd < 0)
		log_warn("linux.seccomp.listenerPath %s is ignored: no rule has SCMP_ACT_NOTIFY",
			 path);
}

int oci_listener_open(struct oci_container *oc)
{
	const char *path = oc->config.seccomp_listener;

	if (!is_asked(oc)) {
		if (path && !oc->c.joined) /* exec need not say so again */
			open_unasked(oc, path);
		return 0;
	}
	if (!path)
		return log_refuse(-EINVAL, "linux.seccomp: SCMP_ACT_NOTIFY needs a listenerPath");
	oc->listener_fd = socket_connect(SOCK_STREAM, AT_FDCWD, path);
	return oc->listener_fd < 0
		       ? log_fail(oc->listener_fd, "connect to the seccomp agent %s", path)
		       : 0;
}

/*
 * As runc and crun have it, which load the filter while they create: an agent knows by "creating"
 * that this is not a process of exec. The version is that of this document: the specification's
 * example and crun have no other. That of the bundle is in the state.
 */

static void add_document(const struct oci_container *oc, struct buf *b)
{
	struct oci_state state = oc->state;

	if (state.pid == 0) /* of create: nobody has told its child */
		state.pid = oc->host_pid;
	buf_char(b, '{');
	json_member(b, "ociVersion", "0.2.0");
	json_add_key(b, "fds");
	buf_str(b, "[\"seccompFd\"]");
	json_member_i64(b, "pid", oc->host_pid);
	json_member(b, "metadata", oc->config.seccomp_listener_metadata);
	json_add_key(b, "state");
	oci_state_document(&state, oc->c.joined ? OCI_RUNNING : OCI_CREATING, b);
	buf_char(b, '}');
}

int oci_listener_filter(const struct oci_container *oc)
{
	struct seccomp_program program = oc->c.seccomp;
	auto_buf document = {0};
	int fd, r;

	if (oc->listener_fd < 0)
		return seccomp_apply(&program);
	program.flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	program.flags &= ~(unsigned)SECCOMP_FILTER_FLAG_TSYNC; /* not both; there is one thread */
	add_document(oc, &document); /* before: memory takes system calls, too */
	if (document.error)
		return document.error;
	fd = seccomp_apply(&program);
	if (fd < 0)
		return fd;
	r = socket_send(oc->listener_fd, document.data, document.len, fd);
	return is_asked(oc) ? r : 0; /* who is not needed may have gone */
}
