/* SPDX-License-Identifier: MIT */
/* Properties of units as text, and as the values that D-Bus has for them. Part of nap-bus. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bus.h"
#include "lib/cleanup.h"
#include "lib/parse.h"
#include "lib/text.h"

#define SET_MAX 8192 /* processors */

/* How a property's text becomes a value of D-Bus. */
enum property_kind {
	PROPERTY_STRING,
	PROPERTY_STRINGS, /* one of them */
	PROPERTY_NUMBER,
	PROPERTY_SIGNAL,
	PROPERTY_BOOL,
	PROPERTY_DEVICE,
	PROPERTY_EXIT_STATUS, /* one of them */
	PROPERTY_SET,	      /* of numbers: "0-3,7" */
};

static const struct property {
	const char *name;
	enum property_kind kind;
} properties[] = {
	{"AllowedCPUs", PROPERTY_SET},
	{"AllowedMemoryNodes", PROPERTY_SET},
	{"CPUAccounting", PROPERTY_BOOL},
	{"CPUQuotaPerSecUSec", PROPERTY_NUMBER},
	{"CPUQuotaPeriodUSec", PROPERTY_NUMBER},
	{"CPUWeight", PROPERTY_NUMBER},
	{"CollectMode", PROPERTY_STRING},
	{"DefaultDependencies", PROPERTY_BOOL},
	{"Delegate", PROPERTY_BOOL},
	{"Description", PROPERTY_STRING},
	{"DeviceAllow", PROPERTY_DEVICE},
	{"DevicePolicy", PROPERTY_STRING},
	{"Environment", PROPERTY_STRINGS},
	{"IOAccounting", PROPERTY_BOOL},
	{"IOWeight", PROPERTY_NUMBER},
	{"KillMode", PROPERTY_STRING},
	{"KillSignal", PROPERTY_SIGNAL},
	{"MemoryAccounting", PROPERTY_BOOL},
	{"MemoryHigh", PROPERTY_NUMBER},
	{"MemoryLow", PROPERTY_NUMBER},
	{"MemoryMax", PROPERTY_NUMBER},
	{"MemoryMin", PROPERTY_NUMBER},
	{"MemorySwapMax", PROPERTY_NUMBER},
	{"NotifyAccess", PROPERTY_STRING},
	{"OOMPolicy", PROPERTY_STRING},
	{"Slice", PROPERTY_STRING},
	{"SuccessExitStatus", PROPERTY_EXIT_STATUS},
	{"SyslogIdentifier", PROPERTY_STRING},
	{"TasksAccounting", PROPERTY_BOOL},
	{"TasksMax", PROPERTY_NUMBER},
	{"TimeoutStopUSec", PROPERTY_NUMBER},
	{"Type", PROPERTY_STRING},
	{"WorkingDirectory", PROPERTY_STRING},
};

/* "PATH ACCESS", as in a unit file. */
static int append_device(sd_bus_message *m, const char *name, const char *value)
{
	const char *access = strrchr(value, ' ');
	auto_free char *path = access ? strndup(value, (size_t)(access - value)) : NULL;

	if (!path)
		return access ? -ENOMEM : -EINVAL;
	return sd_bus_message_append(m, "(sv)", name, "a(ss)", 1, path, access + 1);
}

static int append_signal(sd_bus_message *m, const char *name, const char *value)
{
	int signo;

	if (parse_signal(value, &signo) < 0)
		return -EINVAL;
	return sd_bus_message_append(m, "(sv)", name, "i", signo);
}

static int append_exit_status(sd_bus_message *m, const char *name, const char *value)
{
	uint32_t status;

	if (parse_u32(value, 0, UINT8_MAX, &status) < 0)
		return -EINVAL;
	return sd_bus_message_append(m, "(sv)", name, "(aiai)", 1, (int)status, 0);
}

/* A set of numbers as an array of bytes, a bit for each, the lowest first. */
static int append_set(sd_bus_message *m, const char *name, const char *value)
{
	uint8_t bits[SET_MAX / 8] = {0};
	size_t n = 0;
	int r;

	for (const char *p = value; *p; p += *p == ',') {
		char *end;
		unsigned long first = strtoul(p, &end, 10), last = first;

		if (end == p)
			return -EINVAL;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		p = end;
		if ((*p && *p != ',') || last < first || last >= SET_MAX)
			return -EINVAL;
		for (; first <= last; first++)
			bits[first / 8] = (uint8_t)(bits[first / 8] | 1U << first % 8);
		if (n < last / 8 + 1)
			n = last / 8 + 1;
	}
	r = sd_bus_message_open_container(m, 'r', "sv");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", name);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "ay");
	if (r >= 0)
		r = sd_bus_message_append_array(m, 'y', bits, n);
	for (int i = 0; r >= 0 && i < 2; i++)
		r = sd_bus_message_close_container(m);
	return r;
}

