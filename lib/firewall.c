/* SPDX-License-Identifier: MIT */
/* Allow= and Deny= of an app's firewall. Where an app is, is known when it runs. */
#include "firewall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "text.h"

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

/* Take "in " or "out " off the front. */
static char *take_direction(struct firewall_rule *rule, char *s)
{
	size_t n = strcspn(s, " \t");
	bool in = n == 2 && strncmp(s, "in", n) == 0, out = n == 3 && strncmp(s, "out", n) == 0;

	rule->in = in || !out;
	rule->out = out || !in;
	if (in || out)
		s += n + strspn(s + n, " \t");
	return s;
}

/* Cut "/tcp" off the end: what else follows a slash is the length of a prefix. */
static bool take_protocol(struct firewall_rule *rule, char *s)
{
	static const struct {
		const char *name;
		uint8_t protocol;
	} protocols[] = {
		{"tcp", IPPROTO_TCP},
		{"udp", IPPROTO_UDP},
		{"sctp", IPPROTO_SCTP},
	};
	char *slash = strrchr(s, '/');

	if (!slash || (slash[1] >= '0' && slash[1] <= '9'))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (!streq(protocols[i].name, slash + 1))
			continue;
		rule->protocol = protocols[i].protocol;
		*slash = '\0';
		return true;
	}
	return false;
}

/* The last colon, if it is the one before a port: in a bare IPv6 address there are several. */
static char *find_port(char *s)
{
	char *colon = strrchr(s, ':'), *bracket = strrchr(s, ']');
	const char *app = startswith(s, "app:");

	if (!colon || (app && colon < app) || (bracket && colon < bracket))
		return NULL;
	return app || bracket || colon == strchr(s, ':') ? colon : NULL;
}

/* Cut ":80" or ":80-89" off the end. */
static bool take_ports(struct firewall_rule *rule, char *s)
{
	char *port = find_port(s), *dash;
	uint32_t first, last;

	rule->port_first = 0;
	rule->port_last = UINT16_MAX;
	if (!port)
		return true;
	*port++ = '\0';
	dash = strchr(port, '-');
	if (dash)
		*dash++ = '\0';
	if (parse_u32(port, 1, UINT16_MAX, &first) < 0)
		return false;
	last = first;
	if (dash && parse_u32(dash, first, UINT16_MAX, &last) < 0)
		return false;
	rule->port_first = (uint16_t)first;
	rule->port_last = (uint16_t)last;
	return true;
}

static int take_host(struct firewall_rule *rule, bool said_in, const char **ret_why)
{
	if (said_in)
		return refuse(ret_why, "the host itself always reaches its apps");
	rule->target = TARGET_HOST;
	rule->in = false;
	return 0;
}

static int take_app(struct firewall_rule *rule, const char *name, const char **ret_why)
{
	if (!app_name_is_valid(name))
		return refuse(ret_why, "not the name of an app");
	rule->target = TARGET_APP;
	memcpy(rule->app, name, strlen(name) + 1);
	return 0;
}

static int take_prefix(struct firewall_rule *rule, char *s, const char **ret_why)
{
	int family = 0;
	int r;

	if (*s == '[' && endswith(s, "]")) {
		s[strlen(s) - 1] = '\0';
		s++;
		family = AF_INET6;
	}
	rule->target = TARGET_PREFIX;
	r = ip_prefix_parse(s, family, &rule->prefix);
	return r == -EINVAL ? refuse(ret_why, "the target must be any, an IP address or prefix, "
					      "app:NAME or host")
			    : r;
}

static int take_target(struct firewall_rule *rule, char *s, const char **ret_why)
{
	const char *app = startswith(s, "app:");

	if (app)
		return take_app(rule, app, ret_why);
	if (streq(s, "host"))
		return take_host(rule, rule->in && !rule->out, ret_why);
	if (!streq(s, "any"))
		return take_prefix(rule, s, ret_why);
	rule->target = TARGET_ANY;
	return 0;
}

int firewall_rule_parse(const char *text, struct firewall_rule *ret, const char **ret_why)
{
	auto_free char *copy = strdup(text);
	struct firewall_rule rule = {0};
	char *s;
	int r;

	if (!copy)
		return -ENOMEM;
	s = take_direction(&rule, copy);
	if (!take_protocol(&rule, s))
		return refuse(ret_why, "the protocol must be tcp, udp or sctp");
	if (!take_ports(&rule, s))
		return refuse(ret_why, "the port must be from 1 to 65535, or a range of such");
	r = take_target(&rule, s, ret_why);
	if (r < 0)
		return r;
	*ret = rule;
	return 0;
}
