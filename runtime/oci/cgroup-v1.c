/* SPDX-License-Identifier: MIT */
/*
 * The controllers of a machine that has them with cgroup v1: a directory in each of their
 * hierarchies, for limits, statistics, and for the freezer if there is no cgroup v2 beside them.
 * Signals to all processes at once are cgroup v2's; here they are known by their namespaces.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "cgroup-parts.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "resources-parts.h"

/* v1 tells nobody when something has happened: it is asked every 10 ms. */
#define END_TRIES 1000
static const struct timespec pause_10ms = {0, 10000000};

/* The hierarchies that limits and statistics are made of; they may be mounted together, as
 * cpu,cpuacct. */
static const char *const controllers[] = {"cpu",   "cpuacct", "cpuset",	 "memory",  "pids",
					  "blkio", "devices", "freezer", "net_cls", "net_prio"};

/* Is name one of the n bytes of a list that commas separate? */
static bool is_in_list(const char *list, size_t n, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = list; p < list + n; p += strcspn(p, ",:") + 1)
		if (strcspn(p, ",:") == len && strncmp(p, name, len) == 0)
			return true;
	return false;
}

/* Our own directory in the hierarchy of a controller: the lines of /proc/self/cgroup are
 * "4:cpu,cpuacct:/path". */
static char *own_path(const char *text, const char *name)
{
	for (const char *line = text; *line; line += strspn(line, "\n")) {
		const char *list = line + strcspn(line, ":\n");
		size_t n = *list == ':' ? strcspn(++list, ":\n") : 0;

		line = list + n + strcspn(list + n, "\n");
		if (list[n] == ':' && is_in_list(list, n, name))
			return strndup(list + n + 1, (size_t)(line - list) - n - 1);
	}
	return NULL;
}

/* The hierarchy of a controller is where every such machine has it; *ret_device tells those apart
 * that are one. */
static bool find_hierarchy(const char *top, dev_t *ret_device)
{
	struct statfs fs;
	struct stat st;

	if (statfs(top, &fs) < 0 || fs.f_type != CGROUP_SUPER_MAGIC || stat(top, &st) < 0)
		return false;
	*ret_device = st.st_dev;
	return true;
}

static int add_dir(const char *top, const char *own_text, const char *name, const char *id,
		   const struct oci_config *config, char ***dirs)
{
	auto_free char *path = own_path(own_text, name), *own = NULL;
	char *dir = NULL;
	int r;

	own = text_format("%s%s", top, !path || streq(path, "/") ? "" : path);
	r = own ? cgroup_path_dir(top, config->cgroup, id, own, &dir) : -ENOMEM;
	return r == 0 ? strv_take(dirs, dir) : r;
}

/* One in each hierarchy that has a controller of ours. */
static int find_dirs(const char *id, const struct oci_config *config, char ***ret)
{
	auto_free char *own = NULL;
	dev_t seen[ARRAY_SIZE(controllers)];
	size_t n = 0;
	int r = fs_read_file(AT_FDCWD, "/proc/self/cgroup", CGROUP_FILE_MAX, &own, NULL);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(controllers); i++) {
		char top[sizeof(CGROUP_TOP) + 16];
		size_t same = 0;

		(void)snprintf(top, sizeof(top), CGROUP_TOP "/%s", controllers[i]);
		if (!find_hierarchy(top, &seen[n]))
			continue;
		while (seen[same] != seen[n])
			same++;
		if (same == n) {
			n++;
			r = add_dir(top, own, controllers[i], id, config, ret);
		}
	}
	return r;
}

