/* SPDX-License-Identifier: MIT */
/* Resources of config-linux.md as files of cgroup v1, whose terms are its own. Nothing is written
 * here. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "device-filter.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "resources-parts.h"

/* In the order in which a new group takes them; what is idle takes no shares. */
static int add_numbers(char ***v, const struct oci_resources *r)
{
	const struct oci_number none = {0};
	bool idle = r->cpu.idle.value == 1;
	const struct {
		const char *file;
		const struct oci_number *n;
	} all[] = {
		{"memory.limit_in_bytes", &r->memory.limit},
		{"memory.memsw.limit_in_bytes", &r->memory.swap},
		{"memory.soft_limit_in_bytes", &r->memory.reservation},
		{"memory.kmem.limit_in_bytes", &r->memory.kernel},
		{"memory.kmem.tcp.limit_in_bytes", &r->memory.kernel_tcp},
		{"memory.oom_control", &r->memory.disable_oom_killer},
		{"cpu.shares", idle ? &none : &r->cpu.shares},
		{"cpu.cfs_period_us", &r->cpu.period},
		{"cpu.cfs_quota_us", &r->cpu.quota},
		{"cpu.cfs_burst_us", &r->cpu.burst},
		{"cpu.rt_period_us", &r->cpu.realtime_period},
		{"cpu.rt_runtime_us", &r->cpu.realtime_runtime},
		{"blkio.weight", &r->block.weight},
		{"blkio.leaf_weight", &r->block.leaf_weight},
		{"net_cls.classid", &r->network.class_id},
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (resources_has(all[i].n) &&
		    strv_take(v, text_format("%s=%" PRId64, all[i].file, all[i].n->value)) < 0)
			return -ENOMEM;
	return 0;
}

static int add_text(char ***v, const char *file, const char *value)
{
	return value && *value ? strv_take(v, text_format("%s=%s", file, value)) : 0;
}

/* Those where 0 is a number, or no limit is a word. */
static int add_others(char ***v, const struct oci_resources *r)
{
	int64_t swappiness = r->memory.swappiness.value;
	int n = add_text(v, "cpuset.cpus", r->cpu.cpus);

	if (n == 0 && r->cpu.idle.given)
		n = strv_take(v, text_format("cpu.idle=%" PRId64, r->cpu.idle.value));
	/* no limit of memory means none of both: it is not taken while there is one of both */
	if (n == 0 && r->memory.limit.value < 0 && !resources_has(&r->memory.swap))
		n = strv_add(v, "memory.memsw.limit_in_bytes=-1");
	if (n == 0)
		n = add_text(v, "cpuset.mems", r->cpu.mems);
	if (n == 0 && r->memory.swappiness.given && swappiness >= 0)
		n = strv_take(v, text_format("memory.swappiness=%" PRId64, swappiness));
	if (n == 0 && resources_has(&r->pids))
		n = r->pids.value < 0
			    ? strv_add(v, "pids.max=max")
			    : strv_take(v, text_format("pids.max=%" PRId64, r->pids.value));
	return n;
}

static int add_block(char ***v, const struct oci_resources *r)
{
	static const char *const names[] = {"read_bps", "write_bps", "read_iops", "write_iops"};
	int n = 0;

	for (size_t i = 0; n == 0 && i < r->block.n_weights; i++) {
		const struct oci_block_weight *w = &r->block.weights[i];

		if (resources_has(&w->weight))
			n = strv_take(v, text_format("blkio.weight_device=%u:%u %" PRId64, w->major,
						     w->minor, w->weight.value));
		if (n == 0 && resources_has(&w->leaf_weight))
			n = strv_take(v, text_format("blkio.leaf_weight_device=%u:%u %" PRId64,
						     w->major, w->minor, w->leaf_weight.value));
	}
	for (size_t kind = 0; kind < ARRAY_SIZE(names); kind++)
		for (size_t i = 0; n == 0 && i < r->block.n_throttle[kind]; i++) {
			const struct oci_throttle *t = &r->block.throttle[kind][i];

			n = strv_take(v, text_format("blkio.throttle.%s_device=%u:%u %" PRIu64,
						     names[kind], t->major, t->minor, t->rate));
		}
	return n;
}

static int add_priorities(char ***v, const struct oci_resources *r)
{
	for (size_t i = 0; i < r->network.n_priorities; i++)
		if (strv_take(v,
			      text_format("net_prio.ifpriomap=%s %s", r->network.priorities[i].name,
					  r->network.priorities[i].value)) < 0)
			return -ENOMEM;
	return 0;
}

int oci_resources_v1(const struct oci_resources *r, char ***v)
{
	int n = add_numbers(v, r);

	if (n == 0)
		n = add_others(v, r);
	if (n == 0)
		n = add_block(v, r);
	if (n == 0)
		n = add_priorities(v, r);
	return n < 0 ? log_oom() : 0;
}

struct oci_resources oci_resources_rest(const struct oci_resources *r)
{
	return (struct oci_resources){
		.hugepages = r->hugepages,
		.n_hugepages = r->n_hugepages,
		.rdma = r->rdma,
		.n_rdma = r->n_rdma,
		.unified = r->unified,
		.n_unified = r->n_unified,
	};
}

static int add_device(char ***v, const struct oci_device_rule *d)
{
	const char *file = d->allow ? "devices.allow" : "devices.deny";
	char major[24] = "*", minor[24] = "*", access[4];

	if (d->major >= 0)
		(void)snprintf(major, sizeof(major), "%" PRId64, d->major);
	if (d->minor >= 0)
		(void)snprintf(minor, sizeof(minor), "%" PRId64, d->minor);
	(void)snprintf(access, sizeof(access), "%s%s%s", d->read ? "r" : "", d->write ? "w" : "",
		       d->mknod ? "m" : "");
	/* "a" would mean every access to every device */
	for (const char *type = d->type == 'a' ? "cb" : (char[2]){d->type}; *type; type++)
		if (strv_take(v, text_format("%s=%c %s:%s %s", file, *type, major, minor, access)) <
		    0)
			return -ENOMEM;
	return 0;
}

/* Does a rule deny one of the default devices? It is the last word. */
static bool is_denied(const struct oci_resources *r, size_t from, const struct oci_device_rule *d)
{
	for (size_t i = from; i < r->n_devices; i++) {
		const struct oci_device_rule *is = &r->devices[i];

		if (!is->allow && (is->type == d->type || is->type == 'a') &&
		    (is->major < 0 || is->major == d->major) &&
		    (is->minor < 0 || is->minor == d->minor))
			return true;
	}
	return false;
}

/* As in device-filter.c. All that the parent allows is what a new group has: nothing says so. */
int oci_devices_v1(const struct oci_resources *r, char ***v)
{
	bool allow;
	size_t from = device_rules_start(r, &allow), n_default;
	const struct oci_device_rule *d = device_rules_default(&n_default);
	int n = allow ? 0 : strv_add(v, "devices.deny=a");

	for (size_t i = from; n == 0 && i < r->n_devices; i++)
		n = add_device(v, &r->devices[i]);
	for (size_t i = 0; n == 0 && !allow && i < n_default; i++)
		if (!is_denied(r, from, &d[i]))
			n = add_device(v, &d[i]);
	return n < 0 ? log_oom() : 0;
}
