/* SPDX-License-Identifier: MIT */
/*
 * Holding the app between its execve(2) and its first instruction, by ptrace(2): systemd must know
 * its main process before that can have ended. Where tracing is forbidden there is no holding, and
 * an app that ends at once may end unseen. Nothing here reports.
 */
#pragma once

#include <sys/types.h>

/* Have the process, which is about to become the stub and then the app, stop there. Negative errno:
 * it will not. */
int hold_prepare(pid_t pid);
/* Wait until it stands there: 1; 0: it has ended before. Negative errno. */
int hold_wait(pid_t pid);
/* Let it run. */
void hold_release(pid_t pid);
