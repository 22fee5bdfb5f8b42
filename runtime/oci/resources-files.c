/* SPDX-License-Identifier: MIT */
/* Resources of config-linux.md as files of cgroup v2: what goes where, and by which numbers.
 * Nothing is written here. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "resources-parts.h"

#define PERIOD_USEC 100000 /* the kernel's own */

uint64_t resources_cpu_weight(int64_t shares)
{
	uint64_t s = shares < 2 ? 2 : shares > 262144 ? 262144 : (uint64_t)shares;

	return 1 + (s - 2) * 9999 / 262142;
}

uint64_t resources_io_weight(int64_t weight)
{
	uint64_t w = weight < 10 ? 10 : weight > 1000 ? 1000 : (uint64_t)weight;

	return 1 + (w - 10) * 9999 / 990;
}

int resources_swap(const struct oci_resources *r, int64_t *ret)
{
	int64_t swap = r->memory.swap.value, limit = r->memory.limit.value;

	if (!resources_has(&r->memory.swap)) {
		/* as v1, where no limit of memory means none of both */
		*ret = -1;
		return resources_has(&r->memory.limit) && limit < 0;
	}
	if (swap < 0) {
		*ret = -1;
		return 1;
	}
	if (!resources_has(&r->memory.limit))
		return log_refuse(-EINVAL, "unable to set swap limit without memory limit");
	if (limit < 0 || swap < limit)
		return log_refuse(-EINVAL,
				  "memory.swap (%" PRId64 ") counts memory and swap: it should be "
				  "at least memory.limit (%" PRId64 ")",
				  swap, limit);
	*ret = swap - limit;
	return 1;
}

/* "FILE=NUMBER", "max" for what is negative. */
static int add_limit(char ***v, const char *file, int64_t n)
{
	return strv_take(v,
			 n < 0 ? text_format("%s=max", file) : text_format("%s=%" PRId64, file, n));
}

static int add_memory(char ***v, const struct oci_resources *r)
{
	int64_t swap = 0;
	int has_swap = resources_swap(r, &swap), n = has_swap < 0 ? has_swap : 0;

	if (n == 0 && resources_has(&r->memory.limit))
		n = add_limit(v, "memory.max", r->memory.limit.value);
	if (n == 0 && has_swap)
		n = add_limit(v, "memory.swap.max", swap);
	if (n == 0 && resources_has(&r->memory.reservation))
		n = add_limit(v, "memory.low", r->memory.reservation.value);
	return n;
}

/* A burst is at most the quota: it is out of the way while that is changed. */
static int add_quota(char ***v, const struct oci_resources *r)
{
	int64_t quota = r->cpu.quota.value;
	long long period = resources_has(&r->cpu.period) ? r->cpu.period.value : PERIOD_USEC;
	int n = 0;

	if (!resources_has(&r->cpu.quota) && !resources_has(&r->cpu.period))
		return 0;
	if (r->cpu.burst.given)
		n = strv_add(v, "cpu.max.burst=0");
	if (n < 0)
		return n;
	return strv_take(v, quota > 0 ? text_format("cpu.max=%" PRId64 " %lld", quota, period)
				      : text_format("cpu.max=max %lld", period));
}

static int add_cpu(char ***v, const struct oci_resources *r)
{
	int n = 0;

	if (r->cpu.idle.given) /* before the weight, which what is idle does not take */
		n = add_limit(v, "cpu.idle", r->cpu.idle.value);
	if (n == 0 && resources_has(&r->cpu.shares) && r->cpu.idle.value != 1)
		n = add_limit(v, "cpu.weight", (int64_t)resources_cpu_weight(r->cpu.shares.value));
	if (n == 0)
		n = add_quota(v, r);
	if (n == 0 && r->cpu.burst.given)
		n = add_limit(v, "cpu.max.burst", r->cpu.burst.value);
	if (n == 0 && r->cpu.cpus && *r->cpu.cpus)
		n = strv_take(v, text_format("cpuset.cpus=%s", r->cpu.cpus));
	if (n == 0 && r->cpu.mems && *r->cpu.mems)
		n = strv_take(v, text_format("cpuset.mems=%s", r->cpu.mems));
	return n;
}

