/* SPDX-License-Identifier: MIT */
/* linux.netDevices: interfaces of the host that a container gets, for as long as it lives. */
#include <errno.h>
#include <sched.h>

#include "init.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "net/net.h"

int oci_netdevs_move(struct oci_container *oc)
{
	const struct oci_config *config = &oc->config;
	auto_fd int netns = -1;
	int r;

	if (config->n_netdevs == 0)
		return 0;
	if (!oci_namespace(config, CLONE_NEWNET))
		return log_refuse(-EINVAL, "linux.netDevices: there is no network namespace");
	r = proc_open_namespace(oc->state.pid, "net", &netns);
	if (r < 0)
		return log_fail(r, "open the network namespace of %s", oc->state.id);
	for (size_t i = 0; i < config->n_netdevs; i++) {
		const struct oci_netdev *d = &config->netdevs[i];

		r = net_give_link(d->name, netns, d->inside);
		if (r < 0)
			return log_fail(r, "linux.netDevices: give %s to the container as %s",
					d->name, d->inside);
	}
	return 0;
}
