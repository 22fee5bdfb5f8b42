/* SPDX-License-Identifier: MIT */
/*
 * The front door of nap run: docker's options laid over the config of an image give a spec. Every
 * decision is made and every value is checked here or in the parsers this file calls.
 */
#include "runtime.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "image/image.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/path.h"
#include "lib/strv.h"
#include "origin.h"
#include "spec-parts.h"
#include "sysctl.h"
#include "unitgen/unitgen.h"
#include "userns.h"

#define DEFAULT_SHM_BYTES (UINT64_C(64) << 20)
#define DEFAULT_TASKS 4096

/* A value may be the person's or the image's: who is to blame is told. */
static int refuse_member(const char *member, const char *value, const char *why)
{
	return log_refuse(-EINVAL, "%s of the image: \"%s\": %s", member, value, why);
}

int spec_copy_text(const char *s, char **ret)
{
	if (s && !(*ret = strdup(s)))
		return log_oom();
	return 0;
}

static int set_id(struct spec *spec, const struct request *q)
{
	unsigned char random[6];

	if (q->name) {
		if (!q->app && !name_is_valid(q->name)) /* an app's may be web@1 */
			return request_refuse(q, "name", q->name,
					      "not a name ([a-z0-9][a-z0-9_.-]{0,62})");
		return spec_copy_text(q->name, &spec->id);
	}
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return log_fail(-errno, "get random bytes");
	spec->id = text_format("%02x%02x%02x%02x%02x%02x", random[0], random[1], random[2],
			       random[3], random[4], random[5]);
	return spec->id ? 0 : log_oom();
}

/* DIR, or DIR:O for what podman calls an overlay. */
static int set_rootfs(struct spec *spec, const struct request *q)
{
	size_t n = strlen(q->rootfs);
	auto_free char *dir = NULL;

	spec->rootfs_overlay = endswith(q->rootfs, ":O");
	dir = strndup(q->rootfs, spec->rootfs_overlay ? n - 2 : n);
	if (!dir)
		return log_oom();
	if (path_normalize(dir, &spec->rootfs) < 0 || streq(spec->rootfs, "/"))
		return request_refuse(q, "rootfs", q->rootfs, "not an absolute path below /");
	return spec_copy_text(spec->rootfs, &spec->image);
}

static int set_image(struct spec *spec, const struct request *q, const struct image *image)
{
	if (!image)
		return set_rootfs(spec, q);
	spec->root_mode = image->root_mode;
	spec->root_uid = image->root_uid;
	spec->root_gid = image->root_gid;
	spec->root_mtime = image->root_mtime;
	if (spec_copy_text(q->image, &spec->image) < 0 ||
	    spec_copy_text(image->id, &spec->image_id) < 0)
		return -ENOMEM;
	return strv_copy(image->layers, &spec->layers) < 0 ? log_oom() : 0;
}

static int refuse_no_command(const struct request *q, const struct spec *spec)
{
	if (q->app) {
		(void)log_refuse(-EINVAL, "%s: no command: %s names none", q->name,
				 spec->rootfs ? "a directory" : "the image");
		log_hint("Exec= says what to run");
		return -EINVAL;
	}
	(void)log_refuse(-EINVAL, "no command: the image names none");
	log_hint("nap run IMAGE COMMAND [ARGUMENT...]");
	return -EINVAL;
}

/* Entrypoint and Cmd as docker joins them: a new entrypoint drops the image's Cmd. */
static int set_argv(struct spec *spec, const struct request *q, const struct image_config *c)
{
	char **cmd = q->command && *q->command ? q->command : q->entrypoint ? NULL : c->cmd;
	bool cleared = q->entrypoint && (!*q->entrypoint || !**q->entrypoint);
	int r = 0;

	if (!cleared)
		r = strv_extend(&spec->argv, q->entrypoint ? q->entrypoint : c->entrypoint);
	if (r == 0)
		r = strv_extend(&spec->argv, cmd);
	if (r < 0)
		return log_oom();
	if (strv_len(spec->argv) == 0)
		return refuse_no_command(q, spec);
	if (!*spec->argv[0])
		return log_refuse(-EINVAL, "the command is an empty string");
	return 0;
}

