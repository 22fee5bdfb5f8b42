// SPDX-License-Identifier: MIT
/*
 * Profiles: what is refused and why, which rule decides, and whole profiles (docker's, podman's,
 * random ones) against libseccomp, driven by a second, plain reader of the format.
 */
#include "runtime/seccomp-profile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "seccomp-compiled.h"
#include "test.h"

#define CAP(c) (1ULL << (c))

static int compile(const char *name, const char *text, uint64_t caps, struct compiled *ret)
{
	int r = seccomp_profile_parse(name, text, strlen(text), caps, false, &ret->profile);

	if (r < 0)
		return r;
	return seccomp_profile_compile(name, &ret->profile, &ret->insns, &ret->len);
}

/* What a program says about a call of this architecture. */
static uint32_t judge(const struct compiled *c, int nr, uint64_t arg0, uint64_t arg1)
{
	struct seccomp_data data = {.arch = seccomp_arch_native(), .nr = nr, .args = {arg0, arg1}};

	return compiled_run(c, &data);
}

static int nr_of(const char *name)
{
	return seccomp_syscall_resolve_name(name);
}

/* ---- what is refused ---- */

#define RULE(text) "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[" text "]}"
#define READ "\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\""

static const struct {
	const char *text, *message; /* NULL: accepted */
} format_cases[] = {
	{"", "seccomp profile x: line 1:"},
	{"[]", "not an object"},
	{"{}", "\"defaultAction\" is missing"},
	{"{\"defaultAction\":1}", "\"defaultAction\": not a string"},
	{"{\"defaultAction\":\"ALLOW\"}", "\"ALLOW\": unknown action"},
	{"{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", "needs a listening agent"},
	{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096}", "from 0 to 4095"},
	{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrno\":\"EFOO\"}", "unknown error"},
	{"{\"defaultAction\":\"SCMP_ACT_KILL\",\"syscalls\":{}}", "\"syscalls\": not a list"},
	{"{\"defaultAction\":\"SCMP_ACT_KILL\",\"flags\":[\"NEW\"]}", "\"NEW\": not supported"},
	{"{\"defaultAction\":\"SCMP_ACT_KILL\",\"defaultAction\":\"SCMP_ACT_KILL\"}", "duplicate"},
	{RULE("1"), "one of \"names\" and \"name\""},
	{RULE("{\"action\":\"SCMP_ACT_ALLOW\"}"), "one of \"names\" and \"name\""},
	{RULE("{" READ ",\"name\":\"read\"}"), "one of \"names\" and \"name\""},
	{RULE("{\"names\":[],\"action\":\"SCMP_ACT_ALLOW\"}"), "\"names\": not a list, or empty"},
	{RULE("{\"names\":[1],\"action\":\"SCMP_ACT_ALLOW\"}"), "not a list of strings"},
	{RULE("{\"names\":[\"read\"]}"), "syscalls[0] (read): \"action\" is missing"},
	{RULE("{" READ "},{" READ ",\"arg\":[]}"), "syscalls[1] (read): unknown key \"arg\""},
	{RULE("{" READ ",\"errnoRet\":-1}"), "\"errnoRet\": not a number from 0 to 4095"},
	{RULE("{" READ ",\"args\":{}}"), "\"args\": not a list"},
	{RULE("{" READ ",\"args\":[1]}"), "not an object"},
	{RULE("{" READ ",\"args\":[{\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}"),
	 "\"index\" is missing"},
	{RULE("{" READ ",\"args\":[{\"index\":6,\"op\":\"SCMP_CMP_EQ\"}]}"), "from 0 to 5"},
	{RULE("{" READ ",\"args\":[{\"index\":0,\"op\":\"EQ\"}]}"), "\"EQ\": unknown comparison"},
	{RULE("{" READ ",\"args\":[{\"index\":0,\"value\":-1,\"op\":\"SCMP_CMP_EQ\"}]}"),
	 "\"value\": not a number"},
	{RULE("{" READ ",\"args\":[{\"index\":0,\"val\":1,\"op\":\"SCMP_CMP_EQ\"}]}"),
	 "unknown key \"val\""},
	{RULE("{" READ ",\"includes\":[]}"), "\"includes\": not an object"},
	{RULE("{" READ ",\"includes\":{\"cap\":[]}}"), "unknown key \"cap\""},
	{RULE("{" READ ",\"excludes\":{\"caps\":[1]}}"), "\"caps\": not a list of names"},
	{RULE("{" READ ",\"includes\":{\"minKernel\":\"6\"}}"), "\"6\": not MAJOR.MINOR"},
	{RULE("{" READ ",\"includes\":{\"minKernel\":\"6.1x\"}}"), "not MAJOR.MINOR"},
	{RULE("{" READ "}"), NULL},
	{RULE("{\"name\":\"read\",\"action\":\"SCMP_ACT_ALLOW\",\"comment\":\"x\"}"), NULL},
	{RULE("{\"names\":[\"read\",\"no_such_call\"],\"action\":\"SCMP_ACT_ALLOW\"}"), NULL},
	{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":null,\"architectures\":[]}", NULL},
};

