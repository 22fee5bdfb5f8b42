/* SPDX-License-Identifier: MIT */
/* Ending containers from outside: stop, kill, remove, and clearing away what a killed nap left. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "container.h"
#include "idrange.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/proc.h"
#include "lib/strv.h"
#include "state.h"
#include "storage.h"
#include "unitgen/unitgen.h"

static int no_such(const char *id)
{
	return log_refuse(-ENOENT, "no such container: %s", id);
}

/* state_load for who was given the name of a container: that there is none is reported too. */
static int load_existing(const struct paths *paths, const char *id, struct state **ret)
{
	int r = state_load(paths, id, ret);

	return r == -ENOENT ? no_such(id) : r;
}

/* Does a process with this disposition notice signo at all? One that neither catches nor blocks it
 * either dies of it at once or, as PID 1 or by ignoring it, never will. */
static bool notices(pid_t pid, int signo)
{
	uint64_t caught = 0, blocked = 0, bit = UINT64_C(1) << (signo - 1);

	if (proc_status_mask(pid, "SigCgt", &caught) < 0 ||
	    proc_status_mask(pid, "SigBlk", &blocked) < 0)
		return true;
	return (caught | blocked) & bit;
}

/* Wait until the nap in the foreground, if there is one, has cleaned up behind its container. */
static int wait_for_owner(const struct paths *paths, const char *id)
{
	auto_free char *path = container_run_path(paths, id);
	auto_fd int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (!path)
		return log_oom();
	if (fd < 0) /* it has already */
		return errno == ENOENT ? 0 : log_fail(-errno, "wait for the end of %s", id);
	for (int ms = 0; ms < CONTAINER_OWNER_TIMEOUT_MS; ms += 5) {
		if (flock(fd, LOCK_SH | LOCK_NB) == 0)
			break;
		(void)usleep(5000);
	}
	return 0;
}

static int end_app(int pidfd, pid_t pid, int signo, uint64_t timeout_usec)
{
	uint64_t ms = timeout_usec / 1000;
	int r;

	if (signo != SIGKILL) {
		bool wait = notices(pid, signo);

		r = proc_send_signal(pidfd, signo);
		if (r < 0)
			return r;
		/* what is suspended hears of it only when it goes on */
		(void)proc_send_signal(pidfd, SIGCONT);
		if (wait && proc_wait_end(pidfd, ms > INT_MAX ? -1 : (int)ms) == 0)
			return 0;
	}
	r = proc_send_signal(pidfd, SIGKILL);
	if (r < 0)
		return r;
	return proc_wait_end(pidfd, CONTAINER_OWNER_TIMEOUT_MS);
}

int container_stop(const struct paths *paths, const char *id, int signo, uint64_t timeout_usec)
{
	auto_state struct state *s = NULL;
	auto_fd int pidfd = -1;
	int r;

	r = load_existing(paths, id, &s);
	if (r < 0)
		return r;
	pidfd = state_open_app(s);
	if (pidfd < 0)
		return pidfd == -ESRCH ? 0 : log_fail(pidfd, "look whether %s runs", id);
	r = end_app(pidfd, s->pid, signo > 0 ? signo : s->spec->stop_signal, timeout_usec);
	if (r < 0 && r != -ESRCH)
		return log_fail(r, "stop %s", id);
	return wait_for_owner(paths, id);
}

/* Without its app a reaper ends by itself, when it has copied the last of what that had to say. */
static void let_reaper_end(const struct state *s)
{
	auto_fd int pidfd = state_open_init(s);

	if (pidfd >= 0)
		(void)proc_wait_end(pidfd, CONTAINER_RELAY_TIMEOUT_MS);
}

