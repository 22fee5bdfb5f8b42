/* SPDX-License-Identifier: MIT */
/* nap load: the images of an archive into the store. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"
#include "lib/cleanup.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"

extern const struct verb verb_load;

enum { OPT_INPUT = 1, OPT_JSON, OPT_NO_SYNC, OPT_PLATFORM, OPT_QUIET, OPT_TAG };

static const struct arg_option options[] = {
	{"input", 'i', "FILE", "read this archive: the same as naming it as an argument", OPT_INPUT,
	 false},
	{"json", 0, NULL, "print a JSON array of what was loaded", OPT_JSON, true},
	{"no-sync", 0, NULL, "leave it to the kernel when the files reach the disk", OPT_NO_SYNC,
	 true},
	{"platform", 0, "OS/ARCH[/VARIANT]", "of an archive for several, take this one",
	 OPT_PLATFORM, false},
	{"quiet", 'q', NULL, "no progress, and only the ids of the images", OPT_QUIET, true},
	{"tag", 't', "NAME", "a further name for the image; may be given again", OPT_TAG, false},
	ARG_END,
};

struct load_request {
	struct load_options options;
	const char *path;
	bool json;
};

static int add_tag(struct load_request *q, const char *value)
{
	char *name;
	int r = ref_normalize(value, &name);

	if (r == 0 && strchr(name, '@')) {
		free(name);
		r = -1;
	}
	if (r < 0)
		return args_bad_value(&verb_load.args, OPT_TAG, value,
				      "not a name (NAME or NAME:TAG)");
	return strv_take(&q->options.tags, name) < 0 ? log_oom() : 0;
}

static int take_option(void *data, int id, const char *value)
{
	struct load_request *q = data;
	bool on = value && streq(value, "true");

	switch (id) {
	case OPT_INPUT:
		q->path = value;
		return 0;
	case OPT_JSON:
		q->json = on;
		return 0;
	case OPT_NO_SYNC:
		q->options.sync = !on;
		return 0;
	case OPT_PLATFORM:
		q->options.platform = value;
		return platform_is_valid(value)
			       ? 0
			       : args_bad_value(&verb_load.args, id, value,
						"not a platform (OS/ARCH[/VARIANT])");
	case OPT_QUIET:
		q->options.quiet = on;
		return 0;
	default:
		return add_tag(q, value);
	}
}

static int print_json(const struct loaded *l, size_t n)
{
	auto_buf b = {0};
	int r;

	buf_char(&b, '[');
	for (size_t i = 0; i < n; i++) {
		char id[sizeof(l[i].id) + sizeof("sha256:")];

		(void)snprintf(id, sizeof(id), "sha256:%s", l[i].id);
		buf_str(&b, i ? ",{" : "{");
		json_member(&b, "id", id);
		json_member_strv(&b, "names", l[i].names);
		buf_char(&b, '}');
	}
	buf_char(&b, ']');
	r = b.error ? b.error : json_print(b.data);
	return r < 0 ? log_fail(r, "print the result") : 0;
}

/* A line for each name, as docker prints it. */
static int print_loaded(const struct loaded *l, bool quiet)
{
	if (quiet)
		(void)printf("sha256:%s\n", l->id);
	else if (strv_len(l->names) == 0)
		(void)printf("Loaded image ID: sha256:%s\n", l->id);
	else
		STRV_FOREACH (name, l->names) {
			auto_free char *shorter = ref_shorten(*name);

			if (!shorter)
				return log_oom();
			(void)printf("Loaded image: %s\n", shorter);
		}
	return 0;
}

static int load(const struct settings *settings, const struct load_request *q)
{
	auto_store struct store *store = NULL;
	struct loaded *loaded = NULL;
	size_t n = 0;
	int r;

	r = store_open(settings->root, &store);
	if (r == 0)
		r = image_load(store, q->path, &q->options, &loaded, &n);
	if (r == 0 && q->json)
		r = print_json(loaded, n);
	for (size_t i = 0; i < n && r == 0 && !q->json; i++)
		r = print_loaded(&loaded[i], q->options.quiet);
	loaded_free(loaded, n);
	return r;
}

/* What to read: --input, the argument, or standard input as docker does, unless that is a terminal,
 * where nobody would type an archive. */
static int choose_path(struct load_request *q, char *const *args)
{
	if (args[0] && q->path)
		return log_refuse(ARGS_USAGE, "load: --input and \"%s\": one archive at a time",
				  args[0]);
	if (args[0])
		q->path = args[0];
	if (!q->path && isatty(STDIN_FILENO))
		return log_refuse(ARGS_USAGE, "load: which archive? (\"-\" is standard input)");
	if (!q->path)
		q->path = "-";
	return 0;
}

static int load_main(const struct settings *settings, int argc, char **argv)
{
	struct load_request q = {
		.options = {.limits = settings->limits, .sync = settings->sync},
	};
	auto_free char **args = NULL;
	int r;

	r = verb_parse(&verb_load, argc, argv, take_option, &q, &args);
	if (r == 0)
		r = choose_path(&q, args);
	if (r == 0)
		r = load(settings, &q);
	strv_free(q.options.tags);
	return r;
}

const struct verb verb_load = {
	.args = {"load", options, 0, 0, 1},
	.arguments = "[OPTION...] [FILE|DIR|-]",
	.help = "load the images of an archive into the store",
	.flags = VERB_ROOT,
	.run = load_main,
};
