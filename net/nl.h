/* SPDX-License-Identifier: MIT */
/*
 * A netlink socket and a batch of requests on it: messages are put one after the other, sent as
 * one, and answered together. None of these functions reports.
 *
 * The kernel does what it is sent before send(2) returns, and answers each request that failed
 * whether asked or not; so only the last one of a batch asks, and nothing here ever waits.
 *
 * Why not libmnl: nap is linked statically, because mapping shared libraries costs every start 0.3
 * ms of 3.5, and Debian has no static libmnl (nor libnftnl without it). What nap needs of either is
 * this file.
 */
#pragma once

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cleanup.h"
#include "lib/ip.h"

struct nl {
	int fd;		   /* -1: closed */
	uint32_t sequence; /* of the first message that waits to be sent */
	char *data;	   /* what waits */
	size_t len, size;
	size_t message; /* where the message that is being built begins */
	size_t asking;	/* and the last that is answered */
	unsigned n;	/* how many messages wait */
	int error;	/* -ENOMEM, -EMSGSIZE: the batch is not whole */
	char why[160];	/* what the kernel says of the last failure (extended ack), or "" */
	_Alignas(8) char spare[64];
};

/* protocol: NETLINK_ROUTE, NETLINK_NETFILTER, NETLINK_SOCK_DIAG; of the current network namespace.
 * A socket stays with the namespace that it was opened in. */
int nl_open(struct nl *nl, int protocol);
/* Twice is fine, and so is one whose fd is -1. */
void nl_close(struct nl *nl);
/* Use a socket again that another process has used meanwhile, and that may have been killed doing
 * so: its answers are thrown away, and its sequence numbers not used. */
void nl_renew(struct nl *nl);
#define auto_nl CLEANUP(nl_close)

/* Begin a request: NLM_F_REQUEST is added. header of size bytes (64 at most) follows, zeroed; the
 * pointer is valid until the next attribute, and never NULL. */
void *nl_request(struct nl *nl, uint16_t type, uint16_t flags, size_t size);
/* The same for what is never answered unless it fails: NFNL_MSG_BATCH_BEGIN and _END. */
void *nl_mark(struct nl *nl, uint16_t type, uint16_t flags, size_t size);
void nl_put(struct nl *nl, uint16_t type, const void *data, size_t n);
void nl_put_u8(struct nl *nl, uint16_t type, uint8_t value);
/* In the machine's order; who wants another converts. */
void nl_put_u16(struct nl *nl, uint16_t type, uint16_t value);
void nl_put_u32(struct nl *nl, uint16_t type, uint32_t value);
/* With the NUL. */
void nl_put_text(struct nl *nl, uint16_t type, const char *value);
void nl_put_ip(struct nl *nl, uint16_t type, const struct ip_address *a);
/* A header within an attribute, padded as attributes are. */
void nl_put_raw(struct nl *nl, const void *data, size_t n);
/* A nested attribute; gives what nl_end wants. One of more than 65,535 bytes fails the batch. */
size_t nl_nest(struct nl *nl, uint16_t type);
void nl_end(struct nl *nl, size_t nest);

/*
 * Send what has been put, and read the answers. 0, or the negative errno of the first message that
 * failed, *ret_failed (may be NULL) being its number from 0 on, marks included; for NETLINK_ROUTE,
 * later ones have been tried as well. Nothing waits afterwards, whatever came of it.
 */
int nl_send(struct nl *nl, unsigned *ret_failed);
/* Forget what waits, instead. */
void nl_drop(struct nl *nl);
/*
 * Send what has been put (one request with NLM_F_DUMP, or some without) and call each message of
 * the answer (each may be NULL) until it returns something else than 0, which is handed on. A dump
 * of what changes meanwhile can miss what comes or goes.
 */
int nl_query(struct nl *nl, int (*each)(const struct nlmsghdr *h, void *data), void *data);

/* ---- reading what came: everything is checked against the length of what holds it ---- */

/* The header of size bytes after that of netlink; NULL: the message is shorter. */
const void *nl_header(const struct nlmsghdr *h, size_t size);
/* The first attribute of a type in a message with a header of size bytes, or in another attribute.
 * NULL: there is none. */
const struct nlattr *nl_find(const struct nlmsghdr *h, size_t size, uint16_t type);
const struct nlattr *nl_find_in(const struct nlattr *nest, uint16_t type);
/* Iterate over those of an attribute: pass NULL first; NULL: no more. */
const struct nlattr *nl_next_in(const struct nlattr *nest, const struct nlattr *previous);
/* Of the attribute, which may be NULL: at least n bytes, or NULL. */
const void *nl_get(const struct nlattr *a, size_t n);
/* fallback if it is missing or short. */
uint32_t nl_get_u32(const struct nlattr *a, uint32_t fallback);
/* NULL if it is missing or has no NUL. */
const char *nl_get_text(const struct nlattr *a);
/* Family 0 if it is missing or has another size. */
struct ip_address nl_get_ip(const struct nlattr *a, int family);
