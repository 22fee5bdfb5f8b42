/* SPDX-License-Identifier: MIT */
/*
 * The front door of nap run: docker's options laid over the config of an image give a spec. Every
 * decision is made and every value is checked here or in the parsers this file calls.
 */
#include "runtime.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "caps.h"
#include "hosts.h"
#include "image/image.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/path.h"
#include "lib/strv.h"
#include "spec.h"
#include "sysctl.h"
#include "volume.h"

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define DEFAULT_SHM_BYTES (UINT64_C(64) << 20)
#define DEFAULT_TASKS 4096

static int refuse(const char *option, const char *value, const char *why)
{
	return log_refuse(-EINVAL, "--%s: \"%s\": %s", option, value, why);
}

/* A value may be the person's or the image's: who is to blame is told. */
static int refuse_setting(const char *option, const char *given, const char *member,
			  const char *value, const char *why)
{
	if (given)
		return refuse(option, value, why);
	return log_refuse(-EINVAL, "%s of the image: \"%s\": %s", member, value, why);
}

static int copy_text(const char *s, char **ret)
{
	if (s && !(*ret = strdup(s)))
		return log_oom();
	return 0;
}

static int set_id(struct spec *spec, const char *name)
{
	unsigned char random[6];

	if (name) {
		if (!name_is_valid(name))
			return refuse("name", name, "not a name ([a-z0-9][a-z0-9_.-]{0,62})");
		return copy_text(name, &spec->id);
	}
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return log_fail(-errno, "get random bytes");
	spec->id = text_format("%02x%02x%02x%02x%02x%02x", random[0], random[1], random[2],
			       random[3], random[4], random[5]);
	return spec->id ? 0 : log_oom();
}

static int set_image(struct spec *spec, const struct request *q, const struct image *image)
{
	spec->root_mode = image->root_mode;
	spec->root_uid = image->root_uid;
	spec->root_gid = image->root_gid;
	spec->root_mtime = image->root_mtime;
	if (copy_text(q->image, &spec->image) < 0 || copy_text(image->id, &spec->image_id) < 0)
		return -ENOMEM;
	return strv_copy(image->layers, &spec->layers) < 0 ? log_oom() : 0;
}

/* Entrypoint and Cmd as docker joins them: a new entrypoint drops the image's Cmd. */
static int set_argv(struct spec *spec, const struct request *q, const struct image_config *c)
{
	char **cmd = q->command && *q->command ? q->command : q->entrypoint ? NULL : c->cmd;
	int r = 0;

	if (!q->entrypoint)
		r = strv_extend(&spec->argv, c->entrypoint);
	else if (*q->entrypoint)
		r = strv_add(&spec->argv, q->entrypoint);
	if (r == 0)
		r = strv_extend(&spec->argv, cmd);
	if (r < 0)
		return log_oom();
	if (strv_len(spec->argv) == 0) {
		(void)log_refuse(-EINVAL, "no command: the image names none");
		log_hint("nap run IMAGE COMMAND [ARGUMENT...]");
		return -EINVAL;
	}
	if (!*spec->argv[0])
		return log_refuse(-EINVAL, "the command is an empty string");
	return 0;
}

/* NAME=value, or NAME: as it is in our own environment, which may be that it is not set. */
static int add_env(struct spec *spec, const char *text, const char *where)
{
	auto_free char *name = strndup(text, strcspn(text, "="));
	auto_free char *assignment = NULL;
	const char *value;

	if (!name)
		return log_oom();
	if (!env_name_is_valid(name))
		return refuse(where, text, "not NAME=VALUE");
	if (!strchr(text, '=')) {
		value = getenv(name);
		if (!value) {
			env_unset(spec->env, name);
			return 0;
		}
		assignment = text_format("%s=%s", name, value);
		if (!assignment)
			return log_oom();
		text = assignment;
	}
	return env_set(&spec->env, text) < 0 ? log_oom() : 0;
}

