/* SPDX-License-Identifier: MIT */
/*
 * nap as an OCI runtime: the operations of runtime.md on containers that an engine (podman,
 * containerd, CRI-O) makes from bundles. They share nothing on disk with those of nap run: the
 * state of one is ROOT/ID (state.h), ROOT the engine's --root.
 *
 * All of these report. 0 or negative errno unless said otherwise. A container that does not exist
 * is -ENOENT and "container ID does not exist", one that has ended -ESRCH and "container not
 * running": engines look for these words.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/text.h"

enum oci_cgroup_manager { OCI_CGROUP_FS, OCI_CGROUP_SYSTEMD, OCI_CGROUP_DISABLED };

/* What stands before the verb. Texts are borrowed. */
struct oci_options {
	const char *root; /* where states are, ROOT/ID each; made when needed */
	enum oci_cgroup_manager manager;
	bool debug;
};

struct oci_create_options {
	const char *bundle; /* NULL: the working directory */
	const char *config; /* below the bundle unless absolute; NULL: config.json */
	const char *pid_file, *console_socket;
	unsigned preserve_fds; /* further descriptors from 3 on that the process gets */
	bool no_pivot, no_new_keyring, no_subreaper;
	bool detach; /* run: do not wait */
	bool keep;   /* run: leave the state of what has ended */
};

struct oci_exec_options {
	const char *process; /* a file; NULL: the members below, over the container's own process */
	char **args, **env, **caps;
	char **cgroups; /* [CONTROLLER,...:]PATH, below the container's own */
	const char *user, *cwd, *apparmor, *process_label;
	gid_t *groups;
	size_t n_groups;
	bool no_new_privs, tty, ignore_paused;
	const char *pid_file, *console_socket;
	unsigned preserve_fds;
	bool detach;
};

/* create.c (runtime.md, Create): its process waits, behind ROOT/ID/start. */
int oci_create(const struct oci_options *o, const char *id, const struct oci_create_options *q);
/* The exit code of the process (128+n for a signal) unless detached. */
int oci_run(const struct oci_options *o, const char *id, const struct oci_create_options *q);
/* start.c */
int oci_start(const struct oci_options *o, const char *id);
/* exec.c: as oci_run; 255 is the convention for what the runtime failed at. */
int oci_exec(const struct oci_options *o, const char *id, const struct oci_exec_options *q);
/* Append JSON documents. inspect.c: runtime.md, State; spec-document.c: a config.json to begin
 * with; features.c: features.md, and features-linux.md. */
int oci_state(const struct oci_options *o, const char *id, struct buf *out);
int oci_spec(const struct oci_options *o, struct buf *out);
int oci_features(const struct oci_options *o, struct buf *out);

enum oci_status { OCI_CREATING, OCI_CREATED, OCI_RUNNING, OCI_PAUSED, OCI_STOPPED };
extern const char *const oci_status_names[];

struct oci_info {
	char *id, *bundle, *owner, *rootfs;
	enum oci_status status;
	pid_t pid; /* 0: stopped */
	int64_t created_usec;
	char **annotations;
};

/* inspect.c: all there are, by id; none if there is no ROOT. oci_list_free takes them back. */
int oci_list(const struct oci_options *o, struct oci_info **ret, size_t *ret_n);
void oci_list_free(struct oci_info *list, size_t n);
/* kill.c: send a signal to its first process, or to all. Delete what has stopped (-EBUSY else);
 * with force whatever there is, if there is anything. */
int oci_kill(const struct oci_options *o, const char *id, int signo, bool all);
int oci_delete(const struct oci_options *o, const char *id, bool force);
/* cgroup-verbs.c: by the freezer, which takes a cgroup (-EOPNOTSUPP). */
int oci_pause(const struct oci_options *o, const char *id);
int oci_resume(const struct oci_options *o, const char *id);
/* The processes of the container, in our PID namespace; the caller frees *ret. */
int oci_processes(const struct oci_options *o, const char *id, pid_t **ret, size_t *ret_n);
/* resources-update.c: change limits, from a document (a path, "-" for standard input; may be NULL),
 * then from options of update as NAME=VALUE ("memory=1073741824"). */
int oci_update(const struct oci_options *o, const char *id, const char *resources,
	       char *const *settings);
/* cgroup-verbs.c: statistics as runc's events --stats has them (containerd reads them). */
int oci_stats(const struct oci_options *o, const char *id, struct buf *out);
/* cgroup-events.c: hand emit (without a newline) statistics each interval and
 * {"type":"oom","id":ID} at each OOM kill, until the container ends or emit is negative, which is
 * the result then. */
int oci_events(const struct oci_options *o, const char *id, uint64_t interval_usec,
	       int (*emit)(const char *event));
