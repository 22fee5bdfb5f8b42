/* SPDX-License-Identifier: MIT */
/*
 * Loading an archive, the order of its steps. In a confined process (reader.c): index the outer
 * file (tarball.c), read and verify the metadata (index.c, manifest.c), unpack the layers that are
 * new into a staging place (pipeline.c, layer.c), describe what there is (stage.c). Then here:
 * publish that (publish.c). Until the last step nothing outside the staging place changes, and that
 * goes away whichever way this ends; after kill -9 the next load sweeps it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "image.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "publish.h"
#include "reader.h"
#include "result.h"
#include "staging.h"

void loaded_free(struct loaded *l, size_t n)
{
	for (size_t i = 0; i < n; i++)
		strv_free(l[i].names);
	free(l);
}

static int report_loaded(const struct result *result, const struct load_options *options,
			 struct loaded **ret, size_t *ret_n)
{
	struct loaded *l = calloc(result->n_images, sizeof(*l));

	if (!l)
		return log_oom();
	for (size_t i = 0; i < result->n_images; i++) {
		memcpy(l[i].id, result->images[i].key, sizeof(l[i].id));
		if (strv_extend(&l[i].names, result->images[i].names) < 0 ||
		    strv_extend(&l[i].names, options->tags) < 0) {
			loaded_free(l, result->n_images);
			return log_oom();
		}
	}
	*ret = l;
	*ret_n = result->n_images;
	return 0;
}

/* Layers of the store are not collected while this is held: we may be about to use them. */
static int lock_layers(const struct store *store, int *ret_fd)
{
	auto_fd int fd = openat(store->dirfd, "load.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return log_fail(-errno, "open %s/load.lock", store->path);
	while (flock(fd, LOCK_SH) < 0)
		if (errno != EINTR)
			return log_fail(-errno, "lock %s/load.lock", store->path);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int read_and_publish(const struct store *store, int archive_fd,
			    const struct load_options *options, const struct staging *staging,
			    const sigset_t *signals, struct result *result)
{
	int r;

	r = reader_run(store, staging, archive_fd, options, signals);
	if (r < 0)
		return r;
	r = result_read(staging->dirfd, result);
	if (r < 0)
		return log_fail(r, "read what was unpacked");
	return publish(store, staging, result, options);
}

/* The signals that ask us to end, but for those we were told to ignore (nohup). */
static void ending_signals(sigset_t *ret)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

	(void)sigemptyset(ret);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		struct sigaction action;

		if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			(void)sigaddset(ret, signals[i]);
	}
}

/* Signals that ask us to end are held back while there is something to clean up. */
static int load_open(const struct store *store, int archive_fd, const struct load_options *options,
		     struct result *result)
{
	auto_fd int lock = -1;
	struct staging staging = {.dirfd = -1};
	sigset_t signals, before;
	int r;

	r = lock_layers(store, &lock);
	if (r == 0)
		r = staging_sweep(store);
	if (r < 0)
		return r;
	ending_signals(&signals);
	(void)sigprocmask(SIG_BLOCK, &signals, &before);
	r = staging_new(store, "load", &staging);
	if (r == 0) {
		r = read_and_publish(store, archive_fd, options, &staging, &signals, result);
		if (staging_done(store, &staging) < 0)
			log_warn("%s/%s could not be removed; the next load tries again",
				 store->path, staging.path);
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL); /* here a signal that came ends us */
	return r;
}

static int load(const struct store *store, const char *path, const struct load_options *options,
		struct loaded **ret, size_t *ret_n)
{
	auto_fd int fd = streq(path, "-") ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
					  : open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	CLEANUP(result_done)
	struct result result = {0};
	int r;

	if (fd < 0)
		return log_fail(-errno, "open the archive");
	r = load_open(store, fd, options, &result);
	return r < 0 ? r : report_loaded(&result, options, ret, ret_n);
}

int image_load(const struct store *store, const char *path, const struct load_options *options,
	       struct loaded **ret, size_t *ret_n)
{
	auto_free char *context = text_format("load %s",
					      streq(path, "-") ? "standard input" : path);
	mode_t mask;
	int r;

	if (!context)
		return log_oom();
	log_set_context(context);
	mask = umask(0); /* modes are the image's */
	r = load(store, path, options, ret, ret_n);
	(void)umask(mask);
	log_set_context(NULL);
	return r;
}
