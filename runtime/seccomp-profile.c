// SPDX-License-Identifier: MIT
/*
 * From a JSON profile to rules about numbers. Names and numbers are libseccomp's tables; the
 * meaning of includes and excludes is moby's (profiles/seccomp), that of the rest is the OCI
 * runtime specification's (config-linux.md, Seccomp). Calls of foreign architectures kill the
 * process and x32 numbers do not exist (ENOSYS, as on a kernel without x32), whatever the profile
 * says; that of a config.json may name them. Keys that are not known in a rule are errors but in a
 * config.json: a misspelled "args" would allow too much.
 */
#include "seccomp-profile.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "seccomp-calls.h"
#include "seccomp-names.h"

#define MAX_ERRNO 4095 /* include/linux/err.h; the kernel cuts larger ones */
#define MAX_ARGS 64    /* entries of one "args" */
#define X32_FIRST 0x40000000U
#define X32_LAST 0xfffffffeU /* -1 is how a tracer skips a call, not x32 */

/* Numberings of system calls that one profile is about. */
enum call_table { CALLS_OWN, CALLS_X32, CALLS_COMPAT, CALL_TABLES };

struct reader {
	const char *name;    /* of the profile, for messages */
	size_t index;	     /* of the rule being read */
	const char *syscall; /* its first name, NULL outside of rules */
	uint64_t caps;
	bool strict;
	bool oci; /* of a config.json */
	bool x32;
	unsigned fallback_strictness;
	int64_t newest[CALL_TABLES]; /* the largest number of a call that any rule names */
	size_t allocated[2];	     /* rules of the policy and of the one for 32-bit programs */
	struct seccomp_profile *profile;
};

/* A rule as it is written: for several calls, and with conditions that may be alternatives. */
struct entry {
	json_t *names;
	uint32_t action;
	unsigned strictness; /* of the action, 0 is the strictest */
	struct bpf_cond conds[MAX_ARGS];
	size_t n_conds;
	bool alternatives;
};

__attribute__((format(printf, 2, 3))) static int bad(const struct reader *rd, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!rd->syscall)
		return log_refuse(-EINVAL, "seccomp profile %s: %s", rd->name, text);
	return log_refuse(-EINVAL, "seccomp profile %s: syscalls[%zu] (%s): %s", rd->name,
			  rd->index, rd->syscall, text);
}

/* Members of a rule. Unlike the getters of lib/json.h, these report. */
static int get_string(const struct reader *rd, const json_t *obj, const char *key, const char **ret)
{
	int r = json_get_string(obj, key, ret);

	return r < 0 ? bad(rd, "\"%s\": not a string", key) : r;
}

static int get_array(const struct reader *rd, const json_t *obj, const char *key, json_t **ret)
{
	int r = json_get_array(obj, key, ret);

	return r < 0 ? bad(rd, "\"%s\": not a list", key) : r;
}

static int get_object(const struct reader *rd, const json_t *obj, const char *key, json_t **ret)
{
	int r = json_get_object(obj, key, ret);

	return r < 0 ? bad(rd, "\"%s\": not an object", key) : r;
}

/* A number from 0 to max. */
static int get_number(const struct reader *rd, const json_t *obj, const char *key, int64_t max,
		      uint64_t *ret)
{
	int64_t value = 0;
	int r = json_get_i64(obj, key, &value);

	if (r < 0 || value < 0 || value > max)
		return bad(rd, "\"%s\": not a number from 0 to %jd", key, (intmax_t)max);
	if (r > 0)
		*ret = (uint64_t)value;
	return r;
}

/* keys is a NULL-terminated list of what obj may have. */
static int check_keys(const struct reader *rd, json_t *obj, const char *const *keys)
{
	const char *key;
	json_t *value;

	if (!json_is_object(obj))
		return bad(rd, "not an object");
	if (rd->oci)
		return 0; /* "MUST NOT generate an error if they encounter an unknown property" */
	json_object_foreach (obj, key, value) {
		size_t i = 0;

		while (keys[i] && !streq(keys[i], key))
			i++;
		if (!keys[i])
			return bad(rd, "unknown key \"%s\"", key);
	}
	return 0;
}

/* The names of an action and its errno, in a rule and at the top. */
struct action_keys {
	const char *action, *number, *name;
};