/* docker's env files: one assignment a line, '#' comments, no quoting. */
static int add_env_file(struct spec *spec, const char *path)
{
	auto_free char *text = NULL;
	size_t len;
	char *rest, *line;
	int r;

	r = fs_read_file(AT_FDCWD, path, 1U << 20, &text, &len);
	if (r < 0)
		return log_fail(r, "--env-file: %s", path);
	if (strlen(text) != len)
		return refuse("env-file", path, "holds a NUL byte");
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		size_t n = strlen(line);

		while (n > 0 && line[n - 1] == '\r')
			line[--n] = '\0';
		line += strspn(line, " \t");
		if (!*line || *line == '#')
			continue;
		r = add_env(spec, line, "env-file");
		if (r < 0)
			return r;
	}
	return 0;
}

static int set_env(struct spec *spec, const struct request *q, const struct image_config *c)
{
	auto_free char *hostname = NULL;
	int r = 0;

	if (strv_add(&spec->env, DEFAULT_PATH) < 0)
		return log_oom();
	if (spec->hostname) {
		hostname = text_format("HOSTNAME=%s", spec->hostname);
		if (!hostname || strv_add(&spec->env, hostname) < 0)
			return log_oom();
	}
	if (spec->terminal && strv_add(&spec->env, "TERM=xterm") < 0)
		return log_oom();
	STRV_FOREACH (e, c->env)
		if (env_set(&spec->env, *e) < 0)
			return log_oom();
	STRV_FOREACH (f, q->env_files)
		if (r == 0)
			r = add_env_file(spec, *f);
	STRV_FOREACH (e, q->env)
		if (r == 0)
			r = add_env(spec, *e, "env");
	return r;
}

static int set_process(struct spec *spec, const struct request *q, const struct image_config *c)
{
	const char *dir = q->working_dir		      ? q->working_dir
			  : c->working_dir && *c->working_dir ? c->working_dir
							      : "/";
	const char *signal = q->stop_signal ? q->stop_signal : c->stop_signal;

	if (path_normalize(dir, &spec->working_dir) < 0)
		return refuse_setting("workdir", q->working_dir, "WorkingDir", dir,
				      "not an absolute path");
	if (copy_text(q->user ? q->user : c->user ? c->user : "", &spec->user_text) < 0)
		return -ENOMEM;
	if (strv_extend(&spec->group_add, q->group_add) < 0)
		return log_oom();
	spec->stop_signal = SIGTERM;
	if (signal && *signal && parse_signal(signal, &spec->stop_signal) < 0)
		return refuse_setting("stop-signal", q->stop_signal, "StopSignal", signal,
				      "not a signal");
	spec->terminal = q->terminal;
	spec->interactive = q->interactive;
	spec->quiet = q->quiet;
	spec->keep = q->keep;
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
	if (!q->network || streq(q->network, "private"))
		spec->network = NETWORK_PRIVATE;
	else if (streq(q->network, "none"))
		spec->network = NETWORK_NONE;
	else if (streq(q->network, "host"))
		spec->network = NETWORK_HOST;
	else
		return refuse("network", q->network, "must be private, none or host");
	if (spec->network != NETWORK_HOST)
		spec->namespaces |= CLONE_NEWNET;
	return 0;
}

static int set_hostname(struct spec *spec, const struct request *q)
{
	if (q->hostname && q->host_uts)
		return refuse("hostname", q->hostname, "does not go with --uts host");
	if (q->hostname && !hostname_is_valid(q->hostname))
		return refuse("hostname", q->hostname, "not a host name");
	if (q->host_uts)
		return 0;
	return copy_text(q->hostname ? q->hostname : spec->id, &spec->hostname);
}

