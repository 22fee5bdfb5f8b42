/* SPDX-License-Identifier: MIT */
/*
 * The networks that nap check meets, by their own names or because an app is on one: each is read
 * once, compared with the others, and asked for the addresses that apps want on it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check-world.h"
#include "lib/attach.h"
#include "lib/ip.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/path.h"
#include "lib/strv.h"

struct checked_network {
	char *name;
	struct app *network; /* NULL: it is wrong, as has been told */
};

void check_networks_done(struct check_world *w)
{
	for (size_t i = 0; i < w->n_checked; i++) {
		free(w->checked[i].name);
		app_free(w->checked[i].network);
	}
	free(w->checked);
}

/* ---- one ---- */

/* The settings of systemd's sections are told of once, by the first. */
static void tell_notes(const struct app *network)
{
	for (size_t i = 0; i < network->n_settings; i++) {
		const struct app_setting *s = &network->settings[i];
		const char *note = app_setting_note(network, s);

		if (!note)
			continue;
		if (streq(s->section, "Network"))
			log_warn("%s:%u: %s=: %s", s->file, s->line, s->key, note);
		else if (i == 0 || !streq(s[-1].section, s->section))
			log_warn("%s:%u: [%s]: %s", s->file, s->line, s->section, note);
	}
}

/* The subnet of a family; family 0: it is chosen, or there is none. */
static struct ip_prefix subnet_of(const struct app *network, int family)
{
	struct ip_prefix subnet;
	const char *v;

	for (size_t i = 0; (v = app_next(network, "Network", "Subnet", &i));)
		if (ip_prefix_parse(v, family, &subnet) == 0)
			return subnet;
	return (struct ip_prefix){0};
}

/* Two networks cannot be there at the same time with a subnet, or a bridge, of both. */
static void compare(const struct app_setting *s, const struct app *other)
{
	char text[INET6_ADDRSTRLEN + 4];
	struct ip_prefix subnet, taken;
	const char *bridge;

	if (streq(s->key, "Subnet") && ip_prefix_parse(s->value, 0, &subnet) == 0) {
		taken = subnet_of(other, subnet.address.family);
		if (taken.address.family && ip_prefix_overlaps(&subnet, &taken))
			log_warn("%s:%u: %s=: \"%s\": overlaps with %s of %s.network", s->file,
				 s->line, s->key, s->value, ip_prefix_format(&taken, text),
				 other->name);
	}
	bridge = streq(s->key, "InterfaceName") ? app_get(other, s->key) : NULL;
	if (bridge && streq(s->value, bridge))
		log_warn("%s:%u: %s=: \"%s\": the bridge of %s.network is called so", s->file,
			 s->line, s->key, s->value, other->name);
}

static void compare_all(const struct check_world *w, const struct app *network)
{
	for (size_t i = 0; i < w->n_checked; i++)
		for (size_t k = 0; w->checked[i].network && k < network->n_settings; k++)
			if (streq(network->settings[k].section, "Network"))
				compare(&network->settings[k], w->checked[i].network);
}

/* ---- all ---- */

static struct checked_network *find(const struct check_world *w, const char *name)
{
	for (size_t i = 0; i < w->n_checked; i++)
		if (streq(w->checked[i].name, name))
			return &w->checked[i];
	return NULL;
}

/* Read the network name, from path or, NULL, where networks are. */
static int check(struct check_world *w, const char *name, const char *path)
{
	struct checked_network *grown, *new;
	int r;

	if ((new = find(w, name)))
		return new->network ? 0 : -EINVAL;
	grown = reallocarray(w->checked, w->n_checked + 1, sizeof(*grown));
	if (!grown)
		return log_oom();
	w->checked = grown;
	new = &grown[w->n_checked];
	*new = (struct checked_network){.name = strdup(name)};
	if (!new->name)
		return log_oom();
	r = path ? network_load_file(path, &new->network) : network_load(name, &new->network);
	if (r == 0) {
		tell_notes(new->network);
		compare_all(w, new->network);
	}
	w->n_checked++;
	return r;
}

int check_network_file(struct check_world *w, const char *path)
{
	const char *file = path_basename(path);
	auto_free char *name = strndup(file, strlen(file) - strlen(CHECK_NETWORK_SUFFIX));

	return name ? check(w, name, path) : log_oom();
}

int check_network_name(struct check_world *w, const char *name)
{
	return check(w, name, NULL);
}

/* ---- what apps want of them ---- */

