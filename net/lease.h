/* SPDX-License-Identifier: MIT */
/* DIR/leases/ID.json. None of these functions reports, but those that say so. */
#pragma once

#include "net.h"

/* Before anything is taken for id: from now on net_is_granted says that there may be something. */
int lease_begin(const char *dir, const char *id);
/* lease_begin was the last of it: more may have been taken than any file says. */
bool lease_is_begun(const char *dir, const char *id);
int lease_save(const char *dir, const struct net_lease *l);
/* -ENOENT; -EBADMSG: what is there is not a lease. */
int lease_load(const char *dir, const char *id, struct net_lease **ret);
/* What lease_begin left, as well. */
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
/* A name of an interface; missing is fine. */
int json_get_interface(const struct json_t *j, const char *key, char ret[static IFNAMSIZ]);