static int add_weights(char ***v, const struct oci_resources *r, bool bfq)
{
	int64_t weight = r->block.weight.value;
	int n = 0;

	if (resources_has(&r->block.weight))
		n = bfq ? add_limit(v, "io.bfq.weight", weight)
			: add_limit(v, "io.weight", (int64_t)resources_io_weight(weight));
	for (size_t i = 0; n == 0 && i < r->block.n_weights; i++) {
		const struct oci_block_weight *w = &r->block.weights[i];

		if (!resources_has(&w->weight))
			continue;
		n = strv_take(v,
			      text_format("%s=%u:%u %" PRId64, bfq ? "io.bfq.weight" : "io.weight",
					  w->major, w->minor,
					  bfq ? w->weight.value
					      : (int64_t)resources_io_weight(w->weight.value)));
	}
	return n;
}

static int add_throttles(char ***v, const struct oci_resources *r)
{
	static const char *const names[] = {"rbps", "wbps", "riops", "wiops"};
	int n = 0;

	for (size_t kind = 0; kind < ARRAY_SIZE(names); kind++)
		for (size_t i = 0; n == 0 && i < r->block.n_throttle[kind]; i++) {
			const struct oci_throttle *t = &r->block.throttle[kind][i];
			char rate[32] = "max"; /* 0 took the limit away in v1 */

			if (t->rate)
				(void)snprintf(rate, sizeof(rate), "%" PRIu64, t->rate);
			n = strv_take(v, text_format("io.max=%u:%u %s=%s", t->major, t->minor,
						     names[kind], rate));
		}
	return n;
}

/* .rsvd.max is about reservations, without which a program is killed by SIGBUS at first use. */
static int add_hugepages(char ***v, const struct oci_resources *r)
{
	int n = 0;

	for (size_t i = 0; n == 0 && i < r->n_hugepages; i++) {
		const char *size = r->hugepages[i].page_size;
		uint64_t limit = r->hugepages[i].limit;

		n = strv_take(v, text_format("hugetlb.%s.max=%" PRIu64, size, limit));
		if (n == 0)
			n = strv_take(v, text_format("hugetlb.%s.rsvd.max=%" PRIu64, size, limit));
	}
	return n;
}

static void add_rdma_limit(struct buf *b, const char *key, const struct oci_number *n)
{
	if (n->given && n->value < 0)
		buf_fmt(b, " %s=max", key);
	else if (n->given)
		buf_fmt(b, " %s=%" PRId64, key, n->value);
}

static int add_rdma(char ***v, const struct oci_resources *r)
{
	int n = 0;

	for (size_t i = 0; n == 0 && i < r->n_rdma; i++) {
		auto_buf b = {0};

		buf_fmt(&b, "rdma.max=%s", r->rdma[i].name);
		add_rdma_limit(&b, "hca_handle", &r->rdma[i].handles);
		add_rdma_limit(&b, "hca_object", &r->rdma[i].objects);
		n = strv_take(v, buf_take(&b));
	}
	return n;
}

