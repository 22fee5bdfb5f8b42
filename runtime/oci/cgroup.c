/* SPDX-License-Identifier: MIT */
/* The cgroup of a container from its making to its removal, whoever makes it. */
#include "cgroup.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup-parts.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "resources-parts.h"
#include "runtime/cgroup.h"

void oci_cgroup_done(struct oci_cgroup *g)
{
	free(g->dir);
	free(g->unit);
	strv_free(g->v1);
	*g = (struct oci_cgroup){0};
}

/* Where cgroup v2 is; NULL: nowhere. Of a hybrid machine's there are no limits to be had, but what
 * is in it can be frozen, killed and kept from devices; one that cannot be changed is as good as
 * none there, because it is no error to go without. */
static const char *find_top(void)
{
	if (cgroup_is_v2(CGROUP_TOP))
		return CGROUP_TOP;
	return cgroup_is_v2(CGROUP_HYBRID_TOP) && access(CGROUP_HYBRID_TOP, W_OK) == 0
		       ? CGROUP_HYBRID_TOP
		       : NULL;
}

int cgroup_find(pid_t pid, char **ret)
{
	const char *top = find_top();

	return top ? cgroup_below(top, pid, ret) : -EMEDIUMTYPE;
}

/* Without a cgroup an engine's containers run all the same, unlimited. */
static int go_without(const struct oci_config *config, const char *why)
{
	const char *limit = oci_resources_first(&config->resources);

	if (limit)
		log_warn("%s: limits (%s) are not set", why, limit);
	return 0;
}

static int make_named(const char *top, const char *dir, const struct oci_config *config,
		      struct oci_cgroup *g, int *ret_fd)
{
	auto_fd int fd = -1;
	size_t kept;
	int r;

	r = cgroup_tree_make(top, dir, &fd, &kept);
	if (r < 0)
		return r;
	r = oci_resources_apply(g, &config->resources, NULL);
	if (r == 0)
		r = oci_device_filter(fd, &config->resources, !streq(top, CGROUP_TOP));
	if (r == 0)
		r = cgroup_owner_set(fd, config);
	if (r < 0) {
		cgroup_tree_undo(dir, kept);
		return r;
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int make_directory(const char *top, const char *id, const struct oci_config *config,
			  struct oci_cgroup *ret, int *ret_fd)
{
	struct oci_cgroup g = {.manager = OCI_CGROUP_FS, .v1 = ret->v1};
	auto_free char *own = NULL, *dir = NULL;
	int r;

	r = cgroup_below(top, getpid(), &own);
	if (r < 0)
		return log_fail(r, "find our own cgroup");
	r = cgroup_path_dir(top, config->cgroup, id, own, &dir);
	if (r < 0)
		return r == -EINVAL
			       ? log_refuse(r, "cgroupsPath \"%s\" is the top of the hierarchy",
					    config->cgroup)
			       : log_oom();
	g.dir = dir;
	r = make_named(top, dir, config, &g, ret_fd);
	if (r < 0)
		return r;
	*ret = g;
	dir = NULL;
	return 0;
}

static int choose_scope(const char *id, const struct oci_config *config, struct oci_cgroup *ret)
{
	auto_free char *slice = NULL, *unit = NULL;
	int r;

	if (access("/run/systemd/system", F_OK) < 0)
		return log_refuse(-EOPNOTSUPP,
				  "systemd cgroup manager: systemd does not run on this host");
	r = cgroup_path_scope(config->cgroup, id, &slice, &unit);
	if (r == -EINVAL)
		return log_refuse(r,
				  "expected cgroupsPath to be of format \"slice:prefix:name\" for "
				  "systemd cgroups, got \"%s\" instead",
				  config->cgroup ? config->cgroup : id);
	if (r < 0)
		return log_oom();
	*ret = (struct oci_cgroup){.manager = OCI_CGROUP_SYSTEMD, .unit = TAKE_PTR(unit)};
	return 0;
}

static bool is_limited(const struct oci_config *config)
{
	return config->cgroup || config->resources.n_devices > 0 ||
	       oci_resources_first(&config->resources);
}

/* Where v1 has the controllers, and v2, if it is there at all, is beside it on top. */
static int make_hybrid(const char *top, const char *id, const struct oci_config *config,
		       struct oci_cgroup *ret, int *ret_fd)
{
	int r = is_limited(config) ? cgroup_v1_up(id, config, &ret->v1) : 0;

	if (r < 0)
		return r;
	if (top)
		r = make_directory(top, id, config, ret, ret_fd);
	else
		r = ret->v1 ? oci_resources_apply(ret, &config->resources, NULL)
			    : go_without(config, "no cgroup v2 on " CGROUP_TOP);
	if (r < 0) {
		(void)cgroup_v1_down(ret->v1);
		oci_cgroup_done(ret);
	}
	return r;
}

int oci_cgroup_up(const struct oci_options *o, const char *id, const struct oci_config *config,
		  struct oci_cgroup *ret, int *ret_fd)
{
	const char *top = find_top();

	*ret = (struct oci_cgroup){.manager = o->manager};
	*ret_fd = -1;
	if (o->manager == OCI_CGROUP_DISABLED)
		return go_without(config, "cgroups are disabled");
	if (top && streq(top, CGROUP_TOP))
		return o->manager == OCI_CGROUP_SYSTEMD
			       ? choose_scope(id, config, ret)
			       : make_directory(top, id, config, ret, ret_fd);
	/* beside v1 systemd would limit by that what we could neither look at nor update */
	if (o->manager == OCI_CGROUP_SYSTEMD)
		return go_without(config, "no cgroup v2 on " CGROUP_TOP);
	return make_hybrid(top, id, config, ret, ret_fd);
}

int oci_cgroup_adopt(struct oci_cgroup *g, const char *id, const struct oci_config *config,
		     pid_t pid)
{
	auto_fd int fd = -1;
	int r = cgroup_v1_enter(g->v1, pid);

	if (r < 0)
		return log_fail(r, "enter the cgroups of %s", id);
	if (!g->unit)
		return 0;
	r = cgroup_scope_start(g, id, config, pid);
	if (r < 0)
		return r;
	r = cgroup_find(pid, &g->dir);
	if (r < 0)
		return log_fail(r, "find the cgroup of %s", g->unit);
	fd = open(g->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return log_fail(-errno, "open cgroup %s", g->dir);
	/* it is ours (Delegate=yes): what systemd has no property for is written as well */
	r = oci_resources_apply(g, &config->resources, NULL);
	if (r == 0)
		r = oci_device_filter(fd, &config->resources, false);
	if (r == 0)
		r = cgroup_owner_set(fd, config);
	return r;
}

int oci_cgroup_down(const struct oci_cgroup *g)
{
	int r, s;

	if (!g->unit) {
		if (g->dir && g->v1) { /* what v1 holds does not die of what v2 does next */
			(void)oci_cgroup_kill(g, SIGKILL);
			oci_cgroup_thaw_v1(g, 0);
		}
		r = g->dir ? cgroup_tree_remove(g->dir) : 0;
		s = cgroup_v1_down(g->v1);
		return r < 0 ? r : s;
	}
	/* the directory is systemd's to remove: it would not notice that the scope has ended */
	(void)oci_cgroup_kill(g, SIGKILL);
	return g->dir ? cgroup_scope_stop(g) : 0;
}
