/* SPDX-License-Identifier: MIT */
/* Leases as JSON documents: for net_down and nap net reload, for nap ps and nap inspect. What is
 * read was written by nap, but is checked like any input. */
#include "lease.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/fs.h"
#include "lib/json.h"
#include "lib/strv.h"

#define LEASE_MAX_BYTES (16U << 20)

static const char *const target_names[] = {
	[TARGET_ANY] = "any",
	[TARGET_PREFIX] = "prefix",
	[TARGET_APP] = "app",
	[TARGET_HOST] = "host",
};
static const char *const family_keys[IP_FAMILIES] = {"ipv4", "ipv6"};

/* ---- members that others have, too ---- */

void json_member_ip(struct buf *b, const char *key, const struct ip_address *a)
{
	char text[INET6_ADDRSTRLEN];

	if (a->family)
		json_member(b, key, ip_format(a, text));
}

void json_member_mac(struct buf *b, const char *key, const uint8_t mac[static 6])
{
	char text[18];

	(void)snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		       mac[3], mac[4], mac[5]);
	json_member(b, key, text);
}

int json_get_ip(const json_t *j, const char *key, struct ip_address *ret)
{
	const char *text = NULL;
	int r = json_get_string(j, key, &text);

	if (r <= 0)
		return r;
	return ip_parse(text, 0, ret) < 0 ? -EBADMSG : 0;
}

int json_get_mac(const json_t *j, const char *key, uint8_t ret[static 6])
{
	const char *text = NULL;
	int r = json_get_string(j, key, &text);

	if (r <= 0)
		return r;
	return sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &ret[0], &ret[1], &ret[2], &ret[3],
		      &ret[4], &ret[5]) == 6
		       ? 0
		       : -EBADMSG;
}

int json_get_interface(const json_t *j, const char *key, char ret[static IFNAMSIZ])
{
	const char *text = NULL;
	int r = json_get_string(j, key, &text);

	if (r <= 0)
		return r;
	if (strlen(text) >= IFNAMSIZ)
		return -EBADMSG;
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}

static int get_number(const json_t *j, const char *key, int64_t max, int64_t *ret)
{
	int64_t n = 0;
	int r = json_get_i64(j, key, &n);

	if (r < 0)
		return r;
	if (n < 0 || n > max)
		return -EBADMSG;
	*ret = n;
	return 0;
}

/* ---- write ---- */

static void add_family(struct buf *b, const struct net_member *m, int family)
{
	if (!m->ip[family].family)
		return;
	json_open_object(b, family_keys[family]);
	json_member_ip(b, "address", &m->ip[family]);
	json_member_i64(b, "prefix_length", m->prefix_length[family]);
	json_member_ip(b, "gateway", &m->gateway[family]);
	buf_char(b, '}');
}

/* Begin a further object of an array. */
static void next(struct buf *b, size_t i)
{
	buf_str(b, i ? ",{" : "{");
}

static void add_member(struct buf *b, const struct net_member *m)
{
	json_member(b, "network", m->network);
	json_member(b, "bridge", m->bridge);
	json_member(b, "link", m->link);
	json_member(b, "interface", m->interface);
	json_member_mac(b, "mac", m->mac);
	for (int f = 0; f < IP_FAMILIES; f++)
		add_family(b, m, f);
	json_member_bool(b, "internal", m->internal);
	json_member_strv(b, "names", m->names);
}

static void add_publish(struct buf *b, const struct net_publish *p)
{
	json_member_ip(b, "address", &p->address);
	json_member(b, "protocol", port_protocol_name(p->protocol));
	json_member_i64(b, "host", p->host);
	json_member_i64(b, "container", p->container);
}

static void add_rule(struct buf *b, const struct firewall_rule *r)
{
	char prefix[INET6_ADDRSTRLEN + 4];

	json_member_bool(b, "allow", r->allow);
	json_member_bool(b, "in", r->in);
	json_member_bool(b, "out", r->out);
	json_member(b, "target", target_names[r->target]);
	if (r->target == TARGET_PREFIX)
		json_member(b, "prefix", ip_prefix_format(&r->prefix, prefix));
	if (r->target == TARGET_APP)
		json_member(b, "app", r->app);
	json_member_i64(b, "protocol", r->protocol);
	json_member_i64(b, "port_first", r->port_first);
	json_member_i64(b, "port_last", r->port_last);
}