/* 1 if the app has ended, 0 if it is left to systemd's SIGTERM. */
static int halt_app(const struct state *s)
{
	auto_fd int pidfd = state_open_app(s);
	int r;

	if (pidfd < 0)
		return pidfd == -ESRCH ? 1 : log_fail(pidfd, "look whether %s runs", s->id);
	/* PID 1 of its namespace, which no signal ends that it does not handle */
	if (s->pid == s->init_pid && (s->spec->namespaces & CLONE_NEWPID) &&
	    !notices(s->pid, s->spec->stop_signal))
		return proc_send_signal(pidfd, SIGKILL);
	if (s->spec->stop_signal == SIGTERM)
		return 0;
	r = proc_send_signal(pidfd, s->spec->stop_signal);
	if (r == -ESRCH)
		return 1;
	if (r < 0)
		return log_fail(r, "send %s to %s", signal_name(s->spec->stop_signal), s->id);
	r = proc_wait_end(pidfd, -1);
	return r < 0 ? r : 1;
}

int container_halt(const struct paths *paths, const char *id)
{
	auto_state struct state *s = NULL;
	int r;

	r = state_load(paths, id, &s);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	r = halt_app(s);
	if (r > 0) /* where the main process has ended, systemd kills at once what is left */
		let_reaper_end(s);
	return r < 0 ? r : 0;
}

int container_kill(const struct paths *paths, const char *id, int signo)
{
	auto_state struct state *s = NULL;
	auto_fd int pidfd = -1;
	int r;

	r = load_existing(paths, id, &s);
	if (r < 0)
		return r;
	pidfd = state_open_app(s);
	r = pidfd < 0 ? pidfd : proc_send_signal(pidfd, signo);
	if (r == -ESRCH)
		return log_refuse(r, "container %s is not running", id);
	return r < 0 ? log_fail(r, "kill %s", id) : 0;
}

static int kill_one(int pidfd)
{
	int r;

	if (pidfd < 0)
		return pidfd == -ESRCH ? 0 : pidfd;
	r = proc_send_signal(pidfd, SIGKILL);
	if (r == 0)
		r = proc_wait_end(pidfd, CONTAINER_OWNER_TIMEOUT_MS);
	(void)close(pidfd);
	return r == -ESRCH ? 0 : r;
}

/* Kill what is left of a container whose nap is gone. */
static int kill_rest(const struct state *s)
{
	int app = kill_one(state_open_app(s)), init, r;

	let_reaper_end(s);
	init = kill_one(state_open_init(s));
	r = app < 0 ? app : init;
	return r < 0 ? log_fail(r, "kill what is left of %s", s->id) : 0;
}

/* No nap holds the lock of a service: it lives as long as its app. */
static bool is_living_service(const struct state *s)
{
	auto_fd int pidfd = s->spec->unit ? state_open_app(s) : -ESRCH;

	return pidfd != -ESRCH;
}

int container_clean_locked(const struct paths *paths, const char *id)
{
	auto_state struct state *s = NULL;
	bool kept;
	int r;

	r = state_load(paths, id, &s);
	if (r < 0 && r != -ENOENT && r != -EBADMSG)
		return r;
	if (s && is_living_service(s))
		return -EBUSY;
	kept = s && s->finished;
	r = s && !kept ? kill_rest(s) : 0;
	if (r == 0)
		r = container_undo(paths, id, kept);
	return r < 0 ? r : kept;
}

/* ExecStopPost= is a process of the service itself, whose main process has ended. If that was nap,
 * what it had begun may live still: systemd ends it only afterwards. */
static int end_own_service(const struct paths *paths, const char *id)
{
	auto_free char *own = service_own_unit();
	auto_state struct state *s = NULL;

	if (!own || state_load(paths, id, &s) < 0) /* whoever cleans tells */
		return 0;
	return s->spec->unit && streq(s->spec->unit, own) ? kill_rest(s) : 0;
}

/* Is there anything of it, so that it is worth making and taking its lock? */
static int exists(const struct paths *paths, const char *id)
{
	auto_free char *run_path = container_run_path(paths, id);

	if (!run_path)
		return log_oom();
	return !fs_is_absent(AT_FDCWD, run_path) || storage_exists(paths, id);
}

