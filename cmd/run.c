/* SPDX-License-Identifier: MIT */
/* nap run: docker's options into a request, the image found or loaded, and off it goes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "archive.h"
#include "cmd.h"
#include "launch.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "program.h"
#include "runtime/runtime.h"
#include "save.h"
#include "systemctl.h"

enum {
	OPT_NAME = 1,
	OPT_ENV,
	OPT_ENV_FILE,
	OPT_VOLUME,
	OPT_MOUNT,
	OPT_TMPFS,
	OPT_WORKDIR,
	OPT_USER,
	OPT_GROUP_ADD,
	OPT_ENTRYPOINT,
	OPT_HOSTNAME,
	OPT_ADD_HOST,
	OPT_DNS,
	OPT_DNS_SEARCH,
	OPT_DNS_OPTION,
	OPT_LABEL,
	OPT_ANNOTATION,
	OPT_USERNS,
	OPT_NETWORK,
	OPT_NET,
	OPT_NETWORK_ALIAS,
	OPT_NET_ALIAS,
	OPT_IP,
	OPT_IP6,
	OPT_MAC_ADDRESS,
	OPT_PUBLISH,
	OPT_PUBLISH_ALL,
	OPT_EXPOSE,
	OPT_ALLOW,
	OPT_DENY,
	OPT_TTY,
	OPT_INTERACTIVE,
	OPT_INIT,
	OPT_DETACH,
	OPT_READ_ONLY,
	OPT_CAP_ADD,
	OPT_CAP_DROP,
	OPT_SECURITY_OPT,
	OPT_DEVICE,
	OPT_PRIVILEGED,
	OPT_MEMORY,
	OPT_CPUS,
	OPT_PIDS_LIMIT,
	OPT_ULIMIT,
	OPT_STOP_SIGNAL,
	OPT_SHM_SIZE,
	OPT_SYSCTL,
	OPT_PID,
	OPT_IPC,
	OPT_UTS,
	OPT_RM,
	OPT_KEEP,
	OPT_HEALTH_CMD,
	OPT_HEALTH_INTERVAL,
	OPT_HEALTH_RETRIES,
	OPT_HEALTH_START_PERIOD,
	OPT_HEALTH_TIMEOUT,
	OPT_NO_HEALTHCHECK,
	OPT_PLATFORM,
	OPT_DRY_RUN,
	OPT_QUIET,
	OPT_SAVE,
	OPT_FORCE,
	OPT_IN_UNIT,
};

static const struct arg_option options[] = {
	{"add-host", 0, "NAME:IP", "a line for /etc/hosts", OPT_ADD_HOST, false},
	{"allow", 0, "RULE", "let connections through: [in|out] TARGET[:PORT][/PROTOCOL]",
	 OPT_ALLOW, false},
	{"annotation", 0, "NAME=VALUE", "note something about the container", OPT_ANNOTATION,
	 false},
	{"cap-add", 0, "CAP", "add a capability (ALL: every one)", OPT_CAP_ADD, false},
	{"cap-drop", 0, "CAP", "drop a capability (ALL: every one)", OPT_CAP_DROP, false},
	{"cpus", 0, "NUMBER", "limit CPU time, e.g. 1.5", OPT_CPUS, false},
	{"deny", 0, "RULE", "refuse connections that no --allow lets through", OPT_DENY, false},
	{"detach", 'd', NULL, "leave it to systemd, as a transient service", OPT_DETACH, true},
	{"device", 0, "SRC[:DST][:rwm]", "add a device of the host", OPT_DEVICE, false},
	{"dns", 0, "IP", "a resolver for /etc/resolv.conf", OPT_DNS, false},
	{"dns-option", 0, "OPTION", "an option for /etc/resolv.conf", OPT_DNS_OPTION, false},
	{"dns-search", 0, "DOMAIN", "a search domain for /etc/resolv.conf", OPT_DNS_SEARCH, false},
	{"dry-run", 0, NULL, "print the resolved spec as JSON and do nothing", OPT_DRY_RUN, true},
	{"entrypoint", 0, "COMMAND", "in place of the image's (\"\": none)", OPT_ENTRYPOINT, false},
	{"env", 'e', "NAME[=VALUE]", "set or pass on a variable", OPT_ENV, false},
	{"env-file", 0, "FILE", "read variables from a file", OPT_ENV_FILE, false},
	{"expose", 0, "PORT[/PROTOCOL]", "a port that -P publishes", OPT_EXPOSE, false},
	{"force", 0, NULL, "with --save: replace a file that is there", OPT_FORCE, true},
	{"group-add", 0, "GROUP", "a supplementary group", OPT_GROUP_ADD, false},
	{"health-cmd", 0, "COMMAND", "check now and then that it works (none: not at all)",
	 OPT_HEALTH_CMD, false},
	{"health-interval", 0, "TIME", "how often (default 30s)", OPT_HEALTH_INTERVAL, false},
	{"health-retries", 0, "NUMBER", "failures in a row that make it unhealthy (default 3)",
	 OPT_HEALTH_RETRIES, false},
	{"health-start-period", 0, "TIME", "failures do not count so early",
	 OPT_HEALTH_START_PERIOD, false},
	{"health-timeout", 0, "TIME", "how long a check may take (default 30s)", OPT_HEALTH_TIMEOUT,
	 false},
	{"hostname", 'h', "NAME", "host name inside (default: the container's name)", OPT_HOSTNAME,
	 false},
	{"init", 0, NULL, "a reaper as PID 1 (default: unless the app is an init)", OPT_INIT, true},
	{"interactive", 'i', NULL, "pass standard input on", OPT_INTERACTIVE, true},
	{"ip", 0, "ADDRESS", "IPv4 address on the network", OPT_IP, false},
	{"ip6", 0, "ADDRESS", "IPv6 address on the network", OPT_IP6, false},
	{"ipc", 0, "private|host", "IPC namespace", OPT_IPC, false},
	{"keep", 0, NULL, "keep the container's files when it ends", OPT_KEEP, true},
	{"label", 'l', "NAME[=VALUE]", "put a label on the container", OPT_LABEL, false},
	{"mac-address", 0, "ADDRESS", "of its interface on the network", OPT_MAC_ADDRESS, false},
	{"memory", 'm', "SIZE", "limit memory", OPT_MEMORY, false},
	{"mount", 0, "FIELDS", "type=bind|volume|tmpfs,source=...,target=...[,...]", OPT_MOUNT,
	 false},
	{"name", 0, "NAME", "name of the container (default: random)", OPT_NAME, false},
	{"net", 0, "NETWORK", NULL, OPT_NET, false},
	{"net-alias", 0, "NAME", NULL, OPT_NET_ALIAS, false},
	{"network", 0, "NETWORK|none|host", "what it is connected to; also app:NAME, container:ID",
	 OPT_NETWORK, false},
	{"network-alias", 0, "NAME", "a further name by which others on its networks find it",
	 OPT_NETWORK_ALIAS, false},
	{"no-healthcheck", 0, NULL, "no health checks, whatever the image says", OPT_NO_HEALTHCHECK,
	 true},
	{"pid", 0, "private|host", "PID namespace", OPT_PID, false},
	{"pids-limit", 0, "NUMBER", "limit tasks (default 4096, -1: unlimited)", OPT_PIDS_LIMIT,
	 false},
	{"platform", 0, "OS/ARCH", "which image of a multi-platform archive to load", OPT_PLATFORM,
	 false},
	{"privileged", 0, NULL, "all capabilities and devices, no filter, no masks", OPT_PRIVILEGED,
	 true},
	{"publish", 'p', "[[ADDRESS:]HOST:]PORT[/PROTOCOL]",
	 "pass a port of the host on to it (no HOST: any that is free)", OPT_PUBLISH, false},
	{"publish-all", 'P', NULL, "publish every port that the image exposes", OPT_PUBLISH_ALL,
	 true},
	{"quiet", 'q', NULL, "no progress while an archive is loaded", OPT_QUIET, true},
	{"read-only", 0, NULL, "the root file system is read-only", OPT_READ_ONLY, true},
	{"rm", 0, NULL, "remove the container's files when it ends (the default)", OPT_RM, true},
	{"save", 0, "NAME", "write it down as the app NAME and do nothing", OPT_SAVE, false},
	{"security-opt", 0, "OPTION",
	 "no-new-privileges[=BOOL], seccomp=FILE|unconfined, apparmor=PROFILE, landlock=BOOL, "
	 "mask=PATHS, "
	 "unmask=PATHS|ALL",
	 OPT_SECURITY_OPT, false},
	{"shm-size", 0, "SIZE", "size of /dev/shm (default 64m)", OPT_SHM_SIZE, false},
	{"stop-signal", 0, "SIGNAL", "what nap stop sends", OPT_STOP_SIGNAL, false},
	{"sysctl", 0, "KEY=VALUE", "set a kernel parameter of its namespaces", OPT_SYSCTL, false},
	{"tmpfs", 0, "DST[:OPTIONS]", "mount a tmpfs", OPT_TMPFS, false},
	{"tty", 't', NULL, "give it a terminal", OPT_TTY, true},
	{"ulimit", 0, "NAME=SOFT[:HARD]", "set a resource limit", OPT_ULIMIT, false},
	{"user", 'u', "USER[:GROUP]", "run as this user of the image, or id", OPT_USER, false},
	{"userns", 0, "auto|host", "user namespace", OPT_USERNS, false},
	{"uts", 0, "private|host", "UTS namespace", OPT_UTS, false},
	{"volume", 'v', "[SRC:]DST[:OPTIONS]", "mount a directory or a named volume", OPT_VOLUME,
	 false},
	{"workdir", 'w', "DIR", "working directory", OPT_WORKDIR, false},
	{"in-unit", 0, NULL, NULL, OPT_IN_UNIT, false}, /* what -d has systemd execute */
	ARG_END,
};