/* ":GROUP" changes the group only. */
static int set_user(struct spec *spec, const struct request *q, const struct image_config *c)
{
	const char *image_user = c->user ? c->user : "";

	if (!q->user)
		return spec_copy_text(image_user, &spec->user_text);
	if (*q->user != ':')
		return spec_copy_text(q->user, &spec->user_text);
	spec->user_text = text_format("%.*s%s", (int)strcspn(image_user, ":"), image_user, q->user);
	return spec->user_text ? 0 : log_oom();
}

/* "keep-groups" is settled here, so that nap exec gives the same ones whoever calls it. */
static int keep_groups(struct spec *spec)
{
	int n = getgroups(0, NULL);
	auto_free gid_t *groups = NULL;

	groups = n < 0 ? NULL : calloc((size_t)n + 1, sizeof(gid_t));
	if (!groups)
		return n < 0 ? log_fail(-errno, "get our groups") : log_oom();
	n = getgroups(n, groups);
	for (int i = 0; i < n; i++)
		if (strv_take(&spec->group_add, text_format("%u", groups[i])) < 0)
			return log_oom();
	return 0;
}

static int set_groups(struct spec *spec, const struct request *q)
{
	STRV_FOREACH (g, q->group_add) {
		int r = 0;

		if (streq(*g, "keep-groups"))
			r = keep_groups(spec);
		else if (strv_add(&spec->group_add, *g) < 0)
			r = log_oom();
		if (r < 0)
			return r;
	}
	return 0;
}

static int set_stop_signal(struct spec *spec, const struct request *q, const struct image_config *c)
{
	const char *signal = q->stop_signal ? q->stop_signal : c->stop_signal;

	spec->stop_signal = SIGTERM;
	if (!signal || !*signal || parse_signal(signal, &spec->stop_signal) == 0)
		return 0;
	return q->stop_signal ? request_refuse(q, "stop-signal", signal, "not a signal")
			      : refuse_member("StopSignal", signal, "not a signal");
}

static int set_process(struct spec *spec, const struct request *q, const struct image_config *c)
{
	const char *dir = q->working_dir		      ? q->working_dir
			  : c->working_dir && *c->working_dir ? c->working_dir
							      : "/";
	int r;

	if (path_normalize(dir, &spec->working_dir) < 0)
		return q->working_dir ? request_refuse(q, "workdir", dir, "not an absolute path")
				      : refuse_member("WorkingDir", dir, "not an absolute path");
	r = set_user(spec, q, c);
	if (r == 0)
		r = set_groups(spec, q);
	spec->terminal = q->terminal;
	spec->interactive = q->interactive;
	spec->quiet = q->quiet;
	spec->keep = q->keep;
	return r == 0 ? set_stop_signal(spec, q, c) : r;
}

/*
 * Whoever asks for everything wants to be root of the host, as podman has it; and on the network of
 * the host its ports below 1024 are for the host's root alone. A kernel that is too old has to do.
 */
static int set_userns(struct spec *spec, const struct request *q)
{
	bool host = q->privileged || spec->network == NETWORK_HOST || !userns_is_possible();
	const char *mode = q->userns && *q->userns ? q->userns : host ? "host" : "auto";

	if (!streq(mode, "auto") && !streq(mode, "host"))
		return request_refuse(q, "userns", mode, "must be auto or host");
	if (streq(mode, "auto") && !userns_is_possible())
		return request_refuse(q, "userns", mode, "needs Linux 5.19 or newer");
	if (streq(mode, "auto"))
		spec->namespaces |= CLONE_NEWUSER;
	return 0;
}

