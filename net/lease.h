/* SPDX-License-Identifier: MIT */
/* DIR/leases/ID.json. None of these functions reports, but those that say so. */
#pragma once

#include "net.h"

/* Of a lease that is being granted: it may hold more than is on file. */
int lease_save(const char *dir, const struct net_lease *l, bool partial);
/* ret_partial may be NULL. -ENOENT; -EBADMSG: what is there is not a lease. */
int lease_load(const char *dir, const char *id, struct net_lease **ret, bool *ret_partial);
int lease_remove(const char *dir, const char *id);
/* The ids of all leases, sorted. */
int lease_ids(const char *dir, char ***ret);

/* Members of JSON objects that networks have, too: "key":"address", left out where there is none.
 */
void json_member_ip(struct buf *b, const char *key, const struct ip_address *a);
void json_member_mac(struct buf *b, const char *key, const uint8_t mac[static 6]);
struct json_t;
int json_get_ip(const struct json_t *j, const char *key, struct ip_address *ret);
int json_get_mac(const struct json_t *j, const char *key, uint8_t ret[static 6]);
/* An owned copy; missing is fine. */
int json_get_text(const struct json_t *j, const char *key, char **ret);
/* A name of an interface; missing is fine. */
int json_get_interface(const struct json_t *j, const char *key, char ret[static IFNAMSIZ]);
