/* SPDX-License-Identifier: MIT */
/* Making and removing directories of the cgroup hierarchy. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup-parts.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"

#define KILL_TIMEOUT_MS 10000
/* Of who goes on making directories we would never be done. */
#define REMOVE_STEPS_MAX (1 << 20)

/* "+cpu +io": what the cgroup has and does not hand down yet. */
static void list_missing(const char *there, const char *enabled, struct buf *out)
{
	for (const char *p = there; *p;) {
		size_t n = strcspn(p, " \n");
		char word[64];

		(void)snprintf(word, sizeof(word), "%.*s", (int)n, p);
		if (n && !cgroup_has_word(enabled, word))
			buf_fmt(out, "%s+%s", out->len ? " " : "", word);
		p += n + strspn(p + n, " \n");
	}
}

/* Hand all controllers down; what cannot be is missed by the limit that needs it, if there is one.
 */
static int hand_down(int dirfd)
{
	auto_free char *there = NULL, *enabled = NULL;
	auto_buf missing = {0};
	char *save = NULL;
	int r;

	r = cgroup_read(dirfd, "cgroup.controllers", &there);
	if (r == 0)
		r = cgroup_read(dirfd, "cgroup.subtree_control", &enabled);
	if (r < 0)
		return r;
	list_missing(there, enabled, &missing);
	if (missing.error)
		return missing.error;
	if (!missing.len || cgroup_write(dirfd, "cgroup.subtree_control", missing.data) == 0)
		return 0;
	for (char *w = strtok_r(missing.data, " ", &save); w; w = strtok_r(NULL, " ", &save))
		(void)cgroup_write(dirfd, "cgroup.subtree_control", w);
	return 0;
}

/* The directory name below dirfd, made if it is missing: 1. */
static int enter(int dirfd, const char *name, int *ret_fd)
{
	bool made = mkdirat(dirfd, name, 0755) == 0;
	int fd;

	if (!made && errno != EEXIST)
		return -errno;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return made;
}

/* Make path below top; *kept is the length of what was there, all of it until something is made. */
static int make_path(const char *top, const char *path, int *ret_fd, size_t *kept)
{
	auto_fd int at = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *p = path + strlen(top);
	bool made = false;
	int r = at < 0 ? -errno : 0;

	for (*kept = strlen(path); r >= 0 && *p; p += strcspn(p, "/")) {
		auto_free char *name = NULL;
		int fd = -1;

		p += strspn(p, "/");
		name = strndup(p, strcspn(p, "/"));
		r = name ? hand_down(at) : -ENOMEM;
		if (r == 0)
			r = enter(at, name, &fd);
		if (r < 0)
			break;
		if (r && !made)
			*kept = (size_t)(p - path) - 1;
		made = made || r;
		(void)close(at);
		at = fd;
	}
	if (r >= 0)
		*ret_fd = TAKE_FD(at);
	return r < 0 ? r : 0;
}

/* Somebody else's processes would be limited, frozen and killed with ours. Below it there may be
 * some: an engine's own, that watch. What is new is frozen if one above is, and ours would be. */
static int check_unused(int dirfd, const char *dir)
{
	auto_free char *events = NULL, *procs = NULL;
	uint64_t frozen = 0;
	int r;

	r = cgroup_read(dirfd, "cgroup.events", &events);
	if (r == 0)
		r = cgroup_read(dirfd, "cgroup.procs", &procs);
	if (r < 0)
		return log_fail(r, "look at cgroup %s", dir);
	if (*procs)
		return log_refuse(-EBUSY, "container's cgroup is not empty: %s", dir);
	if (cgroup_key(events, "frozen", &frozen) == 0 && frozen)
		return log_refuse(-EBUSY, "container's cgroup unexpectedly frozen: %s", dir);
	return 0;
}

int cgroup_tree_make(const char *top, const char *dir, int *ret_fd, size_t *ret_kept)
{
	auto_fd int fd = -1;
	size_t kept = strlen(dir);
	int r;

	r = make_path(top, dir, &fd, &kept);
	if (r < 0)
		(void)log_fail(r, "make cgroup %s", dir);
	else
		r = check_unused(fd, dir);
	if (r < 0) {
		cgroup_tree_undo(dir, kept);
		return r;
	}
	*ret_fd = TAKE_FD(fd);
	*ret_kept = kept;
	return 0;
}

void cgroup_tree_undo(const char *dir, size_t kept)
{
	auto_free char *path = text_format("%s", dir);

	/* what others have made in them meanwhile keeps them: rmdir fails */
	while (path && strlen(path) > kept) {
		(void)rmdir(path);
		*strrchr(path, '/') = '\0';
	}
}

static DIR *open_again(int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		cleanup_fd(&fd);
	return d;
}

/* The name of the next directory in it, or NULL. */
static const char *next_below(DIR *d)
{
	for (struct dirent *e; (e = readdir(d));)
		if (e->d_type == DT_DIR && !streq(e->d_name, ".") && !streq(e->d_name, ".."))
			return e->d_name;
	return NULL;
}

static int walk(int dirfd, int (*visit)(int dirfd, void *data), void *data, int depth)
{
	auto_dir DIR *d = open_again(dirfd);
	int r;

	if (!d)
		return errno == ENOENT ? 0 : -errno;
	r = visit(dirfd, data);
	for (const char *name; r == 0 && depth < CGROUP_DEPTH_MAX && (name = next_below(d));) {
		auto_fd int below = openat(dirfd, name,
					   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (below >= 0)
			r = walk(below, visit, data, depth + 1);
	}
	return r;
}

int cgroup_tree_walk(int dirfd, int (*visit)(int dirfd, void *data), void *data)
{
	return walk(dirfd, visit, data, 0);
}

/* The first directory in it; 0: there is none. */
static int find_first(int dirfd, char name[static NAME_MAX + 1])
{
	auto_dir DIR *d = open_again(dirfd);
	const char *first = d ? next_below(d) : NULL;

	if (first)
		(void)snprintf(name, NAME_MAX + 1, "%s", first);
	return d ? first != NULL : -errno;
}

/* A container may have made them as deep as it liked: we climb, with a descriptor at a time. Who is
 * back at a directory finds the one that is empty now first. */
void cgroup_tree_remove_below(int dirfd)
{
	auto_fd int at = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[NAME_MAX + 1];
	bool entered = false;
	int depth = 0;

	for (int steps = 0; steps < REMOVE_STEPS_MAX; steps++) {
		int found = find_first(at, name), next;

		if (found > 0 && (unlinkat(at, name, AT_REMOVEDIR) == 0 || errno == ENOENT)) {
			entered = false;
			continue;
		}
		/* none below where we have just come: a process is in it */
		if (found < 0 || (found == 0 && (entered || depth == 0)))
			return;
		entered = found;
		depth += found ? 1 : -1;
		next = openat(at, found ? name : "..",
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		fd_drop(&at);
		at = next;
	}
}

int cgroup_tree_remove(const char *dir)
{
	auto_fd int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : log_fail(-errno, "open cgroup %s", dir);
	if (rmdir(dir) == 0 || errno == ENOENT)
		return 0;
	(void)cgroup_write(fd, "cgroup.kill", "1"); /* rmdir tells if something is left */
	(void)cgroup_wait_event(fd, "populated", 0, KILL_TIMEOUT_MS);
	if (rmdir(dir) == 0 || errno == ENOENT)
		return 0;
	cgroup_tree_remove_below(fd);
	if (rmdir(dir) < 0 && errno != ENOENT)
		return log_fail(-errno, "remove cgroup %s", dir);
	return 0;
}
