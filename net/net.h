/* SPDX-License-Identifier: MIT */
/*
 * The network of containers: given a wish, an interface in a namespace, and back again.
 *
 *     struct net_conf  --net_up-->  struct net_lease        what was asked, what was granted
 *                      net_down(ID)                         takes it back, knowing only the id
 *
 * Everything is netlink: rtnetlink for bridges, veth pairs, addresses and routes (link.c, inside.c,
 * route.c), nf_tables for published ports and filters (nft.c). No daemon: what has been granted
 * lies in files below RUNROOT/net, by which nap net reload makes the rules anew:
 *
 *     lock                         shared: a container comes or goes; exclusive: networks do,
 *                                  and the table is made
 *     networks/NAME/network.json   a network that has a bridge
 *     networks/NAME/hosts          the names of those on it (names.h)
 *     networks/NAME/ADDRESS        a symlink to the id that holds the address
 *     leases/ID.json               struct net_lease
 *     leases/ID.json~              it is being granted
 *     ports/PROTOCOL-PORT/ADDRESS  a symlink to the id that publishes it; "any" is all of them
 *     watch/APP/ID                 ID has rules that name APP (watch.h)
 *     forwarding/FAMILY-INTERFACE  nap has the kernel forward what arrives there (forward.h)
 *
 * The bridge's ports are isolated from each other and locked to one MAC address: every packet from
 * one app to another passes the host's own forward chain, and so the one table, inet nap.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/attach.h"
#include "lib/cleanup.h"
#include "lib/firewall.h"
#include "lib/ip.h"
#include "lib/port.h"
#include "lib/text.h"

#define NET_DEFAULT "private"	  /* the network of those that name none */
#define NET_DEFAULT_BRIDGE "nap0" /* its bridge */
#define NET_MAX_PORTS 1023	  /* of a Linux bridge */

/* ---- what is asked for ---- */

/* A network, as its NAME.network or nap.conf describes it. What is unset is chosen by net_up, the
 * same for a name on every machine and boot as far as what is free allows. */
struct net_network_conf {
	char *name;
	char *bridge;			      /* InterfaceName=; NULL: derived from the name */
	struct ip_prefix subnet[IP_FAMILIES]; /* family 0: chosen (IPv4), or see ipv6 */
	struct ip_address gateway[IP_FAMILIES];
	struct ip_range range[IP_FAMILIES]; /* of what is handed out; family 0: the subnet */
	bool ipv6;			    /* choose an IPv6 subnet if none is given */
	bool internal;			    /* no way out of it, and none in from outside */
	uint32_t mtu;			    /* 0: the uplink's */
	char **dns;			    /* resolvers of those on it; none: the host's */
	bool no_dns;			    /* names of apps are not told on it */
};

/* One network that a container is to be on. */
struct net_attach {
	struct net_network_conf network;
	struct ip_address ip[IP_FAMILIES]; /* asked for; family 0: any that is free */
	char **aliases;
	char interface[IFNAMSIZ]; /* inside */
	uint8_t mac[6];		  /* all 0: derived */
};

struct net_conf {
	const char *id;
	const char *hostname;	   /* a further name of it; NULL: none */
	const char *hosts;	   /* path of its /etc/hosts, which the names of others come into */
	struct net_attach *attach; /* the first one has the default route, unless it is internal */
	size_t n_attach;
	struct port_spec *publish;
	size_t n_publish;
	struct firewall_rule *rules;
	size_t n_rules;
	struct ip_address *resolvers; /* of its /etc/resolv.conf */
	size_t n_resolvers;
};

void net_network_conf_done(struct net_network_conf *c);
void net_attach_done(struct net_attach *a);

/* ---- what was granted ---- */

/* A network that has a bridge. */
struct net_network {
	char *name;
	char bridge[IFNAMSIZ];
	uint8_t mac[6]; /* of the bridge */
	struct ip_prefix subnet[IP_FAMILIES];
	struct ip_address gateway[IP_FAMILIES];
	struct ip_range range[IP_FAMILIES];
	bool internal;
	uint32_t mtu; /* 0: the uplink's */
	char **dns;
	bool no_dns;
};

