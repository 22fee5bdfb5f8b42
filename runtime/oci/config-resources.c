/* SPDX-License-Identifier: MIT */
/*
 * Limits: config-linux.md, Control groups, and the document of update. What is only of cgroup v1
 * is read as well: whether it is refused is decided where limits are set.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config-reader.h"
#include "config.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/text.h"

#define OFFSET(member) offsetof(struct oci_resources, member)

/* Bytes; a number above INT64_MAX is what some tools have for "no limit". */
static int read_bytes(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	if (!json_is_wide(j, NULL))
		return oci_read_number(rd, j, m, ret);
	*(struct oci_number *)ret = (struct oci_number){.given = true, .value = -1};
	return 0;
}

/* ---- devices ---- */

#define RULE(member) offsetof(struct oci_device_rule, member)

static int read_rule_type(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
			  void *ret)
{
	const char *s = json_string_value(j);

	(void)m;
	if (!s || (*s && (!strchr("abc", *s) || s[1])))
		return oci_bad(rd, "not \"a\", \"b\" or \"c\"");
	if (*s)
		*(char *)ret = *s;
	return 0;
}

static int read_access(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
		       void *ret)
{
	struct oci_device_rule *rule = ret;
	const char *s = json_string_value(j);

	(void)m;
	if (!s || strspn(s, "rwm") != strlen(s))
		return oci_bad(rd, "not made of r, w and m");
	rule->read = strchr(s, 'r');
	rule->write = strchr(s, 'w');
	rule->mknod = strchr(s, 'm');
	return 0;
}

static const struct oci_member rule_members[] = {
	{"allow", oci_read_bool, RULE(allow), .required = true},
	{"type", read_rule_type, RULE(type)},
	{"major", oci_read_i64, RULE(major), NULL, -1, UINT32_MAX},
	{"minor", oci_read_i64, RULE(minor), NULL, -1, UINT32_MAX},
	{"access", read_access, 0},
	{0},
};

/* What is not given is everything. */
static const struct oci_list rules = {
	.table = rule_members,
	.initial = &(const struct oci_device_rule){.type = 'a',
						   .major = -1,
						   .minor = -1,
						   .read = true,
						   .write = true,
						   .mknod = true},
	.size = sizeof(struct oci_device_rule),
	.n = OCI_LIST_N(struct oci_resources, devices, n_devices),
};

/* ---- memory, cpu, pids ---- */

static const struct oci_member memory_members[] = {
	{"limit", read_bytes, OFFSET(memory.limit), NULL, -1, INT64_MAX},
	{"reservation", read_bytes, OFFSET(memory.reservation), NULL, -1, INT64_MAX},
	{"swap", read_bytes, OFFSET(memory.swap), NULL, -1, INT64_MAX},
	{"kernel", read_bytes, OFFSET(memory.kernel), NULL, -1, INT64_MAX},
	{"kernelTCP", read_bytes, OFFSET(memory.kernel_tcp), NULL, -1, INT64_MAX},
	/* docker writes 2^64-1 or -1 for "not given" */
	{"swappiness", read_bytes, OFFSET(memory.swappiness), NULL, -1, 200},
	{"disableOOMKiller", oci_read_number, OFFSET(memory.disable_oom_killer), NULL, 0, 1},
	{"useHierarchy", oci_read_number, OFFSET(memory.use_hierarchy), NULL, 0, 1},
	{"checkBeforeUpdate", oci_read_number, OFFSET(memory.check_before_update), NULL, 0, 1},
	{0},
};

static const struct oci_member cpu_members[] = {
	{"shares", oci_read_number, OFFSET(cpu.shares), NULL, 0, INT64_MAX},
	{"quota", read_bytes, OFFSET(cpu.quota), NULL, -1, INT64_MAX},
	{"burst", oci_read_number, OFFSET(cpu.burst), NULL, 0, INT64_MAX},
	{"period", oci_read_number, OFFSET(cpu.period), NULL, 0, INT64_MAX},
	{"realtimeRuntime", oci_read_number, OFFSET(cpu.realtime_runtime)},
	{"realtimePeriod", oci_read_number, OFFSET(cpu.realtime_period), NULL, 0, INT64_MAX},
	{"idle", oci_read_number, OFFSET(cpu.idle)},
	{"cpus", oci_read_string, OFFSET(cpu.cpus)},
	{"mems", oci_read_string, OFFSET(cpu.mems)},
	{0},
};