/* The errno of an action, EPERM if there is none: docker has a number, podman a name as well. */
static int read_errno(const struct reader *rd, const json_t *obj, const struct action_keys *keys,
		      uint32_t *ret)
{
	uint64_t number = EPERM;
	const char *name = NULL;
	int r;

	r = get_number(rd, obj, keys->number, MAX_ERRNO, &number);
	if (r >= 0)
		r = get_string(rd, obj, keys->name, &name);
	if (r < 0)
		return r;
	for (int i = 1; name && i <= MAX_ERRNO; i++) {
		const char *known = strerrorname_np(i);

		if (known && streq(known, name)) {
			*ret = (uint32_t)i;
			return 0;
		}
	}
	if (name)
		return bad(rd, "\"%s\": \"%s\": unknown error", keys->name, name);
	*ret = (uint32_t)number;
	return 0;
}

static int read_action(const struct reader *rd, const json_t *obj, const struct action_keys *keys,
		       uint32_t *ret_action, unsigned *ret_strictness)
{
	const char *name = NULL;
	uint32_t data = 0;
	int r;

	r = get_string(rd, obj, keys->action, &name);
	if (r >= 0)
		r = read_errno(rd, obj, keys, &data);
	if (r < 0)
		return r;
	if (!name)
		return bad(rd, "\"%s\" is missing", keys->action);
	if (streq(name, "SCMP_ACT_NOTIFY")) {
		if (!rd->oci)
			return bad(rd, "SCMP_ACT_NOTIFY: needs a listening agent, nap has none");
		rd->profile->notify = true;
	}
	for (const struct seccomp_action *a = seccomp_actions; a->name; a++)
		if (streq(a->name, name)) {
			if (rd->oci && !a->has_data &&
			    json_is_integer(json_object_get(obj, keys->number)))
				return bad(rd, "\"%s\": %s has none", keys->number, name);
			*ret_action = a->value | (a->has_data ? data : 0);
			*ret_strictness = a->strictness;
			return 0;
		}
	return bad(rd, "\"%s\": \"%s\": unknown action", keys->action, name);
}

/* A value to compare with: all 64 bits. */
static int get_value(const struct reader *rd, const json_t *obj, const char *key, uint64_t *ret)
{
	if (json_is_wide(json_object_get(obj, key), ret))
		return 1;
	return get_number(rd, obj, key, INT64_MAX, ret);
}

static int read_cond(const struct reader *rd, json_t *arg, struct bpf_cond *ret)
{
	static const char *const keys[] = {"index", "value", "valueTwo", "op", NULL};
	uint64_t index = UINT64_MAX, value = 0, value_two = 0;
	const struct seccomp_name *known;
	const char *op = "";
	int r;

	r = check_keys(rd, arg, keys);
	if (r >= 0)
		r = get_number(rd, arg, "index", BPF_MAX_CONDS - 1, &index);
	if (r >= 0)
		r = get_value(rd, arg, "value", &value);
	if (r >= 0)
		r = get_value(rd, arg, "valueTwo", &value_two);
	if (r >= 0)
		r = get_string(rd, arg, "op", &op);
	if (r < 0)
		return r;
	if (index == UINT64_MAX)
		return bad(rd, "\"index\" is missing");
	*ret = (struct bpf_cond){.arg = (uint32_t)index, .mask = UINT64_MAX, .value = value};
	known = seccomp_find(seccomp_operators, op);
	if (!known)
		return bad(rd, "\"op\": \"%s\": unknown comparison", op);
	ret->op = (enum bpf_op)known->value;
	if (streq(op, "SCMP_CMP_MASKED_EQ")) {
		ret->mask = value;
		ret->value = value_two & value;
	}
	return 0;
}

static int read_args(const struct reader *rd, json_t *rule, struct entry *entry)
{
	json_t *args = NULL;
	unsigned seen = 0;
	int r;

	r = get_array(rd, rule, "args", &args);
	if (r < 0)
		return r;
	if (json_array_size(args) > MAX_ARGS)
		return bad(rd, "\"args\": more than %d", MAX_ARGS);
	for (size_t i = 0; i < json_array_size(args); i++) {
		struct bpf_cond *cond = &entry->conds[entry->n_conds];

		r = read_cond(rd, json_array_get(args, i), cond);
		if (r < 0)
			return r;
		entry->n_conds++;
		entry->alternatives |= (seen & 1U << cond->arg) != 0;
		seen |= 1U << cond->arg;
	}
	return 0;
}