void net_lease_to_json(const struct net_lease *l, struct buf *b)
{
	buf_char(b, '{');
	json_member(b, "id", l->id);
	json_member(b, "hosts", l->hosts);
	json_open_array(b, "networks");
	for (size_t i = 0; i < l->n_members; i++) {
		next(b, i);
		add_member(b, &l->members[i]);
		buf_char(b, '}');
	}
	buf_char(b, ']');
	json_open_array(b, "ports");
	for (size_t i = 0; i < l->n_publish; i++) {
		next(b, i);
		add_publish(b, &l->publish[i]);
		buf_char(b, '}');
	}
	buf_char(b, ']');
	json_open_array(b, "rules");
	for (size_t i = 0; i < l->n_rules; i++) {
		next(b, i);
		add_rule(b, &l->rules[i]);
		buf_char(b, '}');
	}
	buf_char(b, ']');
	json_open_array(b, "resolvers");
	for (size_t i = 0; i < l->n_resolvers; i++) {
		char text[INET6_ADDRSTRLEN];

		json_element(b, ip_format(&l->resolvers[i], text));
	}
	buf_str(b, "]}");
}

static char *lease_path(const char *dir, const char *id)
{
	return text_format("%s/leases/%s.json", dir, id);
}

/* The mark of a lease that is begun, which becomes the lease. */
static char *begun_path(const char *dir, const char *id)
{
	return text_format("%s/leases/%s.json~", dir, id);
}

int lease_begin(const char *dir, const char *id)
{
	auto_free char *path = begun_path(dir, id);
	auto_free char *above = text_format("%s/leases", dir);
	int r;

	if (!path || !above)
		return -ENOMEM;
	r = fs_write_file(AT_FDCWD, path, "", 0, 0600);
	if (r != -ENOENT)
		return r;
	r = fs_mkdirs(AT_FDCWD, above, 0755);
	return r < 0 ? r : fs_write_file(AT_FDCWD, path, "", 0, 0600);
}

bool lease_is_begun(const char *dir, const char *id)
{
	auto_free char *path = begun_path(dir, id);

	return !path || !fs_is_absent(AT_FDCWD, path);
}

/* Written over the mark: whatever fails, and wherever we are killed, one of both is there. */
int lease_save(const char *dir, const struct net_lease *l)
{
	auto_free char *path = lease_path(dir, l->id), *begun = begun_path(dir, l->id);
	auto_buf b = {0};
	int r;

	net_lease_to_json(l, &b);
	buf_char(&b, '\n');
	if (b.error || !path || !begun)
		return -ENOMEM;
	r = fs_write_file(AT_FDCWD, begun, b.data, b.len, 0600);
	if (r < 0)
		return r;
	return renameat(AT_FDCWD, begun, AT_FDCWD, path) < 0 ? -errno : 0;
}

/* ---- read ---- */

static int take_family(const json_t *j, struct net_member *m, int family)
{
	static const int families[] = {AF_INET, AF_INET6};
	json_t *object = NULL;
	int64_t length = 0;
	int r = json_get_object(j, family_keys[family], &object);

	if (r <= 0)
		return r;
	if ((r = json_get_ip(object, "address", &m->ip[family])) < 0 ||
	    (r = json_get_ip(object, "gateway", &m->gateway[family])) < 0 ||
	    (r = get_number(object, "prefix_length", 128, &length)) < 0)
		return r;
	if (m->ip[family].family != families[family] ||
	    m->gateway[family].family != families[family])
		return -EBADMSG;
	m->prefix_length[family] = (unsigned)length;
	return 0;
}

