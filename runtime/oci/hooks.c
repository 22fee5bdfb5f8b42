/* SPDX-License-Identifier: MIT */
/*
 * Programs that are run at the stages of a container's life (config.md, POSIX-platform Hooks), the
 * state on their standard input. Our output is the container's, where theirs has no place: it is
 * kept until they have ended, and of one that fails the last line is told.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/proc.h"
#include "lib/strv.h"
#include "runtime/launch.h"

static const char *const stage_names[OCI_STAGES] = {
	"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
};

/* A document to be read from its beginning, however large. */
static int open_document(const struct oci_state *s, enum oci_status status)
{
	auto_fd int fd = memfd_create("state", MFD_CLOEXEC);
	auto_buf b = {0};
	int r;

	oci_state_document(s, status, &b);
	if (b.error || fd < 0)
		return b.error ? b.error : -errno;
	r = fs_write_all(fd, b.data, b.len);
	if (r < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return r < 0 ? r : -errno;
	return TAKE_FD(fd);
}

__attribute__((noreturn)) static void become_hook(const struct oci_hook *h)
{
	char *argv[] = {h->path, NULL};

	if (syscall(SYS_close_range, 3, ~0U, 0) == 0)
		(void)execve(h->path, h->args && *h->args ? h->args : argv,
			     h->env ? h->env : environ);
	(void)dprintf(STDERR_FILENO, "%s\n", strerror(errno));
	_exit(127);
}

/* The stub is to execute it: PATH, and then its arguments. */
static char **arguments_of(const struct walk *w, const struct oci_hook *h)
{
	size_t n = strv_len(h->args);
	char **argv = calloc(n + 4, sizeof(char *));

	if (!argv)
		return NULL;
	argv[0] = w->c->stub_word;
	argv[1] = argv[2] = h->path;
	if (n > 0)
		memcpy(argv + 2, h->args, n * sizeof(char *));
	return argv;
}

/* What the stub writes to when it cannot execute: where its first argument says, and all else of
 * ours goes with execve. */
static int place_report(const struct walk *w, int report_fd)
{
	int fd = 3 + (int)w->c->n_listen_fds;

	if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	return dup2(report_fd, fd) < 0 ? -errno : 0;
}

/*
 * A program of the container's own files gets no more rights than the process of the bundle, of
 * whose image it is as likely to come: user, capabilities, labels and filter are those (of the
 * specification's "in the container namespace", runc and crun make the same). The filter is its
 * own: that what waits for it needs is not asked of the profile.
 */
__attribute__((noreturn)) static void become_confined_hook(struct walk *w, const struct oci_hook *h,
							   int report_fd)
{
	int stub = fcntl(w->c->stub_fd, F_DUPFD_CLOEXEC, 4 + (int)w->c->n_listen_fds);
	char **argv = arguments_of(w, h);
	int r = stub < 0 ? -errno : place_report(w, report_fd);

	if (r == 0)
		r = argv ? oci_process_filter_alone(w) : -ENOMEM;
	if (r == 0) {
		(void)syscall(SYS_execveat, stub, "", argv, h->env ? h->env : w->c->env,
			      AT_EMPTY_PATH);
		r = -errno;
	}
	r = -r; /* as the stub */
	(void)!write(3 + (int)w->c->n_listen_fds, &r, sizeof(r));
	_exit(127);
}

/* What all hooks of a stage have in common. */
struct stage_files {
	int document, output;
	const char *dir;     /* they start there; NULL: where we are */
	struct walk *inside; /* of startContainer, else NULL */
	int report;	     /* what its stub writes to, or -1 */
};

static void settle(const struct stage_files *f)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)setpgid(0, 0);
	if (f->dir) /* it may be gone at poststop */
		(void)!chdir(f->dir);
	if (dup2(f->document, STDIN_FILENO) < 0 || dup2(f->output, STDOUT_FILENO) < 0 ||
	    dup2(f->output, STDERR_FILENO) < 0)
		_exit(127);
}

/* Without a limit, or with one of weeks, as long as it takes. */
static int timeout_ms(const struct oci_hook *h)
{
	return h->timeout_sec > 0 && h->timeout_sec <= INT_MAX / 1000 ? h->timeout_sec * 1000 : -1;
}

#define BY_SIGNAL 256 /* beyond all exit codes */

/* 0; the exit code, BY_SIGNAL + n for a signal; -ETIMEDOUT and other errors. */
static int run_hook(const struct oci_hook *h, const struct stage_files *f)
{
	auto_fd int pidfd = -1;
	siginfo_t info = {0};
	pid_t pid;

	if (lseek(f->document, 0, SEEK_SET) < 0 || lseek(f->output, 0, SEEK_SET) < 0 ||
	    ftruncate(f->output, 0) < 0)
		return -errno;
	pid = clone_process(0, -1, &pidfd);
	if (pid < 0)
		return pid;
	if (pid == 0) {
		settle(f);
		if (f->inside)
			become_confined_hook(f->inside, h, f->report);
		become_hook(h);
	}
	if (proc_wait_end(pidfd, timeout_ms(h)) < 0) {
		(void)kill(-pid, SIGKILL); /* its own, too */
		proc_end_child(pidfd);
		return -ETIMEDOUT;
	}
	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0)
		if (errno != EINTR)
			return -errno;
	return info.si_code == CLD_EXITED ? info.si_status : BY_SIGNAL + info.si_status;
}

