/* SPDX-License-Identifier: MIT */
/* The life of a spec: releasing it, and its JSON form for --dry-run and state.json. */
#include "spec.h"

#include <errno.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "caps.h"
#include "lib/json.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "spec-parts.h"

static void probe_done(struct probe_spec *p)
{
	strv_free(p->argv);
}

void spec_free(struct spec *spec)
{
	if (!spec)
		return;
	free(spec->id);
	free(spec->unit);
	probe_done(&spec->health.probe);
	probe_done(&spec->health.startup);
	for (size_t i = 0; i < spec->n_secrets; i++)
		secret_done(&spec->secrets[i]);
	free(spec->secrets);
	free(spec->image);
	free(spec->image_id);
	strv_free(spec->layers);
	free(spec->rootfs);
	strv_free(spec->argv);
	strv_free(spec->env);
	free(spec->working_dir);
	free(spec->user_text);
	strv_free(spec->group_add);
	free(spec->hostname);
	free(spec->network_of);
	for (size_t i = 0; i < spec->n_attach; i++)
		net_attach_done(&spec->attach[i]);
	free(spec->attach);
	free(spec->publish);
	free(spec->rules);
	strv_free(spec->add_host);
	strv_free(spec->dns);
	strv_free(spec->dns_search);
	strv_free(spec->dns_option);
	strv_free(spec->labels);
	strv_free(spec->annotations);
	for (size_t i = 0; i < spec->n_mounts; i++) {
		free(spec->mounts[i].source);
		free(spec->mounts[i].target);
		free(spec->mounts[i].data);
	}
	free(spec->mounts);
	for (size_t i = 0; i < spec->n_devices; i++) {
		free(spec->devices[i].source);
		free(spec->devices[i].target);
	}
	free(spec->devices);
	free(spec->rlimits);
	strv_free(spec->mask);
	strv_free(spec->unmask);
	free(spec->masked_dirs);
	free(spec->masked_files);
	free(spec->read_only_paths);
	strv_free(spec->sysctls);
	free(spec->seccomp_profile);
	free(spec->apparmor);
	free(spec->selinux);
	free(spec);
}

