/* SPDX-License-Identifier: MIT */
/*
 * The life of one container in the foreground: claim its name, prepare, launch, wait, undo. The
 * undoing is the same code that nap clean calls for a container whose nap was killed.
 */
#include "container.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/strv.h"
#include "net/net.h"
#include "handshake.h"
#include "hosts.h"
#include "idrange.h"
#include "netns.h"
#include "service.h"
#include "state.h"
#include "storage.h"
#include "user.h"
#include "userns.h"

#define LOCK_POLL_MS 5

void container_init(struct container *c, const struct paths *paths, const struct spec *spec)
{
	*c = (struct container){
		.spec = spec,
		.paths = paths,
		.run_dirfd = -1,
		.names_dirfd = -1,
		.rootfs_fd = -1,
		.layers_fd = -1,
		.cgroup_fd = -1,
		.notify_fd = -1,
		.messages_fd = -1,
		.ready_fd = -1,
		.checker_fd = -1,
		.health_fd = -1,
		.null_fd = -1,
		.checker_pidfd = -1,
		.step = EXIT_FAILURE,
		.pipe_fd = {-1, -1},
		.pipe_child_fd = {-1, -1},
		.stdin_fd = -1,
		.stub_fd = -1,
		.landlock_fd = -1,
		.netns_pidfd = -1,
		.netns_ready_fd = -1,
		.userns_fd = -1,
		.userns_holder.pidfd = -1,
		.init_pidfd = -1,
		.app_pidfd = -1,
		.tty_fd = -1,
		.created = time(NULL),
	};
}

void container_drop_mounts(struct container *c)
{
	fd_drop(&c->rootfs_fd);
	fd_drop(&c->layers_fd);
	for (size_t i = 0; i < c->n_mounts; i++)
		fd_drop(&c->mounts[i].tree_fd);
}

void container_done(struct container *c)
{
	int *const fds[] = {&c->run_dirfd, &c->names_dirfd,   &c->cgroup_fd,  &c->notify_fd,
			    &c->stdin_fd,  &c->stub_fd,	      &c->init_pidfd, &c->app_pidfd,
			    &c->tty_fd,	   &c->messages_fd,   &c->checker_fd, &c->health_fd,
			    &c->null_fd,   &c->checker_pidfd, &c->userns_fd,  &c->landlock_fd,
			    &c->ready_fd};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fd_drop(fds[i]);
	for (size_t i = 0; i < ARRAY_SIZE(c->pipe_fd); i++) {
		fd_drop(&c->pipe_fd[i]);
		fd_drop(&c->pipe_child_fd[i]);
	}
	container_drop_mounts(c);
	for (size_t i = 0; i < c->n_nodes; i++)
		free(c->nodes[i].path);
	free(c->mounts);
	free(c->nodes);
	net_close(c->net_host);
	free(c->run_path);
	free(c->shared_hostname);
	free(c->storage);
	user_done(&c->user);
	strv_free(c->credentials);
	strv_free(c->env);
	strv_free(c->candidates);
	free(c->stub_word);
	strv_free(c->checker_argv);
	free(c->stub_argv);
	seccomp_program_done(&c->seccomp);
	free(c->cgroup);
	free(c->scope);
}

char *container_run_path(const struct paths *paths, const char *id)
{
	return text_format("%s/state/%s", paths->runroot, id);
}

static int make_run_dir(const struct paths *paths, const char *path)
{
	auto_free char *above = NULL;
	int r;

	if (mkdir(path, 0700) == 0)
		return 1;
	if (errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return -errno;
	above = text_format("%s/state", paths->runroot);
	if (!above)
		return -ENOMEM;
	r = fs_mkdirs(AT_FDCWD, above, 0755);
	if (r < 0)
		return r;
	return mkdir(path, 0700) == 0 ? 1 : errno == EEXIST ? 0 : -errno;
}

/* -EAGAIN: the directory was swept away between mkdir and lock. -EBUSY: somebody has the lock. */
static int try_lock(const struct paths *paths, const char *path, int *ret_dirfd)
{
	auto_fd int fd = -1;
	struct stat st;
	int made;

	made = make_run_dir(paths, path);
	if (made < 0)
		return made;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -EAGAIN : -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_nlink == 0)
		return -EAGAIN;
	*ret_dirfd = TAKE_FD(fd);
	return made;
}

/* The children of a nap that was killed hold its lock until the kernel has ended them: only while
 * the owner lives as well will it not be given back soon. */
