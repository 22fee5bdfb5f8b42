/* SPDX-License-Identifier: MIT */
/* The processes of a container that has no cgroup. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * All processes of the PID namespace of init and of those below it; without such a namespace those
 * that share its mount namespace; at least init itself. The caller frees. Negative
 * errno, not reported.
 */
int ns_processes(pid_t init, bool by_pid_namespace, pid_t **ret, size_t *ret_n);
