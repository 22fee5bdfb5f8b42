/* SPDX-License-Identifier: MIT */
/* Under systemd, a one-off container runs in a transient scope of its own, which carries its
 * limits. */
#pragma once

struct container;
struct spec;

/* Append the properties of a transient unit for this spec: its limits, and that nothing is left of
 * it when it has ended. -ENOMEM. */
int scope_properties(char ***v, const struct spec *spec);

/* A command line of nap-bus: its path and the verb. Negative errno. */
int scope_bus_argv(const char *verb, char ***ret);

/* The scope goes with its last process, so it has no twin that removes it.
 *
 * Make the scope c->scope around the process c->init_pid and wait until it is there. Nothing to do
 * when c->scope is NULL. If no bus can be had: an error if limits were asked for, else a warning,
 * and c->scope stays set so that the handshake goes on. Reports. */
int scope_up(struct container *c);
