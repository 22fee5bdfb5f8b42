/* SPDX-License-Identifier: MIT */
/*
 * struct spec, the waist: everything the launcher needs, resolved and validated, nothing it has to
 * look up. Front doors fill it (spec-image.c), launch.c and child.c consume it, state.c keeps what
 * nap exec needs of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/device.h"
#include "lib/firewall.h"
#include "lib/mountspec.h"
#include "lib/port.h"
#include "lib/rlimit.h"
#include "lib/secret.h"
#include "net/net.h"
#include "runtime.h"

struct json_t;

struct user_spec {
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t n_groups;
	char *home; /* NULL: "/" */
};

/* What says that a service is ready (Notify= of nap.app(5)). */
enum notify_mode {
	NOTIFY_NO,	/* its execve(2) */
	NOTIFY_YES,	/* the app itself, by sd_notify(3) */
	NOTIFY_HEALTHY, /* its first successful health check */
};

/* A command that is run in the container again and again; of [0] the app's PATH is searched. */
struct probe_spec {
	char **argv; /* NULL: there is none */
	uint64_t interval_usec, timeout_usec;
	unsigned retries; /* failures in a row that count as one */
};

struct health_spec {
	struct probe_spec probe;
	uint64_t start_period_usec; /* failures do not count so early */
	struct probe_spec startup;  /* until this has succeeded, the probe is not run */
	unsigned startup_successes;
	bool watchdog; /* an unhealthy app is systemd's to end (HealthOnFailure=) */
};

enum network_mode {
	NETWORK_PRIVATE, /* attach[] says on which networks */
	NETWORK_NONE,
	NETWORK_HOST,
	NETWORK_SHARED, /* that of the container network_of */
};

struct spec {
	char *id;
	char *unit; /* the systemd service that it is; NULL: a one-off container of nap run */
	enum notify_mode notify; /* of a service */
	struct health_spec health;
	struct secret_spec *secrets; /* of a service */
	size_t n_secrets;
	char *image, *image_id; /* as asked for; hex id, NULL with rootfs */
	char **layers;		/* keys, bottom first */
	char *rootfs;		/* a directory of the host in place of layers */
	bool rootfs_overlay;	/* what is written does not go to it */
	mode_t root_mode;
	uid_t root_uid;
	gid_t root_gid;
	int64_t root_mtime;

	char **argv, **env;
	char *working_dir; /* absolute */
	char *user_text;   /* resolved in the image's own passwd by user_resolve */
	char **group_add;  /* names or ids, resolved there too */
	char *hostname;	   /* NULL with the host's UTS namespace */
	int stop_signal;
	bool terminal, interactive;
	bool init; /* a reaper is PID 1, the app PID 2 */
	bool read_only, keep, quiet;
	bool no_new_privs, masks, sys_writable,
		host_devices; /* privileged: none of the first, all of the rest */
	char **mask;	      /* further paths to hide, absolute */
	char **unmask;	      /* patterns of those of procfs.h that are left as they are */
	/* what is hidden and read-only then: borrowed from procfs.c */
	const char **masked_dirs, **masked_files, **read_only_paths;

	uint64_t namespaces; /* CLONE_NEW* made for it */
	bool lasting_ids;    /* an app: its user namespace has the same ids at every start */
	enum network_mode network;
	char *network_of; /* id, which may be shortened */
	struct net_attach *attach;
	size_t n_attach;
	struct port_spec *publish;
	size_t n_publish;
	struct firewall_rule *rules;
	size_t n_rules;
	char **add_host, **dns, **dns_search, **dns_option;
	char **labels, **annotations; /* NAME=value: kept and shown, nothing else */

	struct mount_spec *mounts;
	size_t n_mounts;
	struct device_spec *devices;
	size_t n_devices;
	struct rlimit_spec *rlimits;
	size_t n_rlimits;
	char **sysctls; /* "net/ipv4/...=value", path below /proc/sys */
	uint64_t shm_bytes;

	uint64_t caps;	       /* the bounding set, and what root has */
	char *seccomp_profile; /* path, NULL: the default */
	bool seccomp_unconfined;
	bool landlock;	/* as far as the kernel can, where there is use for it */
	char *apparmor; /* a profile, or NULL */
	char *selinux;	/* of an engine: a context, or NULL */

	uint64_t memory_bytes; /* 0: no limit */
	uint64_t cpu_usec_per_sec;
	uint64_t tasks; /* UINT64_MAX: unlimited */
	bool tasks_asked;
	bool limits_asked; /* a limit that cannot be had is an error, not a default that is missed
			    */
};

/* The members of a spec that nap exec, stop and inspect need, from spec_to_json's document.
 * -EBADMSG. Does not report. */
int spec_from_json(const struct json_t *j, struct spec **ret);
