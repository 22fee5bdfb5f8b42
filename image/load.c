/* SPDX-License-Identifier: MIT */
/*
 * Loading an archive, the order of its steps: index the outer file (tarball.c), read and verify the
 * metadata (index.c, manifest.c), unpack the layers that are new into a staging place (pipeline.c,
 * layer.c), publish (publish.c). Until the last step nothing outside the staging place changes, and
 * that goes away whichever way this ends; after kill -9 the next load sweeps it.
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
#include "staging.h"

void loaded_free(struct loaded *l, size_t n)
{
	for (size_t i = 0; i < n; i++)
		strv_free(l[i].names);
	free(l);
}

static int report_loaded(const struct manifest_list *list, const struct load_options *options,
			 struct loaded **ret, size_t *ret_n)
{
	struct loaded *l = calloc(list->n, sizeof(*l));

	if (!l)
		return log_oom();
	for (size_t i = 0; i < list->n; i++) {
		memcpy(l[i].id, list->items[i].id, sizeof(l[i].id));
		if (strv_extend(&l[i].names, list->items[i].names) < 0 ||
		    strv_extend(&l[i].names, options->tags) < 0) {
			loaded_free(l, list->n);
			return log_oom();
		}
	}
	*ret = l;
	*ret_n = list->n;
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

static int unpack_and_publish(const struct store *store, const struct tarball *tarball,
			      const struct manifest_list *list, const struct load_options *options,
			      const struct staging *staging, const sigset_t *signals)
{
	struct pipeline pipeline;
	int r;

	r = pipeline_init(&pipeline, store, tarball, list, options, staging->dirfd);
	if (r == 0)
		r = pipeline_run(&pipeline, signals);
	if (r == 0)
		r = publish(&pipeline, list, options);
	pipeline_done(&pipeline);
	return r;
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
static int load_list(const struct store *store, const struct tarball *tarball,
		     const struct manifest_list *list, const struct load_options *options)
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
		r = unpack_and_publish(store, tarball, list, options, &staging, &signals);
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
	CLEANUP(manifest_list_done)
	struct manifest_list list = {0};
	auto_tarball struct tarball *tarball = NULL;
	int r;

	r = tarball_open(store, path, &options->limits, &tarball);
	if (r == 0)
		r = manifest_read_all(tarball, &options->limits, options->platform, &list);
	if (r < 0)
		return r;
	if (list.n > 1 && strv_len(options->tags) > 0)
		return log_refuse(-EINVAL, "there are %zu images in it: which one is to be tagged?",
				  list.n);
	r = load_list(store, tarball, &list, options);
	return r < 0 ? r : report_loaded(&list, options, ret, ret_n);
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