/* The message of the refused text goes to a file, so that it can be looked at. */
static void test_format(void)
{
	auto_fd int log = memfd_create("log", MFD_CLOEXEC);

	log_set_fd(log);
	for (size_t i = 0; i < ARRAY_SIZE(format_cases); i++) {
		auto_compiled struct compiled c = {0};
		auto_free char *message = NULL;
		int r;

		CHECK(ftruncate(log, 0) == 0 && lseek(log, 0, SEEK_SET) == 0);
		r = compile("x", format_cases[i].text, 0, &c);
		CHECK(lseek(log, 0, SEEK_SET) == 0 && fs_read_fd(log, 4096, &message, NULL) == 0);
		if (!format_cases[i].message)
			CHECK(r == 0 && message[0] == '\0');
		else if (!CHECK(r == -EINVAL && strstr(message, format_cases[i].message)))
			printf("case %zu: %d %s", i, r, message);
	}
	log_set_fd(STDERR_FILENO);
}

static void test_strict(void)
{
	static const char text[] = RULE(
		"{\"names\":[\"read\",\"riscv_flush_icache\"],\"action\":\"SCMP_ACT_ALLOW\"}");
	static const char typo[] = RULE("{\"names\":[\"raed\"],\"action\":\"SCMP_ACT_ALLOW\"}");
	CLEANUP(seccomp_profile_done)
	struct seccomp_profile profile = {0};

	CHECK(seccomp_profile_parse("x", text, sizeof(text) - 1, 0, true, &profile) == 0);
	log_set_fd(-1);
	CHECK(seccomp_profile_parse("x", typo, sizeof(typo) - 1, 0, true, &profile) == -EINVAL);
	log_set_fd(STDERR_FILENO);
}

/* ---- which rule decides ---- */

#define COND(i, v, v2, op) \
	"{\"index\":" #i ",\"value\":" #v ",\"valueTwo\":" #v2 ",\"op\":\"SCMP_CMP_" #op "\"}"
#define ACTION(a, more) "{\"names\":[\"read\"],\"action\":\"SCMP_ACT_" #a "\"" more "}"

