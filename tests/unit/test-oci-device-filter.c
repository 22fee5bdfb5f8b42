/* SPDX-License-Identifier: MIT */
/* Rules of devices as a program: what it answers, found by executing it here. */
#include "runtime/oci/device-filter.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "runtime/oci/config.h"
#include "test.h"

#define STEPS_MAX 100000

/* The instructions that the filter is made of; anything else is a failure. */
static int execute(const struct bpf_insn *p, size_t n, const struct bpf_cgroup_dev_ctx *context)
{
	uint64_t r[10] = {0};
	size_t at = 0;

	for (int step = 0; step < STEPS_MAX && at < n; step++) {
		const struct bpf_insn *i = &p[at++];
		uint32_t word;

		switch (i->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			memcpy(&word, (const char *)context + i->off, sizeof(word));
			r[i->dst_reg] = word;
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
			r[i->dst_reg] = r[i->src_reg];
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			r[i->dst_reg] = (uint64_t)i->imm;
			break;
		case BPF_ALU64 | BPF_AND | BPF_K:
			r[i->dst_reg] &= (uint64_t)i->imm;
			break;
		case BPF_ALU64 | BPF_RSH | BPF_K:
			r[i->dst_reg] >>= i->imm;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			at += r[i->dst_reg] != (uint64_t)i->imm ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += r[i->dst_reg] == (uint64_t)i->imm ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_EXIT:
			return (int)r[0];
		default:
			return -EINVAL;
		}
	}
	return -ELOOP;
}

static uint32_t bits_of(const char *access)
{
	return (strchr(access, 'r') ? BPF_DEVCG_ACC_READ : 0U) |
	       (strchr(access, 'w') ? BPF_DEVCG_ACC_WRITE : 0U) |
	       (strchr(access, 'm') ? BPF_DEVCG_ACC_MKNOD : 0U);
}

/* "+c 1:3 rw", "-a *:* rwm" */
static struct oci_device_rule rule_of(const char *text)
{
	char sign, type, major[16], minor[16], access[8];
	struct oci_device_rule r;

	CHECK(sscanf(text, "%c%c %15[^:]:%15s %7s", &sign, &type, major, minor, access) == 5);
	r = (struct oci_device_rule){
		.allow = sign == '+',
		.type = type,
		.major = *major == '*' ? -1 : atoi(major),
		.minor = *minor == '*' ? -1 : atoi(minor),
		.read = strchr(access, 'r'),
		.write = strchr(access, 'w'),
		.mknod = strchr(access, 'm'),
	};
	return r;
}

static int ask(const char *const *rules, char type, unsigned major, unsigned minor,
	       const char *access)
{
	uint32_t kind = type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
	struct bpf_cgroup_dev_ctx context = {bits_of(access) << 16 | kind, major, minor};
	struct oci_device_rule list[16];
	struct oci_resources r = {.devices = list};
	auto_free struct bpf_insn *p = NULL;
	size_t n;

	for (; rules[r.n_devices]; r.n_devices++)
		list[r.n_devices] = rule_of(rules[r.n_devices]);
	CHECK(device_filter_compile(&r, &p, &n) == 0);
	return p ? execute(p, n, &context) : 1;
}

static const char *const none[] = {NULL};
static const char *const deny[] = {"-a *:* rwm", NULL};
static const char *const allow[] = {"+a *:* rwm", NULL};
static const char *const fuse[] = {"-a *:* rwm", "+c 10:229 rwm", NULL};
static const char *const halves[] = {"-a *:* rwm", "+b 8:1 r", "+b 8:1 w", NULL};
static const char *const reading[] = {"-a *:* rwm", "+b 8:1 r", NULL};
static const char *const no_null[] = {"-a *:* rwm", "-c 1:3 w", NULL};
static const char *const but_disks[] = {"+a *:* rwm", "-b 8:* rwm", "+b 8:2 r", NULL};
static const char *const late_deny[] = {"+c 10:229 rwm", "-a *:* rwm", NULL};
static const char *const late_allow[] = {"-b 8:0 rwm", "+a *:* rwm", NULL};
static const char *const major[] = {"-a *:* rwm", "+c 4:* rw", NULL};
static const char *const minor[] = {"-a *:* rwm", "+c *:7 rw", NULL};

static const struct {
	const char *const *rules;
	char type;
	unsigned major, minor;
	const char *access;
	int want;
} questions[] = {
	/* devices of every container, also where "all" is denied first */
	{none, 'c', 1, 3, "rw", 1},
	{deny, 'c', 1, 3, "rw", 1},
	{deny, 'c', 5, 2, "rw", 1},
	{deny, 'c', 136, 77, "rw", 1},
	{none, 'c', 10, 229, "rw", 0},
	{deny, 'c', 10, 229, "rw", 0},
	{deny, 'b', 8, 0, "r", 0},
	{deny, 'b', 1, 3, "r", 0},
	/* making a node is harmless */
	{deny, 'b', 8, 0, "m", 1},
	{deny, 'b', 8, 0, "rm", 0},
	{allow, 'b', 8, 0, "rwm", 1},
	{fuse, 'c', 10, 229, "rw", 1},
	{fuse, 'b', 10, 229, "rw", 0},
	{fuse, 'c', 10, 228, "r", 0},
	{fuse, 'c', 1, 3, "rw", 1},
	/* each access is decided by itself */
	{halves, 'b', 8, 1, "rw", 1},
	{reading, 'b', 8, 1, "r", 1},
	{reading, 'b', 8, 1, "w", 0},
	{reading, 'b', 8, 1, "rw", 0},
	{no_null, 'c', 1, 3, "r", 1},
	{no_null, 'c', 1, 3, "w", 0},
	{no_null, 'c', 1, 3, "rw", 0},
	/* the last rule decides */
	{but_disks, 'b', 8, 0, "r", 0},
	{but_disks, 'b', 8, 2, "r", 1},
	{but_disks, 'b', 8, 2, "rw", 0},
	{but_disks, 'b', 9, 0, "rwm", 1},
	{but_disks, 'c', 8, 0, "rw", 1},
	{late_deny, 'c', 10, 229, "r", 0},
	{late_deny, 'c', 1, 8, "r", 1},
	{late_allow, 'b', 8, 0, "rwm", 1},
	{major, 'c', 4, 64, "rw", 1},
	{major, 'c', 5, 64, "rw", 0},
	{minor, 'c', 200, 7, "rw", 1},
	{minor, 'c', 200, 8, "rw", 0},
};

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
		int got = ask(questions[i].rules, questions[i].type, questions[i].major,
			      questions[i].minor, questions[i].access);

		if (!CHECK(got == questions[i].want))
			(void)printf("question %zu: %d\n", i, got);
	}
	return test_report();
}
