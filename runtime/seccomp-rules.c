/* SPDX-License-Identifier: MIT */
/*
 * From rules about names to rules about numbers, which are libseccomp's tables: of the machine's
 * own architecture, and of others that a config.json names. Calls of foreign architectures kill the
 * process and x32 numbers do not exist (ENOSYS, as on a kernel without x32), whatever the profile
 * says; that of a config.json may name them.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>

#include "lib/log.h"
#include "seccomp-calls.h"
#include "seccomp-reader.h"

#define X32_FIRST 0x40000000U
#define X32_LAST 0xfffffffeU /* -1 is how a tracer skips a call, not x32 */

static struct bpf_rule *new_rule(struct seccomp_reader *rd, struct bpf_policy *policy)
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

static int add_rule(struct seccomp_reader *rd, struct bpf_policy *policy,
		    const struct seccomp_entry *entry, uint32_t nr, const struct bpf_cond *conds,
		    size_t n_conds)
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

static int add_number(struct seccomp_reader *rd, struct bpf_policy *policy,
		      const struct seccomp_entry *entry, uint32_t nr)
{
	int r = 0;

	if (!entry->alternatives)
		return add_rule(rd, policy, entry, nr, entry->conds, entry->n_conds);
	for (size_t i = 0; r >= 0 && i < entry->n_conds; i++)
		r = add_rule(rd, policy, entry, nr, &entry->conds[i], 1);
	return r;
}

/* An operation of socketcall(2) or ipc(2), which keep their arguments in memory. */
static int add_operation(struct seccomp_reader *rd, struct bpf_policy *policy,
			 const struct seccomp_entry *entry, const struct seccomp_call *call)
{
	struct bpf_cond is_operation = {.arg = 0, .mask = 0xffff, .value = call->sub};

	if (entry->n_conds > 0 && entry->strictness >= rd->fallback_strictness)
		return 0;
	return add_rule(rd, policy, entry, (uint32_t)call->through, &is_operation, 1);
}

static void note_newest(struct seccomp_reader *rd, enum call_table table, int64_t nr)
{
	if (nr > rd->newest[table])
		rd->newest[table] = nr;
}

static int add_compat(struct seccomp_reader *rd, const struct seccomp_entry *entry,
		      const char *name)
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

int seccomp_rules_add(struct seccomp_reader *rd, const struct seccomp_entry *entry,
		      const char *name)
{
	struct bpf_policy *policy = &rd->profile->policy;
	struct seccomp_call call;
	int r = 0;

	seccomp_call_find(policy->arch, name, &call);
	if (!call.known && rd->strict)
		return seccomp_bad(rd, "\"%s\": unknown system call", name);
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

/* Every call of the numbers from first to last: there is no such call. */
static int add_unknown(struct seccomp_reader *rd, struct bpf_policy *policy, uint32_t first,
		       uint32_t last)
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
static int add_newer(struct seccomp_reader *rd)
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
static int add_x32(struct seccomp_reader *rd)
{
	if (seccomp_arch_native() != SCMP_ARCH_X86_64 || rd->x32)
		return 0;
	return add_unknown(rd, &rd->profile->policy, X32_FIRST, X32_LAST);
}

int seccomp_rules_finish(struct seccomp_reader *rd)
{
	int r = rd->oci ? add_newer(rd) : 0;

	return r < 0 ? r : add_x32(rd);
}