static const struct {
	const char *text;
	uint64_t arg0, arg1;
	uint32_t verdict;
} rule_cases[] = {
	{RULE(""), 0, 0, ERRNO(1)},
	{RULE(ACTION(ALLOW, "")), 0, 0, ALLOW},
	{RULE(ACTION(ERRNO, ",\"errnoRet\":5")), 0, 0, ERRNO(5)},
	{RULE(ACTION(ERRNO, ",\"errnoRet\":5,\"errno\":\"EINVAL\"")), 0, 0, ERRNO(22)},
	{RULE(ACTION(ERRNO, ",\"errnoRet\":0")), 0, 0, ERRNO(0)},
	{RULE(ACTION(TRACE, ",\"errnoRet\":7")), 0, 0, SECCOMP_RET_TRACE | 7},
	{RULE(ACTION(KILL, "")), 0, 0, SECCOMP_RET_KILL_THREAD},
	{RULE(ACTION(KILL_PROCESS, "")), 0, 0, SECCOMP_RET_KILL_PROCESS},
	{RULE(ACTION(TRAP, "")), 0, 0, SECCOMP_RET_TRAP},
	{RULE(ACTION(LOG, "")), 0, 0, SECCOMP_RET_LOG},
	/* a rule with conditions goes before one without, whatever their order and action */
	{RULE(ACTION(ALLOW, "") "," ACTION(TRAP, ",\"args\":[" COND(0, 3, 0, EQ) "]")), 3, 0,
	 SECCOMP_RET_TRAP},
	{RULE(ACTION(ALLOW, "") "," ACTION(TRAP, ",\"args\":[" COND(0, 3, 0, EQ) "]")), 4, 0,
	 ALLOW},
	{RULE(ACTION(TRAP, "") "," ACTION(ALLOW, ",\"args\":[" COND(0, 3, 0, EQ) "]")), 3, 0,
	 ALLOW},
	/* with conditions the strictest, without the first that is not the default */
	{RULE(ACTION(LOG, ",\"args\":[" COND(0, 3, 0, EQ) "]") "," ACTION(
		 TRAP, ",\"args\":[" COND(1, 4, 0, EQ) "]")),
	 3, 4, SECCOMP_RET_TRAP},
	{RULE(ACTION(ERRNO, "") "," ACTION(ALLOW, "") "," ACTION(KILL, "")), 0, 0, ALLOW},
	{RULE(ACTION(ALLOW, "") "," ACTION(ERRNO, ",\"args\":[" COND(0, 3, 0, EQ) "]")), 3, 0,
	 ERRNO(1)},
	{RULE(ACTION(ERRNO, ",\"errnoRet\":5") "," ACTION(ERRNO, ",\"errnoRet\":4")), 0, 0,
	 ERRNO(5)},
	/* all conditions must hold, but those about one argument are alternatives */
	{RULE(ACTION(ALLOW, ",\"args\":[" COND(0, 1, 0, EQ) "," COND(1, 2, 0, EQ) "]")), 1, 2,
	 ALLOW},
	{RULE(ACTION(ALLOW, ",\"args\":[" COND(0, 1, 0, EQ) "," COND(1, 2, 0, EQ) "]")), 1, 3,
	 ERRNO(1)},
	{RULE(ACTION(ALLOW, ",\"args\":[" COND(0, 1, 0, EQ) "," COND(0, 2, 0, EQ) "]")), 2, 0,
	 ALLOW},
	/* the mask is "value" and also applies to "valueTwo" */
	{RULE(ACTION(ALLOW, ",\"args\":[" COND(0, 15, 255, MASKED_EQ) "]")), 0x1f, 0, ALLOW},
	{RULE(ACTION(ALLOW, ",\"args\":[" COND(0, 15, 255, MASKED_EQ) "]")), 0x1e, 0, ERRNO(1)},
	/* capabilities: all of includes, any of excludes; the test has SYS_TIME and SYS_BOOT */
	{RULE(ACTION(ALLOW, ",\"includes\":{\"caps\":[\"CAP_SYS_TIME\",\"CAP_SYS_BOOT\"]}")), 0, 0,
	 ALLOW},
	{RULE(ACTION(ALLOW, ",\"includes\":{\"caps\":[\"CAP_SYS_TIME\",\"CAP_CHOWN\"]}")), 0, 0,
	 ERRNO(1)},
	{RULE(ACTION(ALLOW, ",\"includes\":{\"caps\":[\"CAP_OF_THE_FUTURE\"]}")), 0, 0, ERRNO(1)},
	{RULE(ACTION(ALLOW, ",\"excludes\":{\"caps\":[\"CAP_SYS_TIME\",\"CAP_CHOWN\"]}")), 0, 0,
	 ERRNO(1)},
	{RULE(ACTION(ALLOW, ",\"excludes\":{\"caps\":[\"CAP_CHOWN\"]}")), 0, 0, ALLOW},
	{RULE(ACTION(ALLOW, ",\"includes\":{\"arches\":[\"amd64\",\"arm64\"]}")), 0, 0, ALLOW},
	{RULE(ACTION(ALLOW, ",\"includes\":{\"arches\":[\"s390x\"]}")), 0, 0, ERRNO(1)},
	{RULE(ACTION(ALLOW, ",\"excludes\":{\"arches\":[\"amd64\",\"arm64\"]}")), 0, 0, ERRNO(1)},
	{RULE(ACTION(ALLOW, ",\"includes\":{\"minKernel\":\"4.8\"}")), 0, 0, ALLOW},
	{RULE(ACTION(ALLOW, ",\"includes\":{\"minKernel\":\"99.0\"}")), 0, 0, ERRNO(1)},
	{RULE(ACTION(ALLOW, ",\"excludes\":{\"minKernel\":\"4.8\"}")), 0, 0, ERRNO(1)},
};

