/* SPDX-License-Identifier: MIT */
/* What systemd knows of units, in one call of D-Bus. Part of nap-bus, see transient.c. */
#include "bus.h"

#include <systemd/sd-bus.h>

#include "lib/text.h"

/* Of each unit its name and two of its states; the signature is ListUnits' of
 * org.freedesktop.systemd1(5). */
static int read_units(sd_bus_message *m, struct buf *out)
{
	const char *name, *load, *active, *sub;
	int r;

	r = sd_bus_message_enter_container(m, 'a', "(ssssssouso)");
	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'r', "ssssssouso")) > 0) {
		r = sd_bus_message_read(m, "ssss", &name, NULL, &load, &active);
		if (r >= 0)
			r = sd_bus_message_read(m, "s", &sub);
		if (r >= 0)
			r = sd_bus_message_skip(m, "souso");
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
		if (r >= 0 && !streq(load, "not-found"))
			buf_fmt(out, "%s %s %s\n", name, active, sub);
	}
	return r;
}

static int call(sd_bus *bus, const char *pattern, sd_bus_error *error, struct buf *out)
{
	sd_bus_message *m = NULL, *reply = NULL;
	int r;

	r = sd_bus_message_new_method_call(bus, &m, MANAGER, MANAGER_PATH, MANAGER_INTERFACE,
					   "ListUnitsByPatterns");
	if (r >= 0)
		r = sd_bus_message_append(m, "asas", 0, 1, pattern);
	if (r >= 0)
		r = sd_bus_call(bus, m, BUS_TIMEOUT_USEC, error, &reply);
	if (r >= 0)
		r = read_units(reply, out);
	(void)sd_bus_message_unref(m);
	(void)sd_bus_message_unref(reply);
	return r;
}

int unit_list(const char *pattern, struct buf *out, char why[static BUS_WHY_BYTES])
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus *bus = NULL;
	int r;

	r = sd_bus_open_system(&bus);
	if (r >= 0)
		r = call(bus, pattern, &error, out);
	return bus_end(bus, &error, r, why);
}
