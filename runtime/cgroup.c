/* SPDX-License-Identifier: MIT */
/* Making, limiting and removing a cgroup v2 directory where no systemd does it. */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cgroup-file.h"
#include "container.h"
#include "lib/fs.h"
#include "lib/log.h"

#define CPU_PERIOD_USEC 100000
#define KILL_TIMEOUT_MS 5000

int cgroup_below(const char *top, int pid, char **ret)
{
	auto_free char *text = NULL;
	char path[64], *line, *dir;
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	r = fs_read_file(AT_FDCWD, path, 1U << 16, &text, NULL);
	if (r < 0)
		return r;
	line = strstr(text, "0::/");
	if (!line)
		return -ENOENT;
	line += strlen("0::");
	line[strcspn(line, "\n")] = '\0';
	dir = text_format("%s%s", top, streq(line, "/") ? "" : line);
	if (!dir)
		return -ENOMEM;
	*ret = dir;
	return 0;
}

static int check_v2(const char *path)
{
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return -errno;
	return fs.f_type == CGROUP2_SUPER_MAGIC ? 0 : -EMEDIUMTYPE;
}

bool cgroup_is_v2(const char *path)
{
	return check_v2(path) == 0;
}

/* That it cannot be looked at is not that there is none: exec would stay outside. */
int cgroup_of(int pid, char **ret)
{
	int r = check_v2(CGROUP_TOP);

	return r < 0 ? r : cgroup_below(CGROUP_TOP, pid, ret);
}

struct controller {
	const char *name;
	bool wanted, asked;
};

/* Which controllers the limits need, and whether the person asked for them. */
static void list_controllers(const struct spec *spec, struct controller ret[static 3])
{
	ret[0] = (struct controller){"memory", spec->memory_bytes > 0, spec->memory_bytes > 0};
	ret[1] = (struct controller){"cpu", spec->cpu_usec_per_sec > 0, spec->cpu_usec_per_sec > 0};
	ret[2] = (struct controller){"pids", spec->tasks != UINT64_MAX, spec->tasks_asked};
}

/* Hand the controllers down from our cgroup. -EOPNOTSUPP: one is not there; -EBUSY: a cgroup with
 * processes hands nothing down unless it is the root. */
static int enable_controllers(int parent_fd, struct controller cs[static 3])
{
	auto_free char *there = NULL, *enabled = NULL;
	int r;

	r = cgroup_read(parent_fd, "cgroup.controllers", &there);
	if (r == 0)
		r = cgroup_read(parent_fd, "cgroup.subtree_control", &enabled);
	if (r < 0)
		return r;
	for (int i = 0; i < 3; i++) {
		char word[16];

		if (!cs[i].wanted || cgroup_has_word(enabled, cs[i].name))
			continue;
		(void)snprintf(word, sizeof(word), "+%s", cs[i].name);
		r = cgroup_has_word(there, cs[i].name)
			    ? cgroup_write(parent_fd, "cgroup.subtree_control", word)
			    : -EOPNOTSUPP;
		if (r < 0 && cs[i].asked)
			return r;
		if (r < 0)
			cs[i].wanted = false;
	}
	return 0;
}

static int set_limits(int dirfd, const struct spec *spec, const struct controller cs[static 3])
{
	char value[64];
	int r = 0;

	if (cs[0].wanted) {
		(void)snprintf(value, sizeof(value), "%llu",
			       (unsigned long long)spec->memory_bytes);
		r = cgroup_write(dirfd, "memory.max", value);
		if (r == 0) /* it may not be counted */
			(void)cgroup_write(dirfd, "memory.swap.max", value);
		if (r == 0)
			r = cgroup_write(dirfd, "memory.oom.group", "1");
	}
	if (r == 0 && cs[1].wanted) {
		(void)snprintf(
			value, sizeof(value), "%llu %d",
			(unsigned long long)(spec->cpu_usec_per_sec * CPU_PERIOD_USEC / 1000000),
			CPU_PERIOD_USEC);
		r = cgroup_write(dirfd, "cpu.max", value);
	}
	if (r == 0 && cs[2].wanted) {
		(void)snprintf(value, sizeof(value), "%llu", (unsigned long long)spec->tasks);
		r = cgroup_write(dirfd, "pids.max", value);
	}
	return r;
}

static int no_limits(const struct spec *spec, const char *why)
{
	if (!spec->limits_asked)
		return 0;
	(void)log_refuse(-EOPNOTSUPP, "limits cannot be set: %s", why);
	log_hint("limits need systemd as PID 1, or a cgroup v2 hierarchy whose controllers our "
		 "cgroup "
		 "may hand down");
	return -EOPNOTSUPP;
}

static int make_cgroup(struct container *c, const char *parent)
{
	auto_fd int parent_fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct controller cs[3];
	int r;

	list_controllers(c->spec, cs);
	r = parent_fd < 0 ? -errno : enable_controllers(parent_fd, cs);
	if (r == -EBUSY)
		return no_limits(c->spec, "our own cgroup holds processes");
	if (r == -EOPNOTSUPP)
		return no_limits(c->spec, "the cgroup v2 controller is missing");
	if (r < 0)
		return c->spec->limits_asked ? log_fail(r, "hand controllers down from %s", parent)
					     : 0;
	if (!cs[0].wanted && !cs[1].wanted && !cs[2].wanted)
		return 0;
	c->cgroup = text_format("%s/nap-%s", parent, c->spec->id);
	if (!c->cgroup)
		return log_oom();
	/* first of all noted where nap clean looks */
	if (symlinkat(c->cgroup, c->run_dirfd, "cgroup") < 0)
		return log_fail(-errno, "note the cgroup of %s", c->spec->id);
	if (mkdir(c->cgroup, 0755) < 0 && errno != EEXIST)
		return log_fail(-errno, "make cgroup %s", c->cgroup);
	c->cgroup_fd = open(c->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = c->cgroup_fd < 0 ? -errno : set_limits(c->cgroup_fd, c->spec, cs);
	return r < 0 ? log_fail(r, "set the limits of %s", c->cgroup) : 0;
}

int cgroup_up(struct container *c)
{
	auto_free char *parent = NULL;

	if (c->spec->unit)
		return 0; /* systemd made one, and set its limits */
	if (access("/run/systemd/system", F_OK) == 0) {
		c->scope = text_format("nap-%s-%d.scope", c->spec->id, (int)getpid());
		return c->scope ? 0 : log_oom();
	}
	if (cgroup_of(getpid(), &parent) < 0)
		return no_limits(c->spec, "cgroup v2 is not mounted on " CGROUP_TOP);
	return make_cgroup(c, parent);
}

int cgroup_down(const char *path)
{
	auto_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : log_fail(-errno, "open cgroup %s", path);
	(void)cgroup_write(fd, "cgroup.kill", "1"); /* rmdir tells if something is left */
	(void)cgroup_wait_event(fd, "populated", 0, KILL_TIMEOUT_MS);
	if (rmdir(path) < 0 && errno != ENOENT)
		return log_fail(-errno, "remove cgroup %s", path);
	return 0;
}