static int set_namespaces(struct spec *spec, const struct request *q)
{
	spec->namespaces = CLONE_NEWNS | CLONE_NEWCGROUP;
	if (!q->host_pid)
		spec->namespaces |= CLONE_NEWPID;
	if (!q->host_ipc)
		spec->namespaces |= CLONE_NEWIPC;
	if (!q->host_uts)
		spec->namespaces |= CLONE_NEWUTS;
	return 0;
}

/* An id may hold what a host name may not: web@1 becomes web-1. */
static char *hostname_of(const char *id)
{
	char *name = strndup(id, 63);

	for (char *c = name; c && *c; c++)
		if (*c == '@' || *c == ':')
			*c = '-';
	return name;
}

static int set_hostname(struct spec *spec, const struct request *q)
{
	if (q->hostname && q->host_uts)
		return request_refuse(q, "hostname", q->hostname, "does not go with --uts host");
	if (q->hostname && !hostname_is_valid(q->hostname))
		return request_refuse(q, "hostname", q->hostname, "not a host name");
	if (q->host_uts)
		return 0;
	spec->hostname = q->hostname ? strdup(q->hostname) : hostname_of(spec->id);
	return spec->hostname ? 0 : log_oom();
}

/* Does the app bring its own init, which wants to be PID 1? */
static bool is_init(const char *command)
{
	static const char *const inits[] = {
		"init",	     "systemd", "tini",	    "tini-static", "dumb-init", "catatonit",
		"s6-svscan", "runit",	"runsvdir", "docker-init", "my_init",	"runit-init",
	};

	command = path_basename(command);
	for (size_t i = 0; i < ARRAY_SIZE(inits); i++)
		if (streq(command, inits[i]))
			return true;
	return false;
}

static void set_init(struct spec *spec, const struct request *q)
{
	if (!(spec->namespaces & CLONE_NEWPID))
		spec->init = false;
	else if (q->init == INIT_AUTO)
		spec->init = !is_init(spec->argv[0]);
	else
		spec->init = q->init == INIT_YES;
}

static int add_device(struct spec *spec, const struct request *q, const char *text)
{
	const char *why = NULL;
	struct device_spec *grown;
	int r;

	grown = reallocarray(spec->devices, spec->n_devices + 1, sizeof(*grown));
	if (!grown)
		return log_oom();
	spec->devices = grown;
	r = device_parse(text, &grown[spec->n_devices], &why);
	if (r < 0)
		return why ? request_refuse(q, "device", text, why) : log_oom();
	spec->n_devices++;
	return 0;
}

static int set_rlimit(struct spec *spec, const struct rlimit_spec *limit)
{
	struct rlimit_spec *grown;

	for (size_t i = 0; i < spec->n_rlimits; i++) {
		if (spec->rlimits[i].resource == limit->resource) {
			spec->rlimits[i] = *limit;
			return 0;
		}
	}
	grown = reallocarray(spec->rlimits, spec->n_rlimits + 1, sizeof(*grown));
	if (!grown)
		return log_oom();
	spec->rlimits = grown;
	grown[spec->n_rlimits++] = *limit;
	return 0;
}

/* Of a service, a limit in [Service] is the unit's: we leave it as we find it. */
static bool is_left_to_unit(const struct request *q, const char *directive)
{
	size_t i = 0;

	return q->app && app_next(q->app, "Service", directive, &i);
}

static int set_rlimits(struct spec *spec, const struct request *q)
{
	static const struct {
		const char *directive;
		struct rlimit_spec limit;
	} defaults[] = {
		{"LimitCORE", {RLIMIT_CORE, {0, 0}, true}},
		{"LimitNOFILE", {RLIMIT_NOFILE, {1024, 524288}, true}},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(defaults); i++)
		if (!is_left_to_unit(q, defaults[i].directive))
			r = set_rlimit(spec, &defaults[i].limit);
	STRV_FOREACH (u, q->ulimits) {
		struct rlimit_spec limit;

		if (rlimit_parse(*u, &limit) < 0)
			return request_refuse(q, "ulimit", *u, "not NAME=SOFT[:HARD]");
		if (r == 0)
			r = set_rlimit(spec, &limit);
	}
	return r;
}