extern const struct verb verb_run;

struct run_options {
	struct request request;
	const char *platform, *save;
	bool dry_run, force, detach, in_unit;
	struct given_option *given; /* all of them, for --save */
	size_t n_given;
	char **argv; /* as the verb was called */
};

/* The options that only store their text. */
static char **text_member(struct request *q, int id)
{
	switch (id) {
	case OPT_NAME:
		return &q->name;
	case OPT_WORKDIR:
		return &q->working_dir;
	case OPT_USER:
		return &q->user;
	case OPT_HOSTNAME:
		return &q->hostname;
	case OPT_IP:
		return &q->ip;
	case OPT_IP6:
		return &q->ip6;
	case OPT_MAC_ADDRESS:
		return &q->mac;
	case OPT_MEMORY:
		return &q->memory;
	case OPT_CPUS:
		return &q->cpus;
	case OPT_PIDS_LIMIT:
		return &q->pids_limit;
	case OPT_STOP_SIGNAL:
		return &q->stop_signal;
	case OPT_SHM_SIZE:
		return &q->shm_size;
	case OPT_USERNS:
		return &q->userns;
	case OPT_HEALTH_CMD:
		return &q->health.cmd;
	case OPT_HEALTH_INTERVAL:
		return &q->health.interval;
	case OPT_HEALTH_RETRIES:
		return &q->health.retries;
	case OPT_HEALTH_START_PERIOD:
		return &q->health.start_period;
	case OPT_HEALTH_TIMEOUT:
		return &q->health.timeout;
	}
	return NULL;
}

