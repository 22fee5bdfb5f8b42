/* SPDX-License-Identifier: MIT */
/*
 * A container of an engine from clone to execve: the two halves of create, and what start says to
 * what waits. create.c is the parent, init.c the child; the messages are those of handshake.h, over
 * a channel of create's and then one of start's:
 *
 *     init   -> create   STAGE_MADE      the namespaces are there, and joined
 *     create -> init     STAGE_GO        its cgroup, mappings and network devices are
 *     init   -> create   STAGE_MADE      if there are prestart or createRuntime hooks: all is
 * mounted create -> init     STAGE_GO        and they have run init   -> create   STAGE_MOUNTED
 * createContainer hooks have run, the root is entered, the command exists; carries the terminal's
 * master, if any init listens on the socket ROOT/ID/start: the container is created, and create
 * ends start  -> init     STAGE_START     over a connection of its own init   -> start STAGE_FAILED
 * or end of file by execve, as in nap run
 *
 * With the root of the host and a user namespace "entered last" as in child-init.c: what is mounted
 * is mounted with the rights of nap, then locked by entering a mount namespace that the user
 * namespace owns.
 */
#pragma once

#include "config.h"
#include "oci.h"
#include "runtime/container.h"
#include "runtime/handshake.h"
#include "runtime/walk.h"
#include "state.h"

/* What create and init share; init finds its descriptors and texts made. */
struct oci_container {
	struct container c; /* what the steps of child-app.c read: spec, user, env, stub, seccomp */
	const struct oci_options *options;
	const struct oci_create_options *create; /* NULL: exec */
	struct oci_config config;
	struct oci_state state;
	struct spec *spec; /* c.spec: what OCI containers share with nap's own */
	int start_fd;	   /* listening on ROOT/ID/start */
	int joined_fd[16]; /* in step with config.namespaces: what is to be joined, or -1 */
	/* mounts-prepare.c; closed by oci_mounts_done */
	struct oci_mount_source {
		int tree_fd; /* a detached tree with its attributes; -1: a file system to be made */
		bool is_dir;
		char *link; /* copy-symlink: where it leads */
	} * sources;	    /* in step with config.mounts */
	int covers_fd;	    /* what masks are made of (masks.c) */
	int label_fd;
	int listener_fd;     /* connected to the seccomp agent, or -1 */
	bool entered_dir;    /* child: the working directory, with the rights of nap */
	pid_t host_pid;	     /* child: its own pid in the namespace of nap */
	bool mounts_its_own; /* it has a mount namespace, which is made for it */
};

/* "the mount namespace [has] been created and the mount operations performed" (config.md,
 * createRuntime Hooks): they may mount into the root, which is not entered yet. */
static inline bool oci_has_early_hooks(const struct oci_state *s)
{
	return s->hooks & (1U << OCI_PRESTART | 1U << OCI_CREATE_RUNTIME);
}

static inline const struct oci_container *oci_of(const struct walk *w)
{
	return (const struct oci_container *)((const char *)w->c -
					      offsetof(struct oci_container, c));
}

/* The same for steps that note something: what the child has is a copy of its own. */
static inline struct oci_container *oci_own(const struct walk *w)
{
	return (struct oci_container *)oci_of(w);
}

/*
 * mounts-prepare.c, parent, after the namespaces that are to be joined were opened: the root
 * (c.rootfs_fd), the sources of binds and what else needs the host's view. Reports.
 */
int oci_mounts_prepare(struct oci_container *oc);
/* Close what that has opened. Idempotent; oc->covers_fd and c.rootfs_fd are -1 before. */
void oci_mounts_done(struct oci_container *oc);
/*
 * rootfs.c and its like: the child, in the container's mount namespace, as steps in this order.
 * Negative errno with w->what. Without a mount namespace of its own all but enter do nothing.
 */
int oci_rootfs_propagate(
	struct walk *w);		/* nothing reaches the host from here; the root attached */
int oci_rootfs_mount(struct walk *w);	/* config.mounts; in the other namespaces already */
int oci_rootfs_devices(struct walk *w); /* linux.devices, the default ones, the links of /dev */
int oci_rootfs_console(struct walk *w); /* /dev/console, w->tty_fd: the master */
/* createContainer hooks run here: the root is complete, writable, at its path on the host */
int oci_rootfs_finish(struct walk *w); /* sysctls, working directory, masks, what is read-only */
int oci_rootfs_enter(struct walk *w);  /* pivot_root, or with no_pivot MS_MOVE and chroot */
/* After the user namespace, which makes what was shared a slave: rootfsPropagation. */
int oci_rootfs_share(struct walk *w);
/* hooks.c: run those of a stage in turn, the state on their standard input. The first that fails or
 * takes too long ends it; of poststart and poststop failures are only warned of. Reports in the
 * parent; in the child (createContainer; startContainer, when it is confined) gives the errno with
 * w->what. */
int oci_hooks_run(const struct oci_state *s, const struct oci_config *config, enum oci_stage stage,
		  enum oci_status status);
