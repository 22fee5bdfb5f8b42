/* SPDX-License-Identifier: MIT */
/*
 * Reading passwd and group files that a container may have written: regular files of at most 1 MiB,
 * opened inside the root without blocking, every number strictly parsed.
 */
#include "user.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/fs.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/text.h"

#define FILE_MAX_BYTES (1U << 20)
#define ID_MAX 4294967294U
#define GROUPS_MAX 65536

/* The file's text, or "" where there is none. */
static int read_database(int rootfd, const char *path, char **ret)
{
	auto_fd int fd = fs_open_in_root(rootfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int r;

	if (fd == -ENOENT || fd == -ENOTDIR) {
		*ret = strdup("");
		return *ret ? 0 : log_oom();
	}
	if (fd < 0)
		return log_fail(fd, "open %s of the image", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return log_refuse(-EINVAL, "%s of the image is not a regular file", path);
	r = fs_read_fd(fd, FILE_MAX_BYTES, ret, NULL);
	return r < 0 ? log_fail(r, "read %s of the image", path) : 0;
}

/* The next line of *rest cut at colons into at most max fields; the number of fields, 0 at the end.
 */
static int next_entry(char **rest, char **fields, int max)
{
	char *line = strsep(rest, "\n");
	int n = 0;

	if (!line)
		return 0;
	while (n < max && (fields[n] = strsep(&line, ":")))
		n++;
	return n;
}

struct passwd_entry {
	uid_t uid;
	gid_t gid;
	char *name, *home; /* into the text */
};

/* Find by name, or by id when name is NULL. text is cut up. 0 or -ENOENT. */
static int find_user(char *text, const char *name, uid_t uid, struct passwd_entry *ret)
{
	char *fields[7];
	int n;

	while ((n = next_entry(&text, fields, 7)) > 0) {
		struct passwd_entry e;

		if (n < 4 || parse_u32(fields[2], 0, ID_MAX, &e.uid) < 0 ||
		    parse_u32(fields[3], 0, ID_MAX, &e.gid) < 0)
			continue;
		if (name ? !streq(fields[0], name) : e.uid != uid)
			continue;
		e.name = fields[0];
		e.home = n >= 6 && fields[5][0] == '/' ? fields[5] : NULL;
		*ret = e;
		return 0;
	}
	return -ENOENT;
}

static int find_group(const char *text, const char *name, gid_t *ret)
{
	auto_free char *copy = strdup(text);
	char *rest = copy, *fields[4];
	int n;

	if (!copy)
		return -ENOMEM;
	while ((n = next_entry(&rest, fields, 4)) > 0)
		if (n >= 3 && streq(fields[0], name) && parse_u32(fields[2], 0, ID_MAX, ret) == 0)
			return 0;
	return -ENOENT;
}

static int add_group(struct user_spec *u, gid_t gid)
{
	gid_t *grown;

	for (size_t i = 0; i < u->n_groups; i++)
		if (u->groups[i] == gid)
			return 0;
	if (u->n_groups >= GROUPS_MAX)
		return log_refuse(-E2BIG, "more than %d groups", GROUPS_MAX);
	grown = reallocarray(u->groups, u->n_groups + 1, sizeof(gid_t));
	if (!grown)
		return log_oom();
	u->groups = grown;
	grown[u->n_groups++] = gid;
	return 0;
}

/* Every group that lists the user as a member. */
static int add_memberships(struct user_spec *u, const char *text, const char *user)
{
	auto_free char *copy = strdup(text);
	char *rest = copy, *fields[4], *member;
	int n, r = 0;
	gid_t gid;

	if (!copy)
		return log_oom();
	while (r == 0 && (n = next_entry(&rest, fields, 4)) > 0) {
		if (n < 4 || parse_u32(fields[2], 0, ID_MAX, &gid) < 0)
			continue;
		while (r == 0 && (member = strsep(&fields[3], ",")))
			if (streq(member, user))
				r = add_group(u, gid);
	}
	return r;
}

static int resolve_group(const char *groups, const char *name, gid_t *ret)
{
	int r = parse_u32(name, 0, ID_MAX, ret);

	if (r == -EINVAL)
		r = find_group(groups, name, ret);
	if (r == -ENOMEM)
		return log_oom();
	if (r < 0)
		return log_refuse(-EINVAL, "no group \"%s\" in the image", name);
	return 0;
}

int user_resolve(int rootfd, const char *text, char *const *group_add, struct user_spec *ret)
{
	CLEANUP(user_done)
	struct user_spec u = {0};
	auto_free char *passwd = NULL, *groups = NULL, *name = strdup(text);
	struct passwd_entry e = {0};
	bool by_name, listed;
	char *group;
	int r;

	if (!name)
		return log_oom();
	group = strchr(name, ':');
	if (group)
		*group++ = '\0';
	r = read_database(rootfd, "/etc/passwd", &passwd);
	if (r == 0)
		r = read_database(rootfd, "/etc/group", &groups);
	if (r < 0)
		return r;
	r = *name ? parse_u32(name, 0, ID_MAX, &u.uid) : 0;
	if (r == -ERANGE)
		return log_refuse(-EINVAL, "user \"%s\": not an id", name);
	by_name = r == -EINVAL;
	listed = find_user(passwd, by_name ? name : NULL, u.uid, &e) == 0;
	if (by_name && !listed)
		return log_refuse(-EINVAL, "no user \"%s\" in the image", name);
	u.uid = listed ? e.uid : u.uid;
	u.gid = listed ? e.gid : 0;
	if (listed && e.home && !(u.home = strdup(e.home)))
		return log_oom();
	r = group && *group ? resolve_group(groups, group, &u.gid) : 0;
	/* also as a supplementary group: a program that drops it must not gain what files deny to
	 * the group (CVE-2022-36109) */
	if (r == 0)
		r = add_group(&u, u.gid);
	if (r == 0 && listed && !(group && *group))
		r = add_memberships(&u, groups, e.name);
	for (; r >= 0 && group_add && *group_add; group_add++) {
		gid_t gid;

		r = resolve_group(groups, *group_add, &gid);
		if (r == 0)
			r = add_group(&u, gid);
	}
	if (r < 0)
		return r;
	*ret = u;
	u = (struct user_spec){0};
	return 0;
}

int user_home(int rootfd, uid_t uid, char **ret)
{
	auto_fd int fd = fs_open_in_root(rootfd, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY);
	auto_free char *text = NULL;
	struct passwd_entry e;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -ENOENT;
	if (fs_read_fd(fd, FILE_MAX_BYTES, &text, NULL) < 0 || find_user(text, NULL, uid, &e) < 0 ||
	    !e.home)
		return -ENOENT;
	*ret = strdup(e.home);
	return *ret ? 0 : -ENOMEM;
}

void user_done(struct user_spec *u)
{
	free(u->groups);
	free(u->home);
	*u = (struct user_spec){0};
}
