/* SPDX-License-Identifier: MIT */
/*
 * Whose a cgroup is: config-linux.md, "Cgroup ownership". A container that has a user namespace, a
 * cgroup namespace and a writable cgroup mount of its own may divide its cgroup further.
 */
#include <errno.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cgroup-parts.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"

static bool is_new(const struct oci_config *c, uint64_t type)
{
	for (size_t i = 0; i < c->n_namespaces; i++)
		if (c->namespaces[i].type == type)
			return !c->namespaces[i].path;
	return false;
}

static bool has_writable_mount(const struct oci_config *c)
{
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct oci_mount *m = &c->mounts[i];

		if (m->type && (streq(m->type, "cgroup") || streq(m->type, "cgroup2")))
			return !((m->flags & MS_RDONLY) || (m->set & MOUNT_ATTR_RDONLY) ||
				 (m->rec_set & MOUNT_ATTR_RDONLY));
	}
	return false;
}

static bool map_uid(const struct oci_config *c, uid_t uid, uid_t *ret)
{
	for (size_t i = 0; i < c->n_uids; i++) {
		const struct oci_mapping *m = &c->uids[i];

		if (uid >= m->inside && uid - m->inside < m->n) {
			*ret = m->outside + (uid - m->inside);
			return true;
		}
	}
	return false;
}

int cgroup_owner_set(int dirfd, const struct oci_config *config)
{
	static const char path[] = "/sys/kernel/cgroup/delegate";
	static const char known[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
	auto_free char *files = NULL;
	char *save = NULL;
	uid_t uid;

	if (!is_new(config, CLONE_NEWUSER) || !is_new(config, CLONE_NEWCGROUP) ||
	    !has_writable_mount(config) || !map_uid(config, config->process.uid, &uid))
		return 0;
	if (fs_read_file(AT_FDCWD, path, CGROUP_FILE_MAX, &files, NULL) < 0)
		files = strdup(known);
	if (!files)
		return log_oom();
	if (fchown(dirfd, uid, (gid_t)-1) < 0)
		return log_fail(-errno, "give the container its cgroup");
	for (char *f = strtok_r(files, "\n", &save); f; f = strtok_r(NULL, "\n", &save))
		if (fchownat(dirfd, f, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
			return log_fail(-errno, "give the container %s of its cgroup", f);
	return 0;
}
