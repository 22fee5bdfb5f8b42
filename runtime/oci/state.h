/* SPDX-License-Identifier: MIT */
/*
 * What is on disk about a container of an engine, in ROOT/ID (0700):
 *
 *     status        what later verbs need, written whole, by rename; again when something changes.
 *                   Its name, and the keys of what crun keeps as well, are crun's: who reads that
 *                   one's files can read these
 *     config.json   a copy: the bundle's may be gone or changed by then
 *     start         a socket, as long as the container is created and not started (init.h)
 *     seccomp       the compiled filter, for exec
 *     notify/       where the container says that it is ready, if it is asked to (notify.c)
 *
 * Of processes of exec nothing is kept: they are the engine's.
 * The directory itself is the claim of the id: mkdir(2) decides. Whoever changes something holds
 * flock(2) on it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroup.h"
#include "lib/cleanup.h"
#include "oci.h"

struct oci_state {
	int dirfd; /* ROOT/ID; flock()ed if that was asked for */
	char *id, *bundle, *rootfs;
	char *streams;	    /* of create, where /proc/self/fd leads: a JSON array */
	char *version;	    /* of the specification, as the bundle has it */
	char *boot;	    /* boot id: pids mean nothing after another */
	pid_t pid;	    /* the container's first process, in our namespace; 0: none yet */
	uint64_t pid_start; /* its start time: /proc/PID/stat, field 22 */
	int64_t created_usec;
	char **annotations; /* KEY=value */
	struct oci_cgroup cgroup;
	bool new_pid_namespace; /* all of it ends with its first process */
	bool creating;		/* create has not ended yet */
	unsigned hooks;		/* bit n: there are some of stage n */
};

/*
 * Make ROOT/ID and hold it: *ret has its dirfd, id and created_usec then, and is to be released
 * even if this fails. -EEXIST, -EINVAL for an id that is none ([A-Za-z0-9_+.-]+ and neither "." nor
 * ".."). Reports.
 */
int oci_state_claim(const struct oci_options *o, const char *id, struct oci_state *ret);
/* Write the file status. Reports. */
int oci_state_save(const struct oci_state *s);
/* -ENOENT with "container ID does not exist", which engines look for. lock: wait for whoever holds
 * it, and hold it. Reports. */
int oci_state_load(const struct oci_options *o, const char *id, bool lock, struct oci_state *ret);
/* Is there anything of it? Quiet about what is not. */
bool oci_state_exists(const struct oci_options *o, const char *id);
/* Remove ROOT/ID. Idempotent. Reports. */
int oci_state_remove(const struct oci_options *o, const struct oci_state *s);
void oci_state_done(struct oci_state *s);
#define auto_oci_state CLEANUP(oci_state_done)

/* From the process, the socket and the cgroup's freezer. */
enum oci_status oci_status_of(const struct oci_state *s);
/* A pidfd of the first process; -ESRCH: it has ended ("container not running" is what engines look
 * for, which the caller reports). */
int oci_state_open(const struct oci_state *s);
/* The document of the specification (runtime.md, State), as `state` prints it and hooks read it. */
void oci_state_document(const struct oci_state *s, enum oci_status status, struct buf *out);