int oci_hooks_step(struct walk *w, enum oci_stage stage, enum oci_status status);

/* spec-oci.c: what the steps that OCI containers share read, by moving texts out of oc->config.
 * Reports. */
int oci_spec_from_config(struct oci_container *oc);
/* Environment, command, stub, seccomp, size of the terminal of c.spec. Reports. */
int oci_prepare_process(struct oci_container *oc);
void oci_container_init(struct oci_container *oc, const struct oci_options *o);
void oci_container_done(struct oci_container *oc);

/* namespaces.c, parent: open those to join; make what belongs to a user namespace. Report. */
int oci_namespaces_open(struct oci_container *oc);
int oci_namespaces_up(struct oci_container *oc);
/* netdevs.c, parent: move linux.netDevices to the network namespace of init. Reports. */
int oci_netdevs_move(struct oci_container *oc);
/* The flags of clone: what init is born into. */
uint64_t oci_namespaces_to_clone(const struct oci_container *oc);
/* Clone into the PID namespace that is to be joined, if any. As clone_process. */
pid_t oci_clone(uint64_t flags, int cgroup_fd, int pidns_fd, int *ret_pidfd);
/* Steps of init. */
int oci_namespaces_join(struct walk *w);
int oci_namespaces_time(struct walk *w);
int oci_namespaces_cgroup(struct walk *w);
int oci_namespaces_enter_user(struct walk *w); /* last: and lock what is mounted */

/* console.c */
/* Parent: send the master of a terminal to who listens on path. Reports. */
int oci_console_send(const char *path, int master_fd);
/* Step: make the terminal, if there is to be one, whose master is w->tty_fd that of our session,
 * and standard input and output. */
int oci_console_take(struct walk *w);
/* Step, as long as nap's own procfs is at hand and the container's root is not entered: a standard
 * stream that is the null device of the host, which may have been opened for reading alone and
 * would be held, becomes the container's own. */
int oci_console_take_null(struct walk *w);

/* listener.c */
/* Parent: connect to the agent, which must be there if the filter asks it. Reports. */
int oci_listener_open(struct oci_container *oc);
/* Child: load the filter, and send its listener to the agent. */
int oci_listener_filter(const struct oci_container *oc);

/* process.c, child: on the way from the root of the container to its process. */
/* Step: as far as it takes rights of nap's; the limits themselves are among what is taken away. */
int oci_process_raise_limits(struct walk *w);
/* Steps: what is written to nap's own procfs, and so before the root is entered. */
int oci_process_learn_pid(struct walk *w); /* host_pid */
int oci_process_tune(struct walk *w);
int oci_process_affinity(struct walk *w);
/* HOME, if it is not given, and whether there is a command to execute: with the rights of nap. */
int oci_process_look(struct walk *w);
/* Keep these descriptors alone, from lowest on; those that are negative stay so. */
int oci_keep_only(int lowest, int *const *fds, size_t n);
/* Everything from the session on that takes something away, but for the filter. */
void oci_confine(struct walk *w);
/* The filter for another process than the container's: what it is to ask an agent about fails. */
int oci_process_filter_alone(struct walk *w);
/* That, and the stub. */
__attribute__((noreturn)) void oci_execute(struct walk *w);

/* What was said by a child that failed, or that died without a word. Reports. */
int oci_child_failure(const struct oci_container *oc, int r, const struct message *m);

/* start.c: the socket of a container that waits, in ROOT/ID. Negative errno. */
int oci_start_listen(int dirfd, int *ret_fd);
/* As oci_start. With ret_ready_fd it does not wait until the container is ready, if that is to be
 * told: *ret_ready_fd is where it says so, for ready.h, or -1. */
int oci_start_created(const struct oci_options *o, const char *id, int *ret_ready_fd);

/* notify.c: $NOTIFY_SOCKET, by which who waits for the container is told that it is ready */
/* create: a directory of ROOT/ID as a mount of the config, and the variable in its environment.
 * Nothing, if nobody waits. Reports. */
int oci_notify_prepare(struct oci_container *oc);
/* start: the socket in it, or -1. Reports. */
int oci_notify_listen(const struct oci_state *s, int *ret_fd);
/* Wait until it is ready, and tell; or until it has ended. */
void oci_notify_wait(const struct oci_state *s, int fd);

/* create.c */
/* The config as it was when the container was created. Reports. */
int oci_config_kept(struct oci_container *oc);
/* Take from the process's capabilities those that are not to be had, with a warning. */
void oci_limit_caps(struct oci_container *oc);
/* A pid into a file that is whole when it is there; path may be NULL. Reports. */
int oci_write_pid(const char *path, pid_t pid);
/* The hooks of a stage from there, if there are any. */
int oci_hooks_kept(struct oci_container *oc, enum oci_stage stage, enum oci_status status);

/* init.c: the child, all the way; channel as above. */
__attribute__((noreturn)) void oci_init(struct oci_container *oc, int channel);
