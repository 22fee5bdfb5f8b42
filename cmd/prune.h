/* SPDX-License-Identifier: MIT */
/* What nap prune and nap net prune share. */
#pragma once

struct settings;

/* Remove the networks that no container is on, and leases that belong to none. *ret_names: the
 * networks, for the caller to free. Reports. */
int prune_networks(const struct settings *settings, char ***ret_names);
