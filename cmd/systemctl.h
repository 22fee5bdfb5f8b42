/* SPDX-License-Identifier: MIT */
/* systemd's own programs, executed from fixed places. */
#pragma once

#include <stdbool.h>

/* Is systemd PID 1 (sd_booted(3))? */
bool systemd_is_running(void);
/*
 * Replace this process by argv, whose first word is "systemctl" or "journalctl"; verbose prints the
 * command line to stderr first. Returns only after reporting that it cannot be executed.
 */
int systemctl_exec(char *const *argv, bool verbose);
/* Run it as a child. 0; -EIO if it failed, which it has explained itself. Reports the rest. */
int systemctl_wait(char *const *argv, bool verbose);
