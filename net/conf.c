/* SPDX-License-Identifier: MIT */
/* Releasing what was asked for: struct net_network_conf and net_attach. */
#include <stdlib.h>

#include "lib/strv.h"
#include "net.h"

void net_network_conf_done(struct net_network_conf *c)
{
	free(c->name);
	free(c->bridge);
	strv_free(c->dns);
	*c = (struct net_network_conf){0};
}

void net_attach_done(struct net_attach *a)
{
	net_network_conf_done(&a->network);
	strv_free(a->aliases);
	*a = (struct net_attach){0};
}
