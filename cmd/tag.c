/* SPDX-License-Identifier: MIT */
/* nap tag: give an image one more name. */
#include <errno.h>

#include "cmd.h"
#include "lib/cleanup.h"
#include "lib/log.h"

static const struct arg_option options[] = {
	ARG_END,
};

extern const struct verb verb_tag;

static int run(const struct settings *settings, int argc, char **argv)
{
	auto_store struct store *store = NULL;
	auto_free char **args = NULL;
	auto_free char *name = NULL;
	int r;

	r = verb_parse(&verb_tag, argc, argv, NULL, NULL, &args);
	if (r != 0)
		return r;
	r = ref_normalize(args[1], &name);
	if (r == -ENOMEM)
		return log_oom();
	if (r < 0)
		return log_refuse(r, "tag \"%s\": not an image name", args[1]);
	r = store_open(settings->root, &store);
	return r < 0 ? r : image_tag(store, args[0], name);
}

const struct verb verb_tag = {
	.args = {"tag", options, 0, 2, 2},
	.arguments = "IMAGE NAME",
	.help = "give an image one more name",
	.flags = VERB_ROOT,
	.run = run,
};
