/* SPDX-License-Identifier: MIT */
/* linux.netDevices: interfaces of the host that a container gets, for as long as it lives. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>

#include "init.h"
#include "lib/log.h"
#include "net/net.h"

int oci_netdevs_move(struct oci_container *oc)
{
	const struct oci_config *config = &oc->config;
	auto_fd int netns = -1;
	char path[64];

	if (config->n_netdevs == 0)
		return 0;
	if (!oci_namespace(config, CLONE_NEWNET))
		return log_refuse(-EINVAL, "linux.netDevices: there is no network namespace");
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)oc->state.pid);
	netns = open(path, O_RDONLY | O_CLOEXEC);
	if (netns < 0)
		return log_fail(-errno, "open %s", path);
	for (size_t i = 0; i < config->n_netdevs; i++) {
		const struct oci_netdev *d = &config->netdevs[i];
		int r = net_give_link(d->name, netns, d->inside);

		if (r < 0)
			return log_fail(r, "linux.netDevices: give %s to the container as %s",
					d->name, d->inside);
	}
	return 0;
}
