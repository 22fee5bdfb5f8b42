/* SPDX-License-Identifier: MIT */
/* nap net: the networks of this machine, as one table of things to do. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"
#include "confirm.h"
#include "lease-text.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/table.h"
#include "lib/text.h"
#include "prune.h"
#include "unitgen/unitgen.h"

enum { OPT_ALL = 1, OPT_FORCE, OPT_JSON, OPT_QUIET };

static const struct arg_option options[] = {
	{"all", 'a', NULL, "with ls: also those that are defined and not in use", OPT_ALL, true},
	{"force", 'f', NULL, "with prune: do not ask", OPT_FORCE, true},
	{"json", 0, NULL, "with ls, inspect and prune: print JSON", OPT_JSON, true},
	{"quiet", 'q', NULL, "with ls: names only", OPT_QUIET, true},
	ARG_END,
};

struct net_options {
	const struct settings *settings;
	char *dir; /* where net/ keeps its files */
	bool all, force, json, quiet;
};

static int take_option(void *data, int id, const char *value)
{
	struct net_options *o = data;
	bool *const members[] = {
		[OPT_ALL] = &o->all,
		[OPT_FORCE] = &o->force,
		[OPT_JSON] = &o->json,
		[OPT_QUIET] = &o->quiet,
	};

	*members[id] = streq(value, "true");
	return 0;
}

/* ---- the networks that have a bridge ---- */

struct networks {
	struct net_network **list;
	size_t n;
};

static void networks_done(struct networks *n)
{
	for (size_t i = 0; i < n->n; i++)
		net_network_free(n->list[i]);
	free(n->list);
}

static const struct net_network *find_network(const struct networks *networks, const char *name)
{
	for (size_t i = 0; i < networks->n; i++)
		if (streq(networks->list[i]->name, name))
			return networks->list[i];
	return NULL;
}

/* "lan.network", too */
static int plain_name(const char *name, char **ret)
{
	size_t n = strlen(name) - (endswith(name, ".network") ? strlen(".network") : 0);

	*ret = strndup(name, n);
	return *ret ? 0 : log_oom();
}

static int print_json_list(struct buf *b)
{
	int r;

	buf_char(b, ']');
	r = b->error ? b->error : json_print(b->data);
	return r < 0 ? log_fail(r, "print JSON") : 0;
}

/* ---- ls ---- */

static void add_row(struct table *t, const struct net_network *n, size_t members)
{
	auto_buf subnets = {0};
	char text[INET6_ADDRSTRLEN + 4], count[24];

	for (int f = 0; f < IP_FAMILIES; f++)
		if (n->subnet[f].address.family)
			buf_fmt(&subnets, "%s%s", subnets.len > 0 ? ", " : "",
				ip_prefix_format(&n->subnet[f], text));
	(void)snprintf(count, sizeof(count), "%zu", members);
	table_add(t, n->name);
	table_add(t, n->bridge);
	table_add(t, subnets.data);
	table_add(t, n->internal ? "yes" : "no");
	table_add(t, count);
}

/* One whose bridge its first container makes. */
static void add_idle_row(struct table *t, const char *name)
{
	table_add(t, name);
	table_add(t, NULL);
	table_add(t, NULL);
	table_add(t, NULL);
	table_add(t, "0");
}

struct listing {
	struct table table;
	struct buf json;
};

static int list_bridged(const struct net_options *o, const struct networks *networks,
			struct listing *out)
{
	for (size_t i = 0; i < networks->n; i++) {
		const struct net_network *n = networks->list[i];
		auto_strv char **ids = NULL;
		int r = net_network_members(o->dir, n->name, &ids);

		if (r < 0)
			return r;
		if (o->quiet)
			(void)printf("%s\n", n->name);
		if (i > 0)
			buf_char(&out->json, ',');
		net_network_to_json(n, &out->json);
		add_row(&out->table, n, strv_len(ids));
	}
	return 0;
}

static int list_idle(const struct net_options *o, const struct networks *networks,
		     struct listing *out)
{
	auto_strv char **names = NULL;
	int r = network_names(&names);

	if (r == 0 && strv_add(&names, NET_DEFAULT) < 0)
		r = log_oom();
	if (r < 0)
		return r;
	STRV_FOREACH (name, names) {
		if (find_network(networks, *name))
			continue;
		if (o->quiet)
			(void)printf("%s\n", *name);
		json_open_object(&out->json, NULL);
		json_member(&out->json, "name", *name);
		buf_char(&out->json, '}');
		add_idle_row(&out->table, *name);
	}
	return 0;
}

static int list(const struct net_options *o, char *const *names)
{
	static const char *const headings[] = {"NAME",	   "BRIDGE",  "SUBNETS",
					       "INTERNAL", "MEMBERS", NULL};
	CLEANUP(networks_done)
	struct networks networks = {0};
	struct listing out = {0};
	int r;

	(void)names;
	r = net_networks(o->dir, &networks.list, &networks.n);
	if (r < 0)
		return r;
	table_init(&out.table, headings);
	buf_char(&out.json, '[');
	r = list_bridged(o, &networks, &out);
	if (r == 0 && o->all)
		r = list_idle(o, &networks, &out);
	if (r == 0 && o->json)
		r = print_json_list(&out.json);
	else if (r == 0 && !o->quiet && (r = table_print(&out.table)) < 0)
		r = log_fail(r, "print the list");
	table_done(&out.table);
	buf_done(&out.json);
	return r;
}