/* Docker's names of architectures are Go's. */
static const char *native_arch_name(void)
{
	switch (seccomp_arch_native()) {
	case SCMP_ARCH_X86_64:
		return "amd64";
	case SCMP_ARCH_AARCH64:
		return "arm64";
	case SCMP_ARCH_RISCV64:
		return "riscv64";
	default:
		return "";
	}
}

/* Whether this kernel is at least version, "MAJOR.MINOR". */
static int kernel_at_least(const struct reader *rd, const char *version, bool *ret)
{
	unsigned major, minor;
	int end = 0;

	if (sscanf(version, "%u.%u%n", &major, &minor, &end) < 2 || version[end])
		return bad(rd, "\"minKernel\": \"%s\": not MAJOR.MINOR", version);
	*ret = proc_kernel_is(major, minor);
	return 0;
}

/* How many of a list of capability names the container has. */
static int count_caps(const struct reader *rd, const json_t *caps, size_t *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(caps); i++) {
		const char *name = json_string_value(json_array_get(caps, i));
		cap_value_t cap;

		if (!name)
			return bad(rd, "\"caps\": not a list of names");
		if (cap_from_name(name, &cap) < 0 || cap < 0 || cap > 63)
			continue; /* one that this version does not know: nobody has it */
		rd->profile->caps_named |= 1ULL << cap;
		n += (rd->caps >> cap & 1) != 0;
	}
	*ret = n;
	return 0;
}

static bool list_has(const json_t *list, const char *s)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *item = json_string_value(json_array_get(list, i));

		if (item && streq(item, s))
			return true;
	}
	return false;
}

/* What "includes" or "excludes" found. Included: everything that is given must hold, of caps all;
 * excluded: one thing is enough. */
static int read_filter(const struct reader *rd, json_t *rule, const char *key, bool *ret_all,
		       bool *ret_any)
{
	static const char *const keys[] = {"caps", "arches", "minKernel", NULL};
	json_t *filter = NULL, *caps = NULL, *arches = NULL;
	const char *kernel = NULL;
	bool arch, recent = false;
	size_t n = 0;
	int r;

	r = get_object(rd, rule, key, &filter);
	if (r > 0)
		r = check_keys(rd, filter, keys);
	if (r >= 0 && filter)
		r = get_array(rd, filter, "caps", &caps);
	if (r >= 0 && filter)
		r = get_array(rd, filter, "arches", &arches);
	if (r >= 0 && filter)
		r = get_string(rd, filter, "minKernel", &kernel);
	if (r >= 0 && kernel)
		r = kernel_at_least(rd, kernel, &recent);
	if (r >= 0)
		r = count_caps(rd, caps, &n);
	if (r < 0)
		return r;
	arch = list_has(arches, native_arch_name());
	*ret_all = n == json_array_size(caps) && (arch || json_array_size(arches) == 0) &&
		   (recent || !kernel);
	*ret_any = n > 0 || arch || recent;
	return 0;
}

static struct bpf_rule *new_rule(struct reader *rd, struct bpf_policy *policy)
{
	size_t *allocated = &rd->allocated[policy == &rd->profile->compat];

	if (policy->n_rules == *allocated) {
		size_t n = *allocated ? 2 * *allocated : 512;
		struct bpf_rule *grown = reallocarray(policy->rules, n, sizeof(grown[0]));

		if (!grown)
			return NULL;
		policy->rules = grown;
		*allocated = n;
	}
	return &policy->rules[policy->n_rules++];
}

