/* SPDX-License-Identifier: MIT */
/*
 * What is prepared for the health checker of a container, and its last step before it is executed.
 * The checking itself is stub-health.c.
 */
#include "health.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "container.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "service.h"
#include "stub-health.h"
#include "stubs.h"

/* Docker's, where nothing was said. */
#define DEFAULT_USEC 30000000
#define DEFAULT_RETRIES 3
/* How often to feed a watchdog that has no time limit: it can only be triggered. */
#define SLOW_FEED_USEC 60000000

bool health_is_checked(const struct spec *spec)
{
	return spec->health.probe.argv || spec->health.startup.argv;
}

static uint64_t time_ms(uint64_t usec)
{
	uint64_t ms = (usec ? usec : DEFAULT_USEC) / 1000;

	return ms ? ms : 1;
}

/* Twice in the time that systemd gives, and once to spare. */
static uint64_t watchdog_ms(const struct spec *spec)
{
	uint64_t usec = service_watchdog_usec();

	if (!spec->health.watchdog)
		return 0;
	return usec ? time_ms(usec / 3) : SLOW_FEED_USEC / 1000;
}

static int add_number(char ***argv, uint64_t n)
{
	return strv_take(argv, text_format("%llu", (unsigned long long)n));
}

static int make_argv(const struct spec *spec, char ***argv)
{
	const struct health_spec *h = &spec->health;
	const uint64_t numbers[] = {
		[HEALTH_INTERVAL] = time_ms(h->probe.interval_usec),
		[HEALTH_TIMEOUT] = time_ms(h->probe.timeout_usec),
		[HEALTH_RETRIES] = h->probe.retries ? h->probe.retries : DEFAULT_RETRIES,
		[HEALTH_START_PERIOD] = h->start_period_usec / 1000,
		[HEALTH_STARTUP_INTERVAL] = time_ms(h->startup.interval_usec),
		[HEALTH_STARTUP_TIMEOUT] = time_ms(h->startup.timeout_usec),
		[HEALTH_STARTUP_RETRIES] = h->startup.retries,
		[HEALTH_STARTUP_SUCCESSES] = h->startup_successes,
		[HEALTH_WATCHDOG] = watchdog_ms(spec),
		[HEALTH_READY] = spec->notify == NOTIFY_HEALTHY,
		[HEALTH_PROBE_WORDS] = strv_len(h->probe.argv),
	};
	int r = strv_add(argv, "nap-health");

	if (r == 0)
		r = strv_take(argv, text_format("%s%s", spec->apparmor ? "exec " : "",
						spec->apparmor ? spec->apparmor : ""));
	for (size_t i = HEALTH_INTERVAL; r == 0 && i < HEALTH_COMMANDS; i++)
		r = add_number(argv, numbers[i]);
	if (r == 0)
		r = strv_extend(argv, h->probe.argv);
	if (r == 0)
		r = strv_add(argv, "");
	return r == 0 ? strv_extend(argv, h->startup.argv) : r;
}

int health_prepare(struct container *c)
{
	static const char starting[HEALTH_STATE_BYTES + 1] = "starting \n";
	int r;

	if (!health_is_checked(c->spec))
		return 0;
	if (make_argv(c->spec, &c->checker_argv) < 0)
		return log_oom();
	r = fs_write_file(c->run_dirfd, "health", starting, HEALTH_STATE_BYTES, 0644);
	if (r == 0)
		r = c->health_fd = openat(c->run_dirfd, "health", O_WRONLY | O_CLOEXEC);
	if (r < 0)
		return log_fail(r, "make the file of the state of health");
	c->checker_fd = stub_open(stub_health_program, sizeof(stub_health_program), 3);
	if (c->checker_fd < 0)
		return log_fail(c->checker_fd, "make the health checker");
	c->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return c->null_fd < 0 ? log_fail(-errno, "open /dev/null") : 0;
}

/* Above all places that are taken. */
static int move_up(int *fd)
{
	int high = *fd < 0 ? -1 : fcntl(*fd, F_DUPFD_CLOEXEC, HEALTH_FD_END);

	if (*fd >= 0 && high < 0)
		return -errno;
	*fd = high;
	return 0;
}

/* By the bare call: libc would leave two signals unblocked. */
static int block_all_signals(void)
{
	uint64_t all = UINT64_MAX;

	return syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all)) < 0 ? -errno : 0;
}

static int open_signals(void)
{
	sigset_t child;
	int fd;

	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	fd = signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int health_take_fds(const struct container *c, int pidfd, const int fifos[static 2], int **keep,
		    unsigned n)
{
	int null = c->null_fd, app = pidfd, signals = open_signals(), state = c->health_fd,
	    notify = c->notify_fd, messages = c->messages_fd, out = fifos[0], err = fifos[1];
	struct {
		int *fd, place;
	} given[] = {
		{&null, STDIN_FILENO},	       {&app, HEALTH_FD_APP},
		{&signals, HEALTH_FD_SIGNALS}, {&state, HEALTH_FD_STATE},
		{&notify, HEALTH_FD_NOTIFY},   {&messages, HEALTH_FD_MESSAGES},
		{&out, HEALTH_FD_FIFOS},       {&err, HEALTH_FD_FIFOS + 1},
	};
	int r = block_all_signals();

	if (signals < 0)
		return signals;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(given); i++)
		r = move_up(given[i].fd);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = move_up(keep[i]);
	if (r < 0)
		return r;
	if (syscall(SYS_close_range, HEALTH_FD_APP, HEALTH_FD_END - 1, 0) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(given); i++)
		if (*given[i].fd >= 0 && dup2(*given[i].fd, given[i].place) < 0)
			return -errno;
	/* a raw terminal is no place for messages */
	if (c->spec->terminal && (dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0))
		return -errno;
	if (syscall(SYS_close_range, HEALTH_FD_END, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	return 0;
}
