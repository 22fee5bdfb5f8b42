/* SPDX-License-Identifier: MIT */
/* Networks as files: network.json, and who is on them. */
#include "network.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipam.h"
#include "lease.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/strv.h"

#define NETWORK_MAX_BYTES (1U << 20)
static const char *const subnet_keys[IP_FAMILIES] = {"subnet", "subnet6"};
static const char *const gateway_keys[IP_FAMILIES] = {"gateway", "gateway6"};
static const char *const first_keys[IP_FAMILIES] = {"range_first", "range6_first"};
static const char *const last_keys[IP_FAMILIES] = {"range_last", "range6_last"};

void net_network_free(struct net_network *n)
{
	if (!n)
		return;
	free(n->name);
	strv_free(n->dns);
	free(n);
}

/* ---- files ---- */

static char *network_path(const char *dir, const char *name, const char *file)
{
	return text_format("%s/networks/%s/%s", dir, name, file);
}

int network_open(const char *dir, const char *name)
{
	auto_free char *path = network_path(dir, name, "");
	int fd;

	if (!path)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

void net_network_to_json(const struct net_network *n, struct buf *out)
{
	char prefix[INET6_ADDRSTRLEN + 4];

	buf_char(out, '{');
	json_member(out, "name", n->name);
	json_member(out, "bridge", n->bridge);
	json_member_mac(out, "mac", n->mac);
	for (int f = 0; f < IP_FAMILIES; f++) {
		if (!n->subnet[f].address.family)
			continue;
		json_member(out, subnet_keys[f], ip_prefix_format(&n->subnet[f], prefix));
		json_member_ip(out, gateway_keys[f], &n->gateway[f]);
		json_member_ip(out, first_keys[f], &n->range[f].first);
		json_member_ip(out, last_keys[f], &n->range[f].last);
	}
	json_member_bool(out, "internal", n->internal);
	json_member_i64(out, "mtu", n->mtu);
	json_member_strv(out, "dns", n->dns);
	json_member_bool(out, "no_dns", n->no_dns);
	buf_char(out, '}');
}

static int take_family(const json_t *j, struct net_network *n, int f)
{
	const char *subnet = NULL;
	int r = json_get_string(j, subnet_keys[f], &subnet);

	if (r <= 0)
		return r;
	if (ip_prefix_parse(subnet, f == IP4 ? AF_INET : AF_INET6, &n->subnet[f]) < 0)
		return -EBADMSG;
	if ((r = json_get_ip(j, gateway_keys[f], &n->gateway[f])) < 0 ||
	    (r = json_get_ip(j, first_keys[f], &n->range[f].first)) < 0 ||
	    (r = json_get_ip(j, last_keys[f], &n->range[f].last)) < 0)
		return r;
	return ip_prefix_contains(&n->subnet[f], &n->gateway[f]) &&
			       ip_prefix_contains(&n->subnet[f], &n->range[f].first) &&
			       ip_prefix_contains(&n->subnet[f], &n->range[f].last)
		       ? 0
		       : -EBADMSG;
}

static int take_network(const json_t *j, struct net_network *n)
{
	int64_t mtu = 0;
	int r;

	if ((r = json_get_text(j, "name", &n->name)) < 0 ||
	    (r = json_get_interface(j, "bridge", n->bridge)) < 0 ||
	    (r = json_get_mac(j, "mac", n->mac)) < 0 || (r = take_family(j, n, IP4)) < 0 ||
	    (r = take_family(j, n, IP6)) < 0 ||
	    (r = json_get_bool(j, "internal", &n->internal)) < 0 ||
	    (r = json_get_i64(j, "mtu", &mtu)) < 0 || (r = json_get_strv(j, "dns", &n->dns)) < 0 ||
	    (r = json_get_bool(j, "no_dns", &n->no_dns)) < 0)
		return r;
	n->mtu = (uint32_t)mtu;
	return n->name && *n->bridge && mtu >= 0 && mtu <= 65535 ? 0 : -EBADMSG;
}

int network_read(const char *dir, const char *name, struct net_network **ret)
{
	auto_free char *path = network_path(dir, name, "network.json"), *text = NULL;
	auto_network struct net_network *n = calloc(1, sizeof(*n));
	auto_json json_t *j = NULL;
	char why[160] = "not a network";
	size_t len;
	int r;

	if (!path || !n)
		return log_oom();
	r = fs_read_file(AT_FDCWD, path, NETWORK_MAX_BYTES, &text, &len);
	if (r == -ENOENT)
		return r;
	if (r < 0)
		return log_fail(r, "read %s", path);
	r = json_parse(text, len, why, &j);
	if (r == 0)
		r = take_network(j, n);
	if (r < 0)
		return log_refuse(r, "%s: %s", path, why);
	*ret = TAKE_PTR(n);
	return 0;
}

int network_save(const char *dir, const struct net_network *n)
{
	auto_free char *above = network_path(dir, n->name, "");
	auto_free char *path = network_path(dir, n->name, "network.json");
	auto_buf b = {0};
	int r;

	net_network_to_json(n, &b);
	buf_char(&b, '\n');
	if (b.error || !above || !path)
		return log_oom();
	r = fs_mkdirs(AT_FDCWD, above, 0755);
	if (r == 0)
		r = fs_replace_locked(AT_FDCWD, path, b.data, b.len, 0644);
	return r < 0 ? log_fail(r, "write %s", path) : 0;
}

static int by_name(const void *a, const void *b)
{
	const struct net_network *const *m = a, *const *n = b;

	return strcmp((*m)->name, (*n)->name);
}

int network_append(struct net_network ***list, size_t *n, struct net_network *network)
{
	struct net_network **grown = reallocarray(*list, *n + 1, sizeof(struct net_network *));

	if (!grown)
		return log_oom();
	*list = grown;
	grown[(*n)++] = network;
	return 0;
}

void networks_free(struct net_network **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		net_network_free(list[i]);
	free(list);
}

static int load_all(const char *dir, DIR *networks, struct net_network ***list, size_t *n)
{
	for (struct dirent *e; (e = readdir(networks));) {
		auto_network struct net_network *network = NULL;
		int r;

		if (*e->d_name == '.')
			continue;
		r = network_read(dir, e->d_name, &network);
		if (r == -ENOENT)
			continue; /* being made, or half removed */
		if (r == 0)
			r = network_append(list, n, network);
		if (r < 0)
			return r;
		TAKE_PTR(network);
	}
	return 0;
}

int net_networks(const char *dir, struct net_network ***ret, size_t *ret_n)
{
	auto_free char *path = text_format("%s/networks", dir);
	auto_dir DIR *networks = NULL;
	struct net_network **list = NULL;
	size_t n = 0;
	int r;

	if (!path)
		return log_oom();
	networks = opendir(path);
	if (!networks && errno != ENOENT)
		return log_fail(-errno, "read %s", path);
	r = networks ? load_all(dir, networks, &list, &n) : 0;
	if (r < 0) {
		networks_free(list, n);
		return r;
	}
	if (n)
		qsort(list, n, sizeof(*list), by_name);
	*ret = list;
	*ret_n = n;
	return 0;
}

static int add_member(const char *address, const char *id, void *data)
{
	char ***ids = data;

	(void)address;
	STRV_FOREACH (i, *ids)
		if (streq(*i, id))
			return 0;
	return strv_add(ids, id);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int net_network_members(const char *dir, const char *name, char ***ret)
{
	auto_strv char **ids = NULL;
	auto_fd int dirfd = network_open(dir, name);
	int r = dirfd < 0 ? dirfd : ipam_each(dirfd, add_member, &ids);

	if (r < 0)
		return log_fail(r, "read the addresses of network %s", name);
	if (ids)
		qsort(ids, strv_len(ids), sizeof(*ids), by_text);
	*ret = TAKE_PTR(ids);
	return 0;
}

static int found_one(const char *address, const char *id, void *data)
{
	(void)address;
	(void)id;
	(void)data;
	return -EBUSY;
}

bool network_is_idle(const char *dir, const char *name)
{
	auto_fd int dirfd = network_open(dir, name);

	return dirfd >= 0 && ipam_each(dirfd, found_one, NULL) == 0;
}