/* Its place on one of them. */
struct net_member {
	char *network;
	char bridge[IFNAMSIZ];
	char link[IFNAMSIZ];	  /* the host's end of the veth pair */
	char interface[IFNAMSIZ]; /* the container's */
	uint8_t mac[6];		  /* of the latter */
	struct ip_address ip[IP_FAMILIES];
	unsigned prefix_length[IP_FAMILIES];
	struct ip_address gateway[IP_FAMILIES];
	bool internal; /* the network is */
	char **names;  /* by which others on it find this one */
};

/* A published port; a range is as many of them. */
struct net_publish {
	struct ip_address address; /* of the host; family 0: all, of both families */
	uint8_t protocol;	   /* IPPROTO_TCP, _UDP, _SCTP */
	uint16_t host, container;
};

struct net_lease {
	char *id;
	char *hosts; /* path of its /etc/hosts */
	struct net_member *members;
	size_t n_members;
	struct net_publish *publish;
	size_t n_publish;
	struct firewall_rule *rules;
	size_t n_rules;
	struct ip_address *resolvers; /* of the host itself: its port 53 is open to this one */
	size_t n_resolvers;
};

void net_network_free(struct net_network *n);
void net_lease_free(struct net_lease *l);
static inline void cleanup_net_lease(struct net_lease **l)
{
	net_lease_free(*l);
}
#define auto_net_lease CLEANUP(cleanup_net_lease)

/* ---- up and down; dir is RUNROOT/net throughout ---- */

/*
 * What a start needs of the host from before it unshares its network namespace on: sockets, and the
 * shared DIR/lock. One start each.
 */
struct net_host;
int net_open(const char *dir, struct net_host **ret);
void net_close(struct net_host *host);
/* Let go of the lock alone, and take it again: of who keeps the sockets for later, or shares them
 * with a process that it has cloned. */
void net_unlock(struct net_host *host);
int net_relock(struct net_host *host);
/*
 * Before the end of a process that has such sockets: wait until nobody has deleted rules for a
 * while, at most a second. While the kernel has deleted elements to forget, the end of a socket of
 * nf_tables waits for that (16 ms), and all who change rules or make links wait with it. Every
 * other descriptor is closed first.
 */
void net_linger(const struct net_host *host);
static inline void cleanup_net_host(struct net_host **h)
{
	net_close(*h);
}
#define auto_net_host CLEANUP(cleanup_net_host)

/*
 * The host's half, in the host's network namespace: networks, addresses and ports for conf, on
 * file. On failure nothing of it is left. Reports.
 */
int net_grant(struct net_host *host, const struct net_conf *conf, struct net_lease **ret);
/*
 * The rest, by whoever has just unshared its network namespace: the links of lease into that
 * namespace, what belongs inside, names and rules. On failure the caller calls net_down from the
 * host's namespace. Reports.
 */
int net_up(struct net_host *host, const struct net_lease *lease);
/* Bring lo up in our namespace: all that a container without a network has. Negative errno; does
 * not report. */
int net_up_loopback(void);
/* Give an interface of our namespace to another, up, under the name inside, with its addresses of
 * global scope. Negative errno; does not report. */
int net_give_link(const char *name, int netns_fd, const char *inside);
/* Does id hold anything? */
bool net_is_granted(const char *dir, const char *id);
/*
 * Take back whatever id holds: rules, links, ports, addresses, names in others' /etc/hosts, files.
 * Idempotent; nothing there is fine. In the host's network namespace. Reports.
 */
int net_down(struct net_host *host, const char *id);

/* ---- for nap net, ps and inspect ---- */

/* -ENOENT, without a report, if id has none. */
int net_lease_load(const char *dir, const char *id, struct net_lease **ret);
/* Append the lease as a JSON object. */
void net_lease_to_json(const struct net_lease *l, struct buf *out);
/* All networks that have a bridge, sorted by name; free each and the array. Reports. */
int net_networks(const char *dir, struct net_network ***ret, size_t *ret_n);
void net_network_to_json(const struct net_network *n, struct buf *out);
/* The ids of those on the network name, sorted. Reports. */
int net_network_members(const char *dir, const char *name, char ***ret);
/*
 * Make the kernel's side of everything on file again: the table, which any `nft flush ruleset`
 * takes away, forwarding, and bridges' ports as br_netfilter is by now. Reports.
 */
int net_reload(const char *dir);
/* Remove the networks that nobody is on, and whatever of leases belongs to nobody any more: alive
 * says whether an id does. *ret_names gets the removed networks. Reports. */
int net_prune(const char *dir, bool (*alive)(const char *id, void *data), void *data,
	      char ***ret_names);
