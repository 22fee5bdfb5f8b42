/* SPDX-License-Identifier: MIT */
/*
 * Becoming the process of a bundle or of exec: the posture is the config's, but the order is nap's
 * own. The filter comes last but for what must follow it, so that it needs to let little more pass
 * than the process itself: one capset(2) if there is no no_new_privs, and the stub.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"
#include "lib/fs.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "runtime/user.h"

#define SYS_ADMIN (UINT64_C(1) << CAP_SYS_ADMIN)

/* ---- with the rights of nap ---- */

static int write_own(const char *path, const char *text, size_t n)
{
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fs_write_all(fd, text, n);
}

/* nap's own procfs is still at hand: it knows our number there. */
int oci_process_learn_pid(struct walk *w)
{
	struct oci_container *oc = oci_own(w);
	char text[16] = "";

	if (readlink("/proc/self", text, sizeof(text) - 1) < 0)
		return -errno;
	oc->host_pid = (pid_t)atoi(text);
	return 0;
}

static int set_oom_score(const struct oci_process *p)
{
	char text[16];
	int n;

	if (!p->has_oom_score_adj)
		return 0;
	n = snprintf(text, sizeof(text), "%d", p->oom_score_adj);
	return write_own("/proc/self/oom_score_adj", text, (size_t)n);
}

/* Of linux/sched/types.h, which does not go together with sched.h. */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static int set_scheduler(const struct oci_scheduler *s)
{
	struct scheduling attr = {
		.size = sizeof(attr),
		.policy = s->policy,
		.flags = s->flags,
		.nice = s->nice,
		.priority = (uint32_t)s->priority,
		.runtime = s->runtime_nsec,
		.deadline = s->deadline_nsec,
		.period = s->period_nsec,
	};

	return s->given && syscall(SYS_sched_setattr, 0, &attr, 0) < 0 ? -errno : 0;
}

static int set_io_priority(const struct oci_process *p)
{
	int value = p->io_class << IOPRIO_CLASS_SHIFT | p->io_priority;

	return p->io_class && syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, value) < 0 ? -errno
											: 0;
}

/* "0-3,7" as cpusets are written. */
static int set_affinity(const char *list)
{
	cpu_set_t set;

	if (!list)
		return 0;
	CPU_ZERO(&set);
	while (*list) {
		unsigned first, last;
		int n = 0;

		if (sscanf(list, "%u-%u%n", &first, &last, &n) != 2 || n == 0) {
			if (sscanf(list, "%u%n", &first, &n) != 1)
				return -EINVAL;
			last = first;
		}
		for (; first <= last && first < CPU_SETSIZE; first++)
			CPU_SET(first, &set);
		list += n;
		list += *list == ',';
	}
	return sched_setaffinity(0, sizeof(set), &set) < 0 ? -errno : 0;
}

/* Of exec alone, as the specification has it. */
int oci_process_affinity(struct walk *w)
{
	const struct oci_process *p = &oci_of(w)->config.process;

	w->what = "process.execCPUAffinity";
	return set_affinity(p->final_cpus ? p->final_cpus : p->initial_cpus);
}

int oci_process_tune(struct walk *w)
{
	const struct oci_container *oc = oci_of(w);
	const struct oci_process *p = &oc->config.process;
	int r;

	w->what = "process.oomScoreAdj";
	r = set_oom_score(p);
	if (r < 0)
		return r;
	w->what = "process.scheduler";
	r = set_scheduler(&p->scheduler);
	if (r < 0)
		return r;
	w->what = "process.ioPriority";
	return set_io_priority(p);
}

/*
 * Hard limits are raised first of all: it takes a right of the host's, which is gone in the user
 * namespace, and whether it can be had is told before the container is created. What is lowered,
 * and soft limits, would act on our own steps: that waits until they are taken.
 */
int oci_process_raise_limits(struct walk *w)
{
	for (size_t i = 0; i < w->c->spec->n_rlimits; i++) {
		const struct rlimit_spec *l = &w->c->spec->rlimits[i];
		struct rlimit limit;

		w->what = rlimit_constant(l->resource);
		if (getrlimit((__rlimit_resource_t)l->resource, &limit) < 0)
			return -errno;
		if (l->limit.rlim_max < limit.rlim_max)
			continue;
		limit.rlim_max = l->limit.rlim_max;
		if (setrlimit((__rlimit_resource_t)l->resource, &limit) < 0)
			return -errno;
	}
	return 0;
}

/* Environments that engines make have it from the image, but not those of `spec`. */
static int find_home(struct container *c)
{
	auto_fd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_free char *home = NULL, *assignment = NULL;
	int r;

	if (env_get(c->env, "HOME"))
		return 0;
	r = root < 0 ? -errno : user_home(root, c->user.uid, &home);
	if (r < 0 && r != -ENOENT)
		return r;
	assignment = text_format("HOME=%s", home ? home : "/");
	return assignment ? env_set(&c->env, assignment) : -ENOMEM;
}

/* That the directory cannot be entered by this user is told when it is. */
int oci_process_look(struct walk *w)
{
	int r;

	if (!w->c->spec->argv)
		return 0;
	r = find_home(&oci_own(w)->c);
	if (r < 0)
		return r;
	w->what = w->c->spec->working_dir;
	oci_own(w)->entered_dir = chdir(w->what) == 0;
	return oci_of(w)->entered_dir || errno == EACCES ? 0 : -errno;
}

