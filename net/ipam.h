/* SPDX-License-Identifier: MIT */
/*
 * Addresses of one network, as symlinks ADDRESS -> id in its directory: made in one system call, so
 * that none is handed out twice, and they survive who made them. None of these functions reports.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/ip.h"

/*
 * Take an address of range for id that is not avoid, the first free one from the start'th on,
 * around the end; start is the same for an id each time, and so is the address as far as others let
 * it. -ENOSPC: all are taken.
 */
int ipam_take(int dirfd, const char *id, const struct ip_range *range,
	      const struct ip_address *avoid, uint64_t start, struct ip_address *ret);
/* Take this one. -EADDRINUSE: *ret_holder, allocated, has it. */
int ipam_take_static(int dirfd, const char *id, const struct ip_address *address,
		     char **ret_holder);
/* Give it back, if it is id's. */
int ipam_release(int dirfd, const char *id, const struct ip_address *address);
/* Give back all that id has here: for where nobody has noted which. */
int ipam_release_all(int dirfd, const char *id);
/* Call each address and its holder, in no order. */
int ipam_each(int dirfd, int (*each)(const char *address, const char *id, void *data), void *data);