static int add_rule(struct reader *rd, struct bpf_policy *policy, const struct entry *entry,
		    uint32_t nr, const struct bpf_cond *conds, size_t n_conds)
{
	unsigned unconditional = n_conds == 0;
	unsigned strictness = unconditional ? 0 : entry->strictness;
	struct bpf_rule *rule;

	if (unconditional && entry->action == policy->fallback)
		return 0; /* and a later rule may still say something else, as in runc and crun */
	rule = new_rule(rd, policy);
	if (!rule)
		return log_oom();
	*rule = (struct bpf_rule){
		.first = nr,
		.last = nr,
		.rank = unconditional << 31 | strictness << 28 | (uint32_t)policy->n_rules,
		.action = entry->action,
		.n_conds = (uint8_t)n_conds,
	};
	for (size_t i = 0; i < n_conds; i++)
		rule->conds[i] = conds[i];
	return 0;
}

static int add_number(struct reader *rd, struct bpf_policy *policy, const struct entry *entry,
		      uint32_t nr)
{
	int r = 0;

	if (!entry->alternatives)
		return add_rule(rd, policy, entry, nr, entry->conds, entry->n_conds);
	for (size_t i = 0; r >= 0 && i < entry->n_conds; i++)
		r = add_rule(rd, policy, entry, nr, &entry->conds[i], 1);
	return r;
}

/* An operation of socketcall(2) or ipc(2), which keep their arguments in memory. */
static int add_operation(struct reader *rd, struct bpf_policy *policy, const struct entry *entry,
			 const struct seccomp_call *call)
{
	struct bpf_cond is_operation = {.arg = 0, .mask = 0xffff, .value = call->sub};

	if (entry->n_conds > 0 && entry->strictness >= rd->fallback_strictness)
		return 0;
	return add_rule(rd, policy, entry, (uint32_t)call->through, &is_operation, 1);
}

static void note_newest(struct reader *rd, enum call_table table, int64_t nr)
{
	if (nr > rd->newest[table])
		rd->newest[table] = nr;
}

static int add_compat(struct reader *rd, const struct entry *entry, const char *name)
{
	struct bpf_policy *policy = &rd->profile->compat;
	struct seccomp_call call;
	int r = 0;

	seccomp_call_find(policy->arch, name, &call);
	note_newest(rd, CALLS_COMPAT, call.nr);
	if (call.nr >= 0)
		r = add_number(rd, policy, entry, (uint32_t)call.nr);
	if (r >= 0 && call.through >= 0)
		r = add_operation(rd, policy, entry, &call);
	return r;
}

static int add_syscall(struct reader *rd, const struct entry *entry, const char *name)
{
	struct bpf_policy *policy = &rd->profile->policy;
	struct seccomp_call call;
	int r = 0;

	seccomp_call_find(policy->arch, name, &call);
	if (!call.known && rd->strict)
		return bad(rd, "\"%s\": unknown system call", name);
	/* without a number it is one of another architecture, or of the future */
	note_newest(rd, CALLS_OWN, call.nr);
	if (call.nr >= 0)
		r = add_number(rd, policy, entry, (uint32_t)call.nr);
	if (r < 0 || !call.known)
		return r;
	if (rd->x32) {
		seccomp_call_find(SCMP_ARCH_X32, name, &call);
		note_newest(rd, CALLS_X32, call.nr);
	}
	if (rd->x32 && call.nr >= 0)
		r = add_number(rd, policy, entry, (uint32_t)call.nr);
	return r < 0 || !rd->profile->compat.arch ? r : add_compat(rd, entry, name);
}

/* The names of a rule: "names", or "name" in older profiles. */
static int read_names(struct reader *rd, json_t *rule, json_t **ret)
{
	json_t *names = NULL, *name = json_object_get(rule, "name");

	rd->syscall = "?";
	names = json_object_get(rule, "names");
	if (!names == !name)
		return bad(rd, "one of \"names\" and \"name\" is needed");
	if (name && !json_is_string(name))
		return bad(rd, "\"name\": not a string");
	for (size_t i = 0; names && i < json_array_size(names); i++)
		if (!json_is_string(json_array_get(names, i)))
			return bad(rd, "\"names\": not a list of strings");
	if (names && json_array_size(names) == 0)
		return bad(rd, "\"names\": not a list, or empty");
	rd->syscall = json_string_value(name ? name : json_array_get(names, 0));
	*ret = names ? names : name;
	return 0;
}

