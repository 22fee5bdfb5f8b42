/* SPDX-License-Identifier: MIT */
/* nap rmi: remove names, and with the last name the image. */
#include "cmd.h"
#include "image-json.h"
#include "in-use.h"
#include "lib/cleanup.h"
#include "lib/text.h"

enum { OPT_FORCE = 1 };

static const struct arg_option options[] = {
	{"force", 'f', NULL, "remove an image by id even when it has several names", OPT_FORCE,
	 true},
	ARG_END,
};

static int take_option(void *data, int id, const char *value)
{
	bool *force = data;

	(void)id; /* there is one */
	*force = streq(value, "true");
	return 0;
}

static int remove_one(const struct store *store, const struct settings *settings, const char *ref,
		      bool force)
{
	CLEANUP(removed_done)
	struct removed removed = {0};
	int r;

	r = image_remove(store, ref, force, image_used_by_container, (void *)settings, &removed);
	return r < 0 ? r : print_removed(&removed);
}

extern const struct verb verb_rmi;

static int run(const struct settings *settings, int argc, char **argv)
{
	auto_store struct store *store = NULL;
	auto_free char **args = NULL;
	bool force = false;
	int r, result = 0;

	r = verb_parse(&verb_rmi, argc, argv, take_option, &force, &args);
	if (r != 0)
		return r;
	r = store_open(settings->root, &store);
	if (r < 0)
		return r;
	for (char **ref = args; *ref; ref++) {
		r = remove_one(store, settings, *ref, force);
		if (r < 0)
			result = r;
	}
	return result;
}

const struct verb verb_rmi = {
	.args = {"rmi", options, 0, 1, -1},
	.arguments = "[OPTION...] IMAGE...",
	.help = "remove images",
	.flags = VERB_ROOT,
	.run = run,
};
