// SPDX-License-Identifier: MIT
/*
 * Reading a JSON profile, as the OCI runtime specification has it (config-linux.md, Seccomp). Which
 * rules apply is for seccomp-includes.c to say, and what they are about for seccomp-rules.c. Keys
 * that are not known in a rule are errors but in a config.json: a misspelled "args" would allow too
 * much.
 */
#include "seccomp-profile.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "seccomp-calls.h"
#include "seccomp-names.h"
#include "seccomp-reader.h"

#define MAX_ERRNO 4095 /* include/linux/err.h; the kernel cuts larger ones */

/* The names of an action and its errno, in a rule and at the top. */
struct action_keys {
	const char *action, *number, *name;
};

/* The errno of an action, EPERM if there is none: docker has a number, podman a name as well. */
static int read_errno(const struct seccomp_reader *rd, const json_t *obj,
		      const struct action_keys *keys, uint32_t *ret)
{
	uint64_t number = EPERM;
	const char *name = NULL;
	int r;

	r = seccomp_get_number(rd, obj, keys->number, MAX_ERRNO, &number);
	if (r >= 0)
		r = seccomp_get_string(rd, obj, keys->name, &name);
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
		return seccomp_bad(rd, "\"%s\": \"%s\": unknown error", keys->name, name);
	*ret = (uint32_t)number;
	return 0;
}

static int read_action(const struct seccomp_reader *rd, const json_t *obj,
		       const struct action_keys *keys, uint32_t *ret_action,
		       unsigned *ret_strictness)
{
	const char *name = NULL;
	uint32_t data = 0;
	int r;

	r = seccomp_get_string(rd, obj, keys->action, &name);
	if (r >= 0)
		r = read_errno(rd, obj, keys, &data);
	if (r < 0)
		return r;
	if (!name)
		return seccomp_bad(rd, "\"%s\" is missing", keys->action);
	if (streq(name, "SCMP_ACT_NOTIFY")) {
		if (!rd->oci)
			return seccomp_bad(
				rd, "SCMP_ACT_NOTIFY: needs a listening agent, nap has none");
		rd->profile->notify = true;
	}
	for (const struct seccomp_action *a = seccomp_actions; a->name; a++)
		if (streq(a->name, name)) {
			if (rd->oci && !a->has_data &&
			    json_is_integer(json_object_get(obj, keys->number)))
				return seccomp_bad(rd, "\"%s\": %s has none", keys->number, name);
			*ret_action = a->value | (a->has_data ? data : 0);
			*ret_strictness = a->strictness;
			return 0;
		}
	return seccomp_bad(rd, "\"%s\": \"%s\": unknown action", keys->action, name);
}

/* A value to compare with: all 64 bits. */
static int get_value(const struct seccomp_reader *rd, const json_t *obj, const char *key,
		     uint64_t *ret)
{
	if (json_is_wide(json_object_get(obj, key), ret))
		return 1;
	return seccomp_get_number(rd, obj, key, INT64_MAX, ret);
}

static int read_cond(const struct seccomp_reader *rd, json_t *arg, struct bpf_cond *ret)
{
	static const char *const keys[] = {"index", "value", "valueTwo", "op", NULL};
	uint64_t index = UINT64_MAX, value = 0, value_two = 0;
	const struct seccomp_name *known;
	const char *op = "";
	int r;

	r = seccomp_check_keys(rd, arg, keys);
	if (r >= 0)
		r = seccomp_get_number(rd, arg, "index", BPF_MAX_CONDS - 1, &index);
	if (r >= 0)
		r = get_value(rd, arg, "value", &value);
	if (r >= 0)
		r = get_value(rd, arg, "valueTwo", &value_two);
	if (r >= 0)
		r = seccomp_get_string(rd, arg, "op", &op);
	if (r < 0)
		return r;
	if (index == UINT64_MAX)
		return seccomp_bad(rd, "\"index\" is missing");
	*ret = (struct bpf_cond){.arg = (uint32_t)index, .mask = UINT64_MAX, .value = value};
	known = seccomp_find(seccomp_operators, op);
	if (!known)
		return seccomp_bad(rd, "\"op\": \"%s\": unknown comparison", op);
	ret->op = (enum bpf_op)known->value;
	if (streq(op, "SCMP_CMP_MASKED_EQ")) {
		ret->mask = value;
		ret->value = value_two & value;
	}
	return 0;
}

