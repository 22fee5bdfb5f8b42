/* SPDX-License-Identifier: MIT */
/* What the settings of an app that are about its network must be together. */
#include <errno.h>
#include <stdlib.h>

#include "app.h"
#include "lib/attach.h"
#include "lib/log.h"
#include "lib/port.h"
#include "lib/strv.h"

/* ---- Network= and what is said of it ---- */

/* The networks of an app so far. */
struct networks {
	size_t n;
	enum attach_mode mode; /* of the last */
	char **names, **interfaces;
	bool ip[IP_FAMILIES]; /* one has said its address */
};

static void networks_done(struct networks *n)
{
	strv_free(n->names);
	strv_free(n->interfaces);
}

/* Add s to a list, in which it may be once. */
static int add_once(const struct app_setting *setting, const char *s, char ***list, const char *why)
{
	STRV_FOREACH (known, *list)
		if (streq(*known, s))
			return setting_refuse(setting, why);
	return strv_add(list, s) < 0 ? log_oom() : 0;
}

/* Without a name of its own an interface is called by its place. */
static int take_interface(const struct app_setting *s, const struct attach_spec *a,
			  struct networks *networks)
{
	auto_free char *name = *a->interface ? strdup(a->interface)
					     : text_format("eth%zu", networks->n - 1);

	if (!name)
		return log_oom();
	return add_once(s, name, &networks->interfaces,
			"the interface of another network is called so");
}

static int take_network(const struct app_setting *s, const struct attach_spec *a,
			struct networks *networks)
{
	int r;

	if (networks->n > 0 && (a->mode != ATTACH_NETWORK || networks->mode != ATTACH_NETWORK))
		return setting_refuse(s,
				      "none, host and the network of another app go with no other");
	for (size_t i = 0; i < IP_FAMILIES; i++)
		networks->ip[i] |= a->ip[i].family != 0;
	networks->n++;
	networks->mode = a->mode;
	if (a->mode != ATTACH_NETWORK)
		return 0;
	r = add_once(s, a->name, &networks->names, "the app is on this network already");
	return r < 0 ? r : take_interface(s, a, networks);
}

static int read_networks(const struct app *app, struct networks *networks)
{
	int r, bad = 0;

	for (size_t i = 0; i < app->n_settings; i++) {
		const struct app_setting *s = &app->settings[i];
		CLEANUP(attach_done)
		struct attach_spec a = {0};
		const char *why;

		if (!streq(s->section, "Container") || !streq(s->key, "Network"))
			continue;
		r = attach_parse(s->value, &a, &why);
		if (r == -EINVAL)
			continue; /* of a template, with a %i in it */
		r = r < 0 ? log_oom() : take_network(s, &a, networks);
		bad = bad < 0 ? bad : r;
	}
	return bad;
}

/* IP= and IP6= are about the network, if there is one, and it has not said it itself. */
static int check_addresses(const struct app *app, const struct networks *networks)
{
	static const char *const keys[] = {[IP4] = "IP", [IP6] = "IP6"};
	int bad = 0;

	for (size_t i = 0; i < IP_FAMILIES; i++) {
		if (!setting_find(app, keys[i]))
			continue;
		if (networks->n > 1)
			bad = setting_refuse_key(app, keys[i],
						 "there are several networks: say it with one of "
						 "them, Network=NAME:ip=ADDRESS");
		else if (networks->ip[i])
			bad = setting_refuse_key(app, keys[i], "Network= has an address already");
	}
	return bad;
}

/* ---- what needs a network that nap makes ---- */

static const char *const why_not[] = {
	[ATTACH_NONE] = "there is no network with Network=none",
	[ATTACH_HOST] = "the network is the machine's with Network=host",
	[ATTACH_CONTAINER] = "the network is another app's: it belongs in that app's file",
};

/* The files about names are those of the app whose network it is, and so is the host name. */
static int check_needs(const struct app *app, const struct networks *networks)
{
	static const struct {
		const char *key;
		bool name;
	} keys[] = {
		{"AddHost", true},   {"Allow", false},	      {"Deny", false},	      {"DNS", true},
		{"DNSOption", true}, {"DNSSearch", true},     {"HostName", true},     {"IP", false},
		{"IP6", false},	     {"NetworkAlias", false}, {"PublishPort", false},
	};
	int bad = 0;

	if (networks->mode == ATTACH_NETWORK)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (setting_find(app, keys[i].key) &&
		    (!keys[i].name || networks->mode == ATTACH_CONTAINER))
			bad = setting_refuse_key(app, keys[i].key, why_not[networks->mode]);
	return bad;
}

/* Add the port of s to ports, which has room, unless it is in there. */
static int take_port(const struct app_setting *s, struct port_spec *ports, size_t *n)
{
	struct port_spec *port = &ports[*n];
	const char *why;

	if (port_parse(s->value, port, &why) < 0)
		return 0; /* of a template */
	for (size_t i = 0; i < *n; i++)
		if (port_overlaps(&ports[i], port))
			return setting_refuse(s, "is published already");
	(*n)++;
	return 0;
}

static int check_ports(const struct app *app)
{
	auto_free struct port_spec *ports = NULL;
	size_t n = 0;
	int bad = 0;

	if (!setting_find(app, "PublishPort"))
		return 0;
	ports = calloc(app->n_settings, sizeof(*ports));
	if (!ports)
		return log_oom();
	for (size_t i = 0; i < app->n_settings; i++) {
		const struct app_setting *s = &app->settings[i];
		int r = 0;

		if (streq(s->section, "Container") && streq(s->key, "PublishPort"))
			r = take_port(s, ports, &n);
		bad = bad < 0 ? bad : r;
	}
	return bad;
}

/* What belongs to a namespace that is not the app's own. */
static int check_sysctls(const struct app *app, const struct networks *networks)
{
	int bad = 0;

	if (networks->mode != ATTACH_HOST && networks->mode != ATTACH_CONTAINER)
		return 0;
	for (size_t i = 0; i < app->n_settings; i++) {
		const struct app_setting *s = &app->settings[i];

		if (streq(s->section, "Container") && streq(s->key, "Sysctl") &&
		    startswith(s->value, "net"))
			bad = setting_refuse(s, why_not[networks->mode]);
	}
	return bad;
}

int rules_network(const struct app *app)
{
	CLEANUP(networks_done)
	struct networks networks = {0}; /* none named: ATTACH_NETWORK, private */
	const int read = read_networks(app, &networks);
	const int results[] = {
		read,
		check_addresses(app, &networks),
		check_needs(app, &networks),
		check_ports(app),
		check_sysctls(app, &networks),
	};

	for (size_t i = 0; i < ARRAY_SIZE(results); i++)
		if (results[i] < 0)
			return results[i];
	return 0;
}
