/* SPDX-License-Identifier: MIT */
/*
 * The network of a container, made aside: the kernel takes half a millisecond for a namespace, and
 * as much for what comes into it, which passes on another processor while the parent prepares the
 * rest.
 */
#pragma once

#include <stdbool.h>

struct container;
struct net_host;
struct paths;

/*
 * Start making it: c->netns_pidfd is the process that holds it, or the first one of the container
 * whose network is shared. Nothing to do with the host's network. Reports.
 */
int netns_start(struct container *c);
/* Child: join it, waiting until it is there. Negative errno. */
int netns_join(const struct container *c);
/* The same in two steps: wait until it is there, enter it. */
int netns_await(const struct container *c);
int netns_enter(const struct container *c);
/* Parent, before the app may start: wait until all that belongs into it is there. Reports. */
int netns_wait(const struct container *c);
/* Parent: netns_join has failed with error. Reports it, unless who made the namespace has. */
int netns_failure(const struct container *c, int error);
/* Parent, when something else has failed: has who makes the namespace told already of a failure of
 * its own? Then that is the reason to tell. */
bool netns_has_told(const struct container *c);
/* End the process that holds it, and wait for that if asked to; the namespace lives on in who has
 * joined. Idempotent. */
void netns_release(struct container *c, bool wait);

/*
 * Take back what id has of the host's network, by a process aside, which lingers (net_linger):
 * nobody else need wait for that. netns_end_down waits until all is taken back; *ret_fd is for it.
 * host: that of the start, if it was ours, or NULL. Both report.
 */
int netns_begin_down(const struct paths *paths, const char *id, struct net_host *host, int *ret_fd);
int netns_end_down(const struct paths *paths, const char *id, int fd);
