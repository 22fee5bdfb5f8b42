/* SPDX-License-Identifier: MIT */
/* nap images: a row for each name of each image. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "image-json.h"
#include "lib/cleanup.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/table.h"
#include "lib/text.h"

enum { OPT_ALL = 1, OPT_DIGESTS, OPT_JSON, OPT_NO_TRUNC, OPT_QUIET };

static const struct arg_option options[] = {
	{"all", 'a', NULL, "accepted for docker's sake: nap has no intermediate images", OPT_ALL,
	 true},
	{"digests", 0, NULL, "show the digests of the manifests", OPT_DIGESTS, true},
	{"json", 0, NULL, "print a JSON array", OPT_JSON, true},
	{"no-trunc", 0, NULL, "show full ids", OPT_NO_TRUNC, true},
	{"quiet", 'q', NULL, "print ids only, each once", OPT_QUIET, true},
	ARG_END,
};

struct images_options {
	bool digests, json, no_trunc, quiet;
};

static int take_option(void *data, int id, const char *value)
{
	struct images_options *o = data;
	bool on = streq(value, "true");

	if (id == OPT_DIGESTS)
		o->digests = on;
	else if (id == OPT_JSON)
		o->json = on;
	else if (id == OPT_NO_TRUNC)
		o->no_trunc = on;
	else if (id == OPT_QUIET)
		o->quiet = on;
	return 0;
}

/* Does "REPO:TAG" match a pattern meant for the whole or for the repository alone? */
static bool matches(const char *pattern, const char *name)
{
	const char *colon = strrchr(name, ':');
	auto_free char *repository = strndup(name, (size_t)(colon - name));

	return fnmatch(pattern, name, FNM_PATHNAME) == 0 ||
	       (repository && fnmatch(pattern, repository, FNM_PATHNAME) == 0);
}

/* Leave the names that match; false if none does. */
static bool filter(struct image *image, const char *pattern)
{
	char **kept = image->names;

	STRV_FOREACH (name, image->names) {
		auto_free char *shorter = ref_shorten(*name);

		if (matches(pattern, *name) || (shorter && matches(pattern, shorter)))
			*kept++ = *name;
		else
			free(*name);
	}
	if (kept)
		*kept = NULL;
	return kept != image->names;
}

static void add_row(struct table *t, const struct images_options *o, const struct image *image,
		    const char *name)
{
	auto_free char *repository = name ? ref_shorten(name) : strdup("<none>:<none>");
	auto_free char *id = text_format(o->no_trunc ? "sha256:%.64s" : "%.12s", image->id);
	int64_t created = image_created(image);
	char size[16], ago[40] = "";
	char *colon;

	if (!repository || !id) {
		t->error = -ENOMEM;
		return;
	}
	colon = strrchr(repository, ':');
	*colon = '\0';
	format_size(image->size, size);
	if (created >= 0)
		format_ago(created, ago);
	table_add(t, repository);
	table_add(t, colon + 1);
	if (o->digests)
		table_add(t, image->manifest ? image->manifest : "<none>");
	table_add(t, id);
	table_add(t, ago);
	table_add(t, size);
}

static int print_table(const struct images_options *o, struct image *const *images, size_t n)
{
	static const char *const headings[] = {"REPOSITORY", "TAG",  "IMAGE ID",
					       "CREATED",    "SIZE", NULL};
	static const char *const with_digests[] = {"REPOSITORY", "TAG",	 "DIGEST", "IMAGE ID",
						   "CREATED",	 "SIZE", NULL};
	CLEANUP(table_done)
	struct table t;
	int r;

	table_init(&t, o->digests ? with_digests : headings);
	for (size_t i = 0; i < n; i++) {
		STRV_FOREACH (name, images[i]->names)
			add_row(&t, o, images[i], *name);
		if (strv_len(images[i]->names) == 0)
			add_row(&t, o, images[i], NULL);
	}
	r = table_print(&t);
	return r < 0 ? log_fail(r, "print the table") : 0;
}

static int print_json(struct image *const *images, size_t n)
{
	auto_buf b = {0};
	int r;

	buf_char(&b, '[');
	for (size_t i = 0; i < n; i++) {
		buf_str(&b, i > 0 ? ",{" : "{");
		image_json_members(&b, images[i]);
		buf_char(&b, '}');
	}
	buf_char(&b, ']');
	r = b.error ? b.error : json_print(b.data);
	return r < 0 ? log_fail(r, "print JSON") : 0;
}

static int print(const struct images_options *o, struct image *const *images, size_t n)
{
	if (o->json)
		return print_json(images, n);
	if (!o->quiet)
		return print_table(o, images, n);
	for (size_t i = 0; i < n; i++)
		(void)printf(o->no_trunc ? "sha256:%.64s\n" : "%.12s\n", images[i]->id);
	return 0;
}

static int list(const struct settings *settings, const struct images_options *o,
		const char *pattern)
{
	auto_store struct store *store = NULL;
	struct image **images;
	size_t n, shown = 0;
	int r;

	r = store_open(settings->root, &store);
	if (r < 0)
		return r;
	r = image_list(store, &images, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (!pattern || filter(images[i], pattern))
			images[shown++] = images[i];
		else
			image_free(images[i]);
	}
	r = print(o, images, shown);
	for (size_t i = 0; i < shown; i++)
		image_free(images[i]);
	free(images);
	return r;
}

extern const struct verb verb_images;

static int run(const struct settings *settings, int argc, char **argv)
{
	struct images_options o = {0};
	auto_free char **args = NULL;
	int r;

	r = verb_parse(&verb_images, argc, argv, take_option, &o, &args);
	if (r != 0)
		return r;
	return list(settings, &o, args[0]);
}

const struct verb verb_images = {
	.args = {"images", options, 0, 0, 1},
	.arguments = "[OPTION...] [IMAGE]",
	.help = "list the images in the store",
	.flags = VERB_ROOT,
	.run = run,
};