static void test_rules(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rule_cases); i++) {
		auto_compiled struct compiled c = {0};
		uint32_t got;

		if (!CHECK(compile("x", rule_cases[i].text, CAP(CAP_SYS_TIME) | CAP(CAP_SYS_BOOT),
				   &c) == 0))
			continue;
		got = judge(&c, nr_of("read"), rule_cases[i].arg0, rule_cases[i].arg1);
		if (!CHECK(got == rule_cases[i].verdict))
			printf("rule case %zu: 0x%x\n", i, got);
	}
}

static void test_foreign(void)
{
	auto_compiled struct compiled c = {0};
	struct seccomp_data data = {.arch = AUDIT_ARCH_I386, .nr = 20};

	CHECK(compile("x", "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}", 0, &c) == 0);
	CHECK(compiled_run(&c, &data) == SECCOMP_RET_KILL_PROCESS);
	if (seccomp_arch_native() != SCMP_ARCH_X86_64)
		return;
	CHECK(judge(&c, 0x3fffffff, 0, 0) == ALLOW);
	CHECK(judge(&c, 0x40000000, 0, 0) == ERRNO(ENOSYS));
	CHECK(judge(&c, -2, 0, 0) == ERRNO(ENOSYS));
	CHECK(judge(&c, -1, 0, 0) == ALLOW);
}

static void test_flags(void)
{
	auto_compiled struct compiled c = {0};

	CHECK(compile("x",
		      "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":"
		      "[\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"]}",
		      0, &c) == 0);
	CHECK(c.profile.flags == (SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW));
}

/* ---- against libseccomp ---- */

static uint32_t lib_action(const char *name, const json_t *number)
{
	uint16_t n = number ? (uint16_t)json_integer_value(number) : EPERM;

	if (strcmp(name, "SCMP_ACT_ALLOW") == 0)
		return SCMP_ACT_ALLOW;
	if (strcmp(name, "SCMP_ACT_ERRNO") == 0)
		return SCMP_ACT_ERRNO(n);
	if (strcmp(name, "SCMP_ACT_TRACE") == 0)
		return SCMP_ACT_TRACE(n);
	if (strcmp(name, "SCMP_ACT_LOG") == 0)
		return SCMP_ACT_LOG;
	if (strcmp(name, "SCMP_ACT_TRAP") == 0)
		return SCMP_ACT_TRAP;
	if (strcmp(name, "SCMP_ACT_KILL_PROCESS") == 0)
		return SCMP_ACT_KILL_PROCESS;
	return SCMP_ACT_KILL;
}

