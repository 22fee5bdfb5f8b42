/* SPDX-License-Identifier: MIT */
/*
 * nap oci: global options, finding a verb, and telling the engine why it failed: on stderr, and in
 * the file that --log names.
 */
#include "oci.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/text.h"

#define DEFAULT_ROOT "/run/nap-oci"
#define SPEC_VERSION "1.2.0"
/* As crun says what it is made of; its tests look for that. */
#define PARTS "+APPARMOR +CAP +EBPF +SECCOMP +SELINUX +SYSTEMD"

extern const struct oci_verb oci_verb_create, oci_verb_run, oci_verb_start, oci_verb_state,
	oci_verb_kill, oci_verb_delete, oci_verb_list, oci_verb_ps, oci_verb_pause, oci_verb_resume,
	oci_verb_update, oci_verb_events, oci_verb_exec, oci_verb_spec, oci_verb_features;

static const struct oci_verb *const verbs[] = {
	&oci_verb_create, &oci_verb_start,  &oci_verb_run,	&oci_verb_state,
	&oci_verb_kill,	  &oci_verb_delete, &oci_verb_list,	&oci_verb_ps,
	&oci_verb_pause,  &oci_verb_resume, &oci_verb_update,	&oci_verb_events,
	&oci_verb_exec,	  &oci_verb_spec,   &oci_verb_features, NULL,
};

enum {
	OPT_ROOT = 1,
	OPT_LOG,
	OPT_LOG_FORMAT,
	OPT_LOG_LEVEL,
	OPT_DEBUG,
	OPT_SYSTEMD,
	OPT_MANAGER,
	OPT_IGNORED,
	OPT_VERSION,
};

static const struct arg_option options[] = {
	{"root", 0, "DIR", "where containers are kept (default: " DEFAULT_ROOT ")", OPT_ROOT,
	 false},
	{"log", 0, "FILE", "append errors to this file as well", OPT_LOG, false},
	{"log-format", 0, "FORMAT", "text or json, of that file", OPT_LOG_FORMAT, false},
	{"systemd-cgroup", 's', NULL, "the same as --cgroup-manager systemd", OPT_SYSTEMD, true},
	{"cgroup-manager", 0, "NAME", "systemd, cgroupfs or disabled", OPT_MANAGER, false},
	{"debug", 0, NULL, "log what was asked as well", OPT_DEBUG, true},
	{"version", 'v', NULL, "print the version", OPT_VERSION, false},
	/* what others have, and what makes no difference here */
	{"log-level", 0, "LEVEL", NULL, OPT_LOG_LEVEL, false},
	{"rootless", 0, "VALUE", NULL, OPT_IGNORED, false},
	{"criu", 0, "FILE", NULL, OPT_IGNORED, false},
	ARG_END,
};

struct global {
	struct oci_options o;
	const char *log;
	bool json, version;
};

static const struct arg_spec spec = {"oci", options, 1, 0, -1};

static int take_manager(struct oci_options *o, const char *value)
{
	if (streq(value, "systemd"))
		o->manager = OCI_CGROUP_SYSTEMD;
	else if (streq(value, "cgroupfs"))
		o->manager = OCI_CGROUP_FS;
	else if (streq(value, "disabled"))
		o->manager = OCI_CGROUP_DISABLED;
	else
		return args_bad_value(&spec, OPT_MANAGER, value,
				      "not systemd, cgroupfs or disabled");
	return 0;
}

static int take_option(void *data, int id, const char *value)
{
	struct global *g = data;

	switch (id) {
	case OPT_ROOT:
		g->o.root = value;
		return 0;
	case OPT_LOG:
		g->log = value;
		return 0;
	case OPT_LOG_FORMAT:
		if (!streq(value, "json") && !streq(value, "text"))
			return args_bad_value(&spec, id, value, "not text or json");
		g->json = streq(value, "json");
		return 0;
	case OPT_DEBUG:
		g->o.debug = streq(value, "true");
		return 0;
	case OPT_SYSTEMD:
		if (streq(value, "true"))
			g->o.manager = OCI_CGROUP_SYSTEMD;
		return 0;
	case OPT_MANAGER:
		return take_manager(&g->o, value);
	case OPT_VERSION:
		g->version = true;
	}
	return 0;
}

/* ---- the log of the engine ---- */

static int open_log(const struct global *g)
{
	int fd = open(g->log, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0644);

	return fd < 0 ? log_fail(-errno, "open %s", g->log) : fd;
}

/* In the form that runc's log has, too. */
static void add_line(struct buf *b, bool json, const char *level, const char *msg)
{
	char now[32] = "";
	time_t t = time(NULL);
	struct tm tm;

	if (gmtime_r(&t, &tm))
		(void)strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (json) {
		buf_char(b, '{');
		json_member(b, "level", level);
		json_member(b, "msg", msg);
		json_member(b, "time", now);
		buf_str(b, "}\n");
		return;
	}
	buf_fmt(b, "time=\"%s\" level=%s msg=", now, level);
	json_add_string(b, msg);
	buf_char(b, '\n');
}

