/* SPDX-License-Identifier: MIT */
/*
 * Two processes: the one that publishes, which never sees a byte of the archive, and its child,
 * which reads the archive and can change nothing but the staging place. The child is the first
 * process of a PID namespace, so that nothing it could have made outlives it, and it does not
 * outlive its parent.
 */
#include "reader.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/strv.h"
#include "manifest.h"
#include "pipeline.h"
#include "progress.h"
#include "stage.h"

enum {
	EXIT_REPORTED = 1,
	WARNINGS_MAX = 10, /* of names */
};

/* ---- the child ---- */

static int unpack(const struct store *view, const struct tarball *tarball,
		  const struct manifest_list *list, const struct load_options *options,
		  int staging_fd)
{
	struct pipeline pipeline;
	int r;

	r = pipeline_init(&pipeline, view, tarball, list, options, staging_fd);
	if (r == 0)
		r = pipeline_run(&pipeline);
	if (r == 0)
		r = stage_images(&pipeline, list);
	pipeline_done(&pipeline);
	return r;
}

/* Only now: a load that fails says one line, and why. */
static void warn_of_names(const struct manifest_list *list)
{
	size_t n = strv_len(list->bad_names);

	for (size_t i = 0; i < n && i < WARNINGS_MAX; i++)
		log_warn("\"%.300s\" is no name for an image; it is left out", list->bad_names[i]);
	if (n > WARNINGS_MAX)
		log_warn("so are %zu more", n - WARNINGS_MAX);
}

static int read_archive(const struct store *view, const struct load_options *options,
			int staging_fd)
{
	CLEANUP(manifest_list_done)
	struct manifest_list list = {0};
	auto_tarball struct tarball *tarball = NULL;
	int r;

	r = tarball_open(view, STDIN_FILENO, &options->limits, &tarball);
	if (r == 0)
		r = manifest_read_all(tarball, &options->limits, options->platform, &list);
	if (r < 0)
		return r;
	if (list.n > 1 && strv_len(options->tags) > 0)
		return log_refuse(-EINVAL, "there are %zu images in it: which one is to be tagged?",
				  list.n);
	r = unpack(view, tarball, &list, options, staging_fd);
	if (r == 0)
		warn_of_names(&list);
	return r;
}

/* parent_fd tells whether our parent ended before it was agreed that we shall, too. */
static int die_with_parent(int parent_fd)
{
	int r = prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? -errno : proc_wait_end(parent_fd, 0);

	if (r == -ETIMEDOUT)
		return 0;
	return r < 0 ? log_fail(r, "confine the reading of archives") : -ESRCH;
}

_Noreturn static void child(const struct store *store, const struct staging *staging,
			    int archive_fd, int parent_fd, const struct load_options *options)
{
	struct store view;
	int staging_fd, r;

	r = die_with_parent(parent_fd);
	if (r == 0)
		r = confine(store, staging, archive_fd, &view, &staging_fd);
	if (r == 0)
		r = read_archive(&view, options, staging_fd);
	_exit(r < 0 ? EXIT_REPORTED : 0);
}

/* ---- its parent ---- */

/* Until the child has ended; a signal to us is the end of it. The signal stays pending: it ends us
 * once all is cleaned up and it is unblocked. */
static int await(pid_t pid, const sigset_t *signals, bool *ret_interrupted)
{
	auto_fd int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	auto_fd int signal_fd = signalfd(-1, signals, SFD_CLOEXEC);
	struct pollfd fds[] = {{pidfd, POLLIN, 0}, {signal_fd, POLLIN, 0}};
	int r = pidfd < 0 || signal_fd < 0 ? -errno : 0;

	*ret_interrupted = false;
	while (r == 0 && !(fds[0].revents & POLLIN)) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			r = -errno;
		if (fds[1].revents & POLLIN) {
			(void)kill(pid, SIGKILL); /* a zombie at worst */
			*ret_interrupted = true;
			fds[1] = (struct pollfd){.fd = -1};
		}
	}
	if (r < 0)
		(void)kill(pid, SIGKILL);
	return r;
}

static int judge(int status)
{
	if (WIFSIGNALED(status))
		return log_refuse(-EIO, "the process that reads the archive was killed: signal %d",
				  WTERMSIG(status));
	if (WEXITSTATUS(status) == EXIT_REPORTED) {
		log_adopt("the archive could not be read");
		return -EBADMSG;
	}
	return WEXITSTATUS(status) == 0
		       ? 0
		       : log_refuse(-EIO,
				    "the process that reads the archive failed with status %d",
				    WEXITSTATUS(status));
}

static int wait_for(pid_t pid, const sigset_t *signals)
{
	bool interrupted;
	int status = 0, r;

	r = await(pid, signals, &interrupted);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return log_fail(-errno, "wait for the process that reads the archive");
	if (r < 0)
		return log_fail(r, "wait for the process that reads the archive");
	if (!interrupted)
		return judge(status);
	progress_abandon();
	return -EINTR;
}

int reader_run(const struct store *store, const struct staging *staging, int archive_fd,
	       const struct load_options *options, const sigset_t *signals)
{
	auto_fd int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	struct load_options its = *options;
	pid_t pid;

	/* the reader cannot look for them */
	if (its.workers <= 0)
		its.workers = (int)sysconf(_SC_NPROCESSORS_ONLN);
	if (self < 0 || unshare(CLONE_NEWPID) < 0)
		return log_fail(-errno, "confine the reading of archives");
	pid = fork();
	if (pid < 0)
		return log_fail(-errno, "start a process");
	if (pid == 0)
		child(store, staging, archive_fd, self, &its);
	return wait_for(pid, signals);
}