static int read_args(const struct seccomp_reader *rd, json_t *rule, struct seccomp_entry *entry)
{
	json_t *args = NULL;
	unsigned seen = 0;
	int r;

	r = seccomp_get_array(rd, rule, "args", &args);
	if (r < 0)
		return r;
	if (json_array_size(args) > SECCOMP_MAX_ARGS)
		return seccomp_bad(rd, "\"args\": more than %d", SECCOMP_MAX_ARGS);
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

/* The names of a rule: "names", or "name" in older profiles. */
static int read_names(struct seccomp_reader *rd, json_t *rule, json_t **ret)
{
	json_t *names = NULL, *name = json_object_get(rule, "name");

	rd->syscall = "?";
	names = json_object_get(rule, "names");
	if (!names == !name)
		return seccomp_bad(rd, "one of \"names\" and \"name\" is needed");
	if (name && !json_is_string(name))
		return seccomp_bad(rd, "\"name\": not a string");
	for (size_t i = 0; names && i < json_array_size(names); i++)
		if (!json_is_string(json_array_get(names, i)))
			return seccomp_bad(rd, "\"names\": not a list of strings");
	if (names && json_array_size(names) == 0)
		return seccomp_bad(rd, "\"names\": not a list, or empty");
	rd->syscall = json_string_value(name ? name : json_array_get(names, 0));
	*ret = names ? names : name;
	return 0;
}

static int read_rule(struct seccomp_reader *rd, json_t *rule)
{
	static const char *const keys[] = {"names", "name",    "action",   "errnoRet", "errno",
					   "args",  "comment", "includes", "excludes", NULL};
	static const struct action_keys action = {"action", "errnoRet", "errno"};
	bool applies;
	struct seccomp_entry entry = {0};
	int r;

	r = read_names(rd, rule, &entry.names);
	if (r >= 0)
		r = seccomp_check_keys(rd, rule, keys);
	if (r >= 0)
		r = read_action(rd, rule, &action, &entry.action, &entry.strictness);
	if (r >= 0)
		r = read_args(rd, rule, &entry);
	if (r >= 0)
		r = seccomp_rule_applies(rd, rule, &applies);
	if (r < 0 || !applies)
		return r;
	if (json_is_string(entry.names))
		return seccomp_rules_add(rd, &entry, json_string_value(entry.names));
	for (size_t i = 0; r >= 0 && i < json_array_size(entry.names); i++)
		r = seccomp_rules_add(rd, &entry,
				      json_string_value(json_array_get(entry.names, i)));
	return r;
}

static int read_flags(const struct seccomp_reader *rd, const json_t *root, unsigned *ret)
{
	json_t *list = NULL;
	int r;

	r = seccomp_get_array(rd, root, "flags", &list);
	if (r < 0)
		return r;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		const struct seccomp_name *flag = name ? seccomp_find(seccomp_flags, name) : NULL;

		if (!flag)
			return seccomp_bad(rd, "\"flags\": \"%s\": not supported",
					   name ? name : "");
		*ret |= flag->value;
	}
	return 0;
}

/* The machine's own is always one; what it cannot run at all does not matter. */
static int read_archs(struct seccomp_reader *rd, const json_t *root)
{
	struct seccomp_profile *p = rd->profile;
	uint32_t compat = seccomp_arch_compat(p->policy.arch);
	json_t *list = NULL;
	int r;

	r = rd->oci ? seccomp_get_array(rd, root, "architectures", &list) : 0;
	for (size_t i = 0; r >= 0 && i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		const struct seccomp_name *arch = name ? seccomp_find(seccomp_archs, name) : NULL;

		if (!arch)
			return seccomp_bad(rd, "\"architectures\": \"%s\": unknown",
					   name ? name : "");
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

static int read_profile(struct seccomp_reader *rd, const json_t *root)
{
	static const struct action_keys action = {"defaultAction", "defaultErrnoRet",
						  "defaultErrno"};
	struct bpf_policy *policy = &rd->profile->policy;
	json_t *rules = NULL;
	int r;

	if (!json_is_object(root))
		return seccomp_bad(rd, "not an object");
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
		r = seccomp_get_array(rd, root, "syscalls", &rules);
	for (size_t i = 0; r >= 0 && i < json_array_size(rules); i++) {
		rd->index = i;
		r = read_rule(rd, json_array_get(rules, i));
	}
	finish_flags(rd->profile);
	return r < 0 ? r : seccomp_rules_finish(rd);
}

/* On success the profile that was read so far becomes the caller's. */
static int finish(struct seccomp_reader *rd, const json_t *root, struct seccomp_profile *ret)
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
	struct seccomp_reader rd = {
		.name = name, .caps = caps, .strict = strict, .profile = &profile};
	auto_json json_t *root = NULL;
	char why[160];
	int r;

	r = json_parse_wide(text, len, why, &root);
	if (r == -ENOMEM)
		return log_oom();
	return r < 0 ? seccomp_bad(&rd, "%s", why) : finish(&rd, root, ret);
}

int seccomp_profile_read(const char *name, const json_t *j, uint64_t caps,
			 struct seccomp_profile *ret)
{
	struct seccomp_profile profile = {0};
	struct seccomp_reader rd = {.name = name, .caps = caps, .oci = true, .profile = &profile};

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