static void write_log(const struct global *g, const char *level, const char *msg)
{
	auto_fd int fd = g->log ? open_log(g) : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	auto_buf b = {0};

	add_line(&b, g->json, level, msg);
	if (fd >= 0 && !b.error)
		(void)fs_write_all(fd, b.data, b.len); /* there is nowhere else to say so */
}

/* What an engine shows its users as if their program had said it is no place for a warning. */
static void log_warning(void *data, const char *text)
{
	write_log(data, "warning", text);
}

/* --debug: what was asked of us, which an engine does not show. */
static void log_call(const struct global *g, char *const *argv)
{
	auto_buf b = {0};

	for (; *argv; argv++)
		buf_fmt(&b, "%s%s", b.len > 0 ? " " : "", *argv);
	if (g->o.debug && !b.error)
		write_log(g, "debug", b.data);
}

/* It is read whether there is anything in it or not. */
static int make_log(const struct global *g)
{
	int fd = g->log ? open_log(g) : -1;

	if (fd >= 0)
		(void)close(fd);
	return g->log && fd < 0 ? fd : 0;
}

/* ---- verbs ---- */

const struct arg_option oci_no_options[] = {ARG_END};

int oci_no_option(void *data, int id, const char *value)
{
	(void)data;
	(void)id;
	(void)value;
	return -EINVAL;
}

static const char *name_of(const struct oci_verb *v)
{
	return v->args.verb + strlen("oci ");
}

int oci_verb_parse(const struct oci_verb *verb, int argc, char **argv, arg_handler handler,
		   void *data, char ***ret_args)
{
	int r = args_parse(&verb->args, argc, argv, handler, data, ret_args);

	if (r != ARGS_HELP)
		return r;
	(void)printf("Usage: nap %s%s%s\n\n%c%s.\n", verb->args.verb, *verb->arguments ? " " : "",
		     verb->arguments, *verb->help & ~0x20, verb->help + 1);
	if (verb->args.options->id) {
		(void)printf("\nOptions:\n");
		args_print_options(verb->args.options);
	}
	return r;
}

int oci_close_inherited(unsigned *preserved)
{
	unsigned n = 0;

	/* behind the first gap descriptors of our own may come, which nobody is to inherit */
	while (n < *preserved && fcntl(3 + (int)n, F_GETFD) >= 0)
		n++;
	*preserved = n;
	/* not closed yet: a file of ours may be named by one, as shells do (/dev/fd/63) */
	if (syscall(SYS_close_range, 3 + n, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return log_fail(-errno, "mark descriptors to be closed");
	return 0;
}

static void help(void)
{
	(void)printf("Usage: nap oci [OPTION...] VERB [ARGUMENT...]\n\n"
		     "Containers of engines, from bundles of the OCI. The same as nap-oci.\n\n"
		     "Verbs:\n");
	for (const struct oci_verb *const *v = verbs; *v; v++)
		(void)printf("  %-10s %s\n", name_of(*v), (*v)->help);
	(void)printf("\nOptions:\n");
	args_print_options(options);
	(void)printf("\nnap oci VERB --help shows the options of a verb; nap-oci(8) explains.\n");
}

static const struct oci_verb *find(const char *name)
{
	for (const struct oci_verb *const *v = verbs; *v; v++)
		if (streq(name_of(*v), name))
			return *v;
	(void)log_refuse(-EINVAL, "unknown verb \"%s\"", name);
	log_hint("nap oci --help lists the verbs");
	return NULL;
}

static int run_verb(struct global *g, int argc, char **argv)
{
	const struct oci_verb *v = find(argv[0]);
	int r = v ? make_log(g) : ARGS_USAGE;

	if (r == 0 && g->log)
		log_divert_warnings(log_warning, g);
	if (r == 0) {
		log_call(g, argv);
		r = v->run(&g->o, argc, argv);
	}
	if (fflush(stdout) != 0 && r >= 0)
		r = log_fail(-errno, "write the result");
	if (r < 0 && g->log)
		write_log(g, "error", log_first_error()); /* it is on stderr as well */
	if (r == ARGS_HELP)
		return 0;
	if (r < 0)
		return v && v->failure ? v->failure : 1;
	return r;
}

static int run(const struct settings *settings, int argc, char **argv)
{
	struct global g = {.o = {.root = DEFAULT_ROOT}};
	auto_free char **args = NULL;
	int n = 0, r;

	(void)settings;
	r = args_parse(&spec, argc, argv, take_option, &g, &args);
	if (r < 0)
		return r;
	while (r == 0 && args[n])
		n++;
	if (g.version) {
		(void)printf("nap-oci version %s\nspec: %s\n" PARTS "\n", NAP_VERSION,
			     SPEC_VERSION);
		return 0;
	}
	if (r == ARGS_HELP || n == 0 || streq(args[0], "help")) {
		help();
		return r == ARGS_HELP || n > 0 ? 0 : 2;
	}
	return run_verb(&g, n, args);
}

extern const struct verb verb_oci;
const struct verb verb_oci = {
	.args = {"oci", options, 1, 0, -1},
	.arguments = "[OPTION...] VERB [ARGUMENT...]",
	.help = "be the runtime of podman, containerd or Kubernetes",
	.flags = VERB_NO_CONF,
	.run = run,
};
