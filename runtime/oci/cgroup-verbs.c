/* SPDX-License-Identifier: MIT */
/* pause, resume, ps and events --stats of a container, as far as its cgroup is asked. */
#include <errno.h>
#include <stdlib.h>

#include "cgroup-parts.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "ns-processes.h"
#include "state.h"

/* The state of a container whose processes are there. */
static int load_alive(const struct oci_options *o, const char *id, bool lock, struct oci_state *ret,
		      enum oci_status *ret_status)
{
	int r = oci_state_load(o, id, lock, ret);

	if (r < 0)
		return r;
	*ret_status = oci_status_of(ret);
	if (*ret_status == OCI_STOPPED || *ret_status == OCI_CREATING)
		return log_refuse(-ESRCH, "container not running: %s", id);
	return 0;
}

int oci_pause(const struct oci_options *o, const char *id)
{
	auto_oci_state struct oci_state s = {.dirfd = -1};
	enum oci_status status;
	int r = load_alive(o, id, true, &s, &status);

	if (r < 0)
		return r;
	if (status == OCI_PAUSED)
		return log_refuse(-EALREADY, "container %s is paused already", id);
	return oci_cgroup_freeze(&s.cgroup, true);
}

int oci_resume(const struct oci_options *o, const char *id)
{
	auto_oci_state struct oci_state s = {.dirfd = -1};
	enum oci_status status;
	int r = load_alive(o, id, true, &s, &status);

	if (r < 0)
		return r;
	if (status != OCI_PAUSED)
		return log_refuse(-EINVAL, "container not paused: %s", id);
	return oci_cgroup_freeze(&s.cgroup, false);
}

/* Without a cgroup they are known by their namespaces. */
static int list_processes(const struct oci_state *s, pid_t **ret, size_t *ret_n)
{
	int r;

	if (s->cgroup.dir)
		return oci_cgroup_processes(&s->cgroup, ret, ret_n);
	r = ns_processes(s->pid, s->new_pid_namespace, ret, ret_n);
	return r < 0 ? log_fail(r, "list the processes of %s", s->id) : 0;
}

/* As with runc there are none of a stopped container, but for what its first process has left in
 * its cgroup: a list, and no error. */
int oci_processes(const struct oci_options *o, const char *id, pid_t **ret, size_t *ret_n)
{
	auto_oci_state struct oci_state s = {.dirfd = -1};
	int r = oci_state_load(o, id, false, &s);

	if (r < 0)
		return r;
	if (oci_status_of(&s) == OCI_STOPPED && !s.cgroup.dir) {
		*ret = NULL;
		*ret_n = 0;
		return 0;
	}
	return list_processes(&s, ret, ret_n);
}

/* All that can be said without cgroups is how many they are. */
static int count_alone(const struct oci_state *s, struct buf *out)
{
	auto_free pid_t *pids = NULL;
	size_t n;
	int r = list_processes(s, &pids, &n);

	if (r < 0)
		return r;
	buf_fmt(out, "{\"pids\":{\"current\":%zu}}", n);
	return 0;
}

int oci_stats(const struct oci_options *o, const char *id, struct buf *out)
{
	auto_oci_state struct oci_state s = {.dirfd = -1};
	enum oci_status status;
	int r = load_alive(o, id, false, &s, &status);

	if (r < 0)
		return r;
	buf_str(out, "{\"type\":\"stats\",\"id\":\"");
	buf_fmt(out, "%s\",\"data\":", id); /* an id needs no quoting */
	r = s.cgroup.dir || s.cgroup.v1 ? oci_cgroup_stats(&s.cgroup, out) : count_alone(&s, out);
	buf_char(out, '}');
	if (r == 0 && out->error)
		return log_oom();
	return r;
}
