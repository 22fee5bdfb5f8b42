/* SPDX-License-Identifier: MIT */
/*
 * struct container: one that is being made or run by this process, with the descriptors and kernel
 * objects that belong to it. Every *_up function fills its members; container_undo gives back what
 * was made, in reverse, and is what `nap clean` calls too.
 */
#pragma once

#include <linux/filter.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/types.h>

#include "seccomp.h"
#include "spec.h"
#include "userns.h"

/* How long a nap may take to start a container, or to clean up behind one that has ended. */
#define CONTAINER_OWNER_TIMEOUT_MS 10000
/* How long a reaper may take to copy what the app has written last: it waits for who reads. */
#define CONTAINER_RELAY_TIMEOUT_MS 5000
/* In RUNROOT/state/ID: the app has been executed. */
#define STARTED_FILE "started"

enum mount_op_kind { OP_DIR, OP_FILE };

/* A detached mount and where it goes. Texts are borrowed from the spec or the container. */
struct mount_op {
	int tree_fd;
	const char *copied; /* tree_fd < 0: a path that an earlier one has put there */
	const char *target; /* absolute */
	enum mount_op_kind kind;
};

struct dev_node {
	char *path; /* below /dev, without the leading slash */
	mode_t mode;
	dev_t rdev;
	uid_t uid;
	gid_t gid;
};

struct container {
	const struct spec *spec;
	const struct paths *paths;

	char *storage;	 /* the directory of its upper and work directories and volumes */
	int run_dirfd;	 /* RUNROOT/state/ID, flock()ed */
	int names_dirfd; /* the same of whose network it shares, and so /etc/hosts; -1: its own */
	char *shared_hostname; /* and its host name; NULL: its own */
	char *run_path;	       /* the same as a path */
	int rootfs_fd;	       /* the detached overlay */
	int layers_fd;	       /* the detached mount that its layers were opened in, or -1 */
	int proc_fd;	       /* nap's own procfs */
	bool joined;	       /* nap exec: the container runs already, somebody else made it */
	struct mount_op *mounts;
	size_t n_mounts;
	char **credentials; /* where they are inside: the directory, then files of it */
	bool relay[2];	    /* /dev/stdout and /dev/stderr are FIFOs that PID 1 copies */
	struct dev_node *nodes;
	size_t n_nodes;
	struct user_spec user;
	char **env;	   /* of the app: the spec's plus HOME */
	char **candidates; /* paths to try for argv[0], in order */
	char *stub_word;   /* the first: where the stub answers, and the AppArmor profile */
	char **stub_argv;  /* that, room for the path that is executed, then argv */
	struct seccomp_program seccomp;
	char *cgroup; /* path of the cgroup made for it, or NULL */
	char *scope;  /* unit name of its transient scope, or NULL */
	int cgroup_fd;
	struct winsize tty_size; /* of our terminal, for the app's from its first moment */

	int notify_fd;	       /* of a service: connected to systemd */
	int messages_fd;       /* Notify=yes: what its app finds as systemd's socket */
	int ready_fd;	       /* an engine's: the same, for ready.h in the foreground */
	bool held;	       /* it is stopped, or will be, at its first instruction */
	unsigned n_listen_fds; /* the sockets it was passed, from descriptor 3 on */
	int step;	       /* systemd's exit code for what is being done, should that fail */

	/* the health checker: what it is given (health.c), and itself where it is not the reaper */
	char **checker_argv;
	int checker_fd, health_fd, null_fd;
	int checker_pidfd;

	int pipe_fd[2], pipe_child_fd[2]; /* its standard output and error, if nap copies them */
	int stdin_fd;			  /* /dev/null unless interactive; -1: as we have it */
	int stub_fd;			  /* the sealed stub */
	int landlock_fd;		  /* what its processes enter, or -1 */
	/* who makes the network namespace, and its word; without that, whose it is to share */
	int netns_pidfd, netns_ready_fd;
	uint32_t id_base; /* of the host, that is 0 inside; 0 with the host's user namespace */
	int userns_fd;
	struct userns_holder userns_holder; /* until the container does itself */
	struct net_host
		*net_host; /* for the start, and in the foreground for the end; may be NULL */
	int init_pidfd, app_pidfd;
	pid_t init_pid, app_pid; /* equal without a reaper */
	int tty_fd;		 /* master of the app's terminal */
	int64_t created;
};

/* Where a container's run-time state lies. NULL: out of memory. */
char *container_run_path(const struct paths *paths, const char *id);
/*
 * Hold the lock of id, making its run-time directory where it is missing. Whoever has it alone may
 * make, change and remove what is there of id, here and in the store. Waits while another nap is
 * starting it or cleaning up behind it. 1: the directory is new; 0: it was there; -EBUSY: it runs,
 * which is not reported; all else is.
 */
int container_lock(const struct paths *paths, const char *id, int *ret_dirfd);
/* A c with every descriptor closed. */
void container_init(struct container *c, const struct paths *paths, const struct spec *spec);
/* Close our descriptors of its mounts: the children have their own. */
void container_drop_mounts(struct container *c);
/* Release memory and descriptors; kernel objects and files are container_undo's. */
void container_done(struct container *c);
/*
 * Undo everything that exists on this machine for id: its cgroup and its files (with keep,
 * ROOT/containers/ID stays). No process of it may be left. Idempotent. Reports.
 */
int container_undo(const struct paths *paths, const char *id, bool keep);
/* The same for a container that no nap owns, by whoever has locked it: ends its processes first. 1
 * if it was kept on purpose, and still is; -EBUSY, without a report, if it is a service that runs;
 * else 0. Reports. */
int container_clean_locked(const struct paths *paths, const char *id);

/* prepare.c: everything that can fail with a plain sentence, before any clone. Reports. */
int prepare(struct container *c);
/* What every process of a container needs: user, environment, paths to try, filter, stub.
 * c->rootfs_fd is where the image's users are looked up. Reports. */
int prepare_process(struct container *c, char *const *argv);
/* Of that the command alone: paths to try by c->env, and the stub with its arguments. Reports. */
int prepare_command(struct container *c, char *const *argv);

/* launch.c: clone the processes of c and see them through to execve. 0; or the exit code 126 or 127
 * when the command cannot be executed; or negative errno. Reports. */
int launch(struct container *c);
/* The same without a PID namespace of its own: this process becomes the app, and a sibling tells
 * systemd. Returns on failure only. */
int launch_in_place(struct container *c);
/* Clone the app into the namespaces of c->init_pidfd (already running) and see it through. As
 * launch. */
int launch_into(struct container *c);

/* wait.c: be the terminal and the signals of the app until it ends. The exit code, or negative
 * errno. */
int wait_for_app(struct container *c);
/* Reap a health checker that has ended: it holds up the end of a PID 1 beside it. One that is not
 * our child is systemd's to reap. */
void wait_for_checker(struct container *c);
/* Block the signals that wait_for_app handles, from before the first clone on. */
void wait_block_signals(void);
