/* SPDX-License-Identifier: MIT */
/*
 * A container that is a systemd service: what its app inherits of the unit, and what systemd is
 * told (sd_notify(3), sd_listen_fds(3)). For one that is none, each does nothing. They report.
 */
#pragma once

#include <stdint.h>

struct container;

/* Connect to systemd, and take what it passed us; first of all. */
int service_open(struct container *c);
/* The environment, and for Notify=yes the socket, by which the app finds these. */
int service_prepare(struct container *c);
/* How long systemd waits for a sign of life of ours; 0: it does not. */
uint64_t service_watchdog_usec(void);
/* The app has been executed: say so, wait until systemd has understood, and let it run. */
int service_ready(struct container *c);
/* It could not be started, as the log says: make that the unit's status text. */
void service_failed(struct container *c);