/* ---- inspect ---- */

static void add_member(struct buf *b, const char *id, const struct net_member *m)
{
	static const char *const keys[IP_FAMILIES] = {"ipv4", "ipv6"};
	char text[INET6_ADDRSTRLEN];

	json_open_object(b, NULL);
	json_member(b, "id", id);
	json_member(b, "interface", m->interface);
	json_member(b, "link", m->link);
	for (int f = 0; f < IP_FAMILIES; f++)
		if (m->ip[f].family)
			json_member(b, keys[f], ip_format(&m->ip[f], text));
	json_member_strv(b, "names", m->names);
	buf_char(b, '}');
}

static int add_members(const struct net_options *o, const char *network, struct buf *b)
{
	auto_strv char **ids = NULL;
	int r = net_network_members(o->dir, network, &ids);

	if (r < 0)
		return r;
	json_open_array(b, "members");
	STRV_FOREACH (id, ids) {
		auto_net_lease struct net_lease *l = NULL;

		if (net_lease_load(o->dir, *id, &l) < 0)
			continue; /* gone meanwhile, or reported */
		for (size_t i = 0; i < l->n_members; i++)
			if (streq(l->members[i].network, network))
				add_member(b, *id, &l->members[i]);
	}
	buf_char(b, ']');
	return 0;
}

static int inspect_one(const struct net_options *o, const struct net_network *n, struct buf *b)
{
	auto_buf one = {0};
	int r;

	net_network_to_json(n, &one);
	if (one.error)
		return log_oom();
	one.data[--one.len] = '\0'; /* its brace: the members are ours to add */
	r = add_members(o, n->name, &one);
	buf_char(&one, '}');
	if (r < 0 || one.error)
		return r < 0 ? r : log_oom();
	if (b->len > 1)
		buf_char(b, ',');
	buf_add(b, one.data, one.len);
	return 0;
}

static int inspect_named(const struct net_options *o, const struct networks *networks,
			 const char *name, struct buf *b)
{
	auto_free char *plain = NULL;
	const struct net_network *n;

	if (plain_name(name, &plain) < 0)
		return -ENOMEM;
	n = find_network(networks, plain);
	if (n)
		return inspect_one(o, n, b);
	(void)log_refuse(-ENOENT, "inspect %s: there is no such network now", name);
	log_hint("a network is made when its first container starts; nap net ls lists them");
	return -ENOENT;
}

static int inspect(const struct net_options *o, char *const *names)
{
	CLEANUP(networks_done)
	struct networks networks = {0};
	auto_buf b = {0};
	int r, result = 0;

	r = net_networks(o->dir, &networks.list, &networks.n);
	if (r < 0)
		return r;
	buf_char(&b, '[');
	for (size_t i = 0; !*names && i < networks.n; i++)
		if ((r = inspect_one(o, networks.list[i], &b)) < 0)
			result = r;
	for (; *names; names++)
		if ((r = inspect_named(o, &networks, *names, &b)) < 0)
			result = r;
	r = print_json_list(&b);
	return r < 0 ? r : result;
}

/* ---- reload, prune ---- */

static int reload(const struct net_options *o, char *const *names)
{
	(void)names;
	return net_reload(o->dir);
}

static int prune(const struct net_options *o, char *const *names)
{
	auto_strv char **removed = NULL;
	auto_buf b = {0};
	int r;

	(void)names;
	r = confirm("net prune", o->force, "This removes all networks that no container is on.");
	if (r == 0)
		r = prune_networks(o->settings, &removed);
	if (r < 0)
		return r;
	if (!o->json) {
		STRV_FOREACH (name, removed)
			(void)printf("Deleted network: %s\n", *name);
		return 0;
	}
	buf_char(&b, '{');
	json_member_strv(&b, "Networks", removed);
	buf_char(&b, '}');
	r = b.error ? b.error : json_print(b.data);
	return r < 0 ? log_fail(r, "print JSON") : 0;
}

/* ---- the verb ---- */

static const struct action {
	const char *name;
	int (*run)(const struct net_options *o, char *const *names);
	bool named; /* takes names of networks */
} actions[] = {
	{"ls", list, false},
	{"inspect", inspect, true},
	{"reload", reload, false},
	{"prune", prune, false},
};

static const struct action *find_action(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (streq(actions[i].name, name))
			return &actions[i];
	return NULL;
}

extern const struct verb verb_net;

static int run(const struct settings *settings, int argc, char **argv)
{
	struct net_options o = {.settings = settings};
	auto_free char **args = NULL;
	auto_free char *dir = NULL;
	const struct action *a;
	int r;

	r = verb_parse(&verb_net, argc, argv, take_option, &o, &args);
	if (r != 0)
		return r;
	a = find_action(args[0]);
	if (!a)
		return log_refuse(ARGS_USAGE, "net %s: must be ls, inspect, reload or prune",
				  args[0]);
	if (args[1] && !a->named)
		return log_refuse(ARGS_USAGE, "net %s: takes no arguments", a->name);
	log_set_context("net");
	o.dir = dir = lease_directory(settings);
	return dir ? a->run(&o, args + 1) : log_oom();
}

const struct verb verb_net = {
	.args = {"net", options, 0, 1, -1},
	.arguments = "ls|inspect|reload|prune [OPTION...] [NETWORK...]",
	.help = "list, show, mend and remove networks",
	.flags = VERB_ROOT,
	.run = run,
};
