/* SPDX-License-Identifier: MIT */
/*
 * The process of a config.json or of exec --process: config.md, Process, with its parts for POSIX
 * platforms and for Linux.
 */
#include <ctype.h>
#include <errno.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config-reader.h"
#include "config.h"
#include "lib/caps.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"

#define OFFSET(member) offsetof(struct oci_process, member)

/* ---- user ---- */

static int read_umask(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	uint32_t value;
	int r = oci_read_u32(rd, j, m, &value);

	if (r >= 0)
		*(mode_t *)ret = value;
	return r;
}

static int read_groups(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
		       void *ret)
{
	struct oci_process *p = (struct oci_process *)((char *)ret - OFFSET(groups));
	int r;

	if (!json_is_array(j))
		return oci_bad(rd, "not a list");
	r = oci_allocate(json_array_size(j), sizeof(gid_t), ret);
	for (size_t i = 0; r >= 0 && i < json_array_size(j); i++) {
		size_t len = oci_enter_element(rd, i);

		r = oci_read_u32(rd, json_array_get(j, i), m, &p->groups[i]);
		oci_leave(rd, len);
	}
	if (r >= 0)
		p->n_groups = json_array_size(j);
	return r;
}

/* An id of 2^32-1 is what chown(2) and setresuid(2) take for "leave it". */
static const struct oci_member user_members[] = {
	{"uid", oci_read_u32, OFFSET(uid), .max = UINT32_MAX - 1},
	{"gid", oci_read_u32, OFFSET(gid), .max = UINT32_MAX - 1},
	{"umask", read_umask, OFFSET(umask), .max = 0777},
	{"additionalGids", read_groups, OFFSET(groups), .max = UINT32_MAX - 1},
	{0},
};

static const struct oci_member console_members[] = {
	{"height", oci_read_u32, OFFSET(rows), .max = UINT16_MAX},
	{"width", oci_read_u32, OFFSET(columns), .max = UINT16_MAX},
	{0},
};

/* ---- environment ---- */

/* Engines add to what there was: of a name that is there twice the later is meant, and getenv(3)
 * would find the earlier. */
static int read_env(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	int r = oci_read_strings(rd, j, m, ret);

	for (size_t i = 0; r >= 0 && *(char ***)ret && (*(char ***)ret)[i]; i++) {
		const char *s = (*(char ***)ret)[i];

		if (!strchr(s, '=') || *s == '=')
			return oci_bad(rd, "\"%s\": not NAME=VALUE", s);
	}
	return r >= 0 && env_dedup(*(char ***)ret) < 0 ? log_oom() : r;
}

/* ---- capabilities ---- */

/* "Any value which cannot be mapped to a relevant kernel interface ... MUST be logged as a
 * warning", and is no error. */
static int read_caps(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	auto_strv char **names = NULL;
	int r = oci_read_strings(rd, j, m, &names), cap;

	STRV_FOREACH (name, names) {
		if (startswith(*name, "CAP_") && caps_parse(*name, &cap) == 0)
			*(uint64_t *)ret |= 1ULL << cap;
		else
			log_warn("%s: %s: \"%s\": unknown capability, ignored", rd->file, rd->path,
				 *name);
	}
	return r;
}

static const struct oci_member caps_members[] = {
	{"bounding", read_caps, OFFSET(caps.bounding)},
	{"effective", read_caps, OFFSET(caps.effective)},
	{"permitted", read_caps, OFFSET(caps.permitted)},
	{"inheritable", read_caps, OFFSET(caps.inheritable)},
	{"ambient", read_caps, OFFSET(caps.ambient)},
	{0},
};

/* ---- limits ---- */

static int read_resource(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
			 void *ret)
{
	const char *s = json_string_value(j), *name = s ? startswith(s, "RLIMIT_") : NULL;
	char lower[16] = "";
	int number;

	(void)m;
	for (size_t i = 0; name && name[i] && i < sizeof(lower) - 1; i++)
		lower[i] = islower((unsigned char)name[i]) ? '?' : (char)tolower(name[i]);
	number = rlimit_number(lower);
	if (number < 0)
		return oci_bad(rd, "\"%s\": unknown limit", s ? s : "");
	*(int *)ret = number;
	return 0;
}

static const struct oci_member rlimit_members[] = {
	{"type", read_resource, offsetof(struct rlimit_spec, resource), .required = true},
	{"soft", oci_read_u64, offsetof(struct rlimit_spec, limit.rlim_cur), .required = true},
	{"hard", oci_read_u64, offsetof(struct rlimit_spec, limit.rlim_max), .required = true},
	{0},
};

static int check_rlimit(struct oci_reader *rd, void *element)
{
	const struct rlimit_spec *l = element;

	if (l->limit.rlim_cur > l->limit.rlim_max)
		return oci_bad(rd, "the soft limit is above the hard one");
	return 0;
}

static const struct oci_list rlimits = {
	.table = rlimit_members,
	.size = sizeof(struct rlimit_spec),
	.n = OCI_LIST_N(struct oci_process, rlimits, n_rlimits),
	.check = check_rlimit,
};

/* "If rlimits contains duplicated entries with same type, the runtime MUST generate an error." */
static int check_limits(struct oci_reader *rd, const struct oci_process *p)
{
	for (size_t i = 0; i < p->n_rlimits; i++)
		for (size_t k = 0; k < i; k++)
			if (p->rlimits[i].resource == p->rlimits[k].resource)
				return oci_bad_member(rd, "rlimits", "two of the same type (%s)",
						      rlimit_name(p->rlimits[i].resource));
	return 0;
}

