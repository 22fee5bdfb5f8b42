/* SPDX-License-Identifier: MIT */
/* Network files: what is taken for one can be told to the network, and lies within its subnets. */
#include "app-input.h"
#include "lib/cleanup.h"
#include "lib/ip.h"

static void check_within(const struct app *file, const struct ip_address *a)
{
	const char *value;
	bool within = false;

	for (size_t i = 0; (value = app_next(file, "Network", "Subnet", &i));) {
		struct ip_prefix subnet;

		REQUIRE(ip_prefix_parse(value, 0, &subnet) == 0);
		within = within || ip_prefix_contains(&subnet, a);
	}
	REQUIRE(within);
}

static void check(const struct app *file)
{
	const char *value;

	for (size_t i = 0; (value = app_next(file, "Network", "Gateway", &i));) {
		struct ip_address gateway;

		REQUIRE(ip_parse(value, 0, &gateway) == 0);
		check_within(file, &gateway);
	}
	for (size_t i = 0; (value = app_next(file, "Network", "IPRange", &i));) {
		struct ip_range range;

		REQUIRE(ip_range_parse(value, &range) == 0 && ip_range_size(&range) > 0);
		check_within(file, &range.first);
		check_within(file, &range.last);
	}
	for (size_t i = 0; i < file->n_settings; i++)
		(void)app_setting_note(file, &file->settings[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_app struct app *file = app_input(&kind_network, "back",
					      "/etc/nap/networks/back.network", data, size);

	if (file)
		check(file);
	return 0;
}
