/* SPDX-License-Identifier: MIT */
/* nap port: where the ports of a container are published. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "container-name.h"
#include "lease-text.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/text.h"

enum { OPT_JSON = 1 };

static const struct arg_option options[] = {
	{"json", 0, NULL, "a JSON array", OPT_JSON, true},
	ARG_END,
};

extern const struct verb verb_port;

static int take_option(void *data, int id, const char *value)
{
	bool *json = data;

	(void)id;
	*json = streq(value, "true");
	return 0;
}

/* "80" or "80/udp": the protocol is tcp otherwise, as docker has it. */
static int parse_port(const char *text, struct port_spec *ret)
{
	const char *why = "not PORT[/PROTOCOL]";
	int r = strchr(text, ':') ? -EINVAL : port_parse(text, ret, &why);

	if (r == 0 && ret->count > 1)
		r = -EINVAL;
	if (r == -ENOMEM)
		return log_oom();
	return r < 0 ? log_refuse(ARGS_USAGE, "port: \"%s\": %s", text, why) : 0;
}

static bool is_wanted(const struct lease_port *p, const struct port_spec *wanted)
{
	return !wanted ||
	       (p->container == wanted->container && streq(p->protocol, wanted->protocol));
}

static int print(const char *id, const struct net_lease *l, const struct port_spec *wanted)
{
	struct lease_port p;
	bool found = false;

	for (size_t i = 0; l && lease_next_port(l, false, &i, &p);) {
		if (!is_wanted(&p, wanted))
			continue;
		found = true;
		if (!wanted)
			(void)printf("%u/%s -> ", p.container, p.protocol);
		(void)printf("%s:%u\n", p.address, p.host);
	}
	if (wanted && !found)
		return log_refuse(-ENOENT, "port %s: %u/%s is not published", id, wanted->container,
				  wanted->protocol);
	return 0;
}

static int print_json(const struct net_lease *l, const struct port_spec *wanted)
{
	struct lease_port p;
	auto_buf b = {0};
	int r;

	buf_char(&b, '[');
	for (size_t i = 0; l && lease_next_port(l, false, &i, &p);)
		if (is_wanted(&p, wanted))
			lease_port_to_json(&p, &b);
	buf_char(&b, ']');
	r = b.error ? b.error : json_print(b.data);
	return r < 0 ? log_fail(r, "print JSON") : 0;
}

static int run(const struct settings *settings, int argc, char **argv)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	auto_net_lease struct net_lease *l = NULL;
	auto_free char **args = NULL;
	auto_free char *id = NULL;
	struct port_spec wanted;
	bool json = false;
	int r;

	r = verb_parse(&verb_port, argc, argv, take_option, &json, &args);
	if (r == 0 && args[1])
		r = parse_port(args[1], &wanted);
	if (r == 0)
		r = container_name_resolve(&paths, args[0], &id);
	if (r == 0)
		r = lease_of(settings, id, &l);
	if (r != 0)
		return r;
	return json ? print_json(l, args[1] ? &wanted : NULL)
		    : print(id, l, args[1] ? &wanted : NULL);
}

const struct verb verb_port = {
	.args = {"port", options, 0, 1, 2},
	.arguments = "[OPTION...] CONTAINER [PORT[/PROTOCOL]]",
	.help = "show where the ports of a container are published",
	.flags = VERB_ROOT,
	.run = run,
};
