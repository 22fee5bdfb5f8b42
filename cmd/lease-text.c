/* SPDX-License-Identifier: MIT */
/* Leases as nap ps, port and net show them. */
#include "lease-text.h"

#include <errno.h>
#include <stdio.h>

#include "cmd.h"
#include "lib/json.h"
#include "lib/log.h"

char *lease_directory(const struct settings *settings)
{
	return text_format("%s/net", settings->runroot);
}

int lease_of(const struct settings *settings, const char *id, struct net_lease **ret)
{
	auto_free char *dir = lease_directory(settings);
	int r;

	if (!dir)
		return log_oom();
	*ret = NULL;
	r = net_lease_load(dir, id, ret);
	return r == -ENOENT ? 0 : r;
}

/* ---- ports ---- */

static bool has_ipv6(const struct net_lease *l)
{
	for (size_t i = 0; i < l->n_members; i++)
		if (l->members[i].ip[IP6].family)
			return true;
	return false;
}

/* How many from at on are neighbours: the same but for both ports, which go up by one. */
static size_t row_length(const struct net_lease *l, size_t at)
{
	const struct net_publish *first = &l->publish[at];
	size_t n = 1;

	for (; at + n < l->n_publish; n++) {
		const struct net_publish *p = &l->publish[at + n];

		if (p->protocol != first->protocol || p->host != first->host + n ||
		    p->container != first->container + n || !ip_equal(&p->address, &first->address))
			break;
	}
	return n;
}

/* Two steps for each: the second is IPv6, of what is on all addresses. */
bool lease_next_port(const struct net_lease *l, bool folded, size_t *i, struct lease_port *ret)
{
	while (*i < 2 * l->n_publish) {
		size_t at = *i / 2, n = folded ? row_length(l, at) : 1;
		const struct net_publish *p = &l->publish[at];
		bool second = *i % 2;
		char text[INET6_ADDRSTRLEN] = "::";

		*i = second ? 2 * (at + n) : *i + 1;
		if (second && (p->address.family || !has_ipv6(l)))
			continue;
		*ret = (struct lease_port){
			.address = "0.0.0.0",
			.protocol = port_protocol_name(p->protocol),
			.host = p->host,
			.container = p->container,
			.count = (unsigned)n,
		};
		if (p->address.family)
			(void)ip_format(&p->address, text);
		if (second || p->address.family)
			(void)snprintf(ret->address, sizeof(ret->address),
				       strchr(text, ':') ? "[%s]" : "%s", text);
		return true;
	}
	return false;
}

static void add_range(struct buf *out, unsigned first, unsigned count)
{
	buf_fmt(out, count > 1 ? "%u-%u" : "%u", first, first + count - 1);
}

void lease_add_ports(const struct net_lease *l, struct buf *out)
{
	struct lease_port p;

	for (size_t i = 0; lease_next_port(l, true, &i, &p);) {
		buf_fmt(out, "%s%s:", out->len > 0 ? ", " : "", p.address);
		add_range(out, p.host, p.count);
		buf_str(out, "->");
		add_range(out, p.container, p.count);
		buf_fmt(out, "/%s", p.protocol);
	}
}

/* ---- addresses ---- */

void lease_add_addresses(const struct net_lease *l, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < l->n_members; i++) {
		const struct ip_address *ip = l->members[i].ip;

		buf_fmt(out, "%s%s", out->len > 0 ? ", " : "",
			ip_format(&ip[ip[IP4].family ? IP4 : IP6], text));
	}
}

/* ---- JSON ---- */

void lease_port_to_json(const struct lease_port *p, struct buf *out)
{
	char address[sizeof(p->address)];
	bool bracketed = *p->address == '[';

	(void)snprintf(address, sizeof(address), "%s", p->address + bracketed);
	address[strcspn(address, "]")] = '\0';
	json_open_object(out, NULL);
	json_member(out, "HostIp", address);
	json_member_i64(out, "HostPort", p->host);
	json_member_i64(out, "ContainerPort", p->container);
	json_member(out, "Protocol", p->protocol);
	buf_char(out, '}');
}

void lease_add_members(const struct net_lease *l, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];
	struct lease_port p;

	json_open_array(out, "Networks");
	for (size_t i = 0; l && i < l->n_members; i++)
		json_element(out, l->members[i].network);
	buf_char(out, ']');
	json_open_array(out, "Addresses");
	for (size_t i = 0; l && i < l->n_members; i++)
		for (int f = 0; f < IP_FAMILIES; f++)
			if (l->members[i].ip[f].family)
				json_element(out, ip_format(&l->members[i].ip[f], text));
	buf_char(out, ']');
	json_open_array(out, "Ports");
	for (size_t i = 0; l && lease_next_port(l, false, &i, &p);)
		lease_port_to_json(&p, out);
	buf_char(out, ']');
}
