/* SPDX-License-Identifier: MIT */
/*
 * Who has which ids of the host: each container with a user namespace has a range of its own, which
 * is a multiple of its size and lies where systemd has containers (UIDS-GIDS.md). A symlink named
 * after the first id leads to the container's: making it is the lock.
 *
 *     ROOT/ids/524288 -> web             of an app, for good; of a container that is kept
 *     RUNROOT/ids/939786240 -> 3f2a...   of one that goes
 *
 * The two lie in halves of their own. Nothing on disk depends on the range of an app: in the store
 * and on volumes are the ids that the app sees. Only the upper directory of a container that is
 * kept has those of its range, which it therefore keeps as well.
 *
 * What other stores have given is not looked at. There are 14,332 ranges in a half, and a store
 * begins where its path and the name lead it, so that two containers of different stores have the
 * same with a chance of one in 14,332. All else that keeps them apart is there then, too, above all
 * their namespaces. A register of all stores would have to outlive each of them, and every start
 * would write to it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct paths;

#define IDRANGE_IDS 65536U
#define IDRANGE_FIRST 524288U
#define IDRANGE_END 1879048192U /* the first one past the last range */
#define IDRANGE_MIDDLE ((IDRANGE_FIRST + IDRANGE_END) / 2 / IDRANGE_IDS * IDRANGE_IDS)

/* Where it is said what others have. */
struct idrange_sources {
	const char *subuid, *subgid, *passwd, *group;
	const char *nspawn; /* files called like the first id, which systemd-nspawn(1) locks */
};

/*
 * The range of id, whose run-time directory is run_dirfd: it is noted there first if it is to be
 * given back. lasting: the one it had before, if nobody else has a claim to that now. sources: NULL
 * for this machine's. Reports.
 */
int idrange_claim(const struct paths *paths, const char *id, int run_dirfd, bool lasting,
		  const struct idrange_sources *sources, uint32_t *ret_base);
/* Give back what idrange_claim noted in the run-time directory of id. Idempotent. Reports. */
int idrange_release(const struct paths *paths, const char *id);
/* Give back lasting ones of which needed() says that nobody needs them. Reports. */
int idrange_sweep(const struct paths *paths, bool (*needed)(const char *id, void *data),
		  void *data);
