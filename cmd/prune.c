/* SPDX-License-Identifier: MIT */
/* nap prune: remove images nobody asks for by name, networks nobody is on, and what crashes left.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "confirm.h"
#include "image-json.h"
#include "in-use.h"
#include "lease-text.h"
#include "lib/cleanup.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/table.h"
#include "lib/text.h"
#include "prune.h"
#include "runtime/runtime.h"

enum { OPT_ALL = 1, OPT_FORCE, OPT_JSON };

static const struct arg_option options[] = {
	{"all", 'a', NULL, "remove every image that no container uses", OPT_ALL, true},
	{"force", 'f', NULL, "do not ask", OPT_FORCE, true},
	{"json", 0, NULL, "print a JSON object", OPT_JSON, true},
	ARG_END,
};

struct prune_options {
	bool all, force, json;
};

static int take_option(void *data, int id, const char *value)
{
	struct prune_options *o = data;
	bool on = streq(value, "true");

	if (id == OPT_ALL)
		o->all = on;
	else if (id == OPT_FORCE)
		o->force = on;
	else
		o->json = on;
	return 0;
}

static bool has_state(const char *id, void *data)
{
	const struct settings *settings = data;
	auto_free char *path = text_format("%s/state/%s", settings->runroot, id);

	/* when in doubt, nothing is taken away */
	return !path || access(path, F_OK) == 0 || errno != ENOENT;
}

int prune_networks(const struct settings *settings, char ***ret_names)
{
	auto_free char *dir = lease_directory(settings);

	*ret_names = NULL;
	if (!dir)
		return log_oom();
	if (access(dir, F_OK) < 0) /* there has never been one */
		return 0;
	return net_prune(dir, has_state, (void *)settings, ret_names);
}

static int print_json(char *const *containers, char *const *networks, const struct removed *removed)
{
	auto_buf b = {0};
	int r;

	buf_char(&b, '{');
	json_member_strv(&b, "Containers", containers);
	json_member_strv(&b, "Networks", networks);
	json_member_strv(&b, "Untagged", removed->untagged);
	json_member_strv(&b, "Deleted", removed->deleted);
	json_member_i64(&b, "SpaceReclaimed", (int64_t)removed->bytes);
	buf_char(&b, '}');
	r = b.error ? b.error : json_print(b.data);
	return r < 0 ? log_fail(r, "print JSON") : 0;
}

static int print(const struct prune_options *o, char *const *containers, char *const *networks,
		 const struct removed *removed)
{
	char size[16];
	int r;

	if (o->json)
		return print_json(containers, networks, removed);
	for (; containers && *containers; containers++)
		(void)printf("Deleted container: %s\n", *containers);
	for (; networks && *networks; networks++)
		(void)printf("Deleted network: %s\n", *networks);
	r = print_removed(removed);
	if (r < 0)
		return r;
	format_size(removed->bytes, size);
	(void)printf("Total reclaimed space: %s\n", size);
	return 0;
}

extern const struct verb verb_prune;

static int run(const struct settings *settings, int argc, char **argv)
{
	CLEANUP(removed_done)
	struct removed removed = {0};
	auto_store struct store *store = NULL;
	auto_free char **args = NULL;
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	auto_strv char **containers = NULL, **networks = NULL;
	struct prune_options o = {0};
	int r;

	r = verb_parse(&verb_prune, argc, argv, take_option, &o, &args);
	if (r != 0)
		return r;
	r = confirm(
		"prune", o.force,
		o.all ? "This removes all images and networks that no container uses, and layers "
			"that no image needs."
		      : "This removes all images without a name, layers that no image needs, and "
			"networks that no container is on.");
	if (r < 0)
		return r;
	r = store_open(settings->root, &store);
	if (r < 0)
		return r;
	/* what a killed nap left behind would keep its image in use */
	r = container_clean_dead(&paths, &containers);
	if (r == 0)
		r = prune_networks(settings, &networks);
	if (r < 0)
		return r;
	r = image_prune(store, o.all, image_used_by_container, (void *)settings, &removed);
	return r < 0 ? r : print(&o, containers, networks, &removed);
}

const struct verb verb_prune = {
	.args = {"prune", options, 0, 0, 0},
	.arguments = "[OPTION...]",
	.help = "remove unused images and networks, and what crashes left behind",
	.flags = VERB_ROOT,
	.run = run,
};
