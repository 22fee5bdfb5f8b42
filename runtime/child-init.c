/* SPDX-License-Identifier: MIT */
/*
 * The first process of a container: it makes the mounts and what else belongs to its namespaces. No
 * decisions, no allocation, no parsing.
 */
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "container.h"
#include "dev.h"
#include "handshake.h"
#include "lib/fs.h"
#include "mountfd.h"
#include "mounts.h"
#include "netns.h"
#include "procfs.h"
#include "pty.h"
#include "tty.h"
#include "userns.h"

/* What is made from here on belongs to the root of the container, until the user namespace is
 * entered. */
static int make_files_its_own(struct walk *w)
{
	uid_t root = container_id(w->c, 0);

	if (!userns_is_own(w->c->spec))
		return 0;
	return walk_take_file_ids(w, root, root);
}

static int join_others(struct walk *w)
{
	return userns_join_others(w->c);
}

/* Only now is the cgroup the final one, so that it becomes the root of the namespace. */
static int enter_cgroup_ns(struct walk *w)
{
	int r = w->c->scope ? handshake_wait(w->channel, STAGE_GO) : 0;

	if (r < 0)
		return r;
	return unshare(CLONE_NEWCGROUP) < 0 ? -errno : 0;
}

static int make_private(struct walk *w)
{
	struct mount_attr attr = {.propagation = MS_PRIVATE};

	(void)w;
	return syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) < 0
		       ? -errno
		       : 0;
}

/*
 * To close a detached mount is to wait until no processor looks at it any more. On the host's
 * mounts, below the root, it goes when these go, which is a wait that there is anyway.
 */
static int attach_layers(struct walk *w)
{
	return w->c->layers_fd >= 0 ? mountfd_attach(w->c->layers_fd, AT_FDCWD, w->c->run_path) : 0;
}

static int attach_root(struct walk *w)
{
	return mountfd_attach(w->c->rootfs_fd, AT_FDCWD, w->c->run_path);
}

/* A mount point of ours in the image must be a real directory (CVE-2021-30465 and its like). */
static int open_place(struct walk *w, const char *name)
{
	int fd = openat(w->c->rootfs_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && mkdirat(w->c->rootfs_fd, name, 0755) == 0)
		fd = openat(w->c->rootfs_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		w->what = name;
		return -errno;
	}
	return fd;
}

static int mount_proc(struct walk *w)
{
	auto_fd int place = open_place(w, "proc");

	return place < 0 ? place : procfs_up(place, &w->proc_fd);
}

static int mount_dev(struct walk *w)
{
	auto_fd int place = open_place(w, "dev");

	return place < 0 ? place : dev_up(w->c, place, &w->dev_dirfd, &w->what);
}

/* Only now is it needed: the kernel takes its time to make it. */
static int join_network(struct walk *w)
{
	return netns_join(w->c);
}

static int mount_sys(struct walk *w)
{
	auto_fd int place = open_place(w, "sys");

	return place < 0 ? place : sysfs_up(w->c, place, &w->sys_fd, &w->what);
}

static int protect_system(struct walk *w)
{
	struct system_mounts mounts = {w->proc_fd, w->sys_fd, w->dev_dirfd};
	int r = procfs_protect(w->c, &mounts, &w->what);

	return r == 0 ? walk_tie(w) : r; /* a sysctl may have taken another id */
}

static int mount_volumes(struct walk *w)
{
	return mounts_attach(w->c, w->c->rootfs_fd, &w->what);
}

static int hide_more(struct walk *w)
{
	return procfs_mask(w->c, w->c->rootfs_fd, w->dev_dirfd, &w->what);
}

static int make_working_dir(struct walk *w)
{
	int fd, r;

	w->what = w->c->spec->working_dir;
	r = fs_make_in_root(w->c->rootfs_fd, w->what, false, &fd);
	if (r == 0)
		(void)close(fd);
	return r;
}

static int protect_root(struct walk *w)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

	return w->c->spec->read_only ? mountfd_setattr(w->c->rootfs_fd, &attr, false) : 0;
}