static int take_member(const json_t *j, void *at)
{
	struct net_member *m = at;
	int r;

	if ((r = json_get_text(j, "network", &m->network)) < 0 ||
	    (r = json_get_interface(j, "bridge", m->bridge)) < 0 ||
	    (r = json_get_interface(j, "link", m->link)) < 0 ||
	    (r = json_get_interface(j, "interface", m->interface)) < 0 ||
	    (r = json_get_mac(j, "mac", m->mac)) < 0 ||
	    (r = json_get_bool(j, "internal", &m->internal)) < 0 ||
	    (r = json_get_strv(j, "names", &m->names)) < 0)
		return r;
	for (int f = 0; f < IP_FAMILIES; f++)
		if ((r = take_family(j, m, f)) < 0)
			return r;
	return m->network ? 0 : -EBADMSG;
}

static int take_publish(const json_t *j, void *at)
{
	struct net_publish *p = at;
	const char *protocol = NULL;
	int64_t host = 0, container = 0;
	int r;

	if ((r = json_get_ip(j, "address", &p->address)) < 0 ||
	    (r = json_get_string(j, "protocol", &protocol)) < 0 ||
	    (r = get_number(j, "host", UINT16_MAX, &host)) < 0 ||
	    (r = get_number(j, "container", UINT16_MAX, &container)) < 0)
		return r;
	p->protocol = protocol ? port_protocol_number(protocol) : 0;
	p->host = (uint16_t)host;
	p->container = (uint16_t)container;
	return p->protocol ? 0 : -EBADMSG;
}

static int take_app(const json_t *j, struct firewall_rule *rule)
{
	const char *app = NULL;
	int r = json_get_string(j, "app", &app);

	if (r < 0)
		return r;
	if (!app || strlen(app) >= sizeof(rule->app))
		return -EBADMSG;
	memcpy(rule->app, app, strlen(app) + 1);
	return 0;
}

static int take_prefix(const json_t *j, struct firewall_rule *rule)
{
	const char *prefix = NULL;
	int r = json_get_string(j, "prefix", &prefix);

	if (r < 0)
		return r;
	return prefix && ip_prefix_parse(prefix, 0, &rule->prefix) == 0 ? 0 : -EBADMSG;
}

static int take_target(const json_t *j, struct firewall_rule *rule)
{
	const char *target = NULL;
	size_t i = 0;
	int r = json_get_string(j, "target", &target);

	if (r < 0 || !target)
		return r < 0 ? r : -EBADMSG;
	while (i < ARRAY_SIZE(target_names) && !streq(target_names[i], target))
		i++;
	if (i == ARRAY_SIZE(target_names))
		return -EBADMSG;
	rule->target = (enum firewall_target)i;
	return rule->target == TARGET_PREFIX ? take_prefix(j, rule)
	       : rule->target == TARGET_APP  ? take_app(j, rule)
					     : 0;
}

static int take_rule(const json_t *j, void *at)
{
	struct firewall_rule *rule = at;
	int64_t protocol = 0, first = 0, last = 0;
	int r;

	if ((r = json_get_bool(j, "allow", &rule->allow)) < 0 ||
	    (r = json_get_bool(j, "in", &rule->in)) < 0 ||
	    (r = json_get_bool(j, "out", &rule->out)) < 0 ||
	    (r = get_number(j, "protocol", UINT8_MAX, &protocol)) < 0 ||
	    (r = get_number(j, "port_first", UINT16_MAX, &first)) < 0 ||
	    (r = get_number(j, "port_last", UINT16_MAX, &last)) < 0)
		return r;
	rule->protocol = (uint8_t)protocol;
	rule->port_first = (uint16_t)first;
	rule->port_last = (uint16_t)last;
	return take_target(j, rule);
}

/* Fill an array of structs from an array of objects. */
static int take_array(const json_t *j, const char *key, size_t size,
		      int (*take)(const json_t *j, void *at), void **ret, size_t *ret_n)
{
	json_t *array = NULL, *object;
	int r = json_get_array(j, key, &array);
	size_t i;

	if (r <= 0 || json_array_size(array) == 0)
		return r < 0 ? r : 0;
	*ret = calloc(json_array_size(array), size);
	if (!*ret)
		return -ENOMEM;
	json_array_foreach (array, i, object) {
		if (!json_is_object(object))
			return -EBADMSG;
		*ret_n = i + 1;
		r = take(object, (char *)*ret + i * size);
		if (r < 0)
			return r;
	}
	return 0;
}

