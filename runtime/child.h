/* SPDX-License-Identifier: MIT */
/* What runs between clone and execve. */
#pragma once

struct container;

/* The first process: makes the inside of the namespaces, then becomes the reaper or the app.
 * app_channel is nap's end of the app's channel, or negative without a reaper. */
__attribute__((noreturn)) void child_init(const struct container *c, int channel, int app_channel);
/* The health checker beside an app that is PID 1 itself, or has no PID namespace: joins it. */
__attribute__((noreturn)) void child_checker(const struct container *c, int channel);
/* The app beside a reaper: joins the namespaces init_pidfd is in, then becomes the app. */
__attribute__((noreturn)) void child_app(const struct container *c, int channel);