/* The terminal comes from the container's own devpts and is its console. */
static int make_terminal(struct walk *w)
{
	auto_fd int slave = -1, place = -1, tree = -1;
	int r;

	if (!w->c->spec->terminal)
		return 0;
	w->tty_fd = openat(w->dev_dirfd, "pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (w->tty_fd < 0)
		return -errno;
	r = pty_prepare(w->tty_fd, &w->c->tty_size);
	if (r < 0)
		return r;
	tty_copy_size(w->tty_fd); /* here: the app may ask for it first thing */
	slave = openat(w->dev_dirfd, "pts/0", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (slave >= 0 &&
	    fchownat(slave, "", container_id(w->c, w->c->user.uid), (gid_t)-1, AT_EMPTY_PATH) < 0)
		return -errno;
	place = openat(w->dev_dirfd, "console", O_CREAT | O_EXCL | O_CLOEXEC | O_WRONLY, 0600);
	if (slave < 0 || place < 0)
		return -errno;
	tree = mountfd_clone(slave, "", false);
	r = tree < 0 ? tree : mountfd_attach(tree, w->dev_dirfd, "console");
	return r;
}

static int pivot(struct walk *w)
{
	return mountfd_pivot(w->c->rootfs_fd);
}

static int set_hostname(struct walk *w)
{
	const char *shared = w->c->shared_hostname;
	const char *name = shared ? shared : w->c->spec->hostname;

	return name && sethostname(name, strlen(name)) < 0 ? -errno : 0;
}

/*
 * The last thing that is done with the rights of the host. In the new mount namespace, which
 * belongs to the user namespace, the kernel has locked every mount: what is read-only or hidden
 * stays so, whatever capabilities there are inside.
 */
static int enter_user_ns(struct walk *w)
{
	if (!userns_is_own(w->c->spec))
		return 0;
	if (setns(w->c->userns_fd, CLONE_NEWUSER) < 0 || unshare(CLONE_NEWNS | CLONE_NEWCGROUP) < 0)
		return -errno;
	w->entered = true;
	return 0;
}

static int tell_mounted(struct walk *w)
{
	return handshake_send(w->channel, STAGE_MOUNTED, w->tty_fd);
}

static const struct step init_steps[] = {
	{"take on the ids of the container", EXIT_NAP_USER, make_files_its_own},
	{"tie the container to nap", EXIT_NAP_NAMESPACE, walk_tie},
	{"join the user namespace's own", EXIT_NAP_NAMESPACE, join_others},
	{"enter the cgroup namespace", EXIT_NAP_CGROUP, enter_cgroup_ns},
	{"make mounts private", EXIT_NAP_NAMESPACE, make_private},
	{"attach the layers", EXIT_NAP_NAMESPACE, attach_layers},
	{"attach the root", EXIT_NAP_NAMESPACE, attach_root},
	{"mount /proc", EXIT_NAP_NAMESPACE, mount_proc},
	{"mount", EXIT_NAP_NAMESPACE, mount_dev},
	{"make the network namespace", EXIT_NAP_NETWORK, join_network},
	{"mount", EXIT_NAP_NAMESPACE, mount_sys},
	{"protect", EXIT_NAP_NAMESPACE, protect_system},
	{"mount on", EXIT_NAP_NAMESPACE, mount_volumes},
	{"hide", EXIT_NAP_NAMESPACE, hide_more},
	{"make the working directory", EXIT_NAP_CHDIR, make_working_dir},
	{"make the terminal", EXIT_NAP_STDIN, make_terminal},
	{"make the root read-only", EXIT_NAP_NAMESPACE, protect_root},
	{"enter the root", EXIT_NAP_NAMESPACE, pivot},
	{"set the host name", EXIT_NAP_NAMESPACE, set_hostname},
	{"enter the user namespace", EXIT_NAP_NAMESPACE, enter_user_ns},
	{"report", EXIT_NAP_NAMESPACE, tell_mounted},
};

void walk_init(struct walk *w)
{
	walk_steps(w, init_steps, ARRAY_SIZE(init_steps));
}