int oci_keep_only(int lowest, int *const *fds, size_t n)
{
	int next = lowest;

	for (size_t i = 0; i < n; i++) {
		int fd = *fds[i];

		if (fd < 0)
			continue;
		*fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, lowest + (int)n);
		if (*fds[i] < 0)
			return -errno;
	}
	for (size_t i = 0; i < n; i++) {
		if (*fds[i] < 0)
			continue;
		if (dup3(*fds[i], next, O_CLOEXEC) < 0)
			return -errno;
		*fds[i] = next++;
	}
	return syscall(SYS_close_range, next, ~0U, 0) < 0 ? -errno : 0;
}

/* ---- steps that take something away ---- */

static int keyring(struct walk *w)
{
	const struct oci_create_options *q = oci_of(w)->create;

	return q && q->no_new_keyring ? 0 : walk_new_keyring(w);
}

static int set_personality(struct walk *w)
{
	const struct oci_config *config = &oci_of(w)->config;

	return config->has_personality && personality(config->personality) < 0 ? -errno : 0;
}

static int enter_user_ns(struct walk *w)
{
	if (w->c->userns_fd < 0 || w->entered)
		return 0;
	return setns(w->c->userns_fd, CLONE_NEWUSER) < 0 ? -errno : 0;
}

static int drop_bounding(struct walk *w)
{
	return caps_drop_bounding(oci_of(w)->config.process.caps.bounding);
}

/* podman's --group-add keep-groups: those that whoever called us has. */
static bool keeps_groups(const struct walk *w)
{
	const char *value = env_get(oci_of(w)->state.annotations, "run.oci.keep_original_groups");

	return value && streq(value, "1");
}

/* Capabilities stay over it, until they are set. */
static int set_user(struct walk *w)
{
	const struct user_spec *u = &w->c->user;

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return -errno;
	/* in a namespace that denies it there is nothing to give up */
	if (!keeps_groups(w) && setgroups(u->n_groups, u->groups) < 0 &&
	    (errno != EPERM || u->n_groups > 0))
		return -errno;
	if (setresgid(u->gid, u->gid, u->gid) < 0 || setresuid(u->uid, u->uid, u->uid) < 0)
		return -errno;
	return prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0 ? -errno : 0;
}

/* The filter takes a right that the process may not be meant to have: then that goes at the very
 * end. */
static uint64_t until_filter(const struct walk *w)
{
	return w->c->seccomp.len > 0 && !w->c->spec->no_new_privs ? SYS_ADMIN : 0;
}

static int set_caps(struct walk *w)
{
	struct caps_sets sets = oci_of(w)->config.process.caps;
	int r;

	sets.permitted |= until_filter(w);
	r = caps_set_three(&sets);
	return r == 0 ? caps_set_ambient(sets.ambient) : r;
}

static int set_umask(struct walk *w)
{
	(void)umask(oci_of(w)->config.process.umask);
	return 0;
}

/* With the rights of the process, or else with those that nap had, as in runc. */
static int enter_working_dir(struct walk *w)
{
	w->what = w->c->spec->working_dir;
	if (chdir(w->what) < 0 && (errno != EACCES || !oci_of(w)->entered_dir))
		return -errno;
	return walk_stay_inside(w);
}

static int load_filter(struct walk *w, int (*load)(const struct oci_container *oc))
{
	struct caps_sets sets = oci_of(w)->config.process.caps;
	uint64_t kept = until_filter(w) & ~sets.effective;
	int r;

	if (kept) {
		sets.permitted |= kept;
		sets.effective |= kept;
		if ((r = caps_set_three(&sets)) < 0)
			return r;
	}
	r = load(oci_of(w));
	return r < 0 || !kept ? r : caps_set_three(&oci_of(w)->config.process.caps);
}

static int filter(struct walk *w)
{
	return load_filter(w, oci_listener_filter);
}

static int apply_alone(const struct oci_container *oc)
{
	struct seccomp_program program = oc->c.seccomp;

	program.flags &= ~(unsigned)(SECCOMP_FILTER_FLAG_NEW_LISTENER |
				     SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
	return seccomp_apply(&program);
}

int oci_process_filter_alone(struct walk *w)
{
	return load_filter(w, apply_alone);
}

static const struct step become_steps[] = {
	{"make a session keyring", EXIT_NAP_KEYRING, keyring},
	{"set", EXIT_NAP_LIMITS, walk_set_limits},
	{"set the personality", EXIT_NAP_LIMITS, set_personality},
	{"enter the user namespace", EXIT_NAP_NAMESPACE, enter_user_ns},
	{"drop capabilities", EXIT_NAP_CAPABILITIES, drop_bounding},
	{"set the user", EXIT_NAP_USER, set_user},
	{"stay non-dumpable", EXIT_NAP_USER, walk_stay_undumpable},
	{"set capabilities", EXIT_NAP_CAPABILITIES, set_caps},
	{"set the umask", EXIT_NAP_USER, set_umask},
	{"enter the working directory", EXIT_NAP_CHDIR, enter_working_dir},
	{"execute", EXIT_NAP_EXEC, walk_find_executable},
	{"forbid new privileges", EXIT_NAP_NO_NEW_PRIVILEGES, walk_forbid_privileges},
	{"reset signals", EXIT_NAP_SIGNALS, walk_reset_signals},
};

static const struct step filter_step[] = {
	{"load the seccomp filter", EXIT_NAP_SECCOMP, filter},
};

void oci_confine(struct walk *w)
{
	walk_steps(w, become_steps, ARRAY_SIZE(become_steps));
}

void oci_execute(struct walk *w)
{
	walk_close_rest(w);
	walk_steps(w, filter_step, 1);
	walk_exec_stub(w);
}