static struct scmp_arg_cmp lib_cond(const json_t *arg)
{
	static const char *const ops[] = {
		[SCMP_CMP_NE] = "SCMP_CMP_NE",
		[SCMP_CMP_LT] = "SCMP_CMP_LT",
		[SCMP_CMP_LE] = "SCMP_CMP_LE",
		[SCMP_CMP_EQ] = "SCMP_CMP_EQ",
		[SCMP_CMP_GE] = "SCMP_CMP_GE",
		[SCMP_CMP_GT] = "SCMP_CMP_GT",
		[SCMP_CMP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
	};
	const char *op = json_string_value(json_object_get(arg, "op"));
	struct scmp_arg_cmp cmp = {
		.arg = (unsigned)json_integer_value(json_object_get(arg, "index")),
		.datum_a = (scmp_datum_t)json_integer_value(json_object_get(arg, "value")),
		.datum_b = (scmp_datum_t)json_integer_value(json_object_get(arg, "valueTwo")),
	};

	for (unsigned i = SCMP_CMP_NE; i <= SCMP_CMP_MASKED_EQ; i++)
		if (strcmp(ops[i], op) == 0)
			cmp.op = (enum scmp_compare)i;
	return cmp;
}

static bool lib_has_cap(const json_t *name, uint64_t caps)
{
	cap_value_t cap;

	return cap_from_name(json_string_value(name), &cap) == 0 && (caps & CAP(cap)) != 0;
}

/* moby's rule: every capability of includes, none of excludes; kernels are new enough here. */
static bool lib_applies(const json_t *rule, uint64_t caps)
{
	const json_t *includes = json_object_get(rule, "includes");
	const json_t *excludes = json_object_get(rule, "excludes");
	const char *arch = seccomp_arch_native() == SCMP_ARCH_X86_64 ? "amd64" : "arm64";
	const json_t *list = json_object_get(includes, "arches");
	bool found = json_array_size(list) == 0;
	size_t i;
	json_t *item;

	json_array_foreach (list, i, item)
		found |= strcmp(json_string_value(item), arch) == 0;
	json_array_foreach (json_object_get(includes, "caps"), i, item)
		found &= lib_has_cap(item, caps);
	json_array_foreach (json_object_get(excludes, "caps"), i, item)
		found &= !lib_has_cap(item, caps);
	json_array_foreach (json_object_get(excludes, "arches"), i, item)
		found &= strcmp(json_string_value(item), arch) != 0;
	return found;
}

static int lib_add(scmp_filter_ctx ctx, const json_t *rule, const json_t *name, uint32_t action)
{
	struct scmp_arg_cmp conds[6];
	int nr = nr_of(json_string_value(name)), r;
	unsigned n = 0;
	size_t i;
	json_t *arg;

	if (nr < 0)
		return 0;
	json_array_foreach (json_object_get(rule, "args"), i, arg)
		conds[n++] = lib_cond(arg);
	r = seccomp_rule_add_exact_array(ctx, action, nr, n, conds);
	return r == -EEXIST ? 0 : r;
}

/* The program that libseccomp makes of a profile. */
static int lib_compile(const json_t *root, uint64_t caps, struct compiled *ret)
{
	const char *fallback_name = json_string_value(json_object_get(root, "defaultAction"));
	uint32_t fallback = lib_action(fallback_name, json_object_get(root, "defaultErrnoRet"));
	auto_fd int fd = memfd_create("bpf", MFD_CLOEXEC);
	scmp_filter_ctx ctx = seccomp_init(fallback);
	json_t *rule, *name;
	size_t i, n, len = 0;
	int r;

	r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	json_array_foreach (json_object_get(root, "syscalls"), i, rule) {
		uint32_t action = lib_action(json_string_value(json_object_get(rule, "action")),
					     json_object_get(rule, "errnoRet"));

		if (action == fallback || !lib_applies(rule, caps))
			continue; /* as runc does; libseccomp would refuse it */
		json_array_foreach (json_object_get(rule, "names"), n, name)
			if (r >= 0)
				r = lib_add(ctx, rule, name, action);
	}
	if (r >= 0)
		r = seccomp_export_bpf(ctx, fd);
	seccomp_release(ctx);
	if (r >= 0 && lseek(fd, 0, SEEK_SET) == 0)
		r = fs_read_fd(fd, 1U << 20, (char **)&ret->insns, &len);
	ret->len = (unsigned short)(len / sizeof(struct sock_filter));
	return r;
}

static bool same_verdict(const struct compiled *ours, const struct compiled *theirs,
			 const struct seccomp_data *data)
{
	uint32_t a = eval_run((struct eval_program){ours->insns, ours->len}, data);
	uint32_t b = eval_run((struct eval_program){theirs->insns, theirs->len}, data);

	if (a != b)
		printf("arch %x nr %d args %llx %llx %llx %llx %llx %llx: 0x%x, libseccomp 0x%x\n",
		       data->arch, data->nr, data->args[0], data->args[1], data->args[2],
		       data->args[3], data->args[4], data->args[5], a, b);
	return a == b;
}

/* Whether a call has rules with and without conditions: libseccomp drops the former. */
static bool is_mixed(const struct bpf_policy *policy, int nr)
{
	bool with = false, without = false;

	for (size_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].first == (uint32_t)nr) {
			with |= policy->rules[i].n_conds > 0;
			without |= policy->rules[i].n_conds == 0;
		}
	return with && without;
}

