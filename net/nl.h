/* SPDX-License-Identifier: MIT */
/*
 * A netlink socket and a batch of requests on it: messages are put one after the other, sent as
 * one, and answered for one by one. None of these functions reports.
 *
 * Why not libmnl: nap is linked statically, because mapping shared libraries costs every start 0.3
 * ms of 3.5, and Debian has no static libmnl (nor libnftnl without it). What nap needs of either is
 * this file.
 */
#pragma once

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ip.h"

struct nl {
	int fd; /* -1: closed */
	uint32_t port, sequence;
	char *data; /* requests that wait to be sent */
	size_t len, size;
	unsigned n;    /* how many of them ask for an answer */
	int error;     /* -ENOMEM: a request is missing */
	char why[160]; /* what the kernel says of the last failure (extended ack), or "" */
};

/* protocol: NETLINK_ROUTE, NETLINK_NETFILTER, NETLINK_SOCK_DIAG; of the current network namespace.
 */
int nl_open(struct nl *nl, int protocol);
void nl_close(struct nl *nl);

/* Begin a request: NLM_F_REQUEST and NLM_F_ACK are added. header of size bytes follows, zeroed; the
 * pointer is valid until the next attribute. */
void *nl_request(struct nl *nl, uint16_t type, uint16_t flags, size_t size);
void nl_put(struct nl *nl, uint16_t type, const void *data, size_t n);
void nl_put_u8(struct nl *nl, uint16_t type, uint8_t value);
void nl_put_u16(struct nl *nl, uint16_t type, uint16_t value);
void nl_put_u32(struct nl *nl, uint16_t type, uint32_t value);
void nl_put_text(struct nl *nl, uint16_t type, const char *value);
void nl_put_ip(struct nl *nl, uint16_t type, const struct ip_address *a);
/* A nested attribute; gives what nl_end wants. */
size_t nl_nest(struct nl *nl, uint16_t type);
void nl_end(struct nl *nl, size_t nest);

/*
 * Send what has been put, and read all answers. 0, or the negative errno of the first request that
 * failed, *ret_failed (may be NULL) being its number from 0 on; later ones have been tried as well.
 */
int nl_send(struct nl *nl, unsigned *ret_failed);
/* Send one request (with NLM_F_DUMP or without) and call each message of the answer. */
int nl_query(struct nl *nl, int (*each)(const struct nlmsghdr *h, void *data), void *data);