static int set_limits(struct spec *spec, const struct request *q)
{
	spec->tasks = DEFAULT_TASKS;
	spec->shm_bytes = DEFAULT_SHM_BYTES;
	spec->tasks_asked = q->pids_limit;
	spec->limits_asked = q->memory || q->cpus || q->pids_limit;
	if (q->memory &&
	    (parse_size(q->memory, &spec->memory_bytes) < 0 || spec->memory_bytes < 6U << 20))
		return request_refuse(q, "memory", q->memory, "not a size of at least 6m");
	if (q->cpus && parse_cpus(q->cpus, &spec->cpu_usec_per_sec) < 0)
		return request_refuse(q, "cpus", q->cpus, "not a number of CPUs");
	if (q->pids_limit && streq(q->pids_limit, "-1"))
		spec->tasks = UINT64_MAX;
	else if (q->pids_limit && parse_u64(q->pids_limit, 0, 4194304, &spec->tasks) < 0)
		return request_refuse(q, "pids-limit", q->pids_limit,
				      "not a number of tasks (-1: unlimited)");
	if (spec->tasks == 0)
		spec->tasks = UINT64_MAX;
	if (q->shm_size && (parse_size(q->shm_size, &spec->shm_bytes) < 0 || !spec->shm_bytes))
		return request_refuse(q, "shm-size", q->shm_size, "not a size");
	return 0;
}

static int set_sysctls(struct spec *spec, const struct request *q)
{
	if ((spec->namespaces & CLONE_NEWNET) &&
	    (strv_add(&spec->sysctls, "net/ipv4/ip_unprivileged_port_start=0") < 0 ||
	     strv_add(&spec->sysctls, "net/ipv4/ping_group_range=0 2147483647") < 0))
		return log_oom();
	STRV_FOREACH (s, q->sysctls) {
		auto_free char *path = NULL;
		const char *why = NULL;

		if (sysctl_parse(*s, spec->namespaces, &path, &why) < 0)
			return why ? request_refuse(q, "sysctl", *s, why) : log_oom();
		if (env_set(&spec->sysctls, path) < 0)
			return log_oom();
	}
	return 0;
}

static int set_devices(struct spec *spec, const struct request *q)
{
	int r = 0;

	STRV_FOREACH (d, q->devices)
		if (r == 0)
			r = add_device(spec, q, *d);
	return r;
}

int spec_from_request(const struct request *q, const struct image *image, struct spec **ret)
{
	static const struct image_config nothing;
	auto_spec struct spec *spec = calloc(1, sizeof(*spec));
	const struct image_config *c = image ? &image->config : &nothing;
	int r;

	if (!spec)
		return log_oom();
	spec->read_only = q->read_only;
	if ((r = set_id(spec, q)) < 0 || (r = set_image(spec, q, image)) < 0 ||
	    (r = set_argv(spec, q, c)) < 0 || (r = set_process(spec, q, c)) < 0 ||
	    (r = set_namespaces(spec, q)) < 0 || (r = spec_set_network(spec, q, c)) < 0 ||
	    (r = set_userns(spec, q)) < 0 || (r = set_hostname(spec, q)) < 0 ||
	    (r = spec_set_env(spec, q, c)) < 0 || (r = spec_set_names(spec, q, c)) < 0 ||
	    (r = spec_set_mounts(spec, q, c)) < 0 || (r = set_rlimits(spec, q)) < 0 ||
	    (r = spec_set_security(spec, q)) < 0 || (r = set_limits(spec, q)) < 0 ||
	    (r = set_sysctls(spec, q)) < 0 || (r = set_devices(spec, q)) < 0 ||
	    (r = spec_set_health(spec, q, c)) < 0)
		return r;
	set_init(spec, q);
	*ret = TAKE_PTR(spec);
	return 0;
}
