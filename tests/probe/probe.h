/* SPDX-License-Identifier: MIT */
/* What the files of the probe share. Every section prints KEY=VALUE lines, one for each fact. */
#pragma once

#include <stdbool.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* What a system call that was tried in a child of its own gave. */
enum { ENDED = -1, KILLED = -2, SLOW = -3 };

/* "ok", the name of an errno, "ended", "killed" (SIGSYS), "slow". */
const char *outcome(int error);
/* call(data) in a child, which may do to itself what it likes: 0, an errno, or one of the above. */
int in_child(long (*call)(const void *data), const void *data);
/* The first line of a file, or the name of the errno; overwritten by the next call. */
const char *first_line(const char *path);

/* syscalls.c */
void probe_syscalls(void);
void probe_arguments(void);
void probe_sockets(void);
void probe_abis(void);
/* process.c */
void probe_capabilities(void);
void probe_process(void);
void probe_limits(void);
void probe_descriptors(void);
void probe_namespaces(void);
/* files.c */
void probe_mounts(void);
void probe_masks(void);
void probe_writable(void);
void probe_devices(void);
void probe_init(void);
/* attempts.c */
void probe_attempts(void);
