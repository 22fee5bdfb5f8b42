/* SPDX-License-Identifier: MIT */
/*
 * The health checker: a program without libc, as stub.c is, that runs the probes of one container,
 * tells systemd, and reaps what is left to it. health.h is what it is given. It holds nothing that
 * the app does not have itself but the way to say how it is, and it cannot be traced or read.
 *
 * The rules are docker's: so many failures in a row are unhealthy, one success is healthy, and
 * while there has been none, failures within the start period do not count. Docker's first probe
 * comes after a whole interval; here there are earlier ones, which can only say that all is well
 * already.
 */
#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/prctl.h>
#include <linux/signal.h>
#include <linux/time.h>
#include <linux/wait.h>

#include "health.h"
#include "stub-notify.h"
#include "stub-profile.h"
#include "stub-relay.h"
#include "stub-sys.h"

#define SIGNAL_SET_BYTES 8
#define OUTPUT_BYTES 1024 /* of a probe are shown, the last */
#define EARLY_FIRST_MS 250
#define EARLY_LAST_MS 5000 /* docker's start interval */
#define NEVER_MS (1L << 40)

#define NOT_RUN (-1)

enum state { STARTING, HEALTHY, UNHEALTHY };

static const char states[][HEALTH_STATE_BYTES + 1] = {
	[STARTING] = "starting \n",
	[HEALTHY] = "healthy  \n",
	[UNHEALTHY] = "unhealthy\n",
};

struct probe {
	long interval, timeout, retries;
	char **argv;
};

struct checker {
	struct probe probe, startup;
	long start_period, startup_successes, watchdog;
	bool ready; /* still to be said */
	const char *profile;
	char **envp;

	enum state state;
	const struct probe *now; /* which of the two is run */
	long since;		 /* when its turn began */
	long failures, successes;
	long delay, due;  /* to, and when, the next run */
	long fed;	  /* when the watchdog was */
	long pid, killed; /* of the probe that runs; whether its time was over */
	long run_since;
	int output_fd;
	unsigned long n_output;
	char output[OUTPUT_BYTES]; /* a ring */
};

/* ---- text ---- */

struct text {
	unsigned n; /* set apart: to initialise all of it would need memset(3) */
	char s[OUTPUT_BYTES + 128];
};

static void add_char(struct text *t, char c)
{
	if (t->n < sizeof(t->s))
		t->s[t->n++] = c;
}

static void add(struct text *t, const char *s)
{
	while (*s)
		add_char(t, *s++);
}

static void add_number(struct text *t, unsigned n)
{
	if (n >= 10)
		add_number(t, n / 10);
	add_char(t, (char)('0' + n % 10));
}

static long number(const char *s)
{
	long n = 0;

	while (*s)
		n = n * 10 + (*s++ - '0');
	return n;
}

/* ---- telling ---- */

