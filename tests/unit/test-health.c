/* SPDX-License-Identifier: MIT */
/*
 * The health checker beside a process that plays the app, with a socket that plays systemd's: its
 * verdicts, in milliseconds instead of seconds. Everything is waited for by its messages.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fs.h"
#include "lib/proc.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "runtime/health.h"
#include "stub-health.h"

#define PATIENCE_MS 60000 /* only ends what hangs */

/* What nap passes on, as text; what is left out is as docker has it, a thousand times as fast. */
struct wish {
	const char *interval, *timeout, *retries, *start_period;
	const char *startup_interval, *startup_retries, *startup_successes;
	const char *watchdog, *ready, *profile;
	const char *script, *startup; /* for sh -c */
	const char *const *argv;      /* instead of a script */
};

struct world {
	char dir[40];
	pid_t app, checker;
	int notify, error; /* our ends */
	int state;
};

static const char * or (const char *s, const char *other)
{
	return s ? s : other;
}

static void make_argv(const struct wish *w, char ***argv)
{
	const char *const numbers[] = {
		[HEALTH_NAME] = "nap-health",
		[HEALTH_PROFILE] = or (w->profile, ""),
		[HEALTH_INTERVAL] = or (w->interval, "20"),
		[HEALTH_TIMEOUT] = or (w->timeout, "10000"),
		[HEALTH_RETRIES] = or (w->retries, "3"),
		[HEALTH_START_PERIOD] = or (w->start_period, "0"),
		[HEALTH_STARTUP_INTERVAL] = or (w->startup_interval, "20"),
		[HEALTH_STARTUP_TIMEOUT] = "10000",
		[HEALTH_STARTUP_RETRIES] = or (w->startup_retries, "0"),
		[HEALTH_STARTUP_SUCCESSES] = or (w->startup_successes, "1"),
		[HEALTH_WATCHDOG] = or (w->watchdog, "0"),
		[HEALTH_READY] = or (w->ready, "0"),
	};
	const char *const script[] = {w->script ? "sh" : NULL, "-c", w->script, NULL};
	const char *const startup[] = {"sh", "-c", w->startup, NULL};
	const char *const *probe = w->argv ? w->argv : script;
	char words[8];

	for (size_t i = 0; i < HEALTH_PROBE_WORDS; i++)
		(void)strv_add(argv, numbers[i]);
	(void)snprintf(words, sizeof(words), "%zu", strv_len((char *const *)probe));
	(void)strv_add(argv, words);
	(void)strv_extend(argv, (char *const *)probe);
	(void)strv_add(argv, "");
	if (w->startup)
		(void)strv_extend(argv, (char *const *)startup);
}

static int open_program(void)
{
	int fd = memfd_create("stub-health", 0);

	CHECK(fs_write_all(fd, stub_health_program, sizeof(stub_health_program)) == 0);
	return fd;
}

