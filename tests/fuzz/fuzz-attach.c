/* SPDX-License-Identifier: MIT */
/* Network= and --network: what was parsed, written down, is parsed as the same. */
#include "fuzz.h"

#include <errno.h>

#include "lib/attach.h"
#include "lib/cleanup.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "lib/text.h"

static void add_options(struct buf *out, const struct attach_spec *a)
{
	static const char *const keys[IP_FAMILIES] = {"ip", "ip6"};
	static const uint8_t none[6];
	char text[INET6_ADDRSTRLEN];

	/* a name may itself end so */
	buf_fmt(out, streq(a->name, ATTACH_PRIVATE) ? "%s:" : "%s.network:", a->name);
	for (int f = 0; f < IP_FAMILIES; f++)
		if (a->ip[f].family)
			buf_fmt(out, "%s=%s,", keys[f], ip_format(&a->ip[f], text));
	STRV_FOREACH (alias, a->aliases)
		buf_fmt(out, "alias=%s,", *alias);
	if (*a->interface)
		buf_fmt(out, "interface_name=%s,", a->interface);
	if (memcmp(a->mac, none, sizeof(none)) != 0)
		buf_fmt(out, "mac=%02x:%02x:%02x:%02x:%02x:%02x,", a->mac[0], a->mac[1], a->mac[2],
			a->mac[3], a->mac[4], a->mac[5]);
	out->data[--out->len] = '\0'; /* the last comma, or the colon */
}

static void format(const struct attach_spec *a, struct buf *out)
{
	if (a->mode == ATTACH_NETWORK)
		add_options(out, a);
	else if (a->mode == ATTACH_CONTAINER)
		buf_fmt(out, "app:%s", a->name);
	else
		buf_str(out, a->mode == ATTACH_HOST ? "host" : "none");
}

static bool same(const struct attach_spec *a, const struct attach_spec *b)
{
	bool names = a->name && b->name ? streq(a->name, b->name) : a->name == b->name;
	size_t n = strv_len(a->aliases);

	if (n != strv_len(b->aliases))
		return false;
	for (size_t i = 0; i < n; i++)
		names = names && streq(a->aliases[i], b->aliases[i]);
	return names && a->mode == b->mode && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0 &&
	       streq(a->interface, b->interface) && memcmp(a->mac, b->mac, sizeof(a->mac)) == 0;
}

static void check(const struct attach_spec *a)
{
	CLEANUP(attach_done)
	struct attach_spec again = {0};
	const char *why = NULL;
	auto_buf text = {0};

	if (a->mode == ATTACH_NETWORK)
		REQUIRE(network_name_is_valid(a->name) || streq(a->name, ATTACH_PRIVATE));
	if (a->mode == ATTACH_CONTAINER)
		REQUIRE(app_name_is_valid(a->name));
	format(a, &text);
	REQUIRE(attach_parse(text.data, &again, &why) == 0);
	REQUIRE(same(a, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	CLEANUP(attach_done)
	struct attach_spec a = {0};
	const char *why = NULL;
	int r = attach_parse(text, &a, &why);

	REQUIRE(r == 0 || (r == -EINVAL && why));
	if (r == 0)
		check(&a);
	return 0;
}
