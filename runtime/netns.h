/* SPDX-License-Identifier: MIT */
/*
 * The network namespace of a container, made aside: the kernel takes half a millisecond for it,
 * which passes on another processor while the parent prepares the rest.
 */
#pragma once

struct container;

/* Start making it: c->netns_pidfd is the process that holds it. Nothing to do with the host's
 * network. Reports. */
int netns_start(struct container *c);
/* Child: join it, waiting until it is ready. Negative errno of what failed. */
int netns_join(const struct container *c);
/* End the process that holds it; the namespace lives on in who has joined. Idempotent. */
void netns_release(struct container *c);