static long now_ms(void)
{
	struct __kernel_timespec t;

	(void)call(__NR_clock_gettime, CLOCK_MONOTONIC, (long)&t, 0, 0, 0);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void notify(const struct text *t)
{
	(void)call(__NR_write, HEALTH_FD_NOTIFY, (long)t->s, t->n, 0, 0);
}

/* "exited with 1": how a probe ended, by what wait4(2) said of it; or NOT_RUN. */
static void add_reason(struct text *t, const struct checker *c, int status)
{
	if (status < 0) {
		add(t, "could not be started");
	} else if (c->killed) {
		add(t, "timed out");
	} else if ((status & 0x7f) == 0) {
		add(t, "exited with ");
		add_number(t, (unsigned)status >> 8 & 0xff);
	} else {
		add(t, "was killed by signal ");
		add_number(t, (unsigned)status & 0x7f);
	}
}

/* One line of it, so that it stays one message. */
static void add_output(struct text *t, const struct checker *c)
{
	unsigned long i = c->n_output > OUTPUT_BYTES ? c->n_output - OUTPUT_BYTES : 0;
	unsigned end = t->n;

	for (; i < c->n_output; i++) {
		char byte = c->output[i % OUTPUT_BYTES];

		add_char(t, (unsigned char)byte < ' ' || byte == 0x7f ? ' ' : byte);
		if (t->s[t->n - 1] != ' ')
			end = t->n;
	}
	t->n = end;
}

/* Somebody who does not read standard error must not stop the checking. */
static void log_failure(const struct checker *c, int status)
{
	struct pollfd err = {.fd = 2, .events = POLLOUT};
	struct __kernel_timespec none = {0, 0};
	struct text t;

	t.n = 0;
	add(&t, "nap: health check failed: probe ");
	add_reason(&t, c, status);
	if (c->n_output > 0)
		add(&t, ": ");
	add_output(&t, c);
	add_char(&t, '\n');
	if (call(__NR_ppoll, (long)&err, 1, (long)&none, 0, SIGNAL_SET_BYTES) == 1)
		(void)call(__NR_write, 2, (long)t.s, t.n, 0, 0);
}

/* In one message, so that systemd shows what it acts on. */
static void enter(struct checker *c, enum state state, int status)
{
	struct text t;

	t.n = 0;
	if (state == HEALTHY && c->ready) {
		add(&t, "READY=1\n");
		c->ready = 0;
	}
	if (state == UNHEALTHY && c->state != UNHEALTHY && c->watchdog)
		add(&t, "WATCHDOG=trigger\n");
	if (state != c->state)
		(void)call(__NR_pwrite64, HEALTH_FD_STATE, (long)states[state], HEALTH_STATE_BYTES,
			   0, 0);
	c->state = state;
	add(&t, state == HEALTHY ? "STATUS=healthy"
				 : (state == STARTING ? "STATUS=starting" : "STATUS=unhealthy"));
	if (state != HEALTHY) {
		add(&t, ": probe ");
		add_reason(&t, c, status);
	}
	notify(&t);
}

static void feed_watchdog(struct checker *c, long now)
{
	static const char feed[] = "WATCHDOG=1";

	(void)call(__NR_write, HEALTH_FD_NOTIFY, (long)feed, sizeof(feed) - 1, 0, 0);
	c->fed = now;
}

/* ---- the verdicts ---- */

static long least(long a, long b)
{
	return a < b ? a : b;
}

static void take_turn(struct checker *c, const struct probe *p, long now)
{
	c->now = p;
	c->since = now;
	c->failures = 0;
	c->successes = 0;
	c->delay = least(p->interval, EARLY_FIRST_MS);
	c->due = now + c->delay;
}

/* Failures before docker's first probe, or in the start period, do not count. */
static bool is_early(const struct checker *c)
{
	long end = c->start_period > c->probe.interval ? c->start_period : c->probe.interval;

	return c->state == STARTING && c->run_since - c->since < end;
}

/* It may be all that is checked. */
static void startup_passed(struct checker *c, long now)
{
	if (c->probe.argv[0]) {
		take_turn(c, &c->probe, now);
		return;
	}
	enter(c, HEALTHY, 0);
	c->due = now + NEVER_MS;
}

static void startup_ended(struct checker *c, int status, long now)
{
	const struct probe *p = &c->startup;

	c->due = now + p->interval;
	if (status == 0) {
		c->failures = 0;
		if (++c->successes >= c->startup_successes)
			startup_passed(c, now);
		return;
	}
	c->successes = 0;
	c->failures++;
	if (p->retries)
		log_failure(c, status); /* of what does not count nothing is said */
	enter(c, p->retries && c->failures >= p->retries ? UNHEALTHY : c->state, status);
}

static void probe_ended(struct checker *c, int status, long now)
{
	c->due = now + c->probe.interval;
	if (status == 0) {
		c->failures = 0;
		if (c->state != HEALTHY)
			enter(c, HEALTHY, 0);
		return;
	}
	if (is_early(c)) {
		c->delay = least(c->delay * 2, least(c->probe.interval, EARLY_LAST_MS));
		c->due = now + c->delay;
		enter(c, STARTING, status);
		return;
	}
	log_failure(c, status);
	if (++c->failures >= c->probe.retries || c->state == UNHEALTHY)
		enter(c, UNHEALTHY, status);
}

static void judge(struct checker *c, int status)
{
	if (c->now == &c->startup)
		startup_ended(c, status, now_ms());
	else
		probe_ended(c, status, now_ms());
}

/* ---- running probes ---- */

/* As execvp(3) finds it, in the app's PATH. */
static long execute(char **argv, char **envp)
{
	const char *name = argv[0], *path = "";
	long error, worst = -ENOENT;

	for (const char *c = name; *c; c++)
		if (*c == '/')
			return call(__NR_execve, (long)name, (long)argv, (long)envp, 0, 0);
	for (char **e = envp; *e; e++)
		if ((*e)[0] == 'P' && (*e)[1] == 'A' && (*e)[2] == 'T' && (*e)[3] == 'H' &&
		    (*e)[4] == '=')
			path = *e + 5;
	while (*path) {
		struct text t;

		t.n = 0;
		for (; *path && *path != ':'; path++)
			add_char(&t, *path);
		if (*path)
			path++;
		add(&t, t.n > 0 ? "/" : "./");
		add(&t, name);
		add_char(&t, '\0');
		if (t.s[t.n - 1] != '\0')
			continue; /* longer than any path of sense */
		error = call(__NR_execve, (long)t.s, (long)argv, (long)envp, 0, 0);
		if (error != -ENOENT && error != -ENOTDIR)
			worst = error;
	}
	return worst;
}

/* Of a probe that is none yet: why goes to the pipe, as its own words would. */
__attribute__((noreturn)) static void give_up(const struct checker *c, const char *why, int status)
{
	struct text t;

	t.n = 0;
	add(&t, c->now->argv[0]);
	add(&t, why);
	(void)call(__NR_write, 1, (long)t.s, t.n, 0, 0);
	for (;;)
		(void)call(__NR_exit_group, status, 0, 0, 0, 0);
}

/* A session of its own, so that a signal reaches all of it; the output is the pipe's. */
__attribute__((noreturn)) static void be_probe(const struct checker *c, int pipe_fd)
{
	unsigned long none = 0;

	(void)call(__NR_setsid, 0, 0, 0, 0, 0);
	(void)call(__NR_dup3, pipe_fd, 1, 0, 0, 0);
	(void)call(__NR_dup3, pipe_fd, 2, 0, 0, 0);
	(void)call(__NR_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, SIGNAL_SET_BYTES, 0);
	if (*c->profile && profile_set(c->profile) < 0)
		give_up(c, ": the AppArmor profile cannot be entered", 126);
	if (execute(c->now->argv, c->envp) == -ENOENT)
		give_up(c, ": not found", 127);
	give_up(c, ": cannot be executed", 126);
}

static long fork_probe(const struct checker *c, int pipe_fd)
{
	long pid = call(__NR_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		be_probe(c, pipe_fd);
	return pid;
}

/* Where the app has used up its processes or files, that is a failure like any other. */
static void start_probe(struct checker *c, long now)
{
	int ends[2];
	long pid;

	c->run_since = now;
	c->killed = 0;
	c->n_output = 0;
	if (call(__NR_pipe2, (long)ends, O_CLOEXEC, 0, 0, 0) < 0) {
		judge(c, NOT_RUN);
		return;
	}
	/* of this end alone: the probe may have to wait for us */
	(void)call(__NR_fcntl, ends[0], F_SETFL, O_NONBLOCK, 0, 0);
	pid = fork_probe(c, ends[1]);
	(void)call(__NR_close, ends[1], 0, 0, 0, 0);
	if (pid > 0) {
		c->pid = pid;
		c->output_fd = ends[0];
		return;
	}
	(void)call(__NR_close, ends[0], 0, 0, 0, 0);
	judge(c, NOT_RUN);
}

static void read_output(struct checker *c)
{
	char bytes[256];
	long n;

	while ((n = call(__NR_read, c->output_fd, (long)bytes, sizeof(bytes), 0, 0)) > 0)
		for (long i = 0; i < n; i++)
			c->output[c->n_output++ % OUTPUT_BYTES] = bytes[i];
	if (n == 0) {
		(void)call(__NR_close, c->output_fd, 0, 0, 0, 0);
		c->output_fd = -1;
	}
}

static void kill_probe(struct checker *c)
{
	(void)call(__NR_kill, -c->pid, SIGKILL, 0, 0, 0);
	(void)call(__NR_kill, c->pid, SIGKILL, 0, 0, 0); /* before its setsid(2) */
	c->killed = 1;
}

static void probe_reaped(struct checker *c, int status)
{
	if (c->output_fd >= 0)
		read_output(c);
	if (c->output_fd >= 0) { /* somebody of it lives on, and has it as well */
		(void)call(__NR_close, c->output_fd, 0, 0, 0, 0);
		c->output_fd = -1;
	}
	c->pid = 0;
	judge(c, status);
}

/* The probe, and as PID 1 whoever has no parent left. */
static void reap(struct checker *c)
{
	char signal[128];
	int status;
	long pid;

	(void)call(__NR_read, HEALTH_FD_SIGNALS, (long)signal, sizeof(signal), 0, 0);
	while ((pid = call(__NR_wait4, -1, (long)&status, WNOHANG, 0, 0)) > 0)
		if (pid == c->pid)
			probe_reaped(c, status);
}

/* ---- the loop ---- */

static long next_event(const struct checker *c)
{
	long at = c->pid ? c->run_since + c->now->timeout : c->due;

	if (c->pid && c->killed)
		at = c->run_since + NEVER_MS;
	if (c->watchdog && c->state != UNHEALTHY)
		at = least(at, c->fed + c->watchdog);
	return at;
}

static void wait_for_event(const struct checker *c, struct pollfd *fds, unsigned n, long now)
{
	long ms = next_event(c) - now;
	struct __kernel_timespec timeout;

	ms = ms < 0 ? 0 : ms;
	timeout.tv_sec = ms / 1000;
	timeout.tv_nsec = ms % 1000 * 1000000;
	if (call(__NR_ppoll, (long)fds, n, (long)&timeout, 0, SIGNAL_SET_BYTES) <= 0)
		for (unsigned i = 0; i < n; i++)
			fds[i].revents = 0;
}

static void act(struct checker *c)
{
	long now = now_ms();

	if (c->pid && !c->killed && now >= c->run_since + c->now->timeout)
		kill_probe(c);
	if (!c->pid && now >= c->due)
		start_probe(c, now);
	if (c->watchdog && c->state != UNHEALTHY && now >= c->fed + c->watchdog)
		feed_watchdog(c, now);
}

__attribute__((noreturn)) static void check(struct checker *c)
{
	enum { OUT, ERR, APP, SIGNALS, OUTPUT, MESSAGES, N };
	struct pollfd fds[N] = {
		[OUT] = {.fd = relay_open(HEALTH_FD_FIFOS), .events = POLLIN},
		[ERR] = {.fd = relay_open(HEALTH_FD_FIFOS + 1), .events = POLLIN},
		[APP] = {.fd = HEALTH_FD_APP, .events = POLLIN},
		[SIGNALS] = {.fd = HEALTH_FD_SIGNALS, .events = POLLIN},
		[OUTPUT] = {.fd = -1, .events = POLLIN},
		[MESSAGES] = {.fd = relay_open(HEALTH_FD_MESSAGES), .events = POLLIN},
	};

	do {
		act(c);
		fds[OUTPUT].fd = c->output_fd;
		wait_for_event(c, fds, N, now_ms());
		for (int i = OUT; i <= ERR; i++)
			if (fds[i].revents || fds[APP].revents)
				relay_copy(fds[i].fd, 1 + i);
		if (fds[MESSAGES].revents || fds[APP].revents)
			notify_copy(fds[MESSAGES].fd, HEALTH_FD_NOTIFY);
		if (fds[OUTPUT].revents)
			read_output(c);
		if (fds[SIGNALS].revents)
			reap(c);
	} while (!fds[APP].revents);
	if (c->pid)
		kill_probe(c);
	for (;;)
		(void)call(__NR_exit_group, 0, 0, 0, 0, 0);
}

void run(long *stack)
{
	char **argv = (char **)(stack + 1);
	long words = number(argv[HEALTH_PROBE_WORDS]);
	struct checker c;

	c.probe = (struct probe){number(argv[HEALTH_INTERVAL]), number(argv[HEALTH_TIMEOUT]),
				 number(argv[HEALTH_RETRIES]), argv + HEALTH_COMMANDS};
	c.startup = (struct probe){
		number(argv[HEALTH_STARTUP_INTERVAL]), number(argv[HEALTH_STARTUP_TIMEOUT]),
		number(argv[HEALTH_STARTUP_RETRIES]), argv + HEALTH_COMMANDS + words + 1};
	c.probe.argv[words] = 0;
	c.start_period = number(argv[HEALTH_START_PERIOD]);
	c.startup_successes = number(argv[HEALTH_STARTUP_SUCCESSES]);
	c.watchdog = number(argv[HEALTH_WATCHDOG]);
	c.profile = argv[HEALTH_PROFILE];
	c.ready = argv[HEALTH_READY][0] == '1';
	c.envp = argv + stack[0] + 1;
	c.state = STARTING;
	c.fed = 0;
	c.pid = 0;
	c.output_fd = -1;
	for (int fd = HEALTH_FD_APP; fd < HEALTH_FD_END; fd++)
		(void)call(__NR_fcntl, fd, F_SETFD, FD_CLOEXEC, 0, 0);
	(void)call(__NR_prctl, PR_SET_NAME, (long)argv[HEALTH_NAME], 0, 0, 0);
	(void)call(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	take_turn(&c, c.startup.argv[0] ? &c.startup : &c.probe, now_ms());
	check(&c);
}