static int is_running(const struct paths *paths, const char *id)
{
	auto_state struct state *s = NULL;
	auto_fd int pidfd = -1;
	int r = state_load(paths, id, &s);

	if (r < 0) /* a start that died has none, or half of one */
		return r == -ENOENT || r == -EBADMSG ? 0 : r;
	pidfd = state_open_app(s);
	if (pidfd < 0)
		return pidfd == -ESRCH ? 0 : log_fail(pidfd, "look whether %s runs", id);
	return s->spec->unit || proc_is_alive(s->owner);
}

int container_lock(const struct paths *paths, const char *id, int *ret_dirfd)
{
	auto_free char *path = container_run_path(paths, id);
	int r, running, ms = 0;

	if (!path)
		return log_oom();
	for (;;) {
		r = try_lock(paths, path, ret_dirfd);
		if (r == -EAGAIN)
			continue;
		if (r < 0 && r != -EBUSY)
			return log_fail(r, "make and lock %s", path);
		if (r == 1)
			return r;
		running = is_running(paths, id);
		if (r == 0 && running != 0) {
			fd_drop(ret_dirfd); /* a service: no nap holds its lock */
			return running < 0 ? running : -EBUSY;
		}
		if (r == 0 || ms >= CONTAINER_OWNER_TIMEOUT_MS || running != 0)
			return r;
		(void)usleep(LOCK_POLL_MS * 1000);
		ms += LOCK_POLL_MS;
	}
}

static int name_taken(const struct container *c, const char *how)
{
	(void)log_refuse(-EEXIST, "the name %s is taken by a container that %s", c->spec->id, how);
	log_hint("nap rm -f %s removes it", c->spec->id);
	return -EEXIST;
}

/* Take the name of c, clearing away what a killed nap left under it. */
static int claim(struct container *c)
{
	c->run_path = container_run_path(c->paths, c->spec->id);
	if (!c->run_path)
		return log_oom();
	for (;;) {
		int r = container_lock(c->paths, c->spec->id, &c->run_dirfd);

		if (r == -EBUSY)
			return name_taken(c, "is running");
		if (r < 0)
			return r;
		if (r == 1 && !storage_exists(c->paths, c->spec->id))
			return 0;
		/* a killed nap was here, or one whose container was kept */
		r = container_clean_locked(c->paths, c->spec->id);
		fd_drop(&c->run_dirfd);
		if (r == 1)
			return name_taken(c, "was kept");
		if (r == -EBUSY)
			return name_taken(c, "is running");
		if (r < 0)
			return r;
	}
}

int container_undo(const struct paths *paths, const char *id, bool keep)
{
	auto_free char *run_path = container_run_path(paths, id);
	auto_free char *cgroup_link = text_format("%s/state/%s/cgroup", paths->runroot, id);
	auto_free char *cgroup = NULL;
	int r, e, network;

	if (!run_path || !cgroup_link)
		return log_oom();
	r = netns_begin_down(paths, id, NULL, &network);
	e = fs_readlink(AT_FDCWD, cgroup_link, &cgroup);
	if (e == 0)
		e = cgroup_down(cgroup);
	else if (e != -ENOENT)
		(void)log_fail(e, "read %s", cgroup_link);
	r = r < 0 || e == -ENOENT ? r : e;
	if (!keep) {
		e = storage_down(paths, id);
		r = r < 0 ? r : e;
	}
	e = netns_end_down(paths, id, network);
	r = r < 0 ? r : e;
	if (!keep) {
		e = idrange_release(paths, id);
		r = r < 0 ? r : e;
	}
	/* last: as long as this is there, nap clean finds what is left */
	if (r < 0)
		return r;
	r = fs_remove_tree(AT_FDCWD, run_path);
	return r < 0 ? log_fail(r, "remove %s", run_path) : 0;
}

/* Have the kernel end what still runs. The first process takes its namespaces along. */
static void kill_processes(const struct container *c)
{
	const int pidfds[] = {c->checker_pidfd, c->app_pidfd, c->init_pidfd};

	for (size_t i = 0; i < ARRAY_SIZE(pidfds); i++)
		if (pidfds[i] >= 0)
			(void)proc_send_signal(pidfds[i], SIGKILL); /* it may be gone */
}

/* The reaper has the app's last words to copy, and ends by itself then. */
static void let_relay(const struct container *c)
{
	if (c->init_pidfd >= 0 && (c->relay[0] || c->relay[1]))
		(void)proc_wait_end(c->init_pidfd, CONTAINER_RELAY_TIMEOUT_MS);
}

