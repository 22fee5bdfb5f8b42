/* SPDX-License-Identifier: MIT */
/*
 * config.json of a bundle, as numbers and texts: the OCI runtime specification 1.2, config.md and
 * config-linux.md. Reading it finds everything that is wrong with the document itself; whether this
 * machine can do what it asks for is found out by who does it. Unknown members are ignored, as the
 * specification demands; known ones of a wrong type are errors that name them by their path
 * ("linux.resources.memory.limit").
 *
 * All memory belongs to the structures. 0 numbers and NULL texts are "not given" unless a flag says
 * otherwise. *_done releases and empties.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/json.h"
#include "lib/rlimit.h"
#include "runtime/caps.h"

/* ---- process (config.md, Process): of a bundle, or of exec --process ---- */

struct oci_scheduler {
	bool given;
	uint32_t policy; /* SCHED_* */
	int32_t nice, priority;
	uint64_t flags; /* SCHED_FLAG_* */
	uint64_t runtime_nsec, deadline_nsec, period_nsec;
};

struct oci_process {
	bool given; /* a bundle may be created without, but not started */
	bool terminal;
	unsigned rows, columns; /* of consoleSize; 0: not given */
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* additionalGids */
	size_t n_groups;
	mode_t umask;	       /* 0022 unless given */
	char **args;	       /* at least one, unless the process is not given */
	char **env;	       /* NAME=value */
	char *cwd;	       /* absolute */
	struct caps_sets caps; /* all empty if not given; names nobody knows are warned of */
	struct rlimit_spec *rlimits;
	size_t n_rlimits;
	bool no_new_privs;
	bool has_oom_score_adj;
	int oom_score_adj;
	char *apparmor, *selinux_label;
	struct oci_scheduler scheduler;
	int io_class, io_priority;	 /* IOPRIO_CLASS_*; 0: not given */
	char *initial_cpus, *final_cpus; /* execCPUAffinity, as cpusets are written: "0-3,7" */
};

/* ---- mounts ---- */

struct oci_mapping {
	uint32_t inside, outside, n; /* containerID, hostID, size */
	bool relative;		     /* of a mount: outside is an id of the container */
};

struct oci_mount {
	char *destination, *type, *source; /* source: absolute if it is a path of the host */
	char *data;	     /* what the file system itself is to understand: "size=64m,mode=755" */
	uint64_t flags;	     /* MS_* of mount(2), MS_BIND and MS_REC among them */
	uint64_t set, clear; /* MOUNT_ATTR_* that options ask for, one mount alone */
	uint64_t rec_set, rec_clear; /* and of all mounts below: "rro" */
	uint64_t propagation[4];     /* MS_PRIVATE ..., with MS_REC, in the order given; 0 ends */
	bool copy_up;		     /* tmpcopyup */
	bool src_no_follow;	     /* src-nofollow: bind a symlink of the host, not its target */
	bool dest_no_follow;	     /* dest-nofollow: the destination may be a symlink */
	bool copy_symlink;	     /* a source that is a symlink is made again, not mounted */
	bool idmap, rec_idmap;	     /* "idmap", "ridmap", or mappings were given */
	struct oci_mapping *uids, *gids; /* of the mount; none with idmap: those of the container */
	size_t n_uids, n_gids;
};

/* ---- hooks ---- */

struct oci_hook {
	char *path; /* absolute */
	char **args, **env;
	int timeout_sec; /* 0: as long as it takes */
};

enum oci_stage {
	OCI_PRESTART,
	OCI_CREATE_RUNTIME,
	OCI_CREATE_CONTAINER,
	OCI_START_CONTAINER,
	OCI_POSTSTART,
	OCI_POSTSTOP,
	OCI_STAGES,
};

struct oci_hooks {
	struct oci_hook *hook;
	size_t n;
};

/* ---- resources (also the document of update) ---- */

/* What is not given stays as it is; -1 is "no limit" where the specification says so. */
struct oci_number {
	bool given;
	int64_t value;
};

struct oci_device_rule {
	bool allow;
	char type;	      /* 'a', 'b', 'c' */
	int64_t major, minor; /* -1: all */
	bool read, write, mknod;
};

struct oci_throttle {
	unsigned major, minor;
	uint64_t rate; /* bytes or operations per second */
};

/* Pairs, as file name and value or as page size and limit. */
struct oci_pair {
	char *name, *value;
};

struct oci_hugepage {
	char *page_size; /* "2MB" */
	uint64_t limit;	 /* bytes */
};

struct oci_rdma {
	char *name;
	struct oci_number handles, objects;
};