/* As child.c does it; and as PID 1 would, it inherits orphans. */
__attribute__((noreturn)) static void become_checker(const struct world *w, char **argv, int notify,
						     int error)
{
	char *env[] = {(char *)"PATH=/nowhere::/bin:/usr/bin", NULL};
	int program = fcntl(open_program(), F_DUPFD, 20), pidfd, signals;
	sigset_t all, child;

	(void)sigfillset(&all);
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pidfd = fcntl((int)syscall(SYS_pidfd_open, w->app, 0), F_DUPFD, 20);
	signals = fcntl(signalfd(-1, &child, SFD_NONBLOCK), F_DUPFD, 20);
	notify = fcntl(notify, F_DUPFD, 20);
	error = fcntl(error, F_DUPFD, 20);
	(void)dup2(error, 2);
	(void)dup2(fcntl(w->state, F_DUPFD, 20), HEALTH_FD_STATE);
	(void)dup2(pidfd, HEALTH_FD_APP);
	(void)dup2(signals, HEALTH_FD_SIGNALS);
	(void)dup2(notify, HEALTH_FD_NOTIFY);
	(void)syscall(SYS_close_range, HEALTH_FD_NOTIFY + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	if (chdir(w->dir) == 0)
		(void)syscall(SYS_execveat, program, "", argv, env, AT_EMPTY_PATH);
	_exit(1);
}

static void up(struct world *w, const struct wish *wish)
{
	auto_strv char **argv = NULL;
	int notify[2], error[2];

	*w = (struct world){.dir = "/tmp/test-health.XXXXXX"};
	if (!mkdtemp(w->dir) || socketpair(AF_UNIX, SOCK_DGRAM, 0, notify) < 0 || pipe(error) < 0)
		exit(1);
	w->notify = notify[0];
	w->error = error[0];
	w->state = memfd_create("state", 0);
	make_argv(wish, &argv);
	w->app = fork();
	if (w->app == 0) {
		(void)pause();
		_exit(0);
	}
	w->checker = fork();
	if (w->checker == 0)
		become_checker(w, argv, notify[1], error[1]);
	(void)close(notify[1]);
	(void)close(error[1]);
}

/* The checker ends by itself as soon as the app does. */
static void down(struct world *w)
{
	int status = -1;

	CHECK(kill(w->app, SIGKILL) == 0);
	CHECK(waitpid(w->checker, &status, 0) == w->checker && status == 0);
	CHECK(waitpid(w->app, NULL, 0) == w->app);
	(void)close(w->notify);
	(void)close(w->error);
	(void)close(w->state);
	CHECK(fs_remove_tree(AT_FDCWD, w->dir) == 0);
}

/* The next message to systemd; "" if none comes in time. */
static const char *message(struct world *w)
{
	static char text[1024];
	ssize_t n = -1;

	if (fs_wait_readable(w->notify, PATIENCE_MS) == 0)
		n = recv(w->notify, text, sizeof(text) - 1, 0);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

/* The next one that is not about the watchdog or a beginning. */
static const char *verdict(struct world *w)
{
	for (;;) {
		const char *text = message(w);

		if (!streq(text, "WATCHDOG=1") && !startswith(text, "STATUS=starting"))
			return text;
	}
}

static const char *state(struct world *w)
{
	static char text[HEALTH_STATE_BYTES + 2];
	ssize_t n = pread(w->state, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

/* A line on standard error, without its newline. */
static const char *line(struct world *w)
{
	static char text[4096];
	size_t n = 0;

	while (n < sizeof(text) - 1 && fs_wait_readable(w->error, PATIENCE_MS) == 0 &&
	       read(w->error, text + n, 1) == 1 && text[n] != '\n')
		n++;
	text[n] = '\0';
	return text;
}

/* Nothing has been written to standard error. */
static bool is_silent(struct world *w)
{
	return fs_wait_readable(w->error, 0) == -ETIMEDOUT;
}

static char *file(struct world *w, const char *name)
{
	auto_free char *path = text_format("%s/%s", w->dir, name);
	char *text = NULL;

	return fs_read_file(AT_FDCWD, path, 65536, &text, NULL) == 0 ? text : strdup("");
}

static void touch(struct world *w, const char *name)
{
	auto_free char *path = text_format("%s/%s", w->dir, name);

	CHECK(fs_write_file(AT_FDCWD, path, "", 0, 0600) == 0);
}

static void take_away(struct world *w, const char *name)
{
	auto_free char *path = text_format("%s/%s", w->dir, name);

	CHECK(unlink(path) == 0);
}

static bool exists(struct world *w, const char *name)
{
	auto_free char *path = text_format("%s/%s", w->dir, name);

	return access(path, F_OK) == 0;
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, part)); p += strlen(part))
		n++;
	return n;
}

/* The process whose pid a probe wrote into a file has been reaped. */
static bool is_gone(struct world *w, const char *name)
{
	auto_free char *text = file(w, name);
	pid_t pid = atoi(text);

	for (int ms = 0; pid > 0 && ms < PATIENCE_MS; ms += 5) {
		if (kill(pid, 0) < 0)
			return errno == ESRCH;
		(void)usleep(5000);
	}
	return false;
}

/* ---- verdicts ---- */

static void check_healthy(void)
{
	struct world w;

	up(&w, &(struct wish){.script = "echo fine", .ready = "1"});
	CHECK_STREQ(message(&w), "READY=1\nSTATUS=healthy");
	CHECK_STREQ(state(&w), "healthy  \n");
	down(&w);
}

static void check_unhealthy(void)
{
	auto_free char *log = NULL;
	struct world w;

	up(&w, &(struct wish){.script = "echo run >>log; echo no; test -e well || exit 3",
			      .watchdog = "5",
			      .ready = "1"});
	CHECK_STREQ(verdict(&w), "WATCHDOG=trigger\nSTATUS=unhealthy: probe exited with 3");
	CHECK_STREQ(state(&w), "unhealthy\n");
	log = file(&w, "log");
	CHECK(count(log, "run") >= 3);
	for (int i = 0; i < 3; i++)
		CHECK_STREQ(line(&w), "nap: health check failed: probe exited with 3: no");
	CHECK_STREQ(message(&w), "STATUS=unhealthy: probe exited with 3"); /* and is not fed */
	/* one success is enough */
	touch(&w, "well");
	while (!startswith(verdict(&w), "READY=1\nSTATUS=healthy"))
		;
	CHECK_STREQ(state(&w), "healthy  \n");
	down(&w);
}

/* Three, and not one more: a fourth run, if there is one by now, does not end. */
static void check_third(void)
{
	struct world w;

	up(&w, &(struct wish){
		       .script = "echo run >>log; test $(wc -l <log) -lt 4 || sleep 1000; exit 1",
		       .timeout = "600000"});
	CHECK_STREQ(verdict(&w), "STATUS=unhealthy: probe exited with 1");
	for (int i = 0; i < 3; i++)
		CHECK_STREQ(line(&w), "nap: health check failed: probe exited with 1");
	CHECK(is_silent(&w));
	down(&w);
}

static void check_retries(void)
{
	auto_free char *log = NULL;
	struct world w;

	/* every third run is a success: never three failures in a row */
	up(&w, &(struct wish){.script = "echo x >>log; n=$(wc -l <log); test $n -gt 30 || "
					"test $((n % 3)) = 0",
			      .interval = "1"});
	CHECK_STREQ(verdict(&w), "STATUS=healthy");
	do {
		(void)usleep(10000);
		free(TAKE_PTR(log));
		log = file(&w, "log");
	} while (count(log, "x") < 30);
	CHECK_STREQ(state(&w), "healthy  \n");
	CHECK(recv(w.notify, log, 1, MSG_DONTWAIT) < 0);
	down(&w);
}

static void check_start_period(void)
{
	const char *text;
	struct world w;

	up(&w,
	   &(struct wish){
		   .script = "test -e up", .start_period = "600000", .retries = "1", .ready = "1"});
	for (int i = 0; i < 5; i++)
		CHECK_STREQ(message(&w), "STATUS=starting: probe exited with 1");
	CHECK_STREQ(state(&w), "");
	/* nothing is said of what does not count */
	CHECK(is_silent(&w));
	touch(&w, "up");
	CHECK_STREQ(verdict(&w), "READY=1\nSTATUS=healthy");
	take_away(&w, "up");
	CHECK_STREQ(verdict(&w), "STATUS=unhealthy: probe exited with 1");
	touch(&w, "up");
	while (startswith(text = verdict(&w), "STATUS=unhealthy"))
		;
	CHECK_STREQ(text, "STATUS=healthy"); /* it was ready before */
	down(&w);
	/* over before anything succeeded */
	up(&w, &(struct wish){.script = "exit 1", .start_period = "50", .retries = "1"});
	CHECK_STREQ(verdict(&w), "STATUS=unhealthy: probe exited with 1");
	down(&w);
}

static void check_early(void)
{
	struct world w;

	/* long before docker's first probe, whose failures alone would count */
	up(&w, &(struct wish){.script = "test -e up", .interval = "3600000", .retries = "1"});
	CHECK_STREQ(message(&w), "STATUS=starting: probe exited with 1");
	touch(&w, "up");
	CHECK_STREQ(verdict(&w), "STATUS=healthy");
	down(&w);
}

static void check_startup(void)
{
	auto_free char *log = NULL;
	struct world w;

	up(&w, &(struct wish){.startup = "echo startup >>log; test $(wc -l <log) -gt 4",
			      .startup_successes = "2",
			      .script = "echo probe >>log",
			      .ready = "1"});
	CHECK_STREQ(verdict(&w), "READY=1\nSTATUS=healthy");
	log = file(&w, "log");
	CHECK(startswith(log, "startup\nstartup\nstartup\nstartup\nstartup\nstartup\nprobe\n"));
	CHECK(is_silent(&w));
	down(&w);
	up(&w, &(struct wish){.startup = "false",
			      .startup_retries = "3",
			      .script = "touch probed",
			      .watchdog = "60000"});
	CHECK_STREQ(verdict(&w), "WATCHDOG=trigger\nSTATUS=unhealthy: probe exited with 1");
	for (int i = 0; i < 3; i++)
		CHECK_STREQ(line(&w), "nap: health check failed: probe exited with 1");
	CHECK_STREQ(state(&w), "unhealthy\n");
	CHECK(!exists(&w, "probed"));
	down(&w);
}

static void check_startup_alone(void)
{
	auto_free char *log = NULL;
	struct world w;

	up(&w,
	   &(struct wish){.startup = "echo run >>log; test $(wc -l <log) -gt 2", .watchdog = "50"});
	CHECK_STREQ(verdict(&w), "STATUS=healthy");
	CHECK_STREQ(state(&w), "healthy  \n");
	for (int i = 0; i < 5; i++)
		CHECK_STREQ(message(&w), "WATCHDOG=1");
	log = file(&w, "log");
	CHECK(count(log, "run") == 3);
	down(&w);
}

/* ---- processes ---- */

/* A probe whose time is over when it waits; on a slow machine it takes more to get there. */
static void up_until_timeout(struct world *w)
{
	static const char *const timeouts[] = {"100", "1000", "10000"};

	for (size_t i = 0; i < ARRAY_SIZE(timeouts); i++) {
		up(w,
		   &(struct wish){
			   .script = "echo waiting; sleep 1000 & echo $! >first; "
				     "echo $$ >leader; touch waits; sleep 1000; echo never >>end",
			   .timeout = timeouts[i],
			   .retries = "1",
			   .interval = "50"});
		CHECK_STREQ(verdict(w), "STATUS=unhealthy: probe timed out");
		if (exists(w, "waits") || i + 1 == ARRAY_SIZE(timeouts))
			return;
		down(w);
	}
}

static void check_timeout(void)
{
	struct world w;

	up_until_timeout(&w);
	CHECK_STREQ(line(&w), "nap: health check failed: probe timed out: waiting");
	CHECK(is_gone(&w, "first") && is_gone(&w, "leader"));
	CHECK(!exists(&w, "end"));
	down(&w);
}

static void check_overlap(void)
{
	auto_free char *log = NULL;
	struct world w;

	up(&w, &(struct wish){.script = "printf '<' >>log; sleep 0.03; printf '>' >>log; exit 1",
			      .interval = "1",
			      .retries = "5"});
	CHECK_STREQ(verdict(&w), "STATUS=unhealthy: probe exited with 1");
	log = file(&w, "log");
	CHECK(count(log, "<>") >= 5 && count(log, "<<") == 0);
	down(&w);
}

static void check_orphans(void)
{
	struct world w;

	/* each probe leaves one behind, which has the output open as well */
	up(&w, &(struct wish){.script = "(sh -c 'echo $$ >orphan; sleep 0.05' &); "
					"while ! test -s orphan; do :; done"});
	CHECK_STREQ(message(&w), "STATUS=healthy");
	CHECK(is_gone(&w, "orphan"));
	down(&w);
}

static void check_environment(void)
{
	auto_free char *fds = NULL, *status = NULL;
	struct world w;

	up(&w, &(struct wish){.script = "test -e here || { cat /proc/self/status >status; "
					"ls /proc/self/fd >fds; touch here; }; test -e up",
			      .start_period = "600000"});
	CHECK_STREQ(message(&w), "STATUS=starting: probe exited with 1");
	fds = file(&w, "fds");
	status = file(&w, "status");
	CHECK_STREQ(fds, "0\n1\n2\n3\n"); /* the last is of ls */
	CHECK(strstr(status, "SigBlk:\t0000000000000000"));
	/* systemctl kill means the app, and reaches us too */
	CHECK(kill(w.checker, SIGTERM) == 0 && kill(w.checker, SIGHUP) == 0);
	touch(&w, "up");
	CHECK_STREQ(verdict(&w), "STATUS=healthy");
	down(&w);
}

static void check_commands(void)
{
	static const char *const missing[] = {"no-such-command", NULL};
	static const char *const directory[] = {"/tmp", NULL};
	static const char *const loud[] = {
		"sh", "-c", "i=0; while [ $((i += 1)) -le 2000 ]; do echo \"x$i\"; done; exit 1",
		NULL};
	struct world w;
	const char *text;

	up(&w, &(struct wish){.argv = missing, .retries = "1"});
	CHECK_STREQ(verdict(&w), "STATUS=unhealthy: probe exited with 127");
	CHECK_STREQ(line(&w),
		    "nap: health check failed: probe exited with 127: no-such-command: not found");
	down(&w);
	up(&w, &(struct wish){.argv = directory, .retries = "1"});
	CHECK_STREQ(verdict(&w), "STATUS=unhealthy: probe exited with 126");
	down(&w);
	up(&w, &(struct wish){.script = "exit 0", .retries = "1", .profile = "exec nap-nosuch"});
	CHECK_STREQ(line(&w), "nap: health check failed: probe exited with 126: sh: the AppArmor "
			      "profile cannot be entered");
	down(&w);
	up(&w, &(struct wish){.script = "kill -SEGV $$", .retries = "1"});
	CHECK_STREQ(verdict(&w), "STATUS=unhealthy: probe was killed by signal 11");
	down(&w);
	up(&w, &(struct wish){.argv = loud, .retries = "1"});
	text = line(&w);
	CHECK(endswith(text, " x1999 x2000") && !strstr(text, " x1000 "));
	CHECK(strlen(text) > 1000 && strlen(text) < 1100);
	down(&w);
}

static void check_watchdog(void)
{
	struct world w;

	up(&w, &(struct wish){.script = "until test -e go; do sleep 0.01; done",
			      .interval = "100",
			      .timeout = "600000",
			      .watchdog = "10"});
	/* while it is starting, while a probe runs, and afterwards */
	for (int i = 0; i < 20; i++)
		CHECK_STREQ(message(&w), "WATCHDOG=1");
	touch(&w, "go");
	CHECK_STREQ(verdict(&w), "STATUS=healthy");
	for (int i = 0; i < 20; i++)
		CHECK_STREQ(message(&w), "WATCHDOG=1");
	down(&w);
}

/* What stays for each container that is checked. Who may not look sees nothing. */
static void check_memory(void)
{
	auto_free char *path = NULL, *text = NULL;
	const char *pss;
	struct world w;

	up(&w, &(struct wish){.script = "true"});
	CHECK_STREQ(message(&w), "STATUS=healthy");
	path = text_format("/proc/%d/smaps_rollup", (int)w.checker);
	if (fs_read_file(AT_FDCWD, path, 65536, &text, NULL) == 0) {
		pss = strstr(text, "\nPss:");
		CHECK(pss && atoi(pss + 5) > 0 && atoi(pss + 5) <= 40); /* kB */
		(void)printf("the checker takes %d kB\n", pss ? atoi(pss + 5) : -1);
	}
	down(&w);
}

int main(void)
{
	check_healthy();
	check_unhealthy();
	check_third();
	check_retries();
	check_start_period();
	check_early();
	check_startup();
	check_startup_alone();
	check_timeout();
	check_overlap();
	check_orphans();
	check_environment();
	check_commands();
	check_watchdog();
	check_memory();
	return test_report();
}
