/* SPDX-License-Identifier: MIT */
/* Allow= and Deny=, a rule each line: what was parsed, written down, is parsed as the same. */
#include "fuzz.h"

#include <errno.h>

#include "lib/cleanup.h"
#include "lib/firewall.h"
#include "lib/port.h"

static int format_target(const struct firewall_rule *r, char *out, size_t size)
{
	char prefix[INET6_ADDRSTRLEN + 4];

	switch (r->target) {
	case TARGET_ANY:
		return snprintf(out, size, "any");
	case TARGET_HOST:
		return snprintf(out, size, "host");
	case TARGET_APP:
		return snprintf(out, size, "app:%s", r->app);
	default:
		(void)ip_prefix_format(&r->prefix, prefix);
		return snprintf(out, size, strchr(prefix, ':') ? "[%s]" : "%s", prefix);
	}
}

static void format(const struct firewall_rule *r, char *out, size_t size)
{
	int n = 0;

	if (r->target != TARGET_HOST && r->in != r->out)
		n = snprintf(out, size, "%s ", r->in ? "in" : "out");
	n += format_target(r, out + n, size - (size_t)n);
	if (r->port_first)
		n += snprintf(out + n, size - (size_t)n, ":%u-%u", r->port_first, r->port_last);
	if (r->protocol)
		(void)snprintf(out + n, size - (size_t)n, "/%s", port_protocol_name(r->protocol));
}

static void check(const struct firewall_rule *r)
{
	struct firewall_rule again = {0};
	const char *why = NULL;
	char text[256];

	REQUIRE(r->in || r->out);
	REQUIRE(r->port_first ? r->port_first <= r->port_last : r->port_last == UINT16_MAX);
	REQUIRE(r->target != TARGET_APP || app_name_is_valid(r->app));
	REQUIRE(r->target != TARGET_HOST || !r->in);
	format(r, text, sizeof(text));
	REQUIRE(firewall_rule_parse(text, &again, &why) == 0);
	REQUIRE(memcmp(&again, r, sizeof(again)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	char *rest = text, *line;

	while ((line = fuzz_line(&rest))) {
		struct firewall_rule rule;
		const char *why = NULL;
		int r = firewall_rule_parse(line, &rule, &why);

		REQUIRE(r == 0 || (r == -EINVAL && why));
		if (r == 0)
			check(&rule);
	}
	return 0;
}