/* Nothing of the container runs afterwards. A PID 1 ends last, when all others have been reaped. */
static void reap_processes(const struct container *c)
{
	const int pidfds[] = {c->checker_pidfd, c->app_pidfd, c->init_pidfd};

	for (size_t i = 0; i < ARRAY_SIZE(pidfds); i++)
		if (pidfds[i] >= 0)
			proc_reap(pidfds[i]);
}

/*
 * Without a PID namespace nothing ends the app's own children with it. As their subreaper we
 * inherit them one generation after the other.
 */
static void end_orphans(void)
{
	for (;;) {
		auto_free char *text = NULL;
		char path[64];
		pid_t pid;

		(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
		if (fs_read_file(AT_FDCWD, path, 1U << 20, &text, NULL) < 0)
			return;
		pid = (pid_t)strtol(text, NULL, 10);
		if (pid <= 0)
			return;
		(void)kill(pid, SIGKILL); /* our child: the pid cannot have been reused */
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
}

static int start_claimed(struct container *c, int (*start)(struct container *c), int *lock_fd)
{
	int r;

	c->step = EXIT_NAP_NAMESPACE;
	r = hosts_write(c->spec, c->run_dirfd); /* names come into it with the network */
	if (r == 0)
		r = userns_up(c);
	c->step = EXIT_NAP_NETWORK;
	if (r == 0)
		r = netns_start(c);
	if (r == 0)
		r = prepare(c);
	if (r == 0)
		r = start(c);
	netns_release(c, r != 0); /* what failed is undone next */
	userns_release(&c->userns_holder, r != 0);
	fd_drop(lock_fd); /* the state that marks the image as used is written, or never will be */
	container_drop_mounts(c); /* the last user of the root is then the container itself */
	return r;
}

/* /proc/PID/exe of our clones leads to nap on the host: only the kernel may follow it. */
static int hide(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return log_fail(-errno, "become non-dumpable");
	return 0;
}

int container_run(const struct paths *paths, const struct spec *spec, int lock_fd)
{
	CLEANUP(container_done)
	struct container c;
	bool keep;
	int r, e, network;

	container_init(&c, paths, spec);
	if (hide() < 0)
		return -EPERM;
	if (!(spec->namespaces & CLONE_NEWPID) && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return log_fail(-errno, "become the subreaper of the container");
	wait_block_signals();
	r = claim(&c);
	if (r < 0) {
		fd_drop(&lock_fd);
		return r;
	}
	r = start_claimed(&c, launch, &lock_fd);
	if (r == 0)
		r = wait_for_app(&c);
	if (r >= 0)
		let_relay(&c);
	keep = spec->keep && r >= 0 && c.app_pid > 0;
	kill_processes(&c);
	if (r < 0) /* wherever our children come to be now, they do not hold up the end of others */
		reap_processes(&c);
	/* while the kernel is busy taking mounts down; what is left of either is container_undo's
	 */
	(void)netns_begin_down(paths, spec->id, c.net_host, &network);
	if (!keep)
		storage_sweep(paths, spec->id);
	reap_processes(&c);
	(void)netns_end_down(paths, spec->id, network);
	if (!(spec->namespaces & CLONE_NEWPID))
		end_orphans();
	if (keep && state_save_exit(&c, r) < 0)
		r = -EIO;
	e = container_undo(paths, spec->id, keep);
	return r >= 0 && e < 0 ? e : r;
}

/* What was started of a service that failed to: its processes are not ours to wait for. */
static void end_service(struct container *c)
{
	const int pidfds[] = {c->app_pidfd, c->init_pidfd};

	kill_processes(c);
	for (size_t i = 0; i < ARRAY_SIZE(pidfds); i++)
		if (pidfds[i] >= 0)
			(void)proc_wait_end(pidfds[i], CONTAINER_OWNER_TIMEOUT_MS);
}

int container_launch(const struct paths *paths, const struct spec *spec, int lock_fd)
{
	CLEANUP(container_done)
	struct container c;
	bool in_place = !(spec->namespaces & CLONE_NEWPID);
	int r;

	container_init(&c, paths, spec);
	r = hide();
	if (r == 0)
		r = service_open(&c);
	if (r == 0)
		r = claim(&c);
	if (r < 0) {
		fd_drop(&lock_fd);
		return c.step;
	}
	r = start_claimed(&c, in_place ? launch_in_place : launch, &lock_fd);
	if (r == 0)
		r = service_ready(&c);
	if (r == 0)
		return 0;
	end_service(&c);
	(void)container_undo(paths, spec->id, false); /* reported; ExecStopPost= tries again */
	return c.step;
}
