/* SPDX-License-Identifier: MIT */
/*
 * The cgroup of a container by either manager: a directory that we make (cgroupfs: cgroupsPath is
 * a path below the root of the hierarchy, below our own cgroup if it is relative), or a transient
 * scope (systemd: cgroupsPath is "SLICE:PREFIX:NAME"). On a hybrid machine, which has cgroup v2
 * beside v1, cgroupfs makes the directory there: its freezer and device filter are in force. Limits
 * are set in directories of the same name in the hierarchies of v1, else warned of once. Without
 * v2, everything that needs to find the processes goes by the PID namespace.
 *
 * 0 or negative errno, which is reported, unless said otherwise.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "lib/text.h"
#include "oci.h"

struct oci_resources;
struct oci_config;

struct oci_cgroup {
	enum oci_cgroup_manager manager;
	char *dir;  /* /sys/fs/cgroup/...; NULL: there is none */
	char *unit; /* systemd: the scope */
	char **v1;  /* directories in the hierarchies of v1, for limits alone */
};

void oci_cgroup_done(struct oci_cgroup *g);

/*
 * Before the clone: make and limit the directory (cgroupfs), or decide on its names (systemd).
 * *ret_fd: a descriptor of the directory to clone into, or -1. On failure nothing is left.
 */
int oci_cgroup_up(const struct oci_options *o, const char *id, const struct oci_config *config,
		  struct oci_cgroup *ret, int *ret_fd);
/* After the clone (nothing to do for cgroupfs): have systemd make the scope around pid, limited. */
int oci_cgroup_adopt(struct oci_cgroup *g, const char *id, const struct oci_config *config,
		     pid_t pid);
/* Kill what is in it, and remove it with what is below. Idempotent. */
int oci_cgroup_down(const struct oci_cgroup *g);
/* cgroup-exec.c: where exec's processes go: the container's cgroup, or what its options --cgroup
 * say below it, "[CONTROLLER,...:]PATH"; NULL: there are none. The directories of v1 are changed to
 * those. cgroup v2 knows no process in inner nodes: the cgroup of init is taken then. Reports. */
int oci_cgroup_open(const struct oci_cgroup *g, char *const *options, pid_t init, int *ret_fd);
/* cgroup-v1.c: the calling process enters those of v1. Negative errno. */
int oci_cgroup_enter_v1(const struct oci_cgroup *g);
/* The freezer of v1 keeps what it holds from dying even: let go what the container itself has
 * frozen in groups below its own, and pid (0: none), which somebody may hold. */
void oci_cgroup_thaw_v1(const struct oci_cgroup *g, pid_t pid);

/* cgroup-process.c. -ENOENT, -EOPNOTSUPP: it is gone, or there is none. Does not report. */
int oci_cgroup_kill(const struct oci_cgroup *g, int signo);
/* Wait until it is frozen, or thawed. */
int oci_cgroup_freeze(const struct oci_cgroup *g, bool frozen);
bool oci_cgroup_is_frozen(const struct oci_cgroup *g);
/* All processes in it and below; the caller frees. -EOPNOTSUPP: there is none; not reported. */
int oci_cgroup_processes(const struct oci_cgroup *g, pid_t **ret, size_t *ret_n);

/* resources.c: write what is given. A limit that cannot be had is an error that names it. What was
 * there before is added to old, for oci_resources_undo, whatever comes of it; old may be NULL. */
int oci_resources_apply(const struct oci_cgroup *g, const struct oci_resources *r, char ***old);
/* resources-undo.c: put that back, and properties of the scope. What cannot be is warned of. */
void oci_resources_undo(const struct oci_cgroup *g, char *const *old);
/* resources-properties.c: the same as properties of a unit ("MemoryMax=..."), appended to a vector.
 */
int oci_resources_properties(const struct oci_resources *r, char ***v);
/* device-filter.c: an eBPF program of the rules (last match decides, as in config-linux.md),
 * attached to the cgroup in place of what nap had attached. Reports. Beside v1, where nobody needs
 * a cgroup of v2 to run, one that cannot be had is a warning. */
int oci_device_filter(int cgroup_fd, const struct oci_resources *r, bool beside_v1);
/* stats.c: append the document of oci_stats; there must be a cgroup, of either version. */
int oci_cgroup_stats(const struct oci_cgroup *g, struct buf *out);
