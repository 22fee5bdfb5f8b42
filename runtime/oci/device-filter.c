/* SPDX-License-Identifier: MIT */
/*
 * Which devices a container may use: rules of config-linux.md as an eBPF program of the cgroup.
 *
 * The last rule that says something about a device decides about each of read, write and mknod. The
 * program therefore goes through them from last to first and crosses off what is allowed, until
 * nothing is left, or something is denied. A rule that denies all devices at once means all but the
 * ones every container has (config-linux.md, Default Devices): those follow it, so that whoever
 * writes the usual "deny all" first need not list them, and can still deny one of them afterwards.
 */
#include "cgroup.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config.h"
#include "device-filter.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/text.h"

#define PROGRAM_NAME "nap_oci_devices"
#define RULE_INSNS 10 /* at most */
#define PROGRAMS_MAX 64

enum { R_RETURN, R_CONTEXT, R_TYPE, R_NEED, R_MAJOR, R_MINOR, R_BITS };

#define INSN(code_, dst, src, off_, imm_)          \
	((struct bpf_insn){.code = (code_),        \
			   .dst_reg = (dst),       \
			   .src_reg = (src),       \
			   .off = (int16_t)(off_), \
			   .imm = (int32_t)(imm_)})
#define LOAD(dst, member)                               \
	INSN(BPF_LDX | BPF_MEM | BPF_W, dst, R_CONTEXT, \
	     offsetof(struct bpf_cgroup_dev_ctx, member), 0)
#define MOVE(dst, src) INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define SET(dst, n) INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, n)
#define AND(dst, n) INSN(BPF_ALU64 | BPF_AND | BPF_K, dst, 0, 0, n)
#define SHIFT_RIGHT(dst, n) INSN(BPF_ALU64 | BPF_RSH | BPF_K, dst, 0, 0, n)
#define SKIP_UNLESS(dst, n, skip) INSN(BPF_JMP | BPF_JNE | BPF_K, dst, 0, skip, n)
#define SKIP_IF(dst, n, skip) INSN(BPF_JMP | BPF_JEQ | BPF_K, dst, 0, skip, n)
#define EXIT INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static const struct oci_device_rule default_rules[] = {
	{true, 'c', -1, -1, false, false, true}, /* to make a node is not to use it */
	{true, 'b', -1, -1, false, false, true}, {true, 'c', 1, 3, true, true, true}, /* null */
	{true, 'c', 1, 5, true, true, true},					      /* zero */
	{true, 'c', 1, 7, true, true, true},					      /* full */
	{true, 'c', 1, 8, true, true, true},					      /* random */
	{true, 'c', 1, 9, true, true, true},					      /* urandom */
	{true, 'c', 5, 0, true, true, true},					      /* tty */
	{true, 'c', 5, 1, true, true, true},					      /* console */
	{true, 'c', 5, 2, true, true, true},					      /* ptmx */
	{true, 'c', 136, -1, true, true, true},					      /* pts */
};

static unsigned access_bits(const struct oci_device_rule *r)
{
	return (r->read ? BPF_DEVCG_ACC_READ : 0U) | (r->write ? BPF_DEVCG_ACC_WRITE : 0U) |
	       (r->mknod ? BPF_DEVCG_ACC_MKNOD : 0U);
}

static bool is_for_all(const struct oci_device_rule *r)
{
	return r->type == 'a' && r->major < 0 && r->minor < 0 && access_bits(r) == 7;
}

/* Write one rule; a device that it is not about skips it. */
static size_t add_rule(struct bpf_insn *p, const struct oci_device_rule *r)
{
	unsigned bits = access_bits(r),
		 type = r->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
	size_t tests = (size_t)(r->type != 'a') + (r->major >= 0) + (r->minor >= 0);
	size_t last = tests + (r->allow ? 3 : 4), n = 0;

	if (r->type != 'a')
		p[n] = SKIP_UNLESS(R_TYPE, type, last - n), n++;
	if (r->major >= 0)
		p[n] = SKIP_UNLESS(R_MAJOR, r->major, last - n), n++;
	if (r->minor >= 0)
		p[n] = SKIP_UNLESS(R_MINOR, r->minor, last - n), n++;
	if (r->allow) {
		p[n++] = AND(R_NEED, ~bits);
		p[n++] = SKIP_UNLESS(R_NEED, 0, 2);
	} else {
		p[n++] = MOVE(R_BITS, R_NEED);
		p[n++] = AND(R_BITS, bits);
		p[n++] = SKIP_IF(R_BITS, 0, 2);
	}
	p[n++] = SET(R_RETURN, r->allow);
	p[n++] = EXIT;
	return n;
}

static size_t add_rules(struct bpf_insn *p, const struct oci_device_rule *rules, size_t from,
			size_t to)
{
	size_t n = 0;

	while (to > from)
		n += add_rule(p + n, &rules[--to]);
	return n;
}

