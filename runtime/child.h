/* SPDX-License-Identifier: MIT */
/* What runs between clone and execve. */
#pragma once

struct container;

/* The first process: makes the inside of the namespaces, then becomes the reaper or the app. */
__attribute__((noreturn)) void child_init(const struct container *c, int channel);
/* The app beside a reaper: joins the namespaces init_pidfd is in, then becomes the app. */
__attribute__((noreturn)) void child_app(const struct container *c, int channel);
