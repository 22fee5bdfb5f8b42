/* SPDX-License-Identifier: MIT */
/*
 * What both programs share: global options, finding a verb, help, and exit codes. The tables
 * themselves are in main.c and image-main.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/text.h"

enum { OPT_ROOT = 1, OPT_RUNROOT, OPT_VERSION };

const struct arg_option verbs_options[] = {
	{"root", 0, "DIR", "the store of images (default: /var/lib/nap)", OPT_ROOT, false},
	{"runroot", 0, "DIR", "state of running containers (default: /run/nap)", OPT_RUNROOT,
	 false},
	{"version", 0, NULL, "print the version", OPT_VERSION, false},
	ARG_END,
};

struct global {
	const char *root, *runroot;
	bool version;
};

static int take_global(void *data, int id, const char *value)
{
	struct global *g = data;

	if (id == OPT_ROOT)
		g->root = value;
	else if (id == OPT_RUNROOT)
		g->runroot = value;
	else
		g->version = true;
	return 0;
}

static int replace(char **setting, const char *value)
{
	if (value && *value != '/')
		return log_refuse(ARGS_USAGE, "\"%s\": not an absolute path", value);
	return text_set(setting, value) < 0 ? log_oom() : 0;
}

static void print_verb_options(const struct verb *v)
{
	if (v->args.options && v->args.options->id) {
		(void)printf("\nOptions:\n");
		args_print_options(v->args.options);
	}
}

static void verb_help(const struct verb *v)
{
	(void)printf("Usage: nap %s%s%s\n\n%c%s.\n", v->args.verb, *v->arguments ? " " : "",
		     v->arguments, *v->help & ~0x20, v->help + 1);
	print_verb_options(v);
}

int verb_parse(const struct verb *verb, int argc, char **argv, arg_handler handler, void *data,
	       char ***ret_args)
{
	int r = args_parse(&verb->args, argc, argv, handler, data, ret_args);

	if (r == ARGS_HELP)
		verb_help(verb);
	return r;
}

static void help(const struct verb *const *verbs)
{
	(void)printf(
		"Usage: nap [--root DIR] [--runroot DIR] VERB [ARGUMENT...]\n\n"
		"Containers as ordinary systemd services: no daemon, no supervisor.\n\nVerbs:\n");
	for (; *verbs; verbs++)
		if (!((*verbs)->flags & VERB_HIDDEN))
			(void)printf("  %-10s %s\n", (*verbs)->args.verb, (*verbs)->help);
	(void)printf("\nGlobal options:\n");
	args_print_options(verbs_options);
	(void)printf("\nnap VERB --help shows the options of a verb; nap(1) explains.\n");
}

static const struct verb *find_verb(const struct verb *const *verbs, const char *name)
{
	for (; *verbs; verbs++)
		if (streq((*verbs)->args.verb, name))
			return *verbs;
	return NULL;
}

static int exit_code(const struct verb *v, int r)
{
	bool run_codes = v->flags & VERB_RUN_CODES;

	if (r >= 0)
		return r == ARGS_HELP ? 0 : r;
	if (run_codes)
		return 125;
	return r == ARGS_USAGE ? 2 : 1;
}

static int run_verb(const struct verb *v, const struct global *g, int argc, char **argv)
{
	CLEANUP(settings_done)
	struct settings settings = {0};
	int r;

	if ((v->flags & VERB_ROOT) && geteuid() != 0 && !(argc == 2 && streq(argv[1], "--help")))
		return exit_code(v, log_refuse(-EPERM, "%s: must be root", v->args.verb));
	r = v->flags & VERB_NO_CONF ? 0 : settings_load(&settings);
	if (r == 0)
		r = replace(&settings.root, g->root);
	if (r == 0)
		r = replace(&settings.runroot, g->runroot);
	if (r == 0)
		r = v->run(&settings, argc, argv);
	if (fflush(stdout) != 0 && r >= 0)
		r = log_fail(-errno, "write the result");
	return exit_code(v, r);
}

/*
 * What we inherited decides nothing: files get the modes the code says, and a standard stream that
 * is closed does not become whatever is opened next. It is the null device, opened the wrong way
 * round, so that using it is still an error.
 */
static int settle(void)
{
	static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};

	(void)umask(022);
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
			return -1;
	return 0;
}

int verbs_main(const struct verb *const *verbs, int argc, char **argv)
{
	struct arg_spec spec = {"", verbs_options, 1, 0, -1};
	auto_free char **args = NULL;
	struct global g = {0};
	const struct verb *v;
	int r, n = 0;

	if (settle() < 0) { /* there may be nowhere to say so */
		(void)log_fail(-errno, "open the standard streams");
		return 125;
	}
	r = args_parse(&spec, argc, argv, take_global, &g, &args);
	if (r < 0)
		return 2;
	while (r == 0 && args[n])
		n++;
	if (g.version) {
		(void)printf("nap %s\n", NAP_VERSION);
		return 0;
	}
	if (r == ARGS_HELP || (n > 0 && streq(args[0], "help") && n == 1)) {
		help(verbs);
		return 0;
	}
	if (n == 0) {
		help(verbs);
		return 2;
	}
	if (streq(args[0], "help")) {
		static char dash_help[] = "--help";

		args[0] = args[1];
		args[1] = dash_help;
		n = 2;
	}
	v = find_verb(verbs, args[0]);
	if (!v) {
		(void)log_refuse(-EINVAL, "unknown verb \"%s\"", args[0]);
		log_hint("nap help lists the verbs");
		return 2;
	}
	return run_verb(v, &g, n, args);
}