/* ---- scheduling ---- */

static const struct oci_name policies[] = {
	{"SCHED_OTHER", SCHED_NORMAL},
	{"SCHED_FIFO", SCHED_FIFO},
	{"SCHED_RR", SCHED_RR},
	{"SCHED_BATCH", SCHED_BATCH},
	{"SCHED_ISO", 4 /* reserved */},
	{"SCHED_IDLE", SCHED_IDLE},
	{"SCHED_DEADLINE", SCHED_DEADLINE},
	{0},
};

static const struct oci_name scheduler_flags[] = {
	{"SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK},
	{"SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM},
	{"SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN},
	{"SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY},
	{"SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS},
	{"SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN},
	{"SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX},
	{0},
};

#define SCHEDULER(member) offsetof(struct oci_scheduler, member)

static const struct oci_member scheduler_members[] = {
	{"policy", oci_read_name32, SCHEDULER(policy), policies, .required = true},
	{"nice", oci_read_int, SCHEDULER(nice), NULL, -20, 19},
	{"priority", oci_read_int, SCHEDULER(priority), NULL, 0, 99},
	{"flags", oci_read_flags, SCHEDULER(flags), scheduler_flags},
	{"runtime", oci_read_u64, SCHEDULER(runtime_nsec)},
	{"deadline", oci_read_u64, SCHEDULER(deadline_nsec)},
	{"period", oci_read_u64, SCHEDULER(period_nsec)},
	{0},
};

static int read_scheduler(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
			  void *ret)
{
	struct oci_scheduler *s = ret;

	(void)m;
	s->given = true;
	return oci_read_members(rd, j, scheduler_members, s);
}

static const struct oci_name io_classes[] = {
	{"IOPRIO_CLASS_RT", IOPRIO_CLASS_RT},
	{"IOPRIO_CLASS_BE", IOPRIO_CLASS_BE},
	{"IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE},
	{0},
};

static const struct oci_member io_members[] = {
	{"class", oci_read_name32, OFFSET(io_class), io_classes, .required = true},
	{"priority", oci_read_int, OFFSET(io_priority), NULL, 0, 7},
	{0},
};

/* Lists of CPUs as cpuset(7) writes them. */
static int read_cpus(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	int r = oci_read_string(rd, j, m, ret);
	const char *s = *(char **)ret;

	if (r >= 0 && s && strspn(s, "0123456789,- ") != strlen(s))
		return oci_bad(rd, "\"%s\": not a list of CPUs", s);
	return r;
}

static const struct oci_member affinity_members[] = {
	{"initial", read_cpus, OFFSET(initial_cpus)},
	{"final", read_cpus, OFFSET(final_cpus)},
	{0},
};

static int read_oom(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	struct oci_process *p = (struct oci_process *)((char *)ret - OFFSET(oom_score_adj));

	p->has_oom_score_adj = true;
	return oci_read_int(rd, j, m, ret);
}

static int read_terminal(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
			 void *ret)
{
	int r = oci_read_bool(rd, j, m, ret);

	if (r >= 0 && *(bool *)ret && rd->headless)
		return oci_bad(rd, "nobody stays for it: use --console-socket to say where to "
				   "send it");
	return r;
}

/* ---- the object ---- */

/* The terminal is first: what the command line lacks is said before what is wrong in the file. */
static const struct oci_member members[] = {
	{"terminal", read_terminal, OFFSET(terminal)},
	{"consoleSize", oci_read_object, 0, console_members},
	{"user", oci_read_object, 0, user_members},
	{"args", oci_read_strings, OFFSET(args), .required = true},
	{"env", read_env, OFFSET(env)},
	{"cwd", oci_read_path, OFFSET(cwd), .required = true},
	{"capabilities", oci_read_object, 0, caps_members},
	{"rlimits", oci_read_list, OFFSET(rlimits), &rlimits},
	{"noNewPrivileges", oci_read_bool, OFFSET(no_new_privs)},
	{"oomScoreAdj", read_oom, OFFSET(oom_score_adj), NULL, -1000, 1000},
	{"apparmorProfile", oci_read_string, OFFSET(apparmor)},
	{"selinuxLabel", oci_read_string, OFFSET(selinux_label)},
	{"scheduler", read_scheduler, OFFSET(scheduler)},
	{"ioPriority", oci_read_object, 0, io_members},
	{"execCPUAffinity", oci_read_object, 0, affinity_members},
	{0},
};

int oci_read_process(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	struct oci_process *p = ret;
	int r;

	(void)m;
	p->given = true;
	p->umask = 0022;
	r = oci_read_members(rd, j, members, p);
	if (r < 0)
		return r;
	if (strv_len(p->args) == 0)
		return oci_bad_member(rd, "args", "empty");
	return check_limits(rd, p);
}

int oci_process_read(const char *path, struct oci_process *ret)
{
	struct oci_reader rd = {.file = streq(path, "-") ? "(standard input)" : path};
	auto_json json_t *j = NULL;
	struct oci_process p = {0};
	int r = oci_parse_file(&rd, path, &j);

	if (r == 0)
		r = oci_read_process(&rd, j, NULL, &p);
	if (r < 0) {
		oci_process_done(&p);
		return r;
	}
	*ret = p;
	return 0;
}

void oci_process_done(struct oci_process *p)
{
	free(p->groups);
	strv_free(p->args);
	strv_free(p->env);
	free(p->cwd);
	free(p->rlimits);
	free(p->apparmor);
	free(p->selinux_label);
	free(p->initial_cpus);
	free(p->final_cpus);
	*p = (struct oci_process){0};
}
