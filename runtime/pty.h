/* SPDX-License-Identifier: MIT */
/*
 * The terminal of a container from inside: a child makes it in the container's own devpts, sends
 * the master to nap, and becomes its session. System calls only; negative errno. What nap does with
 * the master is in tty.h.
 */
#pragma once

#include <sys/ioctl.h>
#include <sys/types.h>

/*
 * The master of a new terminal of the container that we have joined. Its /dev is in other hands: so
 * what is opened must prove to be the multiplexer of a devpts.
 */
int pty_open_joined(const struct winsize *size);
/* Make a master that was just opened ready: unlocked, and of this size. */
int pty_prepare(int master_fd, const struct winsize *size);
/* The other end of it, which is given to owner. */
int pty_open_slave(int master_fd, uid_t owner);
/* It becomes our controlling terminal, and standard input, output and error. */
int pty_take(int slave_fd);