/* The options that may be given several times. */
static char ***list_member(struct request *q, int id)
{
	switch (id) {
	case OPT_ENV:
		return &q->env;
	case OPT_ENV_FILE:
		return &q->env_files;
	case OPT_VOLUME:
		return &q->volumes;
	case OPT_MOUNT:
		return &q->mounts;
	case OPT_TMPFS:
		return &q->tmpfs;
	case OPT_GROUP_ADD:
		return &q->group_add;
	case OPT_ADD_HOST:
		return &q->add_host;
	case OPT_DNS:
		return &q->dns;
	case OPT_DNS_SEARCH:
		return &q->dns_search;
	case OPT_DNS_OPTION:
		return &q->dns_option;
	case OPT_NETWORK:
		return &q->networks;
	case OPT_NETWORK_ALIAS:
		return &q->network_aliases;
	case OPT_PUBLISH:
		return &q->publish;
	case OPT_EXPOSE:
		return &q->expose;
	case OPT_ALLOW:
		return &q->allow;
	case OPT_DENY:
		return &q->deny;
	case OPT_LABEL:
		return &q->labels;
	case OPT_ANNOTATION:
		return &q->annotations;
	case OPT_CAP_ADD:
		return &q->cap_add;
	case OPT_CAP_DROP:
		return &q->cap_drop;
	case OPT_SECURITY_OPT:
		return &q->security_opt;
	case OPT_DEVICE:
		return &q->devices;
	case OPT_ULIMIT:
		return &q->ulimits;
	case OPT_SYSCTL:
		return &q->sysctls;
	}
	return NULL;
}

