/* SPDX-License-Identifier: MIT */
/* Where the processes of exec go: into the container's cgroup, or into one below it. */
#include <errno.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup-parts.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "runtime/cgroup.h"

/* May processes be in it, or only in those below? */
static bool is_inner(const char *dir)
{
	auto_fd int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_free char *enabled = NULL;

	return fd >= 0 && cgroup_read(fd, "cgroup.subtree_control", &enabled) == 0 &&
	       enabled[strspn(enabled, " \n")];
}

static int open_below(const char *dir, const char *sub, int *ret_fd)
{
	auto_fd int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int below;

	if (fd < 0)
		return log_fail(-errno, "open cgroup %s", dir);
	sub += strspn(sub, "/");
	below = *sub ? fs_openat2(fd, sub, O_RDONLY | O_DIRECTORY, 0,
				  RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)
		     : TAKE_FD(fd);
	if (below < 0)
		return log_fail(below, "open cgroup %s of %s", sub, dir);
	*ret_fd = below;
	return 0;
}

/* ---- v1: the names of directories, which the process enters itself ---- */

static int go_below(char **dir, const char *sub)
{
	auto_fd int fd = -1;
	int r = open_below(*dir, sub, &fd);
	char *below;

	if (r < 0)
		return r;
	below = text_format("%s/%s", *dir, sub + strspn(sub, "/"));
	if (!below)
		return log_oom();
	free(*dir);
	*dir = below;
	return 0;
}

/* "CONTROLLER,CONTROLLER:SUB" */
static int go_below_some(char **dirs, const char *option)
{
	auto_free char *controllers = strndup(option, strcspn(option, ":"));
	const char *sub = option + strcspn(option, ":") + 1;
	char *save = NULL;
	int r = controllers ? 0 : log_oom();

	for (char *c = controllers ? strtok_r(controllers, ",", &save) : NULL; r == 0 && c;
	     c = strtok_r(NULL, ",", &save)) {
		char **dir = cgroup_v1_of(dirs, c);

		r = dir ? go_below(dir, sub)
			: log_refuse(-EINVAL,
				     "--cgroup %s: the container has no cgroup of %s with v1",
				     option, c);
	}
	return r;
}

static int go_below_all(char **dirs, const char *sub)
{
	int r = 0;

	for (; r == 0 && dirs && *dirs; dirs++)
		r = go_below(dirs, sub);
	return r;
}

/* ---- either ---- */

/* What the options say: of v1 at once, of v2 as *ret_sub. */
static int choose(const struct oci_cgroup *g, char *const *options, const char **ret_sub)
{
	int r = 0;

	if (!g->dir && !g->v1)
		return log_refuse(-EOPNOTSUPP, "--cgroup %s: the container has no cgroup",
				  options[0]);
	for (char *const *o = options; r == 0 && *o; o++) {
		bool named = strchr(*o, ':');

		if (!named && options[1])
			return log_refuse(-EINVAL,
					  "--cgroup %s: it is for all controllers, and not the "
					  "only one",
					  *o);
		r = named ? go_below_some(g->v1, *o) : go_below_all(g->v1, *o);
		if (!named)
			*ret_sub = *o;
	}
	return r;
}

int oci_cgroup_open(const struct oci_cgroup *g, char *const *options, pid_t init, int *ret_fd)
{
	auto_free char *of_init = NULL;
	const char *sub = NULL;
	int r = options && *options ? choose(g, options, &sub) : 0;

	*ret_fd = -1;
	if (r < 0 || !g->dir)
		return r;
	if (sub)
		return open_below(g->dir, sub, ret_fd);
	if (is_inner(g->dir) && cgroup_find(init, &of_init) == 0)
		return open_below(of_init, "", ret_fd);
	return open_below(g->dir, "", ret_fd);
}
