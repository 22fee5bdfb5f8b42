/* SPDX-License-Identifier: MIT */
/* Watching a container: statistics at intervals, OOM kills, its end. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>

#include "cgroup-parts.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "state.h"

struct watch {
	const struct oci_options *o;
	const char *id;
	int dirfd;	    /* of its cgroup, or -1 */
	const char *file;   /* which counts OOM kills */
	uint64_t oom_kills; /* as many as were told of */
	int (*emit)(const char *event);
};

static uint64_t count_kills(const struct watch *w)
{
	auto_free char *text = NULL;
	uint64_t n = 0;

	if (w->dirfd >= 0 && cgroup_read(w->dirfd, w->file, &text) == 0)
		(void)cgroup_key(text, "oom_kill", &n);
	return n;
}

static int tell_kills(struct watch *w)
{
	uint64_t n = count_kills(w);
	auto_free char *event = NULL;

	if (n <= w->oom_kills)
		return 0;
	w->oom_kills = n;
	event = text_format("{\"type\":\"oom\",\"id\":\"%s\"}", w->id);
	return event ? w->emit(event) : log_oom();
}

static int tell_stats(struct watch *w)
{
	auto_buf out = {0};
	int r = oci_stats(w->o, w->id, &out);

	return r < 0 ? r : w->emit(out.data);
}

/* A descriptor that is readable when memory.events changes; without the controller never. */
static int watch_v2(struct watch *w, const char *dir)
{
	auto_free char *path = dir ? text_format("%s/memory.events", dir) : NULL;
	int fd = path ? inotify_init1(IN_CLOEXEC | IN_NONBLOCK) : -1;

	w->file = "memory.events";
	w->dirfd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd >= 0)
		(void)inotify_add_watch(fd, path, IN_MODIFY);
	return fd;
}

/* The same of the controller in v1 (cgroup-v1/memory.rst, OOM Control). It tells before it kills:
 * what is not counted by then is seen at the next interval, or at the end of the process. */
static int watch_v1(struct watch *w)
{
	auto_fd int file = openat(w->dirfd, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	int fd = file >= 0 ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
	char text[32];

	w->file = "memory.oom_control";
	(void)snprintf(text, sizeof(text), "%d %d", fd, file);
	if (fd >= 0)
		(void)cgroup_write(w->dirfd, "cgroup.event_control", text);
	return fd;
}

static int watch_kills(struct watch *w, const struct oci_cgroup *g)
{
	int fd;

	w->dirfd = cgroup_v1_open(g->v1, "memory.oom_control");
	fd = w->dirfd >= 0 ? watch_v1(w) : watch_v2(w, g->dir);
	w->oom_kills = count_kills(w);
	return fd;
}

static int make_timer(uint64_t usec, int *ret_fd)
{
	struct timespec t = {(time_t)(usec / 1000000), (long)(usec % 1000000) * 1000};
	struct itimerspec each = {t, t};
	auto_fd int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	if (fd < 0 || timerfd_settime(fd, 0, &each, NULL) < 0)
		return log_fail(-errno, "make a timer");
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static void drain(int fd)
{
	char buffer[4096];

	(void)!read(fd, buffer, sizeof(buffer)); /* what it says does not matter */
}

static int watch(struct watch *w, int pidfd, int kills_fd, int timer_fd)
{
	struct pollfd p[] = {{pidfd, POLLIN, 0}, {kills_fd, POLLIN, 0}, {timer_fd, POLLIN, 0}};
	int r = 0;

	while (r >= 0) {
		if (poll(p, ARRAY_SIZE(p), -1) < 0 && errno != EINTR)
			return log_fail(-errno, "wait for events");
		if (p[1].revents)
			drain(kills_fd);
		r = tell_kills(w);
		if (p[0].revents)
			break;
		if (r >= 0 && p[2].revents) {
			drain(timer_fd);
			r = tell_stats(w);
		}
	}
	return r;
}

int oci_events(const struct oci_options *o, const char *id, uint64_t interval_usec,
	       int (*emit)(const char *event))
{
	auto_oci_state struct oci_state s = {.dirfd = -1};
	auto_fd int pidfd = -1, dirfd = -1, kills_fd = -1, timer_fd = -1;
	struct watch w = {o, id, -1, NULL, 0, emit};
	int r;

	r = oci_state_load(o, id, false, &s);
	if (r < 0)
		return r;
	pidfd = oci_state_open(&s);
	if (pidfd < 0)
		return pidfd == -ESRCH ? log_refuse(pidfd, "container not running: %s", id)
				       : log_fail(pidfd, "look for the process of %s", id);
	kills_fd = watch_kills(&w, &s.cgroup);
	dirfd = w.dirfd;
	r = make_timer(interval_usec, &timer_fd);
	return r < 0 ? r : watch(&w, pidfd, kills_fd, timer_fd);
}