/* Every number with plain arguments, and every condition at and around its boundary. */
static unsigned count_different(const struct compiled *ours, const struct compiled *theirs,
				unsigned probes, uint64_t *seed)
{
	const struct bpf_policy *policy = &ours->profile.policy;
	struct seccomp_data data = {.arch = policy->arch};
	unsigned different = 0;

	for (data.nr = -1; data.nr < 1024; data.nr++)
		different += !is_mixed(policy, data.nr) && !same_verdict(ours, theirs, &data);
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct bpf_rule *rule = &policy->rules[i];

		data.nr = (int)rule->first;
		if (is_mixed(policy, data.nr))
			continue;
		for (unsigned n = 0; n < probes && rule->n_conds > 0; n++) {
			for (unsigned a = 0; a < 6; a++)
				data.args[a] = eval_random(seed) % 3;
			for (unsigned a = 0; a < rule->n_conds; a++)
				data.args[rule->conds[a].arg] = eval_near(rule->conds[a].value,
									  seed);
			different += !same_verdict(ours, theirs, &data);
		}
	}
	data.arch = AUDIT_ARCH_S390X;
	for (data.nr = -1; data.nr < 1024; data.nr++)
		different += !same_verdict(ours, theirs, &data);
	return different;
}

static void check_against_lib(const char *name, const char *text, uint64_t caps, unsigned probes,
			      uint64_t *seed)
{
	auto_compiled struct compiled ours = {0}, theirs = {0};
	auto_json json_t *root = json_loads(text, 0, NULL);

	if (!CHECK(root && compile(name, text, caps, &ours) == 0) ||
	    !CHECK(lib_compile(root, caps, &theirs) == 0))
		return;
	CHECK(compiled_valid(&ours));
	CHECK(compiled_valid(&theirs));
	if (!CHECK(count_different(&ours, &theirs, probes, seed) == 0))
		printf("profile %s, capabilities 0x%llx\n", name, (unsigned long long)caps);
}

static void check_file_against_lib(const char *path)
{
	static const uint64_t caps[] = {
		0,
		CAP(CAP_CHOWN) | CAP(CAP_SYS_CHROOT) | CAP(CAP_SETUID),
		CAP(CAP_SYS_ADMIN),
		CAP(CAP_BPF) | CAP(CAP_SYSLOG) | CAP(CAP_PERFMON) | CAP(CAP_AUDIT_WRITE),
		CAP(CAP_SYS_PTRACE) | CAP(CAP_SYS_TIME) | CAP(CAP_SYS_NICE) | CAP(CAP_SYS_MODULE),
		(1ULL << 41) - 1,
	};
	auto_free char *text = NULL;
	uint64_t seed = 99;

	if (!CHECK(fs_read_file(AT_FDCWD, path, JSON_MAX_BYTES, &text, NULL) == 0))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(caps); i++)
		check_against_lib(path, text, caps[i], 200, &seed);
}