int container_clean(const struct paths *paths, const char *id)
{
	auto_fd int lock = -1;
	int r;

	if (!app_name_is_valid(id))
		return no_such(id);
	r = exists(paths, id);
	if (r <= 0)
		return r;
	r = end_own_service(paths, id);
	if (r == 0)
		r = container_lock(paths, id, &lock);
	if (r < 0)
		return r;
	r = container_clean_locked(paths, id);
	return r < 0 ? r : 0;
}

/* Clean every container that has a directory in dir and nobody who needs it. */
static int clean_directory(const struct paths *paths, const char *dir, char ***ret_ids)
{
	auto_dir DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		auto_state struct state *s = NULL;
		int r;

		if (!app_name_is_valid(e->d_name))
			continue;
		(void)state_load(paths, e->d_name, &s); /* a start that died has none */
		r = container_clean(paths, e->d_name);
		if (r == -EBUSY || (r == 0 && s && s->finished))
			continue; /* it runs, or was kept on purpose */
		if (r < 0)
			return r;
		if (strv_add(ret_ids, e->d_name) < 0)
			return log_oom();
	}
	return 0;
}

/* ---- ranges of ids that last ---- */

struct users {
	const struct paths *paths;
	char **apps; /* names of all definitions, a template's as "web@" */
};

static bool is_defined(char *const *apps, const char *id)
{
	size_t template = strcspn(id, "@");

	template += id[template] == '@';
	for (; apps && *apps; apps++)
		if (streq(*apps, id) || (endswith(*apps, "@") && strlen(*apps) == template &&
					 strncmp(*apps, id, template) == 0))
			return true;
	return false;
}

static bool needs_ids(const char *id, void *data)
{
	const struct users *users = data;

	return is_defined(users->apps, id) || exists(users->paths, id) != 0;
}

/* Of apps that are no more, and of kept containers that were removed. */
static int sweep_ids(const struct paths *paths)
{
	auto_strv char **apps = NULL;
	struct users users = {.paths = paths};
	int r = app_names(&apps);

	users.apps = apps;
	return r < 0 ? r : idrange_sweep(paths, needs_ids, &users);
}

int container_clean_dead(const struct paths *paths, char ***ret_ids)
{
	auto_free char *running = text_format("%s/state", paths->runroot);
	auto_strv char **dirs = NULL;
	int r;

	if (!running)
		return log_oom();
	r = storage_directories(paths, &dirs);
	if (r == 0)
		r = clean_directory(paths, running, ret_ids);
	STRV_FOREACH (dir, dirs)
		if (r == 0)
			r = clean_directory(paths, *dir, ret_ids);
	return r == 0 ? sweep_ids(paths) : r;
}

int container_remove(const struct paths *paths, const char *id, bool force)
{
	auto_state struct state *s = NULL;
	auto_fd int pidfd = -1, lock = -1;
	int r;

	r = load_existing(paths, id, &s);
	if (r < 0)
		return r;
	pidfd = state_open_app(s);
	if (pidfd < 0 && pidfd != -ESRCH)
		return log_fail(pidfd, "look whether %s runs", id);
	if (pidfd >= 0 && s->spec->unit) {
		(void)log_refuse(-EBUSY, "%s is the running service %s", id, s->spec->unit);
		log_hint("nap stop %s ends and removes it", id);
		return -EBUSY;
	}
	if (pidfd >= 0 && !force) {
		(void)log_refuse(-EBUSY, "container %s is running", id);
		log_hint("nap stop %s stops it, nap rm -f %s kills and removes it", id, id);
		return -EBUSY;
	}
	if (pidfd >= 0) {
		r = container_stop(paths, id, SIGKILL, 0);
		if (r < 0)
			return r;
	}
	r = container_lock(paths, id, &lock);
	if (r == 0 || r == 1)
		r = container_clean_locked(paths, id);
	if (r == -EBUSY)
		return log_refuse(r, "container %s is running", id);
	if (r == 1)
		r = container_undo(paths, id, false);
	return r == 0 && s->spec->namespaces & CLONE_NEWUSER ? sweep_ids(paths) : r;
}