static const struct oci_member pids_members[] = {
	{"limit", read_bytes, OFFSET(pids), NULL, -1, INT64_MAX},
	{0},
};

/* ---- block devices ---- */

#define WEIGHT(member) offsetof(struct oci_block_weight, member)
#define THROTTLE(member) offsetof(struct oci_throttle, member)

static const struct oci_member weight_members[] = {
	{"major", oci_read_u32, WEIGHT(major), .required = true},
	{"minor", oci_read_u32, WEIGHT(minor), .required = true},
	{"weight", oci_read_number, WEIGHT(weight), NULL, 0, UINT16_MAX},
	{"leafWeight", oci_read_number, WEIGHT(leaf_weight), NULL, 0, UINT16_MAX},
	{0},
};

static const struct oci_member throttle_members[] = {
	{"major", oci_read_u32, THROTTLE(major), .required = true},
	{"minor", oci_read_u32, THROTTLE(minor), .required = true},
	{"rate", oci_read_u64, THROTTLE(rate), .required = true},
	{0},
};

static const struct oci_list weights = {
	.table = weight_members,
	.size = sizeof(struct oci_block_weight),
	.n = OCI_LIST_N(struct oci_resources, block.weights, block.n_weights),
};

static const struct oci_list throttles = {
	.table = throttle_members,
	.size = sizeof(struct oci_throttle),
	.n = OCI_LIST_N(struct oci_resources, block.throttle[0], block.n_throttle[0]),
};

static const struct oci_member block_members[] = {
	{"weight", oci_read_number, OFFSET(block.weight), NULL, 0, UINT16_MAX},
	{"leafWeight", oci_read_number, OFFSET(block.leaf_weight), NULL, 0, UINT16_MAX},
	{"weightDevice", oci_read_list, OFFSET(block.weights), &weights},
	{"throttleReadBpsDevice", oci_read_list, OFFSET(block.throttle[0]), &throttles},
	{"throttleWriteBpsDevice", oci_read_list, OFFSET(block.throttle[1]), &throttles},
	{"throttleReadIOPSDevice", oci_read_list, OFFSET(block.throttle[2]), &throttles},
	{"throttleWriteIOPSDevice", oci_read_list, OFFSET(block.throttle[3]), &throttles},
	{0},
};

/* ---- huge pages, network, rdma, unified ---- */

#define HUGEPAGE(member) offsetof(struct oci_hugepage, member)

static const struct oci_member hugepage_members[] = {
	{"pageSize", oci_read_string, HUGEPAGE(page_size), .required = true},
	{"limit", oci_read_u64, HUGEPAGE(limit), .required = true},
	{0},
};

/* The name becomes part of a file's: hugetlb.2MB.max. */
static int check_hugepage(struct oci_reader *rd, void *element)
{
	const struct oci_hugepage *h = element;
	size_t digits = strspn(h->page_size, "0123456789");

	if (digits == 0 || !strchr("KMG", h->page_size[digits]) ||
	    !streq(h->page_size + digits + 1, "B"))
		return oci_bad_member(rd, "pageSize", "\"%s\": not like 2MB", h->page_size);
	return 0;
}

static const struct oci_list hugepages = {
	.table = hugepage_members,
	.size = sizeof(struct oci_hugepage),
	.n = OCI_LIST_N(struct oci_resources, hugepages, n_hugepages),
	.check = check_hugepage,
};

static int read_priority(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
			 void *ret)
{
	uint32_t value;
	int r = oci_read_u32(rd, j, m, &value);

	if (r < 0)
		return r;
	*(char **)ret = text_format("%u", value);
	return *(char **)ret ? 0 : log_oom();
}

static const struct oci_member priority_members[] = {
	{"name", oci_read_string, offsetof(struct oci_pair, name), .required = true},
	{"priority", read_priority, offsetof(struct oci_pair, value), .required = true},
	{0},
};

static const struct oci_list priorities = {
	.table = priority_members,
	.size = sizeof(struct oci_pair),
	.n = OCI_LIST_N(struct oci_resources, network.priorities, network.n_priorities),
};

