/* SPDX-License-Identifier: MIT */
/*
 * The confinement of the process that reads archives: what it can see, do, and ask of the kernel.
 *
 *     confine.c  namespaces, the view of the file system, capabilities    calls.c  system calls
 */
#pragma once

#include "image.h"
#include "staging.h"

/*
 * Confine this process, which has one thread, for the rest of its life. It sees an empty read-only
 * root with the staging place as /tmp, which alone it can write to, the layers of the store as
 * /layers, and the archive, if that is a directory, as /archive; a file is descriptor 0. There are
 * no others but stderr, which is 1 as well. *ret: a store whose tmp/ and layers/ are those; the
 * staging place is also *ret_staging_fd. Reports.
 */
int confine(const struct store *store, const struct staging *staging, int archive_fd,
	    struct store *ret, int *ret_staging_fd);

/* Leave this process only the system calls that unpacking takes; others give ENOSYS. 0 or negative
 * errno. */
int confine_calls(void);