/* One condition of a random kind; plain: == or masked ==. */
static json_t *random_cond(unsigned arg, bool plain, uint64_t *seed)
{
	static const char *const ops[] = {"EQ", "MASKED_EQ", "NE", "LT", "LE", "GE", "GT"};
	static const json_int_t values[] = {0,		1,	    2,		 0x7fffffff,
					    0x80000000, 0xffffffff, 0x100000000, 0x100000001,
					    INT64_MAX,	0x700000007};
	char op[32];

	(void)snprintf(op, sizeof(op), "SCMP_CMP_%s",
		       ops[eval_random(seed) % (plain ? 2 : ARRAY_SIZE(ops))]);
	return json_pack("{s:i, s:I, s:I, s:s}", "index", (int)arg, "value",
			 values[eval_random(seed) % ARRAY_SIZE(values)], "valueTwo",
			 values[eval_random(seed) % ARRAY_SIZE(values)], "op", op);
}

/*
 * Rules for one call: none, one without conditions, one with any conditions, or several with one
 * plain condition each, all with the same action. Beyond that libseccomp 2.5.4 is no yardstick:
 * of several rules with <, <=, > or >= on 64-bit arguments it makes programs that judge some values
 * by the wrong rule, or none for minutes, and where actions differ, its answer depends on the
 * shape of its tree. test-bpf checks these cases against the rules themselves.
 */
static void random_rules(json_t *rules, const char *name, uint64_t *seed)
{
	static const char *const actions[] = {
		"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_TRAP",	    "SCMP_ACT_LOG",
		"SCMP_ACT_KILL",  "SCMP_ACT_TRACE", "SCMP_ACT_KILL_PROCESS"};
	const char *action = actions[eval_random(seed) % ARRAY_SIZE(actions)];
	uint64_t kind = eval_random(seed) % 4, n = kind == 3 ? 2 + eval_random(seed) % 4 : 1;
	unsigned arg = (unsigned)(eval_random(seed) % 6);
	int number = (int)(eval_random(seed) % 3);

	for (uint64_t i = 0; kind > 0 && i < n; i++) {
		json_t *conds = json_array();

		for (unsigned a = 0; kind > 1 && a < 6; a++)
			if (kind == 3 ? a == arg : eval_random(seed) % 3 == 0)
				(void)json_array_append_new(conds, random_cond(a, kind == 3, seed));
		(void)json_array_append_new(rules, json_pack("{s:[s], s:s, s:i, s:o}", "names",
							     name, "action", action, "errnoRet",
							     number, "args", conds));
	}
}

static void test_random_profiles(void)
{
	uint64_t seed = 0x2545f4914f6cdd1d;

	for (unsigned i = 0; i < 25; i++) {
		json_t *rules = json_array();
		auto_json json_t *profile = json_pack("{s:s, s:o}", "defaultAction",
						      i % 2 ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO",
						      "syscalls", rules);
		auto_free char *text = NULL;

		for (int nr = 0; nr < 450; nr++) {
			auto_free char *name = seccomp_syscall_resolve_num_arch(
				seccomp_arch_native(), nr);

			if (name)
				random_rules(rules, name, &seed);
		}
		text = json_dumps(profile, 0);
		check_against_lib("random", text, 0, 50, &seed);
	}
}

int main(void)
{
	test_format();
	test_strict();
	test_rules();
	test_foreign();
	test_flags();
	check_file_against_lib("runtime/seccomp-default.json");
	check_file_against_lib("tests/data/docker-seccomp.json");
	if (access("/usr/share/containers/seccomp.json", R_OK) == 0)
		check_file_against_lib("/usr/share/containers/seccomp.json");
	test_random_profiles();
	return test_report();
}
