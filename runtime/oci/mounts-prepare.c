/* SPDX-License-Identifier: MIT */
/*
 * The parent's half of config.mounts: what comes from the host is opened once, by descriptor, with
 * nap's rights, and becomes a detached tree that has all its attributes before anyone sees it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/fs.h"
#include "lib/log.h"
#include "mapping.h"
#include "rootfs.h"
#include "runtime/idmap.h"
#include "runtime/mountfd.h"

/* ---- the root ---- */

/* What the host mounts later may be wanted inside; shared with the host it never is. */
static uint64_t root_propagation(const struct oci_container *oc)
{
	return oc->config.propagation & MS_SLAVE ? MS_SLAVE : MS_PRIVATE;
}

/* With what is mounted below it, as engines mount it there. */
static int open_root(struct oci_container *oc)
{
	struct mount_attr attr = {.propagation = root_propagation(oc)};
	const char *path = oc->config.rootfs;
	auto_fd int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return log_fail(-errno, "open the root %s", path);
	if (!has_own_root(oc)) {
		oc->c.rootfs_fd = TAKE_FD(fd);
		return 0;
	}
	oc->c.rootfs_fd = mountfd_clone(fd, "", true);
	if (oc->c.rootfs_fd < 0)
		return log_fail(oc->c.rootfs_fd, "copy the mount of the root %s", path);
	r = mountfd_setattr(oc->c.rootfs_fd, &attr, true);
	return r < 0 ? log_fail(r, "keep the root's mounts to itself") : 0;
}

/* ---- binds ---- */

/* idmap=uids=@0-1-10: what the second id is outside is for the container's own mappings to say. */
static int make_absolute(const struct oci_config *config, struct oci_mount *m)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < m->n_uids; i++)
		if (m->uids[i].relative)
			r = oci_host_uid(config, m->uids[i].outside, &m->uids[i].outside);
	for (size_t i = 0; r == 0 && i < m->n_gids; i++)
		if (m->gids[i].relative)
			r = oci_host_gid(config, m->gids[i].outside, &m->gids[i].outside);
	return r;
}

/* Without mappings of its own those of the container. */
static int map_owners(const struct oci_container *oc, struct oci_mount *m, int tree_fd)
{
	auto_fd int made = -1;
	int ns = oc->c.userns_fd, r = make_absolute(&oc->config, m);

	if (r == 0 && m->n_uids > 0)
		r = oci_mapping_namespace(m->uids, m->n_uids, m->gids, m->n_gids, &made);
	if (r < 0)
		return log_fail(r, "make the mappings of the mount on %s", m->destination);
	if (made >= 0)
		ns = made;
	if (ns < 0)
		return log_refuse(-EINVAL,
				  "mount on %s: neither it nor the container has mappings of ids",
				  m->destination);
	r = idmap_set(tree_fd, ns, m->rec_idmap);
	return r < 0 ? log_fail(r, "map the owners of files in %s", m->source) : 0;
}

/* What was given in place of the kernel's own /proc would be written to as if it were that
 * (CVE-2019-19921). */
static int check_place(const struct oci_mount *m, int source)
{
	struct statfs st;

	if (!streq(m->destination, "/proc"))
		return 0;
	if (fstatfs(source, &st) < 0)
		return log_fail(-errno, "look at the file system of %s", m->source);
	if (st.f_type == PROC_SUPER_MAGIC)
		return 0;
	return log_refuse(-EINVAL, "%s cannot be mounted on /proc because it is not of type proc",
			  m->source);
}

/* Nothing of what happens here is to reach the host, unless the document wants it so. */
static int set_base_propagation(const struct oci_container *oc, int fd, bool recursive)
{
	uint64_t kind = oc->config.propagation & (MS_SHARED | MS_SLAVE);
	struct mount_attr attr = {.propagation = kind ? kind : MS_PRIVATE};

	return mountfd_setattr(fd, &attr, recursive);
}