static const struct oci_member network_members[] = {
	{"classID", oci_read_number, OFFSET(network.class_id), NULL, 0, UINT32_MAX},
	{"priorities", oci_read_list, OFFSET(network.priorities), &priorities},
	{0},
};

static const struct oci_member rdma_members[] = {
	{"hcaHandles", oci_read_number, offsetof(struct oci_rdma, handles), NULL, 0, UINT32_MAX},
	{"hcaObjects", oci_read_number, offsetof(struct oci_rdma, objects), NULL, 0, UINT32_MAX},
	{0},
};

static const struct oci_list rdma = {
	.table = rdma_members,
	.size = sizeof(struct oci_rdma),
	.n = OCI_LIST_N(struct oci_resources, rdma, n_rdma),
};

/* The name is that of a file in the cgroup, and nothing that leads out of it. */
static int read_pair(struct oci_reader *rd, const char *name, const json_t *value,
		     struct oci_pair *ret)
{
	static const struct oci_member any = {0};

	if (!strchr(name, '.'))
		return oci_bad(rd, "the specified key has not the form CONTROLLER.VALUE `%s`",
			       name);
	if (strchr(name, '/') || *name == '.')
		return oci_bad(rd, "not the name of a file of a cgroup");
	ret->name = strdup(name);
	if (!ret->name)
		return log_oom();
	if (!json_is_string(value))
		return oci_bad(rd, "not a string");
	if (!*json_string_value(value))
		return (ret->value = strdup("")) ? 0 : log_oom();
	return oci_read_string(rd, value, &any, &ret->value);
}

static int read_unified(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
			void *ret)
{
	struct oci_resources *resources = ret;
	int r;

	(void)m;
	if (!json_is_object(j))
		return oci_bad(rd, "not an object");
	r = oci_allocate(json_object_size(j), sizeof(*resources->unified),
			 (void **)&resources->unified);
	for (void *it = json_object_iter((json_t *)j); r >= 0 && it;
	     it = json_object_iter_next((json_t *)j, it)) {
		const char *name = json_object_iter_key(it);
		size_t len = oci_enter(rd, name);

		r = read_pair(rd, name, json_object_iter_value(it),
			      &resources->unified[resources->n_unified++]);
		oci_leave(rd, len);
	}
	return r;
}

/* ---- the object ---- */

const struct oci_member oci_resources_members[] = {
	{"devices", oci_read_list, OFFSET(devices), &rules},
	{"memory", oci_read_object, 0, memory_members},
	{"cpu", oci_read_object, 0, cpu_members},
	{"pids", oci_read_object, 0, pids_members},
	{"blockIO", oci_read_object, 0, block_members},
	{"hugepageLimits", oci_read_list, OFFSET(hugepages), &hugepages},
	{"network", oci_read_object, 0, network_members},
	{"rdma", oci_read_named, OFFSET(rdma), &rdma},
	{"unified", read_unified, 0},
	{0},
};

int oci_resources_read(const char *path, struct oci_resources *ret)
{
	struct oci_reader rd = {.file = streq(path, "-") ? "(standard input)" : path};
	struct oci_resources resources = {0};
	auto_json json_t *j = NULL;
	int r;

	r = oci_parse_file(&rd, path, &j);
	if (r >= 0)
		r = oci_read_members(&rd, j, oci_resources_members, &resources);
	if (r < 0) {
		oci_resources_done(&resources);
		return r;
	}
	*ret = resources;
	return 0;
}

static void free_pairs(struct oci_pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(pairs[i].name);
		free(pairs[i].value);
	}
	free(pairs);
}

void oci_resources_done(struct oci_resources *r)
{
	free(r->devices);
	free(r->cpu.cpus);
	free(r->cpu.mems);
	free(r->block.weights);
	for (size_t i = 0; i < ARRAY_SIZE(r->block.throttle); i++)
		free(r->block.throttle[i]);
	for (size_t i = 0; i < r->n_hugepages; i++)
		free(r->hugepages[i].page_size);
	free(r->hugepages);
	free_pairs(r->network.priorities, r->network.n_priorities);
	for (size_t i = 0; i < r->n_rdma; i++)
		free(r->rdma[i].name);
	free(r->rdma);
	free_pairs(r->unified, r->n_unified);
	*r = (struct oci_resources){0};
}
