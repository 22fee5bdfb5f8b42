/* SPDX-License-Identifier: MIT */
/*
 * nap inspect: a JSON array with an object for each container or image that was named; what
 * confines a container also as text.
 */
#include <errno.h>

#include "cmd.h"
#include "inspect.h"
#include "lib/cleanup.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/text.h"

enum { OPT_FORMAT = 1, OPT_JSON, OPT_SECURITY, OPT_TYPE };

static const struct arg_option options[] = {
	{"format", 0, "json|text", "print JSON, or text, which --security does by default",
	 OPT_FORMAT, false},
	{"json", 0, NULL, "print JSON, which only --security does not by default", OPT_JSON, true},
	{"security", 0, NULL, "show what confines a running container, as /proc tells it",
	 OPT_SECURITY, true},
	{"type", 0, "container|image", "look only for this: container or image", OPT_TYPE, false},
	ARG_END,
};

extern const struct verb verb_inspect;

struct inspect_options {
	bool security, no_containers, no_images, json, text;
};

static int take_format(struct inspect_options *o, const char *value)
{
	o->json = streq(value, "json");
	o->text = streq(value, "text");
	if (!o->json && !o->text)
		return args_bad_value(&verb_inspect.args, OPT_FORMAT, value, "not json or text");
	return 0;
}

static int take_option(void *data, int id, const char *value)
{
	struct inspect_options *o = data;

	if (id == OPT_FORMAT)
		return take_format(o, value);
	if (id == OPT_JSON)
		o->json = streq(value, "true");
	if (id == OPT_SECURITY)
		o->security = streq(value, "true");
	if (id != OPT_TYPE)
		return 0;
	o->no_images = streq(value, "container");
	o->no_containers = streq(value, "image");
	if (!o->no_images && !o->no_containers)
		return args_bad_value(&verb_inspect.args, id, value, "not container or image");
	return 0;
}

/* Containers come first, as in docker. */
static int inspect_one(const struct settings *settings, const struct inspect_options *o,
		       const char *name, struct buf *out)
{
	int r = -ENOENT;

	if (!o->no_containers)
		r = inspect_container(settings, name, o->security, out);
	if (r == -ENOENT && !o->no_images && !o->security)
		r = inspect_image(settings, name, out);
	if (r != -ENOENT)
		return r;
	return log_refuse(r, "inspect %s: no such %s", name,
			  o->no_containers		? "image"
			  : o->no_images || o->security ? "container"
							: "container or image");
}

static void add_to_list(struct buf *all, const struct buf *one)
{
	if (all->len > 1)
		buf_char(all, ',');
	buf_add(all, one->data, one->len);
	all->error = all->error ? all->error : one->error;
}

/* What is wrong with one leaves the others; printed is what there was of it. */
static int inspect_all(const struct settings *settings, const struct inspect_options *o,
		       char *const *names, struct buf *all)
{
	int result = 0;

	for (; *names; names++) {
		auto_buf one = {0};
		int r = inspect_one(settings, o, *names, &one);

		if (r == 0 && o->security && !o->json) {
			r = one.error ? one.error : inspect_print_security(one.data);
			if (r < 0)
				return log_fail(r, "print what confines %s", *names);
		}
		if (r < 0)
			result = r;
		else
			add_to_list(all, &one);
	}
	return result;
}

static int run(const struct settings *settings, int argc, char **argv)
{
	auto_free char **args = NULL;
	struct inspect_options o = {0};
	auto_buf all = {0};
	int r, result;

	r = verb_parse(&verb_inspect, argc, argv, take_option, &o, &args);
	if (r != 0)
		return r;
	if (o.text && !o.security)
		return args_bad_value(&verb_inspect.args, OPT_FORMAT, "text",
				      "only with --security");
	buf_char(&all, '[');
	result = inspect_all(settings, &o, args, &all);
	if (o.security && !o.json)
		return result;
	buf_char(&all, ']');
	r = all.error ? all.error : json_print(all.data);
	return r < 0 ? log_fail(r, "print JSON") : result;
}

const struct verb verb_inspect = {
	.args = {"inspect", options, 0, 1, -1},
	.arguments = "[OPTION...] CONTAINER|IMAGE...",
	.help = "show containers and images as JSON",
	.flags = VERB_ROOT,
	.run = run,
};