const struct oci_device_rule *device_rules_default(size_t *ret_n)
{
	*ret_n = ARRAY_SIZE(default_rules);
	return default_rules;
}

size_t device_rules_start(const struct oci_resources *r, bool *ret_allow)
{
	*ret_allow = false;
	for (size_t i = r->n_devices; i > 0; i--)
		if (is_for_all(&r->devices[i - 1])) {
			*ret_allow = r->devices[i - 1].allow;
			return i;
		}
	return 0;
}

int device_filter_compile(const struct oci_resources *r, struct bpf_insn **ret, size_t *ret_n)
{
	bool allow;
	size_t n = 0, from = device_rules_start(r, &allow);
	struct bpf_insn *p;

	if (allow && from == r->n_devices) {
		*ret = NULL;
		*ret_n = 0;
		return 0;
	}
	p = calloc(r->n_devices + ARRAY_SIZE(default_rules) + 1, RULE_INSNS * sizeof(*p));
	if (!p)
		return -ENOMEM;
	p[n++] = LOAD(R_TYPE, access_type);
	p[n++] = MOVE(R_NEED, R_TYPE);
	p[n++] = AND(R_TYPE, 0xffff);
	p[n++] = SHIFT_RIGHT(R_NEED, 16);
	p[n++] = LOAD(R_MAJOR, major);
	p[n++] = LOAD(R_MINOR, minor);
	n += add_rules(p + n, r->devices, from, r->n_devices);
	if (!allow)
		n += add_rules(p + n, default_rules, 0, ARRAY_SIZE(default_rules));
	p[n++] = SET(R_RETURN, allow);
	p[n++] = EXIT;
	*ret = p;
	*ret_n = n;
	return 0;
}

static int bpf(int command, union bpf_attr *attr)
{
	long r = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return r < 0 ? -errno : (int)r;
}

static uint64_t pointer(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static int load(const struct bpf_insn *p, size_t n, int *ret_fd)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = pointer(p);
	attr.insn_cnt = (uint32_t)n;
	attr.license = pointer("MIT");
	memcpy(attr.prog_name, PROGRAM_NAME, sizeof(PROGRAM_NAME));
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

/* A descriptor of the program id if it is one of nap's, else negative. */
static int open_ours(uint32_t id)
{
	struct bpf_prog_info info;
	auto_fd int fd = -1;
	union bpf_attr attr;
	int r;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr);
	if (fd < 0)
		return fd;
	memset(&attr, 0, sizeof(attr));
	memset(&info, 0, sizeof(info));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = pointer(&info);
	r = bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
	if (r < 0)
		return r;
	return strncmp(info.name, PROGRAM_NAME, sizeof(info.name)) == 0 ? TAKE_FD(fd) : -ENOENT;
}

/* What nap has attached to the cgroup before. -ENOENT: nothing; systemd's or another's may be. */
static int find_ours(int cgroup_fd)
{
	uint32_t ids[PROGRAMS_MAX] = {0};
	union bpf_attr attr;
	int r;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)cgroup_fd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_cnt = PROGRAMS_MAX;
	attr.query.prog_ids = pointer(ids);
	r = bpf(BPF_PROG_QUERY, &attr);
	for (uint32_t i = 0; r == 0 && i < attr.query.prog_cnt; i++) {
		int fd = open_ours(ids[i]);

		if (fd >= 0)
			return fd;
	}
	return r < 0 ? r : -ENOENT;
}

/* BPF_F_ALLOW_MULTI: programs of systemd above and here have their say as well. */
static int attach(int cgroup_fd, int program_fd, int old_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup_fd;
	attr.attach_bpf_fd = (uint32_t)program_fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (old_fd >= 0) {
		attr.attach_flags |= BPF_F_REPLACE;
		attr.replace_bpf_fd = (uint32_t)old_fd;
	}
	return bpf(BPF_PROG_ATTACH, &attr);
}

static int detach(int cgroup_fd, int old_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup_fd;
	attr.attach_bpf_fd = (uint32_t)old_fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	return bpf(BPF_PROG_DETACH, &attr);
}

static int filter(int cgroup_fd, const struct oci_resources *r)
{
	auto_free struct bpf_insn *program = NULL;
	auto_fd int old_fd = find_ours(cgroup_fd), fd = -1;
	size_t n = 0;
	int err;

	err = device_filter_compile(r, &program, &n);
	if (err == 0 && program)
		err = load(program, n, &fd);
	if (err < 0)
		return err;
	if (program)
		return attach(cgroup_fd, fd, old_fd);
	return old_fd >= 0 ? detach(cgroup_fd, old_fd) : 0;
}

int oci_device_filter(int cgroup_fd, const struct oci_resources *r, bool beside_v1)
{
	int err = filter(cgroup_fd, r);

	if (err == 0)
		return 0;
	if (!beside_v1)
		return log_fail(err, "attach a filter of devices to the cgroup");
	log_warn("no filter of devices: %s", strerror(-err));
	return 0;
}
