/* SPDX-License-Identifier: MIT */
/* Limits of a one-off container: who makes its cgroup, and the cgroup that nap makes itself. */
#pragma once

#include <stdbool.h>

struct container;

/*
 * Decide where limits come from: under systemd a transient scope (c->scope is set, scope_up
 * follows); else a cgroup below our own, made here (c->cgroup, c->cgroup_fd), if the controllers
 * are there; else none, which is an error only for limits that were asked for. Reports.
 */
int cgroup_up(struct container *c);
/* Kill what is in it and remove it. Idempotent. Reports. */
int cgroup_down(const char *path);
/* Is cgroup v2 mounted there? */
bool cgroup_is_v2(const char *path);
/* The cgroup v2 directory of a process ("/sys/fs/cgroup/..."), which the caller frees. Negative
 * errno: not mounted there. Does not report. */
int cgroup_of(int pid, char **ret);
/* The same where cgroup v2 is mounted on top. */
int cgroup_below(const char *top, int pid, char **ret);