static int take_resolvers(const json_t *j, struct net_lease *l)
{
	auto_strv char **texts = NULL;
	int r = json_get_strv(j, "resolvers", &texts);

	if (r <= 0 || strv_len(texts) == 0)
		return r < 0 ? r : 0;
	l->resolvers = calloc(strv_len(texts), sizeof(*l->resolvers));
	if (!l->resolvers)
		return -ENOMEM;
	STRV_FOREACH (t, texts)
		if (ip_parse(*t, 0, &l->resolvers[l->n_resolvers++]) < 0)
			return -EBADMSG;
	return 0;
}

static int take_lease(const json_t *j, struct net_lease *l)
{
	int r;

	if ((r = json_get_text(j, "id", &l->id)) < 0 ||
	    (r = json_get_text(j, "hosts", &l->hosts)) < 0 ||
	    (r = take_array(j, "networks", sizeof(*l->members), take_member, (void **)&l->members,
			    &l->n_members)) < 0 ||
	    (r = take_array(j, "ports", sizeof(*l->publish), take_publish, (void **)&l->publish,
			    &l->n_publish)) < 0 ||
	    (r = take_array(j, "rules", sizeof(*l->rules), take_rule, (void **)&l->rules,
			    &l->n_rules)) < 0 ||
	    (r = take_resolvers(j, l)) < 0)
		return r;
	return l->id ? 0 : -EBADMSG;
}

int lease_load(const char *dir, const char *id, struct net_lease **ret)
{
	auto_free char *path = lease_path(dir, id), *text = NULL;
	auto_net_lease struct net_lease *l = calloc(1, sizeof(*l));
	auto_json json_t *j = NULL;
	char why[160];
	size_t len;
	int r;

	if (!path || !l)
		return -ENOMEM;
	r = fs_read_file(AT_FDCWD, path, LEASE_MAX_BYTES, &text, &len);
	if (r == 0)
		r = json_parse(text, len, why, &j);
	if (r == 0)
		r = take_lease(j, l);
	if (r != 0)
		return r;
	if (!streq(l->id, id))
		return -EBADMSG;
	*ret = TAKE_PTR(l);
	return 0;
}

bool net_is_granted(const char *dir, const char *id)
{
	auto_free char *path = lease_path(dir, id);

	return lease_is_begun(dir, id) || !path || !fs_is_absent(AT_FDCWD, path);
}

int lease_remove(const char *dir, const char *id)
{
	auto_free char *path = lease_path(dir, id);
	auto_free char *begun = begun_path(dir, id);

	if (!path || !begun)
		return -ENOMEM;
	if (unlink(begun) < 0 && errno != ENOENT)
		return -errno;
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int lease_ids(const char *dir, char ***ret)
{
	auto_free char *path = text_format("%s/leases", dir);
	auto_strv char **ids = NULL;
	auto_dir DIR *leases = NULL;

	if (!path)
		return -ENOMEM;
	leases = opendir(path);
	if (!leases && errno != ENOENT)
		return -errno;
	for (struct dirent *e; leases && (e = readdir(leases));) {
		size_t n = strlen(e->d_name);

		if (*e->d_name == '.' || !endswith(e->d_name, ".json"))
			continue;
		if (strv_take(&ids, strndup(e->d_name, n - strlen(".json"))) < 0)
			return -ENOMEM;
	}
	if (ids)
		qsort(ids, strv_len(ids), sizeof(*ids), by_text);
	*ret = TAKE_PTR(ids);
	return 0;
}

/* ---- free ---- */

void net_lease_free(struct net_lease *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n_members; i++) {
		free(l->members[i].network);
		strv_free(l->members[i].names);
	}
	free(l->members);
	free(l->publish);
	free(l->rules);
	free(l->resolvers);
	free(l->hosts);
	free(l->id);
	free(l);
}
