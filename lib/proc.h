/* SPDX-License-Identifier: MIT */
/* Processes as /proc and pidfds show them. A process is named by pid and start time, so that a
 * reused pid is never mistaken for it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Start time of pid in clock ticks since boot (field 22 of stat(5)). 0 or -ESRCH. */
int proc_start_time(pid_t pid, uint64_t *ret_ticks);
/* Does a process of this pid run? A zombie does not. */
bool proc_is_alive(pid_t pid);
/* A pidfd of pid if it started at ticks, else -ESRCH. Zombies count as gone. */
int proc_open(pid_t pid, uint64_t ticks);
int proc_send_signal(int pidfd, int signo);
/* Wait until a child of ours has ended, whatever the wait itself meets. */
void proc_reap(int pidfd);
/* Kill a child of ours, and wait for it if it could be killed. */
void proc_end_child(int pidfd);
/* Wait until the process has ended: 0, or -ETIMEDOUT. timeout_ms < 0: for ever. */
int proc_wait_end(int pidfd, int timeout_ms);

/* A 64-bit mask line of /proc/PID/status ("SigCgt", "CapEff", ...), bit n-1 for signal n. */
int proc_status_mask(pid_t pid, const char *field, uint64_t *ret);
/* The text of a line of /proc/PID/status after "Field:\t"; the caller frees. */
int proc_status_text(pid_t pid, const char *field, char **ret);
/* Open a namespace of a process, by its name in /proc/PID/ns ("user"). 0 or negative errno. */
int proc_open_namespace(pid_t pid, const char *name, int *ret_fd);
/* Is the kernel that runs of this version or a newer one? */
bool proc_kernel_is(unsigned major, unsigned minor);
/* An identifier of this boot, NUL-terminated hex. 0 or negative errno. */
int proc_boot_id(char ret[static 40]);
