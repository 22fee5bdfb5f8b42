/* SPDX-License-Identifier: MIT */
/* nap oci exec. */
#include <errno.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "oci.h"

#define PRESERVED_MAX 1000
#define ID_MAX 4294967294U

enum {
	OPT_PROCESS = 1,
	OPT_DETACH,
	OPT_PID_FILE,
	OPT_TTY,
	OPT_CONSOLE,
	OPT_USER,
	OPT_CWD,
	OPT_ENV,
	OPT_CAP,
	OPT_APPARMOR,
	OPT_LABEL,
	OPT_GROUPS,
	OPT_NO_NEW_PRIVS,
	OPT_PRESERVE,
	OPT_IGNORE_PAUSED,
	OPT_CGROUP,
	OPT_SUBREAPER,
};

static const struct arg_option options[] = {
	{"process", 'p', "FILE", "the process as the specification has it", OPT_PROCESS, false},
	{"detach", 'd', NULL, "do not wait for its end", OPT_DETACH, true},
	{"pid-file", 0, "FILE", "write its pid to this file", OPT_PID_FILE, false},
	{"tty", 't', NULL, "give it a terminal", OPT_TTY, true},
	{"console-socket", 0, "SOCKET", "send its terminal there", OPT_CONSOLE, false},
	{"user", 'u', "UID[:GID]", "run as this user", OPT_USER, false},
	{"cwd", 0, "DIR", "working directory", OPT_CWD, false},
	{"env", 'e', "NAME=VALUE", "set a variable", OPT_ENV, false},
	{"cap", 'c', "CAPABILITY", "add a capability", OPT_CAP, false},
	{"apparmor", 0, "PROFILE", "its AppArmor profile", OPT_APPARMOR, false},
	{"process-label", 0, "LABEL", "its SELinux label", OPT_LABEL, false},
	{"additional-gids", 'g', "GID", "add a group", OPT_GROUPS, false},
	{"no-new-privs", 0, NULL, "let it gain no privileges", OPT_NO_NEW_PRIVS, true},
	{"preserve-fds", 0, "N", "pass on N descriptors from 3 on", OPT_PRESERVE, false},
	{"ignore-paused", 0, NULL, "even in a paused container", OPT_IGNORE_PAUSED, true},
	{"cgroup", 0, "[NAMES:]PATH", "in this cgroup below the container's", OPT_CGROUP, false},
	{"no-subreaper", 0, NULL, NULL, OPT_SUBREAPER, true},
	{"subreaper", 0, "VALUE", NULL, OPT_SUBREAPER, false},
	ARG_END,
};

extern const struct oci_verb oci_verb_exec;

static int add_group(struct oci_exec_options *q, const char *value)
{
	gid_t *grown, gid;

	if (parse_u32(value, 0, ID_MAX, &gid) < 0)
		return args_bad_value(&oci_verb_exec.args, OPT_GROUPS, value, "not an id");
	grown = reallocarray(q->groups, q->n_groups + 1, sizeof(gid_t));
	if (!grown)
		return log_oom();
	q->groups = grown;
	grown[q->n_groups++] = gid;
	return 0;
}

static int take_flag(struct oci_exec_options *q, int id, bool on)
{
	switch (id) {
	case OPT_DETACH:
		q->detach = on;
		return 0;
	case OPT_TTY:
		q->tty = on;
		return 0;
	case OPT_NO_NEW_PRIVS:
		q->no_new_privs = on;
		return 0;
	case OPT_IGNORE_PAUSED:
		q->ignore_paused = on;
		return 0;
	}
	return 0; /* no-subreaper: nobody is left to reap */
}

static int take_option(void *data, int id, const char *value)
{
	struct oci_exec_options *q = data;
	const struct {
		int id;
		const char **to;
	} texts[] = {
		{OPT_PROCESS, &q->process},
		{OPT_PID_FILE, &q->pid_file},
		{OPT_CONSOLE, &q->console_socket},
		{OPT_USER, &q->user},
		{OPT_CWD, &q->cwd},
		{OPT_APPARMOR, &q->apparmor},
		{OPT_LABEL, &q->process_label},
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (texts[i].id != id)
			continue;
		*texts[i].to = *value ? value : NULL;
		return 0;
	}
	if (id == OPT_ENV)
		return strv_add(&q->env, value) < 0 ? log_oom() : 0;
	if (id == OPT_CAP)
		return strv_add(&q->caps, value) < 0 ? log_oom() : 0;
	if (id == OPT_CGROUP)
		return strv_add(&q->cgroups, value) < 0 ? log_oom() : 0;
	if (id == OPT_GROUPS)
		return add_group(q, value);
	if (id == OPT_PRESERVE)
		return parse_u32(value, 0, PRESERVED_MAX, &q->preserve_fds) < 0
			       ? args_bad_value(&oci_verb_exec.args, id, value, "not a number")
			       : 0;
	return take_flag(q, id, streq(value, "true"));
}

static int run(const struct oci_options *o, int argc, char **argv)
{
	struct oci_exec_options q = {0};
	auto_free char **args = NULL;
	int r;

	r = oci_verb_parse(&oci_verb_exec, argc, argv, take_option, &q, &args);
	if (r == 0)
		r = oci_close_inherited(&q.preserve_fds);
	if (r == 0 && !q.process && !args[1])
		r = log_refuse(ARGS_USAGE, "exec: neither --process nor a command");
	if (r == 0) {
		q.args = args + 1;
		r = oci_exec(o, args[0], &q);
	}
	strv_free(q.env);
	strv_free(q.caps);
	strv_free(q.cgroups);
	free(q.groups);
	return r;
}

const struct oci_verb oci_verb_exec = {
	.args = {"oci exec", options, 1, 1, -1},
	.arguments = "[OPTION...] ID [COMMAND [ARGUMENT...]]",
	.help = "run a further process in a container",
	.failure = 255,
	.run = run,
};