void request_done(struct request *q)
{
	char **const vectors[] = {q->env,
				  q->env_files,
				  q->volumes,
				  q->mounts,
				  q->tmpfs,
				  q->group_add,
				  q->add_host,
				  q->dns,
				  q->dns_search,
				  q->dns_option,
				  q->labels,
				  q->annotations,
				  q->cap_add,
				  q->cap_drop,
				  q->devices,
				  q->ulimits,
				  q->sysctls,
				  q->security_opt,
				  q->entrypoint,
				  q->networks,
				  q->network_aliases,
				  q->publish,
				  q->expose,
				  q->allow,
				  q->deny,
				  q->app ? q->command : NULL};
	const struct health_request *h = &q->health;
	char *const texts[] = {q->name,
			       q->image,
			       q->rootfs,
			       q->working_dir,
			       q->user,
			       q->hostname,
			       q->timezone,
			       q->ip,
			       q->ip6,
			       q->mac,
			       q->memory,
			       q->cpus,
			       q->pids_limit,
			       q->stop_signal,
			       q->shm_size,
			       q->userns,
			       h->cmd,
			       h->interval,
			       h->timeout,
			       h->retries,
			       h->start_period,
			       h->startup_cmd,
			       h->startup_interval,
			       h->startup_timeout,
			       h->startup_retries,
			       h->startup_success,
			       h->on_failure};

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		strv_free(vectors[i]);
	/* of a command line they are borrowed */
	for (size_t i = 0; q->app && i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
	*q = (struct request){0};
}

static const struct {
	uint64_t flag;
	const char *name;
} namespace_names[] = {
	{CLONE_NEWNS, "mount"},	 {CLONE_NEWPID, "pid"}, {CLONE_NEWNET, "network"},
	{CLONE_NEWIPC, "ipc"},	 {CLONE_NEWUTS, "uts"}, {CLONE_NEWCGROUP, "cgroup"},
	{CLONE_NEWUSER, "user"},
};

static void add_namespaces(struct buf *b, const struct spec *spec)
{
	json_open_array(b, "namespaces");
	for (size_t i = 0; i < ARRAY_SIZE(namespace_names); i++)
		if (spec->namespaces & namespace_names[i].flag)
			json_element(b, namespace_names[i].name);
	buf_char(b, ']');
}

static const char *mount_type(enum mount_kind kind)
{
	static const char *const names[] = {
		[MOUNT_BIND] = "bind",	 [MOUNT_VOLUME] = "volume", [MOUNT_ANON] = "anonymous",
		[MOUNT_TMPFS] = "tmpfs", [MOUNT_DEVPTS] = "devpts",
	};

	return names[kind];
}

static void add_mounts(struct buf *b, const struct spec *spec)
{
	json_open_array(b, "mounts");
	for (size_t i = 0; i < spec->n_mounts; i++) {
		const struct mount_spec *m = &spec->mounts[i];

		json_open_object(b, NULL);
		json_member(b, "type", mount_type(m->kind));
		json_member(b, "source", m->source);
		json_member(b, "target", m->target);
		json_member(b, "options", m->data);
		json_member_bool(b, "readonly", m->attr & MOUNT_ATTR_RDONLY);
		json_member_bool(b, "noexec", m->attr & MOUNT_ATTR_NOEXEC);
		if (m->copy_up)
			json_member_bool(b, "copy_up", true);
		json_member(b, "propagation",
			    m->propagation == MS_SHARED	 ? "shared"
			    : m->propagation == MS_SLAVE ? "slave"
							 : "private");
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static void add_devices(struct buf *b, const struct spec *spec)
{
	json_open_array(b, "devices");
	for (size_t i = 0; i < spec->n_devices; i++) {
		json_open_object(b, NULL);
		json_member(b, "source", spec->devices[i].source);
		json_member(b, "target", spec->devices[i].target);
		json_member(b, "access", spec->devices[i].access);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static void add_rlimits(struct buf *b, const struct spec *spec)
{
	json_open_array(b, "rlimits");
	for (size_t i = 0; i < spec->n_rlimits; i++) {
		const struct rlimit_spec *l = &spec->rlimits[i];

		json_open_object(b, NULL);
		json_member(b, "type", rlimit_name(l->resource));
		json_member_i64(b, "soft", (int64_t)l->limit.rlim_cur);
		json_member_i64(b, "hard", (int64_t)l->limit.rlim_max);
		json_member_bool(b, "best_effort", l->best_effort);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static void add_caps(struct buf *b, const struct spec *spec)
{
	json_open_array(b, "capabilities");
	for (int cap = 0; cap < 64; cap++)
		if (spec->caps >> cap & 1)
			json_element(b, caps_name(cap));
	buf_char(b, ']');
}

/* What few containers have is left out of the others' documents. */
static void add_list(struct buf *b, const char *key, char *const *list)
{
	if (list && *list)
		json_member_strv(b, key, list);
}

static void add_limits(struct buf *b, const struct spec *spec)
{
	if (spec->memory_bytes)
		json_member_i64(b, "memory", (int64_t)spec->memory_bytes);
	if (spec->cpu_usec_per_sec)
		json_member_i64(b, "cpu_usec_per_sec", (int64_t)spec->cpu_usec_per_sec);
	if (spec->tasks != UINT64_MAX)
		json_member_i64(b, "tasks", (int64_t)spec->tasks);
	json_member_i64(b, "shm_size", (int64_t)spec->shm_bytes);
}

static void add_probe(struct buf *b, const char *key, const struct probe_spec *p)
{
	if (!p->argv)
		return;
	json_open_object(b, key);
	json_member_strv(b, "argv", p->argv);
	json_member_i64(b, "interval_usec", (int64_t)p->interval_usec);
	json_member_i64(b, "timeout_usec", (int64_t)p->timeout_usec);
	json_member_i64(b, "retries", p->retries);
	buf_char(b, '}');
}

static void add_health(struct buf *b, const struct health_spec *h)
{
	if (!h->probe.argv && !h->startup.argv)
		return;
	json_open_object(b, "health");
	add_probe(b, "probe", &h->probe);
	json_member_i64(b, "start_period_usec", (int64_t)h->start_period_usec);
	add_probe(b, "startup", &h->startup);
	if (h->startup.argv)
		json_member_i64(b, "startup_successes", h->startup_successes);
	json_member_bool(b, "watchdog", h->watchdog);
	buf_char(b, '}');
}

static void add_secrets(struct buf *b, const struct spec *spec)
{
	json_open_array(b, "secrets");
	for (size_t i = 0; i < spec->n_secrets; i++) {
		json_open_object(b, NULL);
		json_member(b, "name", spec->secrets[i].name);
		json_member(b, "env", spec->secrets[i].env);
		json_member(b, "target", spec->secrets[i].target);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static void add_service(struct buf *b, const struct spec *spec)
{
	static const char *const modes[] = {
		[NOTIFY_NO] = "no", [NOTIFY_YES] = "yes", [NOTIFY_HEALTHY] = "healthy"};

	if (!spec->unit)
		return;
	json_member(b, "unit", spec->unit);
	json_member(b, "notify", modes[spec->notify]);
	if (spec->n_secrets > 0)
		add_secrets(b, spec);
}

void spec_to_json(const struct spec *spec, struct buf *b)
{
	buf_char(b, '{');
	json_member(b, "id", spec->id);
	add_service(b, spec);
	add_health(b, &spec->health);
	json_member(b, "image", spec->image);
	json_member(b, "image_id", spec->image_id);
	json_member_strv(b, "layers", spec->layers);
	json_member(b, "rootfs", spec->rootfs);
	json_member_strv(b, "argv", spec->argv);
	json_member_strv(b, "env", spec->env);
	json_member(b, "working_dir", spec->working_dir);
	json_member(b, "user", spec->user_text);
	json_member_strv(b, "group_add", spec->group_add);
	json_member(b, "hostname", spec->hostname);
	json_member(b, "stop_signal", signal_name(spec->stop_signal));
	json_member_bool(b, "terminal", spec->terminal);
	json_member_bool(b, "interactive", spec->interactive);
	json_member_bool(b, "init", spec->init);
	json_member_bool(b, "read_only", spec->read_only);
	json_member_bool(b, "no_new_privileges", spec->no_new_privs);
	json_member_bool(b, "masks", spec->masks);
	add_list(b, "mask", spec->mask);
	add_list(b, "unmask", spec->unmask);
	add_namespaces(b, spec);
	spec_network_to_json(spec, b);
	json_member_strv(b, "add_host", spec->add_host);
	json_member_strv(b, "dns", spec->dns);
	add_list(b, "dns_search", spec->dns_search);
	add_list(b, "dns_option", spec->dns_option);
	add_list(b, "labels", spec->labels);
	add_list(b, "annotations", spec->annotations);
	add_mounts(b, spec);
	add_devices(b, spec);
	add_rlimits(b, spec);
	json_member_strv(b, "sysctls", spec->sysctls);
	add_caps(b, spec);
	json_member(b, "seccomp",
		    spec->seccomp_unconfined ? "unconfined"
		    : spec->seccomp_profile  ? spec->seccomp_profile
					     : "default");
	json_member_bool(b, "landlock", spec->landlock);
	json_member(b, "apparmor", spec->apparmor);
	add_limits(b, spec);
	buf_char(b, '}');
}

/* ---- reading back ---- */

static int take_namespaces(const json_t *j, struct spec *spec)
{
	auto_strv char **names = NULL;
	int r = json_get_strv(j, "namespaces", &names);

	if (r < 0)
		return r;
	STRV_FOREACH (name, names)
		for (size_t i = 0; i < ARRAY_SIZE(namespace_names); i++)
			if (streq(namespace_names[i].name, *name))
				spec->namespaces |= namespace_names[i].flag;
	return 0;
}

static int take_caps(const json_t *j, struct spec *spec)
{
	auto_strv char **names = NULL;
	int r = json_get_strv(j, "capabilities", &names);

	if (r < 0)
		return r;
	STRV_FOREACH (name, names) {
		int cap;

		if (caps_parse(*name, &cap) < 0)
			return -EBADMSG;
		spec->caps |= UINT64_C(1) << cap;
	}
	return 0;
}

static int take_rlimits(const json_t *j, struct spec *spec)
{
	json_t *list = NULL;
	size_t n;
	int r;

	r = json_get_array(j, "rlimits", &list);
	if (r <= 0)
		return r;
	n = json_array_size(list);
	spec->rlimits = calloc(n + 1, sizeof(struct rlimit_spec));
	if (!spec->rlimits)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct rlimit_spec *l = &spec->rlimits[i];
		const json_t *entry = json_array_get(list, i);
		int64_t soft = 0, hard = 0;
		const char *type = "";

		if (json_get_string(entry, "type", &type) < 0 ||
		    json_get_i64(entry, "soft", &soft) < 0 ||
		    json_get_i64(entry, "hard", &hard) < 0 ||
		    json_get_bool(entry, "best_effort", &l->best_effort) < 0)
			return -EBADMSG;
		l->resource = rlimit_number(type);
		l->limit = (struct rlimit){(rlim_t)soft, (rlim_t)hard};
		if (l->resource < 0)
			return -EBADMSG;
		spec->n_rlimits++;
	}
	return 0;
}

static int take_seccomp(const json_t *j, struct spec *spec)
{
	auto_free char *text = NULL;
	int r = json_get_text(j, "seccomp", &text);

	if (r < 0 || !text)
		return r < 0 ? r : -EBADMSG;
	spec->seccomp_unconfined = streq(text, "unconfined");
	if (!spec->seccomp_unconfined && !streq(text, "default"))
		spec->seccomp_profile = TAKE_PTR(text);
	return 0;
}

static int take_members(const json_t *j, struct spec *spec)
{
	const char *signal = NULL;
	int r;

	if ((r = json_get_text(j, "id", &spec->id)) < 0 ||
	    (r = json_get_text(j, "unit", &spec->unit)) < 0 ||
	    (r = json_get_text(j, "image", &spec->image)) < 0 ||
	    (r = json_get_text(j, "image_id", &spec->image_id)) < 0 ||
	    (r = json_get_text(j, "working_dir", &spec->working_dir)) < 0 ||
	    (r = json_get_text(j, "user", &spec->user_text)) < 0 ||
	    (r = json_get_text(j, "hostname", &spec->hostname)) < 0 ||
	    (r = json_get_bool(j, "landlock", &spec->landlock)) < 0 ||
	    (r = json_get_text(j, "apparmor", &spec->apparmor)) < 0 ||
	    (r = json_get_strv(j, "argv", &spec->argv)) < 0 ||
	    (r = json_get_strv(j, "env", &spec->env)) < 0 ||
	    (r = json_get_strv(j, "group_add", &spec->group_add)) < 0 ||
	    (r = json_get_strv(j, "labels", &spec->labels)) < 0 ||
	    (r = json_get_bool(j, "init", &spec->init)) < 0 ||
	    (r = json_get_bool(j, "no_new_privileges", &spec->no_new_privs)) < 0 ||
	    (r = json_get_string(j, "stop_signal", &signal)) < 0 ||
	    (r = spec_network_from_json(j, spec)) < 0 || (r = take_namespaces(j, spec)) < 0 ||
	    (r = take_caps(j, spec)) < 0 || (r = take_rlimits(j, spec)) < 0 ||
	    (r = take_seccomp(j, spec)) < 0)
		return r;
	if (!signal || parse_signal(signal, &spec->stop_signal) < 0)
		return -EBADMSG;
	return spec->id && spec->working_dir && spec->user_text ? 0 : -EBADMSG;
}

int spec_from_json(const json_t *j, struct spec **ret)
{
	auto_spec struct spec *spec = calloc(1, sizeof(*spec));
	int r;

	if (!spec)
		return -ENOMEM;
	r = take_members(j, spec);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(spec);
	return 0;
}