/* A new directory of cpuset has no processors, and takes no process before it has. */
static int inherit_cpus(int above, int dirfd)
{
	static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *is = NULL, *of_parent = NULL;
		int r = cgroup_read(dirfd, files[i], &is);

		if (r == -ENOENT)
			return 0; /* another controller */
		if (r == 0 && is[strspn(is, "\n")])
			continue;
		if (r == 0)
			r = cgroup_read(above, files[i], &of_parent);
		if (r == 0)
			r = cgroup_write(dirfd, files[i], of_parent);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Make what is missing of dir below the top of its hierarchy. */
static int make(const char *dir, int *ret_fd)
{
	const char *p = strchr(dir + strlen(CGROUP_TOP "/"), '/');
	auto_free char *name = strndup(dir, (size_t)(p - dir));
	auto_fd int at = name ? open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int r = name && at >= 0 ? 0 : -errno;

	for (; r == 0 && *p; p += strcspn(p, "/")) {
		int fd = -1;

		p += strspn(p, "/");
		free(name);
		name = strndup(p, strcspn(p, "/"));
		if (!name || (mkdirat(at, name, 0755) < 0 && errno != EEXIST))
			return -errno;
		fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		r = fd < 0 ? -errno : inherit_cpus(at, fd);
		(void)close(at);
		at = fd;
	}
	if (r == 0)
		*ret_fd = TAKE_FD(at);
	return r;
}

/* Nobody else's processes, and not frozen, as one also is below one that is: the container would
 * never be ready. */
static int make_unused(const char *dir)
{
	auto_free char *procs = NULL, *frozen = NULL;
	auto_fd int fd = -1;
	bool is_new = access(dir, F_OK) < 0;
	int r = make(dir, &fd);

	if (r == 0)
		r = cgroup_read(fd, "cgroup.procs", &procs);
	if (r < 0)
		return log_fail(r, "make cgroup %s", dir);
	if (*procs)
		return log_refuse(-EBUSY, "container's cgroup is not empty: %s", dir);
	if (cgroup_read(fd, "freezer.state", &frozen) < 0 || startswith(frozen, "THAWED"))
		return 0;
	if (is_new)
		(void)rmdir(dir);
	return log_refuse(-EBUSY, "container's cgroup unexpectedly frozen: %s", dir);
}

int cgroup_v1_up(const char *id, const struct oci_config *config, char ***ret)
{
	auto_strv char **dirs = NULL;
	size_t made = 0;
	int r;

	r = find_dirs(id, config, &dirs);
	if (r == -EINVAL)
		return log_refuse(r, "cgroupsPath \"%s\" is the top of the hierarchy",
				  config->cgroup);
	if (r < 0)
		return log_fail(r, "find the hierarchies of cgroup v1");
	while (r == 0 && dirs && dirs[made]) {
		r = make_unused(dirs[made]);
		made += r == 0;
	}
	if (r == 0)
		r = cgroup_v1_devices(dirs, &config->resources, NULL);
	while (r < 0 && made > 0)
		(void)rmdir(dirs[--made]); /* what is used stays: it is not ours */
	if (r == 0)
		*ret = TAKE_PTR(dirs);
	return r;
}

/* Names of files begin with that of the controller. */
int cgroup_v1_open(char *const *dirs, const char *file)
{
	for (; dirs && *dirs; dirs++) {
		auto_fd int fd = open(*dirs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd >= 0 && faccessat(fd, file, F_OK, 0) == 0)
			return TAKE_FD(fd);
	}
	return -ENOENT;
}

char **cgroup_v1_of(char **dirs, const char *controller)
{
	char top[sizeof(CGROUP_TOP) + 16];
	dev_t device;
	struct stat st;
	size_t i = 0;

	while (i < ARRAY_SIZE(controllers) && !streq(controllers[i], controller))
		i++;
	if (i == ARRAY_SIZE(controllers))
		return NULL;
	(void)snprintf(top, sizeof(top), CGROUP_TOP "/%s", controller);
	if (!find_hierarchy(top, &device))
		return NULL;
	for (; dirs && *dirs; dirs++)
		if (stat(*dirs, &st) == 0 && st.st_dev == device)
			return dirs;
	return NULL;
}

int cgroup_v1_write(char *const *dirs, const char *file, const char *value, char ***old)
{
	auto_fd int fd = cgroup_v1_open(dirs, file);

	return fd < 0 ? fd : oci_resources_write(fd, file, value, old);
}

static bool is_no_limit(const char *value)
{
	return streq(value, "-1") || streq(value, "max");
}

/* Numbers that bound each other (memory with and without swap, quota and period) may have to be
 * written in either order: what fails is tried once more after the rest. strict: nothing is. */
static int write_settings(char *const *dirs, char **settings, bool strict, const char **missed,
			  char ***old)
{
	bool later = false;

	STRV_FOREACH (s, settings) {
		char *value = strchr(*s, '=');
		int r;

		if (!value) /* written already, or missed */
			continue;
		*value = '\0';
		r = cgroup_v1_write(dirs, *s, value + 1, old);
		if (r == -ENOENT && !*missed && !is_no_limit(value + 1))
			*missed = *s;
		if (r == 0 || r == -ENOENT)
			continue;
		if (strict)
			return log_fail(r, "write \"%s\" to %s", value + 1, *s);
		later = true;
		*value = '=';
	}
	return later ? write_settings(dirs, settings, true, missed, old) : 0;
}

int cgroup_v1_set(char *const *dirs, const struct oci_resources *res, char ***old)
{
	auto_strv char **settings = NULL;
	const char *missed = NULL;
	int r = oci_resources_v1(res, &settings);

	if (r == 0)
		r = write_settings(dirs, settings, false, &missed, old);
	if (r == 0 && missed)
		log_warn("cgroup v1 has no %s here: that limit is not set", missed);
	return r;
}

/* The rules as they are; "" if there are none to be read. */
static char *read_devices(char *const *dirs)
{
	auto_fd int fd = cgroup_v1_open(dirs, "devices.list");
	char *list = NULL;

	return cgroup_read(fd, "devices.list", &list) == 0 ? list : strdup("");
}

/* They are read in another file than they are written to. What is denied to a group that may use
 * all else ("a") is not in it: after that, less is allowed than before. */
static int note_devices(char *list, char ***old)
{
	char *save = NULL;

	if (!*list || startswith(list, "a "))
		return 0;
	for (char *l = strtok_r(list, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		if (strv_take(old, text_format("devices.allow=%s", l)) < 0)
			return log_oom();
	return strv_add(old, "devices.deny=a") < 0 ? log_oom() : 0;
}

int cgroup_v1_devices(char *const *dirs, const struct oci_resources *res, char ***old)
{
	auto_strv char **settings = NULL;
	const char *missed = NULL; /* without that controller v2 has a filter, or there is none */
	auto_free char *before = read_devices(dirs), *after = NULL;
	int r = oci_devices_v1(res, &settings);

	if (r == 0) /* in order: nothing is allowed where all could not be denied */
		r = write_settings(dirs, settings, true, &missed, NULL);
	after = read_devices(dirs);
	if (!before || !after)
		return log_oom();
	if (old && !streq(before, after) && note_devices(before, old) < 0)
		return -ENOMEM;
	return r;
}

int cgroup_v1_enter(char *const *dirs, pid_t pid)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	for (; dirs && *dirs; dirs++) {
		auto_fd int fd = open(*dirs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		int r = fd < 0 ? -errno : cgroup_write(fd, "cgroup.procs", text);

		if (r < 0)
			return r;
	}
	return 0;
}

static int open_freezer(char *const *dirs)
{
	int fd = cgroup_v1_open(dirs, "freezer.state");

	return fd == -ENOENT ? -EOPNOTSUPP : fd;
}

bool cgroup_v1_is_frozen(char *const *dirs)
{
	auto_fd int fd = open_freezer(dirs);
	auto_free char *is = NULL;

	return fd >= 0 && cgroup_read(fd, "freezer.state", &is) == 0 && startswith(is, "FROZEN");
}

int cgroup_v1_freeze(char *const *dirs, bool frozen)
{
	auto_fd int fd = open_freezer(dirs);
	int r = fd;

	if (fd < 0)
		return r;
	r = cgroup_write(fd, "freezer.state", frozen ? "FROZEN" : "THAWED");
	for (int tries = END_TRIES; r == 0 && frozen && !cgroup_v1_is_frozen(dirs); tries--) {
		if (tries == 0)
			r = -ETIMEDOUT;
		(void)nanosleep(&pause_10ms, NULL);
	}
	if (r < 0 && frozen)
		(void)cgroup_write(fd, "freezer.state", "THAWED");
	return r;
}

static int thaw(int dirfd, void *data)
{
	(void)data;
	(void)cgroup_write(dirfd, "freezer.state", "THAWED"); /* if not, their end is missed */
	return 0;
}

/* The container may have frozen groups of its own. */
static void thaw_all(char *const *dirs)
{
	auto_fd int fd = open_freezer(dirs);

	if (fd >= 0)
		(void)cgroup_tree_walk(fd, thaw, NULL);
}

static void thaw_group_of(pid_t pid)
{
	static const char top[] = CGROUP_TOP "/freezer";
	auto_free char *text = NULL, *path = NULL, *dir = NULL;
	char file[32];
	auto_fd int fd = -1;

	(void)snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
	if (fs_read_file(AT_FDCWD, file, CGROUP_FILE_MAX, &text, NULL) < 0)
		return;
	path = own_path(text, "freezer");
	dir = path && !streq(path, "/") ? text_format("%s%s", top, path) : NULL;
	fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd >= 0)
		(void)thaw(fd, NULL); /* what is below may be others' */
}

void oci_cgroup_thaw_v1(const struct oci_cgroup *g, pid_t pid)
{
	thaw_all(g->v1);
	if (pid > 0)
		thaw_group_of(pid);
}

int oci_cgroup_enter_v1(const struct oci_cgroup *g)
{
	return cgroup_v1_enter(g->v1, 0);
}

static int remove_dir(char *const *dirs, const char *dir)
{
	auto_fd int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	for (int tries = END_TRIES; rmdir(dir) < 0; tries--) {
		if (errno == ENOENT)
			return 0;
		if (errno != EBUSY || tries == 0)
			return log_fail(-errno, "remove cgroup %s", dir);
		(void)cgroup_signal(fd, SIGKILL); /* rmdir tells if something is left */
		thaw_all(dirs);
		cgroup_tree_remove_below(fd);
		(void)nanosleep(&pause_10ms, NULL);
	}
	return 0;
}

int cgroup_v1_down(char *const *dirs)
{
	int r = 0;

	for (char *const *dir = dirs; dir && *dir; dir++) {
		int s = remove_dir(dirs, *dir);

		r = r < 0 ? r : s;
	}
	return r;
}