static int set_names(struct spec *spec, const struct request *q)
{
	STRV_FOREACH (h, q->add_host)
		if (!hosts_entry_is_valid(*h))
			return refuse("add-host", *h, "not NAME:ADDRESS");
	STRV_FOREACH (d, q->dns)
		if (!address_is_valid(*d))
			return refuse("dns", *d, "not an IP address");
	if (strv_extend(&spec->add_host, q->add_host) < 0 || strv_extend(&spec->dns, q->dns) < 0)
		return log_oom();
	return 0;
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

static size_t path_depth(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* What is mounted below another mount must come after it; otherwise the order given stays. */
static void sort_mounts(struct spec *spec)
{
	for (size_t i = 1; i < spec->n_mounts; i++) {
		struct mount_spec m = spec->mounts[i];
		size_t at = i;

		for (; at > 0 && path_depth(spec->mounts[at - 1].target) > path_depth(m.target);
		     at--)
			spec->mounts[at] = spec->mounts[at - 1];
		spec->mounts[at] = m;
	}
}

static int set_mounts(struct spec *spec, const struct request *q, const struct image_config *c)
{
	int r = 0;

	STRV_FOREACH (s, q->volumes)
		if (r == 0)
			r = volume_parse_v(spec, *s);
	STRV_FOREACH (s, q->mounts)
		if (r == 0)
			r = volume_parse_mount(spec, *s);
	STRV_FOREACH (s, q->tmpfs)
		if (r == 0)
			r = volume_parse_tmpfs(spec, *s);
	STRV_FOREACH (s, c->volumes)
		if (r == 0)
			r = volume_add_anonymous(spec, *s);
	sort_mounts(spec);
	return r;
}

/* SRC[:DST][:rwm]; the accesses are for the device cgroup, the node itself allows what the host's
 * does. */
static int add_device(struct spec *spec, const char *text)
{
	auto_free char *copy = strdup(text);
	char *source = copy, *target, *rights;
	struct device_spec *grown;
	struct device_spec d = {0};

	if (!copy)
		return log_oom();
	target = strchr(copy, ':');
	if (target)
		*target++ = '\0';
	rights = target ? strchr(target, ':') : NULL;
	if (rights)
		*rights++ = '\0';
	if (target && *target != '/' && !rights) {
		rights = target;
		target = NULL;
	}
	if (rights && (!*rights || strlen(rights) >= sizeof(d.access) ||
		       strspn(rights, "rwm") != strlen(rights)))
		return refuse("device", text, "rights must be of r, w and m");
	(void)snprintf(d.access, sizeof(d.access), "%s", rights ? rights : "rwm");
	if (path_normalize(source, &d.source) < 0 ||
	    path_normalize(target ? target : source, &d.target) < 0) {
		free(d.source);
		return refuse("device", text, "not an absolute path");
	}
	grown = reallocarray(spec->devices, spec->n_devices + 1, sizeof(*grown));
	if (!grown) {
		free(d.source);
		free(d.target);
		return log_oom();
	}
	spec->devices = grown;
	grown[spec->n_devices++] = d;
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

static int set_rlimits(struct spec *spec, const struct request *q)
{
	static const struct rlimit_spec defaults[] = {
		{RLIMIT_CORE, {0, 0}, true},
		{RLIMIT_NOFILE, {1024, 524288}, true},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(defaults); i++)
		r = set_rlimit(spec, &defaults[i]);
	STRV_FOREACH (u, q->ulimits) {
		struct rlimit_spec limit;

		if (rlimit_parse(*u, &limit) < 0)
			return refuse("ulimit", *u, "not NAME=SOFT[:HARD]");
		if (r == 0)
			r = set_rlimit(spec, &limit);
	}
	return r;
}

static int change_caps(uint64_t *mask, char **names, bool add)
{
	STRV_FOREACH (name, names) {
		uint64_t bits;
		int cap;

		if (strcasecmp(*name, "all") == 0)
			bits = caps_all();
		else if (caps_parse(*name, &cap) == 0)
			bits = UINT64_C(1) << cap;
		else
			return refuse(add ? "cap-add" : "cap-drop", *name, "no such capability");
		*mask = add ? *mask | bits : *mask & ~bits;
	}
	return 0;
}

/* On a machine that withholds a capability from nap itself, what was asked for by name is told. */
static void limit_caps(struct spec *spec, const struct request *q)
{
	uint64_t missing = spec->caps & ~caps_all();

	STRV_FOREACH (name, q->cap_add) {
		int cap;

		if (caps_parse(*name, &cap) == 0 && missing >> cap & 1)
			log_warn("%s is not ours to give: it is left out", caps_name(cap));
	}
	spec->caps &= ~missing;
}

/* docker: "--cap-add ALL --cap-drop X" is all but X, "--cap-drop ALL --cap-add X" is X alone. */
static int set_caps(struct spec *spec, const struct request *q)
{
	bool drop_all = false;
	int r;

	STRV_FOREACH (name, q->cap_drop)
		drop_all |= strcasecmp(*name, "all") == 0;
	spec->caps = q->privileged ? caps_all() : drop_all ? 0 : caps_default();
	r = change_caps(&spec->caps, q->cap_add, true);
	if (r == 0 && !drop_all)
		r = change_caps(&spec->caps, q->cap_drop, false);
	if (r == 0)
		limit_caps(spec, q);
	return r;
}

static int set_security(struct spec *spec, const struct request *q)
{
	spec->no_new_privs = spec->masks = !q->privileged;
	spec->sys_writable = spec->host_devices = spec->seccomp_unconfined = q->privileged;
	STRV_FOREACH (o, q->security_opt) {
		const char *value;

		value = startswith(*o, "no-new-privileges");
		if (value && (!*value || *value == '=' || *value == ':')) {
			if (!*value)
				spec->no_new_privs = true;
			else if (parse_bool(value + 1, &spec->no_new_privs) < 0)
				return refuse("security-opt", *o, "not true or false");
			continue;
		}
		value = startswith(*o, "seccomp=");
		if (!value || !*value)
			return refuse("security-opt", *o,
				      "must be no-new-privileges[=BOOL], seccomp=FILE or "
				      "seccomp=unconfined");
		spec->seccomp_unconfined = streq(value, "unconfined");
		free(TAKE_PTR(spec->seccomp_profile));
		if (!spec->seccomp_unconfined && !streq(value, "builtin") &&
		    copy_text(value, &spec->seccomp_profile) < 0)
			return -ENOMEM;
	}
	return set_caps(spec, q);
}

static int set_limits(struct spec *spec, const struct request *q)
{
	spec->tasks = DEFAULT_TASKS;
	spec->shm_bytes = DEFAULT_SHM_BYTES;
	spec->tasks_asked = q->pids_limit;
	spec->limits_asked = q->memory || q->cpus || q->pids_limit;
	if (q->memory &&
	    (parse_size(q->memory, &spec->memory_bytes) < 0 || spec->memory_bytes < 6U << 20))
		return refuse("memory", q->memory, "not a size of at least 6m");
	if (q->cpus && parse_cpus(q->cpus, &spec->cpu_usec_per_sec) < 0)
		return refuse("cpus", q->cpus, "not a number of CPUs");
	if (q->pids_limit && streq(q->pids_limit, "-1"))
		spec->tasks = UINT64_MAX;
	else if (q->pids_limit && parse_u64(q->pids_limit, 0, 4194304, &spec->tasks) < 0)
		return refuse("pids-limit", q->pids_limit, "not a number of tasks (-1: unlimited)");
	if (spec->tasks == 0)
		spec->tasks = UINT64_MAX;
	if (q->shm_size && (parse_size(q->shm_size, &spec->shm_bytes) < 0 || !spec->shm_bytes))
		return refuse("shm-size", q->shm_size, "not a size");
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
			return why ? refuse("sysctl", *s, why) : log_oom();
		if (env_set(&spec->sysctls, path) < 0)
			return log_oom();
	}
	return 0;
}

int spec_from_request(const struct request *q, const struct image *image, struct spec **ret)
{
	auto_spec struct spec *spec = calloc(1, sizeof(*spec));
	const struct image_config *c = &image->config;
	int r;

	if (!spec)
		return log_oom();
	spec->read_only = q->read_only;
	if ((r = set_id(spec, q->name)) < 0 || (r = set_image(spec, q, image)) < 0 ||
	    (r = set_argv(spec, q, c)) < 0 || (r = set_process(spec, q, c)) < 0 ||
	    (r = set_namespaces(spec, q)) < 0 || (r = set_hostname(spec, q)) < 0 ||
	    (r = set_env(spec, q, c)) < 0 || (r = set_names(spec, q)) < 0 ||
	    (r = set_mounts(spec, q, c)) < 0 || (r = set_rlimits(spec, q)) < 0 ||
	    (r = set_security(spec, q)) < 0 || (r = set_limits(spec, q)) < 0 ||
	    (r = set_sysctls(spec, q)) < 0)
		return r;
	STRV_FOREACH (d, q->devices) {
		r = add_device(spec, *d);
		if (r < 0)
			return r;
	}
	set_init(spec, q);
	*ret = TAKE_PTR(spec);
	return 0;
}
