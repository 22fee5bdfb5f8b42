/* SPDX-License-Identifier: MIT */
/*
 * What Network= and --network say (podman-run(1), --network):
 *
 *     private | none | host | app:NAME | NAME.app | NAME.container | container:ID
 *     NAME[.network][:ip=ADDRESS,ip6=ADDRESS,alias=NAME,mac=MAC,interface_name=NAME]
 *
 * "bridge" and "default" are other words for private, which takes options as well.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ip.h"

#define ATTACH_PRIVATE "private" /* the network of those that name none */

enum attach_mode {
	ATTACH_NETWORK, /* one of nap's networks: the only mode of which there can be several */
	ATTACH_NONE,
	ATTACH_HOST,
	ATTACH_CONTAINER, /* share that container's: an app's, too */
};

struct attach_spec {
	enum attach_mode mode;
	char *name; /* of the network (ATTACH_PRIVATE: nap0) or the container */
	struct ip_address ip[IP_FAMILIES]; /* asked for; family 0: any */
	char **aliases;			   /* further names on this network */
	char interface[IFNAMSIZ];	   /* inside; "": eth0, eth1 ... in order */
	uint8_t mac[6];			   /* all 0: derived from the container and the network */
};

/* -EINVAL with *ret_why. The caller calls attach_done. Does not report. */
int attach_parse(const char *text, struct attach_spec *ret, const char **ret_why);
void attach_done(struct attach_spec *a);
/* How long NAME is in NAME.app or NAME.container; it need not be valid (a template's has %i).
 * 0: text is none of these; nor is a network with an option that ends so. */
size_t attach_reference(const char *text);
/* "02:00:00:00:00:01": the address of one interface, neither a group's nor none. -EINVAL. */
int mac_parse(const char *s, uint8_t ret[static 6]);
/* May a NAME.network be called so? Not what Network= takes for something else. */
bool network_name_is_valid(const char *s);
