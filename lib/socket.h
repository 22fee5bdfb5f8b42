/* SPDX-License-Identifier: MIT */
/*
 * UNIX sockets whose paths may be longer than an address holds, and descriptors in messages
 * (unix(7), SCM_RIGHTS). System calls only, so that a child may use them before its execve.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* A new socket of this type (SOCK_*; close-on-exec) connected to who listens on path, which is as
 * in openat(2). Negative errno. */
int socket_connect(int type, int dirfd, const char *path);
/* A new one bound to name in the directory dirfd, where nothing of that name may be. Negative
 * errno. */
int socket_bind(int type, int dirfd, const char *name);

/* Send n bytes, and with them fd unless it is negative. 0 or negative errno; no SIGPIPE. */
int socket_send(int socket_fd, const void *data, size_t n, int fd);
/*
 * Receive at most n bytes. How many, 0 at the end of file, or negative errno; -EINTR is for the
 * caller to mind. *ret_fd is always set: what came with them, close-on-exec, or -1.
 */
ssize_t socket_receive(int socket_fd, void *data, size_t n, int *ret_fd);
