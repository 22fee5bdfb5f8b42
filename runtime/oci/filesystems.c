/* SPDX-License-Identifier: MIT */
/*
 * New file systems, by the calls of descriptors, or by mount(2) where those cannot say what is
 * asked for. Those of the container's namespaces are what these are when the child makes them.
 *
 * They are made with nap's rights: ids in options are the container's, and translated.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/fs.h"
#include "lib/parse.h"
#include "mapping.h"
#include "rootfs.h"
#include "runtime/cgroup-file.h"
#include "runtime/cgroup.h"
#include "runtime/mountfd.h"

#define RUN_ATTR (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define FSCONFIG_VALUE_BYTES 256 /* the kernel takes no longer text */

/* What is the kernel's own. Others are somebody's disk, or layers, with a source. */
static const struct kind {
	const char *type;
	const char *host_path; /* bound where a namespace of the host's cannot be mounted */
	bool real_directory;
	bool gives_ids;	  /* uid= and gid=, its root the host's unless given away */
	bool takes_label; /* SELinux */
} kinds[] = {
	{"proc", NULL, .real_directory = true},
	{"sysfs", "/sys", .real_directory = true},
	{"tmpfs", NULL, .gives_ids = true, .takes_label = true},
	{"devpts", NULL, .gives_ids = true, .takes_label = true},
	{"mqueue", "/dev/mqueue", .gives_ids = true},
	{"cgroup", CGROUP_TOP},
	{"cgroup2", CGROUP_TOP},
};

static const struct kind *kind_of(const struct oci_mount *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (is_kind(m, kinds[i].type))
			return &kinds[i];
	return NULL;
}

bool filesystem_wants_real_directory(const struct oci_mount *m)
{
	const struct kind *k = kind_of(m);

	return k && k->real_directory;
}

/* ---- options ---- */

/* The next of a comma-separated list; commas in double quotes and escaped ones do not count. */
static char *next_option(char **rest)
{
	char *word = *rest, *p;
	bool quoted = false;

	if (!word)
		return NULL;
	for (p = word; *p && (quoted || *p != ','); p++) {
		if (*p == '"')
			quoted = !quoted;
		if (*p == '\\' && p[1])
			p++;
	}
	*rest = *p ? p + 1 : NULL;
	*p = '\0';
	return word;
}

static bool has_option(const struct oci_mount *m, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = m->data; p && *p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
		if (strncmp(p, name, n) == 0 && p[n] == '=')
			return true;
	return false;
}

static int set_id(const struct oci_container *oc, int fs, const char *name, const char *value)
{
	char text[16];
	uint32_t id;
	int r = parse_u32(value, 0, UINT32_MAX - 1, &id);

	if (r == 0)
		r = streq(name, "uid") ? oci_host_uid(&oc->config, id, &id)
				       : oci_host_gid(&oc->config, id, &id);
	if (r < 0)
		return r;
	(void)snprintf(text, sizeof(text), "%u", id);
	return mountfd_set(fs, name, text);
}

static int set_options(const struct oci_container *oc, const struct oci_mount *m, int fs)
{
	const struct kind *k = kind_of(m);
	auto_free char *copy = m->data ? strdup(m->data) : NULL;
	char *rest = copy, *word;
	int r = 0;

	if (m->data && !copy)
		return -ENOMEM;
	while (r == 0 && (word = next_option(&rest))) {
		char *value = strchr(word, '=');

		if (!*word)
			continue;
		if (!value) {
			r = mountfd_set_flag(fs, word);
			continue;
		}
		*value++ = '\0';
		if (strlen(value) >= FSCONFIG_VALUE_BYTES)
			return -E2BIG;
		if (k && k->gives_ids && (streq(word, "uid") || streq(word, "gid")))
			r = set_id(oc, fs, word, value);
		else
			r = mountfd_set(fs, word, value);
	}
	return r;
}