static bool *flag_member(struct run_options *o, int id)
{
	switch (id) {
	case OPT_TTY:
		return &o->request.terminal;
	case OPT_INTERACTIVE:
		return &o->request.interactive;
	case OPT_READ_ONLY:
		return &o->request.read_only;
	case OPT_PUBLISH_ALL:
		return &o->request.publish_all;
	case OPT_PRIVILEGED:
		return &o->request.privileged;
	case OPT_KEEP:
		return &o->request.keep;
	case OPT_QUIET:
		return &o->request.quiet;
	case OPT_DRY_RUN:
		return &o->dry_run;
	case OPT_FORCE:
		return &o->force;
	case OPT_DETACH:
		return &o->detach;
	}
	return NULL;
}

static int take_namespace(int id, const char *value, bool *host)
{
	*host = streq(value, "host");
	if (!*host && !streq(value, "private"))
		return args_bad_value(&verb_run.args, id, value, "must be private or host");
	return 0;
}

/* Note an option for --save. */
static int record(struct run_options *o, int id, const char *value)
{
	const struct arg_option *row = options;
	struct given_option *grown;

	while (row->id != id)
		row++;
	grown = reallocarray(o->given, o->n_given + 1, sizeof(*grown));
	if (!grown)
		return log_oom();
	o->given = grown;
	grown[o->n_given++] = (struct given_option){row->name, value};
	return 0;
}

static int apply_option(struct run_options *o, int id, const char *value)
{
	struct request *q = &o->request;
	char **text = text_member(q, id), ***list = list_member(q, id);
	bool *flag = flag_member(o, id);

	if (text) {
		*text = (char *)value; /* borrowed from argv */
		return 0;
	}
	if (list)
		return strv_add(list, value) < 0 ? log_oom() : 0;
	if (flag) {
		*flag = streq(value, "true");
		return 0;
	}
	switch (id) {
	case OPT_ENTRYPOINT:
		strv_free(TAKE_PTR(q->entrypoint)); /* the last one counts */
		return strv_add(&q->entrypoint, value) < 0 ? log_oom() : 0;
	case OPT_NO_HEALTHCHECK:
		if (streq(value, "true"))
			q->health.cmd = (char *)"none";
		return 0;
	case OPT_INIT:
		q->init = streq(value, "true") ? INIT_YES : INIT_NO;
		return 0;
	case OPT_RM:
		q->keep = streq(value, "false");
		return 0;
	case OPT_IN_UNIT:
		o->in_unit = true;
		return 0;
	case OPT_PID:
		return take_namespace(id, value, &q->host_pid);
	case OPT_IPC:
		return take_namespace(id, value, &q->host_ipc);
	case OPT_UTS:
		return take_namespace(id, value, &q->host_uts);
	case OPT_PLATFORM:
		o->platform = value;
		return 0;
	case OPT_SAVE:
		o->save = value;
		return 0;
	}
	return -EINVAL;
}

/* docker's shorter words for two of them */
static int canonical(int id)
{
	return id == OPT_NET ? OPT_NETWORK : id == OPT_NET_ALIAS ? OPT_NETWORK_ALIAS : id;
}

static int take_option(void *data, int given, const char *value)
{
	int id = canonical(given);
	int r = record(data, id, value);

	return r < 0 ? r : apply_option(data, id, value);
}

static int dry_run(const struct spec *spec)
{
	auto_buf out = {0};

	spec_to_json(spec, &out);
	return out.error ? log_oom() : json_print(out.data);
}

/* An app file says where an archive is, wherever nap is started. */
static int save(const struct run_options *o)
{
	auto_free char *path = NULL;
	struct save s = {
		.name = o->save,
		.options = o->given,
		.n_options = o->n_given,
		.image = o->request.image,
		.command = o->request.command,
		.force = o->force,
		.print = o->dry_run,
	};

	if (o->request.name && !streq(o->request.name, o->save))
		return log_refuse(-EINVAL, "--name: the container of an app is called as the app");
	if (archive_is_path(s.image)) {
		path = realpath(s.image, NULL);
		if (!path)
			return log_fail(-errno, "find %s", s.image);
		s.image = path;
	}
	return save_app(&s);
}