/* ": " and the last line of what it has printed, or nothing. */
static void add_last_line(const struct stage_files *f, char *out, size_t size)
{
	char text[128];
	off_t end = lseek(f->output, 0, SEEK_END), most = sizeof(text) - 1;
	ssize_t n = pread(f->output, text, sizeof(text) - 1, end > most ? end - most : 0);
	const char *line;

	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n > 0 ? n : 0] = '\0';
	line = strrchr(text, '\n');
	line = line ? line + 1 : text;
	if (*line)
		(void)snprintf(out, size, ": %s", line);
}

static void describe_end(const struct oci_hook *h, enum oci_stage stage, int r, char *out,
			 size_t size)
{
	if (r == -ETIMEDOUT)
		(void)snprintf(out, size, "%s hook %s timed out after %d s", stage_names[stage],
			       h->path, h->timeout_sec);
	else if (r < 0)
		(void)snprintf(out, size, "%s hook %s: %s", stage_names[stage], h->path,
			       strerror(-r));
	else if (r >= BY_SIGNAL)
		(void)snprintf(out, size, "%s hook %s was ended by %s", stage_names[stage], h->path,
			       signal_name(r - BY_SIGNAL));
	else
		(void)snprintf(out, size, "%s hook %s failed with exit status %d",
			       stage_names[stage], h->path, r);
}

static void describe(const struct oci_hook *h, enum oci_stage stage, int r,
		     const struct stage_files *f, char *out, size_t size)
{
	size_t n;

	describe_end(h, stage, r, out, size);
	n = strlen(out);
	add_last_line(f, out + n, size - n);
}

static int open_files(struct stage_files *f, const struct oci_state *s, enum oci_status status)
{
	f->document = open_document(s, status);
	if (f->document < 0)
		return f->document;
	f->output = memfd_create("output", MFD_CLOEXEC);
	return f->output < 0 ? -errno : 0;
}

static void close_files(struct stage_files *f)
{
	fd_drop(&f->document);
	fd_drop(&f->output);
	fd_drop(&f->report);
}

int oci_hooks_run(const struct oci_state *s, const struct oci_config *config, enum oci_stage stage,
		  enum oci_status status)
{
	const struct oci_hooks *hooks = &config->hooks[stage];
	bool goes_on = stage == OCI_POSTSTART || stage == OCI_POSTSTOP;
	CLEANUP(close_files)
	struct stage_files files = {-1, -1, s->bundle, NULL, -1};
	int r;

	if (hooks->n == 0)
		return 0;
	r = open_files(&files, s, status);
	if (r < 0)
		return log_fail(r, "write the state for hooks");
	for (size_t i = 0; i < hooks->n; i++) {
		char text[512];

		r = run_hook(&hooks->hook[i], &files);
		if (r == 0)
			continue;
		describe(&hooks->hook[i], stage, r, &files, text, sizeof(text));
		if (!goes_on)
			return log_refuse(-EIO, "%s", text);
		log_warn("%s", text);
	}
	return 0;
}

/* The step's own failure; what the hook failed at is said in words, which no errno has. */
static int inner_result(struct walk *w, const struct oci_hook *h, enum oci_stage stage, int r,
			const struct stage_files *f)
{
	char text[sizeof(((struct message *)0)->text)];
	const struct step failed = {text, EXIT_NAP_NAMESPACE, NULL};
	int error;

	if (r > 0 && f->report >= 0 && pread(f->report, &error, sizeof(error), 0) == sizeof(error))
		r = -error;
	if (r <= 0 && r != -ETIMEDOUT)
		return r;
	describe(h, stage, r, f, text, sizeof(text));
	w->what = NULL;
	walk_fail(w, &failed, 0);
}

int oci_hooks_step(struct walk *w, enum oci_stage stage, enum oci_status status)
{
	const struct oci_container *oc = oci_of(w);
	const struct oci_hooks *hooks = &oc->config.hooks[stage];
	bool confined = stage == OCI_START_CONTAINER;
	struct oci_state s = oc->state;
	CLEANUP(close_files)
	struct stage_files files = {-1, -1, NULL, confined ? w : NULL, -1};
	int r;

	if (hooks->n == 0)
		return 0;
	/* as runc, whose hooks change the root by relative names */
	if (stage == OCI_CREATE_CONTAINER && fchdir(w->c->rootfs_fd) < 0)
		return -errno;
	s.pid = getpid(); /* as the container sees it */
	r = open_files(&files, &s, status);
	if (r == 0 && confined) {
		files.report = memfd_create("report", MFD_CLOEXEC);
		r = files.report < 0 ? -errno : 0;
	}
	for (size_t i = 0; r == 0 && i < hooks->n; i++) {
		w->what = hooks->hook[i].path;
		r = run_hook(&hooks->hook[i], &files);
		r = inner_result(w, &hooks->hook[i], stage, r, &files);
	}
	return r;
}