/* What concerns all of the file system, whoever has mounted it. */
static int set_superblock_flags(const struct oci_mount *m, int fs)
{
	static const struct {
		uint64_t flag;
		const char *name;
	} flags[] = {
		{MS_RDONLY, "ro"},     {MS_SYNCHRONOUS, "sync"},  {MS_DIRSYNC, "dirsync"},
		{MS_MANDLOCK, "mand"}, {MS_LAZYTIME, "lazytime"},
	};
	int r = 0;

	/* the kernel's own are read-only by the mount alone: others share them */
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(flags); i++)
		if (m->flags & flags[i].flag && !(flags[i].flag == MS_RDONLY && kind_of(m)))
			r = mountfd_set_flag(fs, flags[i].name);
	return r;
}

static int set_label(const struct oci_container *oc, const struct oci_mount *m, int fs)
{
	const struct kind *k = kind_of(m);

	if (!oc->config.mount_label || (k && !k->takes_label) ||
	    access("/sys/fs/selinux/enforce", F_OK) < 0)
		return 0;
	return mountfd_set(fs, "context", oc->config.mount_label);
}

/* A tmpfs has the permissions of what the image has there; else it is for everybody. */
static int set_mode(const struct oci_mount *m, int fs, const struct place *target)
{
	char text[8];
	struct stat st;

	if (!target->was_there || !is_kind(m, "tmpfs") || has_option(m, "mode"))
		return 0;
	if (fstat(target->fd, &st) < 0)
		return -errno;
	(void)snprintf(text, sizeof(text), "%o", (unsigned)st.st_mode & 07777);
	return mountfd_set(fs, "mode", text);
}

/* ---- making ---- */

/* That of an IPC namespace that others are in is not the container's alone. */
static bool is_shared(const struct oci_container *oc, const struct oci_mount *m)
{
	const struct oci_namespace *ipc = oci_namespace(&oc->config, CLONE_NEWIPC);

	return is_kind(m, "mqueue") && (!ipc || ipc->path);
}