struct oci_block_weight {
	unsigned major, minor;
	struct oci_number weight, leaf_weight;
};

struct oci_resources {
	struct oci_device_rule *devices;
	size_t n_devices;
	struct {
		struct oci_number limit, reservation, swap, kernel, kernel_tcp, swappiness;
		struct oci_number disable_oom_killer, use_hierarchy,
			check_before_update; /* 0 or 1 */
	} memory;			     /* bytes */
	struct {
		struct oci_number shares, quota, burst, period, realtime_runtime, realtime_period,
			idle;
		char *cpus, *mems;
	} cpu; /* microseconds */
	struct oci_number pids;
	struct {
		struct oci_number weight, leaf_weight;
		struct oci_block_weight *weights;
		size_t n_weights;
		struct oci_throttle
			*throttle[4]; /* read and write bytes, read and write operations */
		size_t n_throttle[4];
	} block;
	struct oci_hugepage *hugepages;
	size_t n_hugepages;
	struct {
		struct oci_number class_id;
		struct oci_pair *priorities;
		size_t n_priorities;
	} network; /* cgroup v1 only */
	struct oci_rdma *rdma;
	size_t n_rdma;
	struct oci_pair *unified; /* file of cgroup v2 and what to write */
	size_t n_unified;
};

/* ---- linux ---- */

struct oci_namespace {
	uint64_t type; /* one CLONE_NEW* */
	char *path;    /* of the one to join; NULL: a new one */
};

struct oci_device {
	char *path;
	char type; /* 'c', 'b', 'u' (as c), 'p' */
	int64_t major, minor;
	mode_t mode; /* 0666 unless given */
	uid_t uid;
	gid_t gid;
};

struct oci_netdev {
	char *name, *inside; /* of the host; inside is never NULL */
};

struct oci_time_offset {
	bool given;
	int64_t sec;
	uint32_t nsec;
};

struct oci_config {
	char *version; /* any 1.x */
	struct oci_process process;
	char *rootfs; /* absolute */
	bool read_only;
	struct oci_mount *mounts;
	size_t n_mounts;
	char *hostname, *domainname;
	struct oci_hooks hooks[OCI_STAGES];
	char **annotations; /* KEY=value */

	struct oci_namespace *namespaces; /* each type at most once */
	size_t n_namespaces;
	struct oci_mapping *uids, *gids; /* of a new user namespace */
	size_t n_uids, n_gids;
	struct oci_time_offset monotonic, boottime;
	struct oci_device *devices;
	size_t n_devices;
	struct oci_netdev *netdevs;
	size_t n_netdevs;
	char *cgroup; /* cgroupsPath as written */
	struct oci_resources resources;
	uint64_t propagation;		  /* rootfsPropagation: MS_* with MS_REC; 0: not given */
	char **sysctls;			  /* "net/ipv4/ip_forward=1" */
	char **masked, **read_only_paths; /* absolute */
	char *mount_label;
	bool has_personality;
	unsigned long personality;
	/* as written, for seccomp-profile.h: borrowed from document; NULL: unconfined */
	json_t *seccomp;
	char *seccomp_listener, *seccomp_listener_metadata;
	json_t *document; /* owned */
};

/*
 * Read FILE, which is below the bundle unless it is absolute; relative paths in it start from the
 * bundle (absolute). headless: process.terminal is an error. Reports what is wrong with file and
 * member.
 */
int oci_config_read(const char *bundle, const char *file, bool headless, struct oci_config *ret);
/* The same from a text that messages call file: the copy that is kept with the state. */
int oci_config_parse(const char *file, const char *bundle, const char *text, size_t len,
		     struct oci_config *ret);
void oci_config_done(struct oci_config *c);
/* A process document from a file, "-" for standard input. Reports. */
int oci_process_read(const char *path, struct oci_process *ret);
void oci_process_done(struct oci_process *p);
/* A resources document (update --resources FILE, "-" for standard input). Reports. */
int oci_resources_read(const char *path, struct oci_resources *ret);
void oci_resources_done(struct oci_resources *r);

/* The namespace of a type, or NULL: the container shares nap's own. */
const struct oci_namespace *oci_namespace(const struct oci_config *c, uint64_t type);
/* Name of a namespace type as the specification and /proc/PID/ns have them. */
struct oci_namespace_name {
	const char *name, *proc;
	uint64_t type;
};
extern const struct oci_namespace_name oci_namespace_names[]; /* ends with a NULL name */
/* Every option of a mount that is understood, NULL-terminated, for features. */
extern const char *const oci_mount_options[];
