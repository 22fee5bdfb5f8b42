/* SPDX-License-Identifier: MIT */
/* A container that says itself when it is ready, by a socket of its own (sd_notify(3)), and a nap
 * that hears it: only READY=1 goes on to $NOTIFY_SOCKET. */
#pragma once

#include <sys/types.h>

/*
 * Read what was said on fd, and tell $NOTIFY_SOCKET READY=1 if it was that; then, unless main_pid
 * is 0, MAINPID, and wait until both are heard, because this process is about to end. 1: told, or
 * it cannot be, which is warned of; 0: it was not said yet.
 */
int ready_pass_on(int fd, pid_t main_pid);
