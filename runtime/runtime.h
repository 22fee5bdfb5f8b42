/* SPDX-License-Identifier: MIT */
/*
 * The runtime: a request goes in, a process comes out. The whole public face of runtime/.
 *
 *     struct request  --spec_from_request-->  struct spec  --container_run---->  an exit code
 *     struct app      --spec_from_app------>  struct spec  --container_launch->  a systemd service
 *
 * A request is what a person asked for, as text; the spec is the resolved waist that every front
 * door fills and the launcher consumes; a container is what runs and what is on disk about it:
 *
 *     RUNROOT/state/ID/       flock()ed by the nap that owns it, as long as that lives; a service's
 *                             is alive as long as its app
 *         state.json          what runs (state.h), written before the app starts
 *         started             the app has been executed: others may join it
 *         cgroup              a symlink to the cgroup made for it, if any
 *         seccomp             the compiled profile of the operator's, if any
 *         hosts, hostname, resolv.conf
 *         health              what the last checks came to, if its health is checked
 *         notify              the socket of a service's app with Notify=yes
 *     ROOT/ids/, RUNROOT/ids/ whose ids of the host are whose (idrange.h)
 *     ROOT/containers/ID/     upper, work, anonymous volumes; state.json of a kept container
 *     SCRATCH/containers/ID/  the same of one that is thrown away, if there is such a place
 *
 * An id is the container's name: given by --name or the app's, else twelve random hex digits.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/cleanup.h"
#include "lib/ip.h"
#include "lib/text.h"

struct app;
struct image;
struct spec;
struct store;

/* Where state lives; borrowed strings. */
struct paths {
	const char *root;    /* the store */
	const char *runroot; /* run-time state */
	const char *
		scratch; /* upper directories of containers that are thrown away; NULL: the store */
};

/* The default network and published ports, as nap.conf(5) has them. */
struct network_defaults {
	struct ip_prefix
		subnet[IP_FAMILIES]; /* family 0: 10.78.0.0/16, and one of this machine's own */
	bool no_ipv6;
	struct ip_address publish; /* of a port published without one; family 0: all */
	uint32_t mtu;		   /* 0: the uplink's */
};

/* ---- request: docker's options, unparsed; NULL and empty mean "not asked for" ---- */

enum init_mode { INIT_AUTO, INIT_YES, INIT_NO };

/* Health checks, as podman's options have them; over those of the image. */
struct health_request {
	char *cmd, *interval, *timeout, *retries, *start_period;
	char *startup_cmd, *startup_interval, *startup_timeout, *startup_retries, *startup_success;
	char *on_failure; /* none, kill, restart, stop: of a service */
};

struct request {
	const struct app *app; /* what it was made from: messages name its lines, and request_done
				  frees the texts as well; NULL: options of nap run */
	char *name;	       /* container name, NULL: random */
	char *image;	       /* as typed */
	char *rootfs;	       /* in place of an image: DIR, or DIR:O to leave it as it is */
	char **command;	       /* NULL: the image's Cmd */
	char **entrypoint;     /* in place of the image's; one empty word clears that */
	char **env;	       /* NAME=value, or NAME to take it from our environment */
	char **env_files;      /* paths */
	bool env_host;	       /* all of our environment, but what is about our own process */
	bool http_proxy;       /* the variables about proxies of our environment */
	char **volumes;	       /* [SRC:]DST[:OPTS] */
	char **mounts;	       /* type=bind,source=...,target=... */
	char **tmpfs;	       /* DST[:OPTS] */
	char *working_dir;     /* absolute */
	char *user;	       /* [USER][:GROUP] */
	char **group_add;      /* names, ids, or "keep-groups": those that we have */
	char *hostname;
	char *timezone;	 /* a name like Europe/Vienna, "local"; NULL: the image's */
	char **add_host; /* NAME:IP */
	char **dns, **dns_search, **dns_option;
	const struct network_defaults *defaults; /* NULL: the built-in ones */
	char **networks;			 /* as lib/attach.h has them; none: private */
	char *ip, *ip6, *mac;			 /* on the only one */
	char **network_aliases;			 /* further names, on all of them */
	char **publish;				 /* [[ADDRESS:]HOST:]CONTAINER[/PROTOCOL] */
	bool publish_all;	      /* and what the image or expose has, on any free port */
	char **expose;		      /* PORT[/PROTOCOL] */
	char **allow, **deny;	      /* as lib/firewall.h has them */
	char **labels, **annotations; /* NAME=value, which nap keeps and shows */
	bool terminal, interactive, quiet;
	enum init_mode init;
	bool read_only, privileged, keep;
	bool read_only_tmpfs; /* read_only: leave /run, /tmp and /var/tmp writable */
	char **cap_add, **cap_drop;
	char **security_opt;
	char **devices; /* SRC[:DST][:rwm] */
	char *memory, *cpus, *pids_limit;
	char **ulimits; /* NAME=SOFT[:HARD] */
	char *stop_signal;
	char *shm_size;
	struct health_request health;
	char **sysctls; /* KEY=VALUE */
	char *userns;	/* auto, host; NULL: auto unless privileged */
	bool host_pid, host_ipc, host_uts;
};

void request_done(struct request *r);

/*
 * Resolve a request against an image (NULL with rootfs): everything that is wrong with either is
 * reported here. -EINVAL when the request is wrong. The caller frees *ret.
 */
int spec_from_request(const struct request *request, const struct image *image, struct spec **ret);
/*
 * What an app file asks for, as a request (spec-app.c): the [Container] keys by docker's names. The
 * texts are owned by ret; defaults (NULL: the built-in ones) are borrowed. Reports.
 */
int request_from_app(const struct app *app, const struct network_defaults *defaults,
		     struct request *ret);
