/* SPDX-License-Identifier: MIT */
/* What the settings of an app that are about its network must be together. */
#include <errno.h>

#include "app.h"
#include "lib/attach.h"
#include "lib/log.h"
#include "lib/strv.h"

/* ---- Network= and what is said of it ---- */

/* The networks of an app so far. */
struct networks {
	size_t n;
	enum attach_mode mode; /* of the last */
	char **names, **interfaces;
	bool ip[IP_FAMILIES]; /* the first has said its address */
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

static int take_network(const struct app_setting *s, const struct attach_spec *a,
			struct networks *networks)
{
	int r;

	if (networks->n > 0 && (a->mode != ATTACH_NETWORK || networks->mode != ATTACH_NETWORK))
		return setting_refuse(s,
				      "none, host and the network of another app go with no other");
	for (size_t i = 0; networks->n == 0 && i < IP_FAMILIES; i++)
		networks->ip[i] = a->ip[i].family;
	networks->n++;
	networks->mode = a->mode;
	if (a->mode != ATTACH_NETWORK)
		return 0;
	r = add_once(s, a->name, &networks->names, "the app is on this network already");
	if (r == 0 && *a->interface)
		r = add_once(s, a->interface, &networks->interfaces,
			     "another network's interface is called so");
	return r;
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

/* IP= and IP6= are about the first network, which may have said it by itself. */
static int check_addresses(const struct app *app, const struct networks *networks)
{
	static const char *const keys[] = {[IP4] = "IP", [IP6] = "IP6"};
	int bad = 0;

	for (size_t i = 0; i < IP_FAMILIES; i++)
		if (networks->ip[i] && setting_find(app, keys[i]))
			bad = setting_refuse_key(app, keys[i], "Network= has an address already");
	return bad;
}

/* ---- what needs a network that nap makes ---- */

static const char *const why_not[] = {
	[ATTACH_NONE] = "there is no network with Network=none",
	[ATTACH_HOST] = "the network is the machine's with Network=host",
	[ATTACH_CONTAINER] = "the network is another app's: it belongs in that app's file",
};

static int check_needs(const struct app *app, const struct networks *networks)
{
	static const char *const keys[] = {"Allow", "Deny",	    "IP",
					   "IP6",   "NetworkAlias", "PublishPort"};
	int bad = 0;

	if (networks->mode == ATTACH_NETWORK)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (setting_find(app, keys[i]))
			bad = setting_refuse_key(app, keys[i], why_not[networks->mode]);
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
		check_sysctls(app, &networks),
	};

	for (size_t i = 0; i < ARRAY_SIZE(results); i++)
		if (results[i] < 0)
			return results[i];
	return 0;
}