/* Some give their root to that of the host, whoever makes them. */
static int give_root(const struct oci_container *oc, const struct oci_mount *m, int fd)
{
	const struct kind *k = kind_of(m);
	uid_t uid;
	gid_t gid;

	if (!k || !k->gives_ids || oc->config.n_uids == 0 || is_kind(m, "tmpfs") ||
	    is_shared(oc, m))
		return 0;
	if (oci_host_uid(&oc->config, 0, &uid) < 0 || oci_host_gid(&oc->config, 0, &gid) < 0)
		return 0;
	return fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

/* What was asked for of its root, where the copy has left that of the directory. */
static int keep_asked(const struct oci_mount *m, int fd, const struct stat *asked)
{
	uid_t uid = has_option(m, "uid") ? asked->st_uid : (uid_t)-1;
	gid_t gid = has_option(m, "gid") ? asked->st_gid : (gid_t)-1;

	if (fchown(fd, uid, gid) < 0)
		return -errno;
	return has_option(m, "mode") && fchmod(fd, asked->st_mode & 07777) < 0 ? -errno : 0;
}

/* Filled while it is writable, whatever it is to become. A directory that was made for the mount
 * has nothing to give, and no mode that anybody wants. */
static int copy_up(const struct oci_mount *m, int fd, const struct place *target)
{
	auto_fd int source = -1, into = -1;
	struct stat st;
	int r;

	if (!target->was_there)
		return 0;
	source = openat(target->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	into = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (source < 0 || into < 0 || fstat(into, &st) < 0)
		return -errno;
	r = fs_copy_tree(source, into, 0);
	return r < 0 ? r : keep_asked(m, into, &st);
}

/* What the file system itself says of the last error: "e tmpfs: Unknown parameter 'x'". The process
 * ends with it, and so does the text. */
static void explain(struct walk *w, const struct oci_mount *m, int fs)
{
	char text[128];
	ssize_t n = read(fs, text, sizeof(text) - 1);
	char *what;

	if (n <= 2 || text[0] != 'e')
		return;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	what = text_format("%s: %s", m->destination, text + 2);
	if (what)
		w->what = what;
}

static int make_context(struct walk *w, const struct oci_mount *m, const struct place *target,
			int *ret_fs)
{
	const struct oci_container *oc = oci_of(w);
	auto_fd int fs = mountfd_open(m->type);
	int r;

	if (fs == -ENODEV)
		w->what = m->type;
	if (fs < 0)
		return fs;
	r = mountfd_set(fs, "source", m->source ? m->source : m->type);
	if (r == 0)
		r = set_superblock_flags(m, fs);
	if (r == 0)
		r = set_label(oc, m, fs);
	if (r == 0)
		r = set_mode(m, fs, target);
	if (r == 0)
		r = set_options(oc, m, fs);
	if (r < 0)
		explain(w, m, fs);
	else
		*ret_fs = TAKE_FD(fs);
	return r;
}

static int make(struct walk *w, const struct oci_mount *m, const struct place *target, int *ret_fd)
{
	auto_fd int fs = -1, fd = -1;
	int r = make_context(w, m, target, &fs);

	if (r < 0)
		return r;
	fd = mountfd_create(fs, 0);
	if (fd < 0)
		explain(w, m, fs);
	r = fd < 0 ? fd : give_root(oci_of(w), m, fd);
	if (r == 0 && m->copy_up)
		r = copy_up(m, fd, target);
	if (r == 0)
		r = mount_change(m, fd);
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

/* ---- where that is not to be had ---- */

/* Options too long for fsconfig(2), and what file systems only understand as one text: on a place
 * of nap's own first, so that no name of the root is needed. */
static int mount_by_path(const struct oci_container *oc, const struct oci_mount *m, int *ret_fd)
{
	const uint64_t superblock = MS_RDONLY | MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK |
				    MS_LAZYTIME;
	const char *source = m->source ? m->source : m->type;
	auto_fd int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
	int r = 0;

	if (cwd < 0 || fchdir(oc->covers_fd) < 0)
		return -errno;
	if (mount(source, COVER_DIRECTORY, m->type, m->flags & superblock, m->data) < 0)
		r = -errno;
	if (fchdir(cwd) < 0)
		return -errno;
	if (r < 0)
		return r;
	fd = openat(oc->covers_fd, COVER_DIRECTORY, O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = fd < 0 ? -errno : mount_change(m, fd);
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

/* What lies below the host's would not be there in a new one, and gets the same restrictions. */
static int bind_host(const struct oci_mount *m, const char *path, bool recursive, int *ret_fd)
{
	struct mount_attr attr = {
		.attr_set = m->set & (RUN_ATTR | MOUNT_ATTR_RDONLY),
		.propagation = MS_PRIVATE,
	};
	auto_fd int fd = mountfd_clone(AT_FDCWD, path, recursive);
	int r = fd < 0 ? fd : mountfd_setattr(fd, &attr, recursive);

	if (r == 0)
		r = mount_change(m, fd);
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

/* ---- cgroups ---- */

static int new_cgroup2(const struct oci_mount *m, uint64_t attr, int *ret_fd)
{
	static const char *const options[] = {"source", "cgroup2", NULL};
	auto_fd int fd = mountfd_new("cgroup2", options, (unsigned)attr);
	int r = fd < 0 ? fd : mount_change(m, fd);

	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

static int empty_cgroup(int *ret_fd)
{
	static const char *const options[] = {"source", "cgroup", "size", "0", "nr_inodes",
					      "1",	"mode",	  "555",  NULL};
	int fd = mountfd_new("tmpfs", options, RUN_ATTR | MOUNT_ATTR_RDONLY);

	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

/* The container's directory in a hierarchy of v1, by the name of that below dirfd. */
static int bind_hierarchy(const struct oci_mount *m, const char *dir, int dirfd)
{
	const char *p = dir + strlen(CGROUP_TOP "/");
	auto_free char *name = strndup(p, strcspn(p, "/"));
	auto_fd int fd = -1;
	int r = name ? bind_host(m, dir, false, &fd) : -ENOMEM;

	if (r == 0 && mkdirat(dirfd, name, 0755) < 0)
		r = -errno;
	return r == 0 ? mountfd_attach(fd, dirfd, name) : r;
}

/* Where v1 has the controllers: a directory of them, on a place of nap's own until it is whole. */
static int mount_hierarchies(const struct oci_container *oc, const struct oci_mount *m, int *ret_fd)
{
	static const char *const options[] = {"source", "cgroup", "mode", "755", NULL};
	struct mount_attr whole = {.attr_set = MOUNT_ATTR_RDONLY};
	auto_fd int fd = mountfd_new("tmpfs", options, RUN_ATTR);
	int r = fd < 0 ? fd : mountfd_attach(fd, oc->covers_fd, COVER_DIRECTORY);

	for (char **dir = oc->state.cgroup.v1; r == 0 && *dir; dir++)
		r = bind_hierarchy(m, *dir, fd);
	if (r == 0 && oc->state.cgroup.dir) /* v2, beside them */
		r = bind_hierarchy(m, oc->state.cgroup.dir, fd);
	if (r == 0)
		r = mountfd_setattr(fd, &whole, false);
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

/* Ours as the root: of a namespace, or bound. Without either, all of it, to look at. */
static int mount_cgroup(const struct oci_container *oc, const struct oci_mount *m, int *ret_fd)
{
	const char *dir = oc->state.cgroup.dir;
	int r;

	if (oc->state.cgroup.v1 && is_kind(m, "cgroup"))
		return mount_hierarchies(oc, m, ret_fd);
	if (oci_namespace(&oc->config, CLONE_NEWCGROUP))
		r = new_cgroup2(m, 0, ret_fd);
	else if (dir)
		return bind_host(m, dir, false, ret_fd);
	else
		r = new_cgroup2(m, MOUNT_ATTR_RDONLY, ret_fd);
	if (r == 0 || (r != -EPERM && r != -EBUSY && r != -ENODEV))
		return r;
	if (dir || cgroup_is_v2(CGROUP_TOP))
		return bind_host(m, dir ? dir : CGROUP_TOP, !dir, ret_fd);
	return empty_cgroup(ret_fd);
}

/* ---- all ---- */

/* In a user namespace of nap's own, what belongs to a namespace of the host's is not ours to mount;
 * the host's processes are not to be seen in place of the container's. */
static const char *substitute(const struct oci_container *oc, const struct oci_mount *m)
{
	const struct kind *k = kind_of(m);

	if (is_kind(m, "proc") && !oci_namespace(&oc->config, CLONE_NEWPID))
		return "/proc";
	return k ? k->host_path : NULL;
}

int filesystem_new(struct walk *w, const struct oci_mount *m, const struct place *target,
		   int *ret_fd)
{
	const struct oci_container *oc = oci_of(w);
	const char *host;
	int r;

	if (is_kind(m, "cgroup") || is_kind(m, "cgroup2"))
		return mount_cgroup(oc, m, ret_fd);
	r = make(w, m, target, ret_fd);
	if (r == 0)
		return 0;
	host = r == -EPERM ? substitute(oc, m) : NULL;
	if (host)
		return bind_host(m, host, true, ret_fd);
	if (r == -E2BIG || (!kind_of(m) && (r == -EINVAL || r == -EOPNOTSUPP)))
		return mount_by_path(oc, m, ret_fd);
	return r;
}

int filesystem_remount(const struct oci_mount *m, int target)
{
	auto_free char *copy = m->data ? strdup(m->data) : NULL;
	auto_fd int fs = -1;
	char *rest = copy, *word;
	int r = 0;

	if (!m->data || !*m->data)
		return 0;
	fs = (int)syscall(SYS_fspick, target, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	if (!copy || fs < 0)
		return copy ? -errno : -ENOMEM;
	while (r == 0 && (word = next_option(&rest))) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		r = value ? mountfd_set(fs, word, value) : mountfd_set_flag(fs, word);
	}
	if (r == 0 && syscall(SYS_fsconfig, fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		r = -errno;
	return r;
}