/* The image that an app names: a reference, or the path of an archive, which starts from the
 * directory of the definition if it is relative. *ret is NULL for an app with Rootfs=. Reports. */
int image_from_app(const struct app *app, char **ret);
/* Resolve an app against its image (NULL if it has Rootfs=): as spec_from_request, and what makes
 * it the service unit. */
int spec_from_app(const struct app *app, const char *unit, const struct network_defaults *defaults,
		  const struct image *image, struct spec **ret);
/* Make spec that of a service, the settings of whose unit are its limits. Reports. */
int spec_make_service(struct spec *spec, const char *unit);
/* The spec as a JSON document (nap run --dry-run). Out of memory shows in the buffer. */
void spec_to_json(const struct spec *spec, struct buf *out);
void spec_free(struct spec *spec);
static inline void cleanup_spec(struct spec **s)
{
	spec_free(*s);
}
#define auto_spec CLEANUP(cleanup_spec)

/* ---- containers ---- */

/*
 * Run a spec in the foreground and clean up behind it (unless it is kept). Gives the exit code of
 * nap run: the app's own, 128+n for a signal, 126 and 127 when it could not be executed. Negative
 * errno for what nap failed at. Reports.
 *
 * lock_fd is the shared STORE/lock under which the image was opened; it is closed as soon as the
 * state that marks the image as used is written.
 */
int container_run(const struct paths *paths, const struct spec *spec, int lock_fd);

/*
 * Start a spec as the service that systemd runs us for, and hand over: the app becomes the unit's
 * main process, and we are to exit with 0. Else systemd's exit code for the step that failed
 * (systemd.exec(5)). Reports; with PidMode=host this process becomes the app and the call returns
 * on failure only. lock_fd as for container_run.
 */
int container_launch(const struct paths *paths, const struct spec *spec, int lock_fd);

/*
 * Have systemd execute nap with these words, --name=ID and the arguments of nap run, which goes on
 * to container_launch() of this spec, as the transient service nap-ID.service with its limits, and
 * wait until it runs. The caller frees *ret_id. Reports.
 */
int container_detach(const struct paths *paths, const struct spec *spec, char *const *nap,
		     char *const *arguments, char **ret_id);
/* The systemd service that we run in, by our cgroup; allocated. NULL: none, or out of memory. */
char *service_own_unit(void);

struct exec_request {
	char **command;
	char **env;
	char *user, *working_dir;
	bool terminal, interactive;
};

/* Run a further command in a running container, confined like its app. Exit codes as container_run.
 */
int container_exec(const struct paths *paths, const char *id, const struct exec_request *request);

enum container_status {
	CONTAINER_CREATED, /* being started, or its nap died before it started */
	CONTAINER_RUNNING,
	CONTAINER_EXITED, /* kept, or left by a killed nap */
};

/* One row of nap ps. */
struct container_info {
	char *id, *image, *image_id, *command;
	char *unit;    /* the systemd unit it is or runs in; NULL: none */
	char *network; /* "private", "none", "host", "container:ID" of whose it is */
	char *health;  /* "starting", "healthy" or "unhealthy"; NULL: nobody checks */
	enum container_status status;
	pid_t pid;		   /* the app, in our namespace; 0 unless running */
	int64_t created, finished; /* seconds since the epoch; 0: not yet */
	int64_t memory_bytes;	   /* of its cgroup; -1: not known */
	int exit_code;
	bool kept;
	uint32_t id_base; /* the id of the host that is 0 inside */
};

/* All containers, newest first. The caller frees with container_list_free. Reports. */
int container_list(const struct paths *paths, struct container_info **ret, size_t *ret_n);
void container_list_free(struct container_info *list, size_t n);
/* A full id from a possibly shortened one. -ENOENT, -ENOTUNIQ; does not report. */
int container_resolve(const struct paths *paths, const char *name, char **ret_id);
/* The unit that the container id is the service of, allocated; NULL: it is a one-off. -ENOENT if
 * there is no such container. Reports what else is wrong. */
int container_service(const struct paths *paths, const char *id, char **ret_unit);
/* Does any container, running or kept, use this image? 1 or 0, or negative errno. Reports. */
int container_uses_image(const struct paths *paths, const char *image_id);
/* Append a JSON object about a container; security adds what /proc says of it. -ENOENT. Reports. */
int container_inspect(const struct paths *paths, const char *id, bool security, struct buf *out);

/* Stop: the container's stop signal (or signo if > 0), SIGKILL after timeout_usec; at once if the
 * app neither catches nor blocks it. 0 when it is not running afterwards. Reports. */
int container_stop(const struct paths *paths, const char *id, int signo, uint64_t timeout_usec);
/* Stop a service whose unit is about to send SIGTERM: if its stop signal is another, send that and
 * wait for the end, however long it takes. What has ended has its last output copied, five seconds
 * at most. 0 also when nothing runs. Reports. */
int container_halt(const struct paths *paths, const char *id);
/* Send a signal to the app. -ESRCH when it is not running. Reports. */
int container_kill(const struct paths *paths, const char *id, int signo);
/* Remove a container that is not running (force: kill it first, unless it is a service). Reports.
 */
int container_remove(const struct paths *paths, const char *id, bool force);
/* Undo whatever a killed nap left of id: processes, cgroup, files. Idempotent; nothing there is
 * fine. -EBUSY, without a report, if its nap is alive, or the app of a service that is not the one
 * that we are a process of. Reports. */
int container_clean(const struct paths *paths, const char *id);
/* Clean every container whose nap was killed; *ret_ids gets the ids. Ranges of ids that nobody
 * needs any more are given back. Reports. */
int container_clean_dead(const struct paths *paths, char ***ret_ids);
