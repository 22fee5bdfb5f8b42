/* SPDX-License-Identifier: MIT */
/* The process that reads an archive. */
#pragma once

#include <signal.h>

#include "image.h"
#include "staging.h"

/*
 * Read the archive, an open file or directory, in a process of its own that is confined, until all
 * that it holds lies in the staging place, described by STAGING/result. signals, blocked by the
 * caller, end that process: -EINTR, unreported. What the process reports itself counts as reported
 * here. Reports.
 */
int reader_run(const struct store *store, const struct staging *staging, int archive_fd,
	       const struct load_options *options, const sigset_t *signals);
