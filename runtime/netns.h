/* SPDX-License-Identifier: MIT */
/*
 * The network of a container, made aside: the kernel takes half a millisecond for a namespace, and
 * as much for what comes into it, which passes on another processor while the parent prepares the
 * rest.
 */
#pragma once

struct container;

/*
 * Start making it: c->netns_pidfd is the process that holds it, or the first one of the container
 * whose network is shared. Nothing to do with the host's network. Reports.
 */
int netns_start(struct container *c);
/* Child: join it, waiting until it is ready. Negative errno. */
int netns_join(const struct container *c);
/* Parent: netns_join has failed with error. Reports it, unless who made the namespace has. */
int netns_failure(const struct container *c, int error);
/* End the process that holds it; the namespace lives on in who has joined. Idempotent. */
void netns_release(struct container *c);