/* Line by line: each write(2) is one setting. */
static int add_unified(char ***v, const struct oci_resources *r)
{
	for (size_t i = 0; i < r->n_unified; i++) {
		const struct oci_pair *p = &r->unified[i];
		auto_free char *lines = strdup(p->value);
		char *save = NULL;

		if (!lines)
			return -ENOMEM;
		if (strpbrk(p->name, "/="))
			return log_refuse(-EINVAL,
					  "unified resource \"%s\" must be a file name (no "
					  "slashes)",
					  p->name);
		if (!strchr(p->name, '.'))
			return log_refuse(-EINVAL,
					  "the specified key has not the form CONTROLLER.VALUE "
					  "`%s`",
					  p->name);
		for (char *l = strtok_r(lines, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
			if (strv_take(v, text_format("%s=%s", p->name, l)) < 0)
				return -ENOMEM;
	}
	return 0;
}

/* ---- what is asked for ---- */

enum kind { KIND_NUMBER, KIND_NUMBER_OR_ZERO, KIND_TEXT, KIND_COUNT };

#define MEMBER(member) offsetof(struct oci_resources, member)

static const struct {
	const char *name;
	enum kind kind;
	size_t offset;
	bool v1; /* only that had it */
} known[] = {
	{"memory.limit", KIND_NUMBER, MEMBER(memory.limit)},
	{"memory.reservation", KIND_NUMBER, MEMBER(memory.reservation)},
	{"memory.swap", KIND_NUMBER, MEMBER(memory.swap)},
	{"memory.kernel", KIND_NUMBER, MEMBER(memory.kernel), true},
	{"memory.kernelTCP", KIND_NUMBER, MEMBER(memory.kernel_tcp), true},
	{"memory.swappiness", KIND_NUMBER_OR_ZERO, MEMBER(memory.swappiness), true},
	{"memory.disableOOMKiller", KIND_NUMBER, MEMBER(memory.disable_oom_killer), true},
	{"cpu.shares", KIND_NUMBER, MEMBER(cpu.shares)},
	{"cpu.quota", KIND_NUMBER, MEMBER(cpu.quota)},
	{"cpu.burst", KIND_NUMBER, MEMBER(cpu.burst)},
	{"cpu.period", KIND_NUMBER, MEMBER(cpu.period)},
	{"cpu.realtimeRuntime", KIND_NUMBER, MEMBER(cpu.realtime_runtime), true},
	{"cpu.realtimePeriod", KIND_NUMBER, MEMBER(cpu.realtime_period), true},
	{"cpu.idle", KIND_NUMBER, MEMBER(cpu.idle)},
	{"cpu.cpus", KIND_TEXT, MEMBER(cpu.cpus)},
	{"cpu.mems", KIND_TEXT, MEMBER(cpu.mems)},
	{"pids.limit", KIND_NUMBER, MEMBER(pids)},
	{"blockIO.weight", KIND_NUMBER, MEMBER(block.weight)},
	{"blockIO.leafWeight", KIND_NUMBER, MEMBER(block.leaf_weight), true},
	{"blockIO.weightDevice", KIND_COUNT, MEMBER(block.n_weights)},
	{"blockIO.throttleReadBpsDevice", KIND_COUNT, MEMBER(block.n_throttle[0])},
	{"blockIO.throttleWriteBpsDevice", KIND_COUNT, MEMBER(block.n_throttle[1])},
	{"blockIO.throttleReadIOPSDevice", KIND_COUNT, MEMBER(block.n_throttle[2])},
	{"blockIO.throttleWriteIOPSDevice", KIND_COUNT, MEMBER(block.n_throttle[3])},
	{"hugepageLimits", KIND_COUNT, MEMBER(n_hugepages)},
	{"network.classID", KIND_NUMBER, MEMBER(network.class_id), true},
	{"network.priorities", KIND_COUNT, MEMBER(network.n_priorities), true},
	{"rdma", KIND_COUNT, MEMBER(n_rdma)},
	{"unified", KIND_COUNT, MEMBER(n_unified)},
};

static bool is_given(const struct oci_resources *r, size_t i)
{
	const void *at = (const char *)r + known[i].offset;
	const struct oci_number *number = at;
	char *const *text = at;

	switch (known[i].kind) {
	case KIND_NUMBER:
		return resources_has(number);
	case KIND_NUMBER_OR_ZERO:
		return number->given && number->value >= 0;
	case KIND_TEXT:
		return *text && **text;
	case KIND_COUNT:
		return *(const size_t *)at > 0;
	}
	return false;
}

const char *oci_resources_first(const struct oci_resources *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (is_given(r, i))
			return known[i].name;
	return NULL;
}

static int refuse_v1(const struct oci_resources *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].v1 && is_given(r, i))
			return log_refuse(-EOPNOTSUPP, "cannot set %s with cgroup v2",
					  known[i].name);
	return 0;
}

int oci_resources_files(const struct oci_resources *r, bool bfq, char ***v)
{
	int n = refuse_v1(r);

	if (n == 0)
		n = add_memory(v, r);
	if (n == 0)
		n = add_cpu(v, r);
	if (n == 0 && resources_has(&r->pids))
		n = add_limit(v, "pids.max", r->pids.value);
	if (n == 0)
		n = add_weights(v, r, bfq);
	if (n == 0)
		n = add_throttles(v, r);
	if (n == 0)
		n = add_hugepages(v, r);
	if (n == 0)
		n = add_rdma(v, r);
	if (n == 0)
		n = add_unified(v, r);
	return n == -ENOMEM ? log_oom() : n;
}
