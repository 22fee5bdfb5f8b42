/* SPDX-License-Identifier: MIT */
/* start: tell what waits in a created container to go on, and hear how that ended. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init.h"
#include "lib/log.h"
#include "lib/socket.h"
#include "lib/text.h"

int oci_start_listen(int dirfd, int *ret_fd)
{
	auto_fd int fd = socket_bind(SOCK_SEQPACKET, dirfd, "start");

	if (fd < 0)
		return fd;
	if (listen(fd, 1) < 0)
		return -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* A command that cannot be executed, in the words that engines look for. */
static int exec_failure(const char *command, int error)
{
	if (error == -ENOENT && !strchr(command, '/'))
		return log_refuse(error,
				  "executable file `%s` not found in $PATH: No such file or "
				  "directory",
				  command);
	return log_fail(error == -EISDIR ? -EACCES : error, "exec `%s`", command);
}

/* The stub does not say what it could not execute. */
static const char *command_of(const struct oci_container *oc)
{
	const char *const *argv = oc->spec ? (const char *const *)oc->spec->argv : NULL;

	return argv ? argv[0] : "the process";
}

int oci_child_failure(const struct oci_container *oc, int r, const struct message *m)
{
	const char *command;

	if (r < 0)
		return log_fail(r, "hear from the container's process");
	if (r == 0)
		return log_refuse(-EIO, "the container's process died while it was being started");
	if (m->stage != STAGE_FAILED)
		return log_refuse(-EPROTO, "the container's process said something unexpected");
	command = m->text[0] ? startswith(m->text, "execute ") : command_of(oc);
	if (m->exit_code == EXIT_NAP_EXEC && command)
		return exec_failure(command, m->error);
	if (m->error == 0)
		return log_refuse(-EIO, "%s", m->text);
	if (m->exit_code == EXIT_NAP_APPARMOR)
		return log_fail(m->error, "set the AppArmor profile");
	return log_fail(m->error, "%s", m->text);
}

/* The process says what it fails at, or executes, which closes the connection. */
static int see_through(const struct oci_container *oc, int channel)
{
	struct message m;
	int fd, r;

	r = handshake_send(channel, STAGE_START, -1);
	if (r < 0)
		return log_fail(r, "start %s", oc->state.id);
	r = handshake_receive(channel, &m, &fd);
	fd_drop(&fd);
	return r == 0 ? 0 : oci_child_failure(oc, r, &m);
}

/* Up to the program of the bundle; its socket to say so is there before. */
static int start(struct oci_container *oc, int *ret_ready_fd)
{
	const struct oci_state *s = &oc->state;
	enum oci_status status = oci_status_of(s);
	auto_fd int channel = -1, ready = -1;
	int r;

	if (status != OCI_CREATED)
		return log_refuse(-EINVAL, "cannot start container %s: it is %s, not created",
				  s->id, oci_status_names[status]);
	r = oci_notify_listen(s, &ready);
	if (r < 0)
		return r;
	channel = socket_connect(SOCK_SEQPACKET, s->dirfd, "start");
	if (channel < 0)
		return log_fail(channel, "start %s", s->id);
	/* nobody starts it a second time, whatever comes of this */
	if (unlinkat(s->dirfd, "start", 0) < 0)
		return log_fail(-errno, "start %s", s->id);
	r = see_through(oc, channel);
	if (r == 0)
		r = oci_hooks_kept(oc, OCI_POSTSTART, OCI_RUNNING);
	if (r == 0)
		*ret_ready_fd = TAKE_FD(ready);
	return r;
}

int oci_start_created(const struct oci_options *o, const char *id, int *ret_ready_fd)
{
	CLEANUP(oci_container_done)
	struct oci_container oc;
	int r;

	oci_container_init(&oc, o);
	r = oci_state_load(o, id, true, &oc.state);
	if (r == 0)
		r = start(&oc, &oc.c.ready_fd);
	if (r < 0)
		return r;
	if (ret_ready_fd)
		*ret_ready_fd = TAKE_FD(oc.c.ready_fd);
	else if (oc.c.ready_fd >= 0)
		oci_notify_wait(&oc.state, oc.c.ready_fd);
	return 0;
}

int oci_start(const struct oci_options *o, const char *id)
{
	return oci_start_created(o, id, NULL);
}