/* 1: the source is a symlink, to be made again. */
static int take_link(const struct oci_mount *m, struct oci_mount_source *ret)
{
	int r = m->copy_symlink ? fs_readlink(AT_FDCWD, m->source, &ret->link) : -EINVAL;

	if (r == 0)
		return 1;
	return r == -EINVAL ? 0 : log_fail(r, "read the link %s", m->source);
}

static int prepare_bind(const struct oci_container *oc, struct oci_mount *m,
			struct oci_mount_source *ret)
{
	int flags = O_PATH | O_CLOEXEC | (m->src_no_follow ? O_NOFOLLOW : 0);
	bool recursive = m->flags & MS_REC;
	auto_fd int source = open(m->source, flags), tree = -1;
	struct stat st;
	int r;

	if (source < 0 || fstat(source, &st) < 0)
		return log_fail(-errno, "open %s to mount it on %s", m->source, m->destination);
	r = check_place(m, source);
	if (r < 0)
		return r;
	tree = mountfd_clone(source, "", recursive);
	if (tree < 0)
		return log_fail(tree, "copy the mount of %s", m->source);
	if (m->idmap || m->rec_idmap) {
		r = map_owners(oc, m, tree);
		if (r < 0)
			return r;
	}
	r = set_base_propagation(oc, tree, recursive);
	if (r == 0)
		r = mount_change(m, tree);
	if (r < 0)
		return log_fail(r, "set the attributes of the mount on %s", m->destination);
	*ret = (struct oci_mount_source){.tree_fd = TAKE_FD(tree), .is_dir = S_ISDIR(st.st_mode)};
	return 0;
}

static int prepare_one(const struct oci_container *oc, struct oci_mount *m,
		       struct oci_mount_source *ret)
{
	int r;

	if (streq(m->destination, "/"))
		return log_refuse(-EINVAL, "a mount on / would hide the root");
	if (m->flags & MS_REMOUNT)
		return 0;
	if (m->flags & MS_BIND) {
		if (!m->source)
			return log_refuse(-EINVAL, "the bind mount on %s has no source",
					  m->destination);
		r = take_link(m, ret);
		return r == 0 ? prepare_bind(oc, m, ret) : r < 0 ? r : 0;
	}
	if (m->idmap || m->rec_idmap)
		return log_refuse(-EINVAL, "mount on %s: only binds can be idmapped",
				  m->destination);
	if (streq(m->destination, "/proc") && !is_kind(m, "proc") && !is_kind(m, "none"))
		return log_refuse(-EINVAL, "%s cannot be mounted on /proc", m->type);
	return 0;
}

/* ---- all ---- */

static int prepare_mounts(struct oci_container *oc)
{
	const struct oci_config *config = &oc->config;
	int r = 0;

	oc->sources = calloc(config->n_mounts ? config->n_mounts : 1, sizeof(*oc->sources));
	if (!oc->sources)
		return log_oom();
	for (size_t i = 0; i < config->n_mounts; i++)
		oc->sources[i] = (struct oci_mount_source){.tree_fd = -1, .is_dir = true};
	for (size_t i = 0; r == 0 && i < config->n_mounts; i++)
		r = prepare_one(oc, &config->mounts[i], &oc->sources[i]);
	return r;
}

int oci_mounts_prepare(struct oci_container *oc)
{
	int r = sysctls_check(&oc->config);

	if (r == 0)
		r = open_root(oc);
	if (r < 0)
		return r;
	if (!has_own_root(oc)) {
		if (oc->config.n_mounts > 0)
			log_warn("there is no mount namespace: mounts, devices, masked and "
				 "read-only paths are left out");
		return 0;
	}
	r = masks_make_covers(&oc->config, &oc->covers_fd);
	if (r < 0)
		return log_fail(r, "make what masks paths");
	return prepare_mounts(oc);
}

void oci_mounts_done(struct oci_container *oc)
{
	for (size_t i = 0; oc->sources && i < oc->config.n_mounts; i++) {
		fd_drop(&oc->sources[i].tree_fd);
		free(oc->sources[i].link);
	}
	free(oc->sources);
	oc->sources = NULL;
	fd_drop(&oc->covers_fd);
	fd_drop(&oc->c.rootfs_fd);
}
