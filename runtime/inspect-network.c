/* SPDX-License-Identifier: MIT */
/* The network of a container for nap inspect: docker's NetworkSettings, and the lease as it is. */
#include <errno.h>
#include <stdio.h>

#include "inspect-parts.h"
#include "lib/json.h"
#include "lib/log.h"
#include "net/net.h"
#include "runtime.h"

static void add_address(struct buf *out, const char *key, const struct ip_address *a)
{
	char text[INET6_ADDRSTRLEN];

	json_member(out, key, ip_format(a, text)); /* docker has "" for none */
}

/* What docker has of a network; of the first one, on the level above as well. */
static void add_member(struct buf *out, const struct net_member *m)
{
	const uint8_t *a = m->mac;
	char mac[18];

	(void)snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3],
		       a[4], a[5]);
	add_address(out, "IPAddress", &m->ip[IP4]);
	json_member_i64(out, "IPPrefixLen", m->prefix_length[IP4]);
	add_address(out, "Gateway", &m->gateway[IP4]);
	add_address(out, "GlobalIPv6Address", &m->ip[IP6]);
	json_member_i64(out, "GlobalIPv6PrefixLen", m->prefix_length[IP6]);
	add_address(out, "IPv6Gateway", &m->gateway[IP6]);
	json_member(out, "MacAddress", mac);
}

static void add_binding(struct buf *out, const char *address, unsigned port)
{
	char text[8];

	(void)snprintf(text, sizeof(text), "%u", port); /* docker's are texts */
	json_open_object(out, NULL);
	json_member(out, "HostIp", address);
	json_member(out, "HostPort", text);
	buf_char(out, '}');
}

static bool same_inside(const struct net_publish *a, const struct net_publish *b)
{
	return a->container == b->container && a->protocol == b->protocol;
}

static bool is_first(const struct net_lease *l, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (same_inside(&l->publish[i], &l->publish[at]))
			return false;
	return true;
}

static void add_bindings(struct buf *out, const struct net_lease *l, const struct net_publish *port)
{
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < l->n_publish; i++) {
		const struct net_publish *p = &l->publish[i];

		if (!same_inside(p, port))
			continue;
		add_binding(out, p->address.family ? ip_format(&p->address, text) : "0.0.0.0",
			    p->host);
		if (!p->address.family)
			add_binding(out, "::", p->host);
	}
}

static void add_ports(struct buf *out, const struct net_lease *l)
{
	char key[16];

	json_open_object(out, "Ports");
	for (size_t i = 0; i < l->n_publish; i++) {
		const struct net_publish *p = &l->publish[i];

		if (!is_first(l, i))
			continue;
		(void)snprintf(key, sizeof(key), "%u/%s", p->container,
			       port_protocol_name(p->protocol));
		json_open_array(out, key);
		add_bindings(out, l, p);
		buf_char(out, ']');
	}
	buf_char(out, '}');
}

static void add_settings(struct buf *out, const struct net_lease *l)
{
	json_open_object(out, "NetworkSettings");
	if (l->n_members > 0)
		add_member(out, &l->members[0]);
	add_ports(out, l);
	json_open_object(out, "Networks");
	for (size_t i = 0; i < l->n_members; i++) {
		json_open_object(out, l->members[i].network);
		add_member(out, &l->members[i]);
		json_member_strv(out, "DNSNames", l->members[i].names);
		buf_char(out, '}');
	}
	buf_str(out, "}}");
}

int inspect_network(struct buf *out, const struct paths *paths, const char *id)
{
	auto_free char *dir = text_format("%s/net", paths->runroot);
	auto_net_lease struct net_lease *l = NULL;
	int r = dir ? net_lease_load(dir, id, &l) : log_oom();

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	add_settings(out, l);
	json_add_key(out, "network");
	net_lease_to_json(l, out);
	return 0;
}