static int read_rule(struct reader *rd, json_t *rule)
{
	static const char *const keys[] = {"names", "name",    "action",   "errnoRet", "errno",
					   "args",  "comment", "includes", "excludes", NULL};
	static const struct action_keys action = {"action", "errnoRet", "errno"};
	bool included, excluded, unused;
	struct entry entry = {0};
	int r;

	r = read_names(rd, rule, &entry.names);
	if (r >= 0)
		r = check_keys(rd, rule, keys);
	if (r >= 0)
		r = read_action(rd, rule, &action, &entry.action, &entry.strictness);
	if (r >= 0)
		r = read_args(rd, rule, &entry);
	if (r >= 0)
		r = read_filter(rd, rule, "includes", &included, &unused);
	if (r >= 0)
		r = read_filter(rd, rule, "excludes", &unused, &excluded);
	if (r < 0 || !included || excluded)
		return r;
	if (json_is_string(entry.names))
		return add_syscall(rd, &entry, json_string_value(entry.names));
	for (size_t i = 0; r >= 0 && i < json_array_size(entry.names); i++)
		r = add_syscall(rd, &entry, json_string_value(json_array_get(entry.names, i)));
	return r;
}

static int read_flags(const struct reader *rd, const json_t *root, unsigned *ret)
{
	json_t *list = NULL;
	int r;

	r = get_array(rd, root, "flags", &list);
	if (r < 0)
		return r;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		const struct seccomp_name *flag = name ? seccomp_find(seccomp_flags, name) : NULL;

		if (!flag)
			return bad(rd, "\"flags\": \"%s\": not supported", name ? name : "");
		*ret |= flag->value;
	}
	return 0;
}

/* Every call of the numbers from first to last: there is no such call. */
static int add_unknown(struct reader *rd, struct bpf_policy *policy, uint32_t first, uint32_t last)
{
	struct bpf_rule *rule = new_rule(rd, policy);

	if (!rule)
		return log_oom();
	*rule = (struct bpf_rule){
		.first = first, .last = last, .action = SECCOMP_RET_ERRNO | ENOSYS};
	return 0;
}

/*
 * Calls that are newer than the profile, as runc has them (its libcontainer/seccomp/patchbpf), and
 * so every profile that was tried with it: whoever wrote that cannot have meant to deny them, and a
 * C library goes back to an older call (clone3, openat2, faccessat2) only where a newer one does
 * not exist. They are those whose number is above that of all calls which any rule names, whatever
 * it says of them; none are, if no rule names a call that the architecture has. Where the default
 * is to go on (allow, log, trace), that holds for them, too; and a default of ENOSYS says the same.
 */
static int add_newer(struct reader *rd)
{
	struct seccomp_profile *p = rd->profile;
	uint32_t fallback = p->policy.fallback, kind = fallback & SECCOMP_RET_ACTION_FULL;
	uint32_t last = p->policy.arch == SCMP_ARCH_X86_64 ? X32_FIRST - 1 : X32_LAST;
	const int64_t *newest = rd->newest;
	int r = 0;

	if (kind == SECCOMP_RET_ALLOW || kind == SECCOMP_RET_LOG || kind == SECCOMP_RET_TRACE ||
	    fallback == (SECCOMP_RET_ERRNO | ENOSYS))
		return 0;
	if (newest[CALLS_OWN] > 0)
		r = add_unknown(rd, &p->policy, (uint32_t)newest[CALLS_OWN] + 1, last);
	if (r == 0 && newest[CALLS_X32] > 0)
		r = add_unknown(rd, &p->policy, (uint32_t)newest[CALLS_X32] + 1, X32_LAST);
	if (r == 0 && newest[CALLS_COMPAT] > 0)
		r = add_unknown(rd, &p->compat, (uint32_t)newest[CALLS_COMPAT] + 1, X32_LAST);
	return r;
}

/* x32 calls come with the architecture of x86-64 and a bit in the number. */
static int add_x32(struct reader *rd)
{
	if (seccomp_arch_native() != SCMP_ARCH_X86_64 || rd->x32)
		return 0;
	return add_unknown(rd, &rd->profile->policy, X32_FIRST, X32_LAST);
}