/* What needs somebody at a terminal, or a nap that waits for the end. */
static int check_detach(const struct run_options *o)
{
	const struct request *q = &o->request;
	const char *other = q->terminal	     ? "--tty"
			    : q->interactive ? "--interactive"
			    : q->keep	     ? "--keep"
					     : NULL;

	if (other)
		return log_refuse(ARGS_USAGE, "--detach: does not go together with %s", other);
	if (!systemd_is_running()) {
		(void)log_refuse(-EOPNOTSUPP, "--detach: systemd is not running as PID 1");
		log_hint("without -d, a container stays in the foreground anywhere");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* Our command line over again, for systemd to execute: under the name that is decided now. */
static int detach(const struct settings *settings, const struct run_options *o,
		  const struct spec *spec)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	auto_free char *id = NULL;
	auto_strv char **v = NULL;
	int r;

	if (program_self(settings, &v) < 0 || strv_add(&v, "run") < 0 ||
	    strv_add(&v, "--in-unit") < 0)
		return log_oom();
	r = container_detach(&paths, spec, v, o->argv + 1, &id);
	if (r == 0)
		(void)printf(o->request.quiet ? "%s\n" : "nap-%s.service\n", id);
	return r;
}

static int launch(const struct paths *paths, struct spec *spec, int lock_fd)
{
	auto_free char *unit = service_own_unit();
	int r;

	if (!unit) {
		fd_drop(&lock_fd);
		return log_refuse(-EINVAL, "--in-unit: is for services of systemd");
	}
	r = spec_make_service(spec, unit);
	if (r < 0) {
		fd_drop(&lock_fd);
		return r;
	}
	return container_launch(paths, spec, lock_fd);
}

/* Open and lock the store, find the image or load it first, and resolve the request. */
static int resolve(const struct settings *settings, const struct run_options *o,
		   struct spec **ret_spec, int *ret_lock_fd)
{
	auto_store struct store *store = NULL;
	auto_image struct image *image = NULL;
	auto_free char *loaded = NULL;
	const char *ref = o->request.image;
	auto_fd int lock_fd = -1;
	int r = 0;

	if (archive_is_path(ref)) {
		r = archive_load(settings, ref, o->platform, &loaded);
		ref = loaded;
	}
	if (r == 0)
		r = store_open(settings->root, &store);
	if (r == 0)
		r = store_lock(store, LOCK_SH, &lock_fd);
	if (r == 0)
		r = image_open(store, ref, &image);
	if (r == 0)
		r = spec_from_request(&o->request, image, ret_spec);
	if (r == 0)
		*ret_lock_fd = TAKE_FD(lock_fd);
	return r;
}

static int run_image(const struct settings *settings, const struct run_options *o)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	auto_spec struct spec *spec = NULL;
	auto_fd int lock_fd = -1;
	int r;

	r = o->detach && !o->in_unit && !o->dry_run && !o->save ? check_detach(o) : 0;
	if (r == 0)
		r = resolve(settings, o, &spec, &lock_fd);
	if (r < 0)
		return r;
	if (o->save)
		return save(o);
	if (o->dry_run)
		return dry_run(spec);
	if (o->in_unit)
		return launch(&paths, spec, TAKE_FD(lock_fd));
	if (o->detach)
		return detach(settings, o, spec);
	return container_run(&paths, spec, TAKE_FD(lock_fd));
}

static int run(const struct settings *settings, int argc, char **argv)
{
	struct run_options o = {.argv = argv, .request.defaults = &settings->network};
	auto_free char **args = NULL;
	int r;

	r = verb_parse(&verb_run, argc, argv, take_option, &o, &args);
	if (r == 0) {
		o.request.image = args[0];
		o.request.command = args + 1;
		log_set_context("run");
		r = run_image(settings, &o);
		if (r != 0 && o.in_unit)
			launch_explain();
	}
	request_done(&o.request);
	free(o.given);
	return r;
}

const struct verb verb_run = {
	.args = {"run", options, 1, 1, -1},
	.arguments = "[OPTION...] IMAGE [COMMAND [ARGUMENT...]]",
	.help = "run a command in a new container",
	.flags = VERB_ROOT | VERB_RUN_CODES,
	.run = run,
};
