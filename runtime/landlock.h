/* SPDX-License-Identifier: MIT */
/* Landlock, for what no namespace keeps from an app. */
#pragma once

struct container;

/* Open c->landlock_fd, the ruleset that all of its processes enter; it stays -1 where there is
 * nothing to keep from them, or the kernel cannot. Reports. */
int landlock_prepare(struct container *c);
/* Confine the calling thread: one system call. It needs no_new_privs or CAP_SYS_ADMIN. */
int landlock_enter(int fd);
