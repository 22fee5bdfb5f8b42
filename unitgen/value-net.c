/* SPDX-License-Identifier: MIT */
/* The checkers of what is about the network: addresses, ports, sockets, names. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/address.h"
#include "lib/attach.h"
#include "lib/firewall.h"
#include "lib/ip.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "unitgen.h"
#include "value.h"

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

/* ---- addresses and names ---- */

static bool is_address(int family, const char *s)
{
	unsigned char address[16];

	return inet_pton(family, s, address) == 1;
}

int check_ipv4(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	(void)ret_why;
	return is_address(AF_INET, value) ? 0 : -EINVAL;
}

int check_ipv6(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	(void)ret_why;
	return is_address(AF_INET6, value) ? 0 : -EINVAL;
}

int check_address(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	(void)ret_why;
	return address_is_valid(value) ? 0 : -EINVAL;
}

/* A single dot takes the host's search domains away, as with podman. */
int check_search_domain(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	(void)ret_why;
	return search_domain_is_valid(value) ? 0 : -EINVAL;
}

int check_resolver_option(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	(void)ret_why;
	return resolver_option_is_valid(value) ? 0 : -EINVAL;
}

int check_interface(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	(void)ret_why;
	return interface_name_is_valid(value) && !streq(value, "lo") ? 0 : -EINVAL;
}

int check_network(const struct key *key, const char *value, const char **ret_why)
{
	CLEANUP(attach_done)
	struct attach_spec a = {0};

	(void)key;
	return attach_parse(value, &a, ret_why);
}

int check_rule(const struct key *key, const char *value, const char **ret_why)
{
	struct firewall_rule rule;

	(void)key;
	return firewall_rule_parse(value, &rule, ret_why);
}

/* ---- networks ---- */

int check_driver(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	return streq(value, "bridge") ? 0 : refuse(ret_why, "nap's networks are bridges alone");
}

int check_ipam(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	return streq(value, "host-local") ? 0
					  : refuse(ret_why, "nap hands addresses out itself, as "
							    "host-local does");
}

/* The gateway, an app and, with IPv4, two that stand for all must fit in. */
int check_subnet(const struct key *key, const char *value, const char **ret_why)
{
	/* this machine, its loopback, multicast and what is reserved; IPv6's the same, link-local
	 */
	static const char *const special[] = {"0.0.0.0/8",   "127.0.0.0/8", "169.254.0.0/16",
					      "224.0.0.0/3", "::/8",	    "fe80::/10",
					      "ff00::/8"};
	struct ip_prefix subnet, taken;
	int r = ip_prefix_parse(value, 0, &subnet);

	(void)key;
	if (r < 0)
		return r;
	if (subnet.length > ip_bytes(&subnet.address) * 8 - 2)
		return refuse(ret_why, subnet.address.family == AF_INET
					       ? "too small: /30 is the longest prefix"
					       : "too small: /126 is the longest prefix");
	for (size_t i = 0; i < ARRAY_SIZE(special); i++)
		if (ip_prefix_parse(special[i], 0, &taken) == 0 &&
		    ip_prefix_overlaps(&subnet, &taken))
			return refuse(ret_why, "apps cannot have these addresses");
	return 0;
}

int check_range(const struct key *key, const char *value, const char **ret_why)
{
	struct ip_range range;
	int r = ip_range_parse(value, &range);

	(void)key;
	if (r == 0 && ip_compare(&range.first, &range.last) > 0)
		return refuse(ret_why, "the last address is below the first");
	return r;
}

/* Others than these are podman's, and are told to have no effect (network.c). */
int check_option(const struct key *key, const char *value, const char **ret_why)
{
	const char *mtu, *isolate = startswith(value, "isolate=");
	uint32_t n;
	bool on;

	mtu = startswith(value, "mtu=");
	if (!mtu)
		mtu = startswith(value, "com.docker.network.driver.mtu=");
	if (mtu && parse_u32(mtu, 1280, 65535, &n) < 0)
		return refuse(ret_why, "mtu= must be from 1280, the least of IPv6, to 65535");
	if (isolate && !streq(isolate, "strict") && parse_bool(isolate, &on) < 0)
		return refuse(ret_why, "isolate= must be a boolean or strict");
	return check_assignment(key, value, ret_why);
}

/* ---- sockets that systemd opens ---- */

static bool is_port(const char *s)
{
	uint32_t port;

	return parse_u32(s, 1, 65535, &port) == 0;
}

/* PORT, ADDRESS:PORT, [ADDRESS]:PORT, /PATH or @NAME, as ListenStream= of systemd.socket(5). */
static bool is_socket_address(const char *s)
{
	const char *colon = strrchr(s, ':');
	auto_free char *host = NULL;
	size_t n;

	if (*s == '/')
		return s[1] && !endswith(s, "/") && strlen(s) < 108;
	if (*s == '@')
		return s[1] && strlen(s) < 108;
	if (!colon)
		return is_port(s);
	host = strndup(s, (size_t)(colon - s));
	if (!host || !is_port(colon + 1))
		return false;
	n = strlen(host);
	if (*host != '[')
		return is_address(AF_INET, host);
	if (host[n - 1] != ']')
		return false;
	host[n - 1] = '\0';
	return is_address(AF_INET6, host + 1);
}

/* What sd_listen_fds_with_names(3) may give: no colons, no controls. */
static bool is_fd_name(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (s[i] == ':' || s[i] < 0x21 || s[i] == 0x7f)
			return false;
	return n >= 1 && n <= 255;
}

int check_listen(const struct key *key, const char *value, const char **ret_why)
{
	auto_free char *address = strndup(value, strcspn(value, " \t"));
	const char *name;

	(void)key;
	if (!address)
		return -ENOMEM;
	name = value + strlen(address);
	name += strspn(name, " \t");
	if (!is_socket_address(address))
		return refuse(ret_why, "not a port (1 to 65535), ADDRESS:PORT, [ADDRESS]:PORT, "
				       "/PATH or @NAME");
	return !*name || is_fd_name(name) ? 0
					  : refuse(ret_why, "the name may hold no blank or colon");
}