/* The machine's own is always one; what it cannot run at all does not matter. */
static int read_archs(struct reader *rd, const json_t *root)
{
	struct seccomp_profile *p = rd->profile;
	uint32_t compat = seccomp_arch_compat(p->policy.arch);
	json_t *list = NULL;
	int r;

	r = rd->oci ? get_array(rd, root, "architectures", &list) : 0;
	for (size_t i = 0; r >= 0 && i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		const struct seccomp_name *arch = name ? seccomp_find(seccomp_archs, name) : NULL;

		if (!arch)
			return bad(rd, "\"architectures\": \"%s\": unknown", name ? name : "");
		if (arch->value == compat)
			p->compat.arch = compat;
		rd->x32 |= arch->value == SCMP_ARCH_X32 && p->policy.arch == SCMP_ARCH_X86_64;
	}
	return r;
}

/* One thread needs no TSYNC, which would change what the kernel returns; and only who listens can
 * wait. */
static void finish_flags(struct seccomp_profile *p)
{
	const unsigned one_thread = SECCOMP_FILTER_FLAG_TSYNC,
		       listener = SECCOMP_FILTER_FLAG_NEW_LISTENER,
		       waiting = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;

	p->flags = p->notify ? (p->flags & ~one_thread) | listener : p->flags & ~waiting;
}

static int read_profile(struct reader *rd, const json_t *root)
{
	static const struct action_keys action = {"defaultAction", "defaultErrnoRet",
						  "defaultErrno"};
	struct bpf_policy *policy = &rd->profile->policy;
	json_t *rules = NULL;
	int r;

	if (!json_is_object(root))
		return bad(rd, "not an object");
	policy->arch = seccomp_arch_native();
	policy->foreign = SECCOMP_RET_KILL_PROCESS;
	r = read_action(rd, root, &action, &policy->fallback, &rd->fallback_strictness);
	if (r >= 0)
		r = read_flags(rd, root, &rd->profile->flags);
	if (r >= 0)
		r = read_archs(rd, root);
	rd->profile->compat.foreign = policy->foreign;
	rd->profile->compat.fallback = policy->fallback;
	if (r >= 0)
		r = get_array(rd, root, "syscalls", &rules);
	for (size_t i = 0; r >= 0 && i < json_array_size(rules); i++) {
		rd->index = i;
		r = read_rule(rd, json_array_get(rules, i));
	}
	finish_flags(rd->profile);
	if (r >= 0 && rd->oci)
		r = add_newer(rd);
	return r < 0 ? r : add_x32(rd);
}

/* On success the profile that was read so far becomes the caller's. */
static int finish(struct reader *rd, const json_t *root, struct seccomp_profile *ret)
{
	int r = read_profile(rd, root);

	if (r < 0) {
		seccomp_profile_done(rd->profile);
		return r;
	}
	*ret = *rd->profile;
	return 0;
}

int seccomp_profile_parse(const char *name, const char *text, size_t len, uint64_t caps,
			  bool strict, struct seccomp_profile *ret)
{
	struct seccomp_profile profile = {0};
	struct reader rd = {.name = name, .caps = caps, .strict = strict, .profile = &profile};
	auto_json json_t *root = NULL;
	char why[160];
	int r;

	r = json_parse_wide(text, len, why, &root);
	if (r == -ENOMEM)
		return log_oom();
	return r < 0 ? bad(&rd, "%s", why) : finish(&rd, root, ret);
}

int seccomp_profile_read(const char *name, const json_t *j, uint64_t caps,
			 struct seccomp_profile *ret)
{
	struct seccomp_profile profile = {0};
	struct reader rd = {.name = name, .caps = caps, .oci = true, .profile = &profile};

	return finish(&rd, j, ret);
}

int seccomp_profile_compile(const char *name, struct seccomp_profile *profile,
			    struct sock_filter **ret_insns, unsigned short *ret_len)
{
	int r;

	profile->policy.next = profile->compat.arch ? &profile->compat : NULL;
	r = bpf_compile(&profile->policy, ret_insns, ret_len);
	if (r == -E2BIG)
		return log_refuse(r,
				  "seccomp profile %s: needs more than the kernel's limit of %d "
				  "instructions",
				  name, BPF_MAXINSNS);
	return r < 0 ? log_oom() : 0;
}

void seccomp_profile_done(struct seccomp_profile *profile)
{
	free(profile->policy.rules);
	free(profile->compat.rules);
	*profile = (struct seccomp_profile){0};
}
