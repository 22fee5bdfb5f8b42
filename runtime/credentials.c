/* SPDX-License-Identifier: MIT */
/*
 * A small tmpfs with copies of a service's credentials, for the user that its app runs as. It is
 * detached until it is the container's, so that no other process ever sees it, and it ends with the
 * container's mount namespace.
 */
#include "credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "mountfd.h"
#include "mounts.h"
#include "userns.h"

#define CREDENTIALS_MAX_BYTES (1U << 20) /* systemd's own limit of all of a unit's */

/* A copy of the credentials while it is being made. */
struct copying {
	struct container *c;
	int source_dirfd, tree_fd;
	size_t left; /* bytes that may still come */
};

/* What a credential is where no Secret= says otherwise. */
static const struct secret_spec plain = {.uid = (uid_t)-1, .gid = (gid_t)-1, .mode = 0400};

/* Whom a secret was given besides the app's user can open it, but not list the others. */
static mode_t directory_mode(const struct spec *spec)
{
	for (size_t i = 0; i < spec->n_secrets; i++) {
		const struct secret_spec *s = &spec->secrets[i];

		if (!s->env && (s->uid != plain.uid || s->gid != plain.gid || s->mode & 0077))
			return 0511;
	}
	return 0500;
}

static int new_tree(const struct container *c)
{
	auto_fd int fs = mountfd_open("tmpfs");
	char uid[16], gid[16], mode[16];
	/* the limits are for the worst: pages and files only come from here */
	const char *const options[] = {"size", "8m",  "nr_inodes", "2k",  "mode",
				       mode,   "uid", uid,	   "gid", gid};
	int r = fs < 0 ? fs : 0;

	(void)snprintf(mode, sizeof(mode), "%o", directory_mode(c->spec));
	(void)snprintf(uid, sizeof(uid), "%u", container_id(c, c->user.uid));
	(void)snprintf(gid, sizeof(gid), "%u", container_id(c, c->user.gid));
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(options); i += 2)
		r = mountfd_set(fs, options[i], options[i + 1]);
	if (r < 0)
		return r;
	(void)mountfd_set_flag(fs, "noswap"); /* came with Linux 6.4 */
	return mountfd_create(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

static int put_file(const struct copying *k, const char *name, const char *data, size_t n,
		    const struct secret_spec *as)
{
	const struct user_spec *app = &k->c->user;
	uid_t uid = container_id(k->c, as->uid == (uid_t)-1 ? app->uid : as->uid);
	gid_t gid = container_id(k->c, as->gid == (gid_t)-1 ? app->gid : as->gid);
	int r = fs_write_file(k->tree_fd, name, data, n, 0600);

	if (r < 0)
		return r;
	if (fchownat(k->tree_fd, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fchmodat(k->tree_fd, name, as->mode, 0) < 0)
		return -errno;
	return 0;
}

static int copy_one(struct copying *k, const char *name)
{
	auto_free char *data = NULL;
	size_t n;
	int r;

	if (!credential_name_is_valid(name))
		return log_refuse(-EINVAL, "credential \"%s\": not a name of one", name);
	r = fs_read_file(k->source_dirfd, name, k->left, &data, &n);
	if (r == -EFBIG)
		return log_refuse(r, "credential %s: more than 1 MiB of them", name);
	if (r == 0)
		r = put_file(k, name, data, n, &plain);
	if (r < 0)
		return log_fail(r, "copy credential %s", name);
	k->left -= n;
	return 0;
}

static int copy_all(struct copying *k, DIR *d)
{
	struct dirent *e;
	int r = 0;

	while (r == 0 && (e = readdir(d)))
		if (!streq(e->d_name, ".") && !streq(e->d_name, ".."))
			r = copy_one(k, e->d_name);
	return r;
}

static int set_variable(struct container *c, const struct secret_spec *s, const char *data,
			size_t n)
{
	auto_free char *assignment = NULL;

	if (memchr(data, '\0', n))
		return log_refuse(-EINVAL, "secret %s: has a NUL, which no variable can have",
				  s->name);
	assignment = text_format("%s=%s", s->env, data);
	return !assignment || env_set(&c->env, assignment) < 0 ? log_oom() : 0;
}

/* Outside of the directory: the file itself is mounted where the app wants it. */
static int mount_elsewhere(struct container *c, const struct secret_spec *s)
{
	struct mount_op op = {.tree_fd = -1, .target = s->target, .kind = OP_FILE};
	char *path = text_format("%s/%s", c->credentials[0], s->name);

	op.copied = path;
	return strv_take(&c->credentials, path) < 0 ? log_oom() : mounts_add(c, &op);
}

static int place_secret(struct copying *k, const struct secret_spec *s)
{
	bool elsewhere = s->target && s->target[0] == '/';
	const char *name = elsewhere ? s->name : s->target;
	auto_free char *data = NULL;
	size_t n;
	int r;

	r = fs_read_file(k->source_dirfd, s->name, CREDENTIALS_MAX_BYTES, &data, &n);
	if (r == -ENOENT)
		return log_refuse(r, "secret %s: the unit has no credential of this name", s->name);
	if (r < 0)
		return log_fail(r, "read credential %s", s->name);
	if (s->env)
		return set_variable(k->c, s, data, n);
	r = put_file(k, name, data, n, s);
	if (r < 0)
		return log_fail(r, "make secret %s", name);
	return elsewhere ? mount_elsewhere(k->c, s) : 0;
}

static int fill(struct copying *k, DIR *d)
{
	const struct spec *spec = k->c->spec;
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	int r;

	r = copy_all(k, d);
	for (size_t i = 0; r == 0 && i < spec->n_secrets; i++)
		r = place_secret(k, &spec->secrets[i]);
	if (r < 0)
		return r;
	r = mountfd_setattr(k->tree_fd, &attr, false);
	return r < 0 ? log_fail(r, "make the credentials read-only") : 0;
}

/* Both places, and the variable that tells of the first. *ret_tree stays the list's. */
static int add_mounts(struct container *c, int *ret_tree)
{
	struct mount_op op = {.tree_fd = -1, .kind = OP_DIR};
	auto_free char *variable = NULL;
	char *dir = text_format("/run/credentials/%s", c->spec->unit);
	auto_fd int tree = -1;
	int r;

	if (strv_take(&c->credentials, dir) < 0)
		return log_oom();
	variable = text_format("CREDENTIALS_DIRECTORY=%s", dir);
	if (!variable || env_set(&c->env, variable) < 0)
		return log_oom();
	tree = new_tree(c);
	if (tree < 0)
		return log_fail(tree, "make a file system for the credentials");
	op.tree_fd = TAKE_FD(tree);
	op.target = dir;
	r = mounts_add(c, &op);
	if (r < 0)
		return r;
	*ret_tree = op.tree_fd;
	if (mounts_have(c->spec, SECRETS_DIR))
		return 0;
	op = (struct mount_op){.tree_fd = -1, .copied = dir, .target = SECRETS_DIR, .kind = OP_DIR};
	return mounts_add(c, &op);
}

int credentials_up(struct container *c)
{
	const char *path = c->spec->unit ? getenv("CREDENTIALS_DIRECTORY") : NULL;
	struct copying k = {.c = c, .left = CREDENTIALS_MAX_BYTES};
	auto_dir DIR *d = NULL;
	int r;

	if (!path) {
		if (c->spec->n_secrets == 0)
			return 0;
		return log_refuse(-ENOENT, "secret %s: the unit has no credentials",
				  c->spec->secrets[0].name);
	}
	d = opendir(path);
	if (!d)
		return log_fail(-errno, "open the credentials in %s", path);
	k.source_dirfd = dirfd(d);
	r = add_mounts(c, &k.tree_fd);
	return r < 0 ? r : fill(&k, d);
}