/* Beside the file of the app that names it, as in a directory that is not in use yet. */
static char *find_beside(const struct app *app, const char *name)
{
	int dir = (int)(path_basename(app->path) - app->path);
	char *path = text_format("%.*s%s" CHECK_NETWORK_SUFFIX, dir, app->path, name);

	if (path && access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* The network that s names; NULL: there is none, or it is wrong, as has been told. */
static const struct app *network_of(struct check_world *w, const struct app *app,
				    const struct app_setting *s, const char *name)
{
	auto_free char *path = NULL;

	if (!find(w, name) && !check_world_has(w->networks, name)) {
		path = w->by_file ? find_beside(app, name) : NULL;
		if (!path) {
			(void)log_refuse(-ENOENT, "%s:%u: %s=: \"%s\": there is no %s.network",
					 s->file, s->line, s->key, s->value, name);
			return NULL;
		}
	}
	return check(w, name, path) == 0 ? find(w, name)->network : NULL;
}

/* Within the subnet, some addresses are nobody's. */
static void check_taken(const struct app *network, const struct app_setting *s,
			const struct ip_address *ip, const struct ip_prefix *subnet)
{
	struct ip_range hosts = ip_prefix_hosts(subnet);
	struct ip_address gateway = hosts.first;
	const char *v;

	for (size_t i = 0; (v = app_next(network, "Network", "Gateway", &i));)
		(void)ip_parse(v, ip->family, &gateway);
	if (ip_equal(ip, &gateway))
		(void)log_refuse(-EINVAL, "%s:%u: %s=: \"%s\": is the gateway of %s.network",
				 s->file, s->line, s->key, s->value, network->name);
	else if (!ip_range_contains(&hosts, ip))
		(void)log_refuse(-EINVAL, "%s:%u: %s=: \"%s\": stands for all of %s.network",
				 s->file, s->line, s->key, s->value, network->name);
}

static void check_ip(const struct app *network, const struct app_setting *s,
		     const struct ip_address *ip)
{
	const char *ipv6 = app_get(network, "IPv6");
	struct ip_prefix subnet = subnet_of(network, ip->family);
	char text[INET6_ADDRSTRLEN + 4];
	bool on;

	if (!ip->family)
		return;
	if (subnet.address.family && ip_prefix_contains(&subnet, ip))
		check_taken(network, s, ip, &subnet);
	else if (subnet.address.family)
		(void)log_refuse(-EINVAL,
				 "%s:%u: %s=: \"%s\": not within %s, which is Subnet= of "
				 "%s.network",
				 s->file, s->line, s->key, s->value,
				 ip_prefix_format(&subnet, text), network->name);
	else if (ip->family == AF_INET6 && (!ipv6 || parse_bool(ipv6, &on) < 0 || !on))
		(void)log_refuse(-EINVAL, "%s:%u: %s=: \"%s\": %s.network has no IPv6", s->file,
				 s->line, s->key, s->value, network->name);
}

/* IP= and IP6=, which go with one network. */
static void check_own_ip(const struct app *app, const struct app *network)
{
	for (size_t i = 0; i < app->n_settings; i++) {
		const struct app_setting *s = &app->settings[i];
		struct ip_address ip;

		if (streq(s->section, "Container") &&
		    (streq(s->key, "IP") || streq(s->key, "IP6")) &&
		    ip_parse(s->value, 0, &ip) == 0)
			check_ip(network, s, &ip);
	}
}

void check_network_of_app(struct check_world *w, const struct app *app, const struct app_setting *s,
			  const struct attach_spec *a)
{
	const struct app *network;

	if (streq(a->name, ATTACH_PRIVATE))
		return; /* nap.conf(5) has it */
	network = network_of(w, app, s, a->name);
	if (!network)
		return;
	for (size_t i = 0; i < IP_FAMILIES; i++)
		check_ip(network, s, &a->ip[i]);
	check_own_ip(app, network);
}

/* Is every network of the app internal, as far as they have been read? */
static bool is_internal(const struct check_world *w, const struct app *app)
{
	const char *value, *internal;
	size_t n = 0;

	for (size_t i = 0; (value = app_next(app, "Container", "Network", &i)); n++) {
		CLEANUP(attach_done)
		struct attach_spec a = {0};
		const struct checked_network *known = NULL;
		const char *why;
		bool on;

		if (attach_parse(value, &a, &why) == 0 && a.mode == ATTACH_NETWORK)
			known = find(w, a.name);
		internal = known && known->network ? app_get(known->network, "Internal") : NULL;
		if (!internal || parse_bool(internal, &on) < 0 || !on)
			return false;
	}
	return n > 0;
}

void check_network_ports(const struct check_world *w, const struct app *app)
{
	if (!is_internal(w, app))
		return;
	for (size_t i = 0; i < app->n_settings; i++) {
		const struct app_setting *s = &app->settings[i];

		if (streq(s->section, "Container") && streq(s->key, "PublishPort"))
			log_warn("%s:%u: %s=: \"%s\": on an internal network only this machine "
				 "reaches it",
				 s->file, s->line, s->key, s->value);
	}
}