static int append_value(sd_bus_message *m, enum property_kind kind, const char *name,
			const char *value)
{
	uint64_t number;
	bool on;

	switch (kind) {
	case PROPERTY_STRING:
		return sd_bus_message_append(m, "(sv)", name, "s", value);
	case PROPERTY_NUMBER:
		if (parse_u64(value, 0, UINT64_MAX, &number) < 0)
			return -EINVAL;
		return sd_bus_message_append(m, "(sv)", name, "t", number);
	case PROPERTY_BOOL:
		if (parse_bool(value, &on) < 0)
			return -EINVAL;
		return sd_bus_message_append(m, "(sv)", name, "b", (int)on);
	case PROPERTY_STRINGS:
		return sd_bus_message_append(m, "(sv)", name, "as", 1, value);
	case PROPERTY_SIGNAL:
		return append_signal(m, name, value);
	case PROPERTY_DEVICE:
		return append_device(m, name, value);
	case PROPERTY_SET:
		return append_set(m, name, value);
	case PROPERTY_EXIT_STATUS:
		return append_exit_status(m, name, value);
	}
	return -EINVAL;
}

/* The text of GVariant, as far as properties of scopes need it. A number without a type is an
 * int32; of a time in seconds (NAMESec) systemd takes microseconds (NAMEUSec). */
static int append_variant(sd_bus_message *m, char *name, const char *value)
{
	static const struct {
		const char *word, *type;
	} types[] = {
		{"uint64 ", "t"}, {"uint32 ", "u"}, {"int64 ", "x"}, {"int32 ", "i"}, {"", "i"}};
	size_t n = strlen(value);
	int64_t number;

	if (n >= 2 && (*value == '\'' || *value == '"') && value[n - 1] == *value) {
		auto_free char *text = strndup(value + 1, n - 2);

		return text ? sd_bus_message_append(m, "(sv)", name, "s", text) : -ENOMEM;
	}
	if (streq(value, "true") || streq(value, "false"))
		return sd_bus_message_append(m, "(sv)", name, "b", *value == 't');
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const char *digits = startswith(value, types[i].word);

		if (!digits || parse_i64(digits, INT64_MIN, INT64_MAX, &number) < 0)
			continue;
		if (endswith(name, "Sec") && !endswith(name, "USec")) {
			auto_free char *usec = text_format("%.*sUSec", (int)strlen(name) - 3, name);

			return usec ? sd_bus_message_append(m, "(sv)", usec, "t",
							    (uint64_t)number * 1000000)
				    : -ENOMEM;
		}
		return streq(types[i].type, "t") || streq(types[i].type, "x")
			       ? sd_bus_message_append(m, "(sv)", name, types[i].type, number)
			       : sd_bus_message_append(m, "(sv)", name, types[i].type, (int)number);
	}
	return -EINVAL;
}

/* The property of an assignment, or NULL. */
static const struct property *find_property(const char *assignment)
{
	size_t n = strcspn(assignment, "=");

	for (size_t i = 0; assignment[n] && i < ARRAY_SIZE(properties); i++)
		if (strlen(properties[i].name) == n &&
		    strncmp(properties[i].name, assignment, n) == 0)
			return &properties[i];
	return NULL;
}

int bus_append_property(sd_bus_message *m, const char *assignment)
{
	const struct property *p = find_property(assignment);
	size_t n = strcspn(assignment, "=");

	if (*assignment == '@' && assignment[n]) {
		auto_free char *name = strndup(assignment + 1, n - 1);

		return name ? append_variant(m, name, assignment + n + 1) : -ENOMEM;
	}
	return p ? append_value(m, p->kind, p->name, assignment + n + 1) : -EINVAL;
}

static bool has_bit(const uint8_t *bits, size_t n_bytes, size_t i)
{
	return i / 8 < n_bytes && bits[i / 8] & 1U << i % 8;
}

/* The text of append_set(); "" is none of them, which is how systemd has no set at all. */
static void format_set(const uint8_t *bits, size_t n_bytes, struct buf *out)
{
	const char *comma = "";

	for (size_t i = 0; i < n_bytes * 8; i++) {
		size_t first = i;

		if (!has_bit(bits, n_bytes, i))
			continue;
		while (has_bit(bits, n_bytes, i + 1))
			i++;
		buf_fmt(out, first < i ? "%s%zu-%zu" : "%s%zu", comma, first, i);
		comma = ",";
	}
}

static void read_number(sd_bus *bus, const char *path, const char *name, struct buf *out)
{
	uint64_t number;

	if (sd_bus_get_property_trivial(bus, MANAGER, path, SCOPE_INTERFACE, name, NULL, 't',
					&number) >= 0)
		buf_fmt(out, "%s=%" PRIu64 "\n", name, number);
}

static void read_set(sd_bus *bus, const char *path, const char *name, struct buf *out)
{
	sd_bus_message *m = NULL;
	const void *bits;
	size_t n;

	if (sd_bus_get_property(bus, MANAGER, path, SCOPE_INTERFACE, name, NULL, &m, "ay") >= 0 &&
	    sd_bus_message_read_array(m, 'y', &bits, &n) >= 0) {
		buf_fmt(out, "%s=", name);
		format_set(bits, n, out);
		buf_char(out, '\n');
	}
	(void)sd_bus_message_unref(m);
}

void bus_read_property(sd_bus *bus, const char *path, const char *assignment, struct buf *out)
{
	const struct property *p = find_property(assignment);

	if (p && p->kind == PROPERTY_NUMBER)
		read_number(bus, path, p->name, out);
	else if (p && p->kind == PROPERTY_SET)
		read_set(bus, path, p->name, out);
}
