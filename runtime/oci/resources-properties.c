/* SPDX-License-Identifier: MIT */
/*
 * Resources as properties of a scope (systemd.resource-control(5), by their D-Bus names): systemd
 * writes what it knows of anew at each daemon-reload.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "resources-parts.h"

static int add_number(char ***v, const char *name, uint64_t n)
{
	return strv_take(v, text_format("%s=%" PRIu64, name, n));
}

/* Negative: UINT64_MAX, which is systemd's infinity. */
static int add_limit(char ***v, const char *name, const struct oci_number *n)
{
	if (!resources_has(n))
		return 0;
	return add_number(v, name, n->value < 0 ? UINT64_MAX : (uint64_t)n->value);
}

static int add_memory(char ***v, const struct oci_resources *r)
{
	int64_t swap = 0;
	int has_swap = resources_swap(r, &swap), n = has_swap < 0 ? has_swap : 0;

	if (n == 0)
		n = add_limit(v, "MemoryMax", &r->memory.limit);
	if (n == 0)
		n = add_limit(v, "MemoryLow", &r->memory.reservation);
	if (n == 0 && has_swap)
		n = add_number(v, "MemorySwapMax", swap < 0 ? UINT64_MAX : (uint64_t)swap);
	return n;
}

/* systemd reckons in 10 ms per second: rounded up, so that it never grants less. */
static int add_quota(char ***v, int64_t quota, int64_t period)
{
	uint64_t p = period > 0 ? (uint64_t)period : 100000;
	uint64_t usec = quota > 0 ? (uint64_t)quota * 1000000 / p : UINT64_MAX;
	int n;

	if (quota > 0 && usec % 10000)
		usec = (usec / 10000 + 1) * 10000;
	n = add_number(v, "CPUQuotaPeriodUSec", p);
	return n < 0 ? n : add_number(v, "CPUQuotaPerSecUSec", usec);
}

static int add_cpu(char ***v, const struct oci_resources *r)
{
	int n = 0;

	if (r->cpu.idle.given && r->cpu.idle.value == 1) /* systemd's word for it */
		n = add_number(v, "CPUWeight", 0);
	else if (resources_has(&r->cpu.shares))
		n = add_number(v, "CPUWeight", resources_cpu_weight(r->cpu.shares.value));
	if (n == 0 && (resources_has(&r->cpu.quota) || resources_has(&r->cpu.period)))
		n = add_quota(v, r->cpu.quota.value, r->cpu.period.value);
	if (n == 0 && r->cpu.cpus && *r->cpu.cpus)
		n = strv_take(v, text_format("AllowedCPUs=%s", r->cpu.cpus));
	if (n == 0 && r->cpu.mems && *r->cpu.mems)
		n = strv_take(v, text_format("AllowedMemoryNodes=%s", r->cpu.mems));
	return n;
}

static int add_unified_quota(char ***v, const char *value)
{
	int64_t quota = startswith(value, "max") ? -1 : strtoll(value, NULL, 10);
	const char *space = strchr(value, ' ');
	int64_t period = space ? strtoll(space, NULL, 10) : 0;

	return add_quota(v, quota, period);
}

/* Those files of unified that systemd would write over. */
static int add_unified(char ***v, const struct oci_pair *p)
{
	static const struct {
		const char *file, *property;
	} known[] = {
		{"memory.min", "MemoryMin"},	      {"memory.low", "MemoryLow"},
		{"memory.high", "MemoryHigh"},	      {"memory.max", "MemoryMax"},
		{"memory.swap.max", "MemorySwapMax"}, {"pids.max", "TasksMax"},
		{"cpu.weight", "CPUWeight"},	      {"io.weight", "IOWeight"},
	};
	uint64_t number;

	if (streq(p->name, "cpu.max"))
		return add_unified_quota(v, p->value);
	if (streq(p->name, "cpu.idle") && streq(p->value, "1"))
		return add_number(v, "CPUWeight", 0);
	if (streq(p->name, "cpuset.cpus"))
		return strv_take(v, text_format("AllowedCPUs=%s", p->value));
	if (streq(p->name, "cpuset.mems"))
		return strv_take(v, text_format("AllowedMemoryNodes=%s", p->value));
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!streq(p->name, known[i].file))
			continue;
		if (streq(p->value, "max"))
			return add_number(v, known[i].property, UINT64_MAX);
		return parse_u64(p->value, 0, UINT64_MAX, &number) < 0
			       ? 0
			       : add_number(v, known[i].property, number);
	}
	return 0;
}

int oci_resources_properties(const struct oci_resources *r, char ***v)
{
	int n = add_memory(v, r);

	if (n == 0)
		n = add_cpu(v, r);
	if (n == 0)
		n = add_limit(v, "TasksMax", &r->pids);
	if (n == 0 && resources_has(&r->block.weight))
		n = add_number(v, "IOWeight", resources_io_weight(r->block.weight.value));
	for (size_t i = 0; n == 0 && i < r->n_unified; i++)
		n = add_unified(v, &r->unified[i]);
	return n;
}
