/* SPDX-License-Identifier: MIT */
/* linux.netDevices: interfaces of the host that a container gets for as long as it lives. */
#include <errno.h>

#include "init.h"
#include "lib/log.h"

int oci_netdevs_move(struct oci_container *oc)
{
	if (oc->config.n_netdevs == 0)
		return 0;
	return log_refuse(-EOPNOTSUPP, "linux.netDevices: not yet");
}
