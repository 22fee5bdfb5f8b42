/* SPDX-License-Identifier: MIT */
/* Reservations of the host's ports. holder.c knows the sockets of the host itself. */
#include "ports.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"
#include "holder.h"
#include "ipam.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "net.h"

#define ANY "any"
/* What a port of the host's choice is taken from: the dynamic ports of RFC 6335. */
#define DYNAMIC_FIRST 49152U
#define DYNAMIC_COUNT (65536U - DYNAMIC_FIRST)

#define PORT_TEXT_BYTES (INET6_ADDRSTRLEN + 24)

/* "127.0.0.1:8080/tcp", "8080/udp": as people write it. */
static const char *format_port(const struct net_publish *p, char out[static PORT_TEXT_BYTES])
{
	char address[INET6_ADDRSTRLEN];
	const char *open = p->address.family == AF_INET6 ? "[" : "";
	const char *close = p->address.family == AF_INET6 ? "]:" : p->address.family ? ":" : "";

	(void)snprintf(out, PORT_TEXT_BYTES, "%s%s%s%u/%s", open, ip_format(&p->address, address),
		       close, p->host, port_protocol_name(p->protocol));
	return out;
}

/* ---- files ---- */

static const char *dir_name(const struct net_publish *p, char out[static 16])
{
	(void)snprintf(out, 16, "%s-%u", port_protocol_name(p->protocol), p->host);
	return out;
}

/* Gives out, or ANY. */
static const char *file_name(const struct net_publish *p, char out[static INET6_ADDRSTRLEN])
{
	return p->address.family ? ip_format(&p->address, out) : ANY;
}

/* Do two addresses that a port is published on have one in common? */
static bool overlap(const struct ip_address *a, const struct ip_address *b)
{
	if (!a->family || !b->family)
		return true;
	if (a->family != b->family)
		return false;
	return ip_is_unspecified(a) || ip_is_unspecified(b) || ip_equal(a, b);
}

static int open_ports(const char *dir)
{
	auto_free char *path = text_format("%s/ports", dir);
	int fd;

	if (!path)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		int r = fs_mkdirs(AT_FDCWD, path, 0755);

		if (r < 0)
			return r;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return fd < 0 ? -errno : fd;
}

static int open_locked(const char *dir)
{
	int fd = open_ports(dir);

	if (fd >= 0 && flock(fd, LOCK_EX) < 0) {
		int r = -errno;

		(void)close(fd);
		return r;
	}
	return fd;
}

struct search {
	const struct net_publish *wanted;
	const char *id;
	char *holder;
};

static int compare(const char *name, const char *id, void *data)
{
	struct search *s = data;
	struct ip_address a = {0};

	if (!streq(name, ANY) && ip_parse(name, 0, &a) < 0)
		return 0; /* not one of ours */
	if (streq(id, s->id) || s->holder || !overlap(&a, &s->wanted->address))
		return 0;
	s->holder = strdup(id);
	return s->holder ? 0 : -ENOMEM;
}

/* The other container that has the port, allocated; NULL: none. */
static int find_container(int dirfd, const struct net_publish *p, const char *id, char **ret)
{
	struct search s = {.wanted = p, .id = id};
	char name[16];
	auto_fd int fd = openat(dirfd, dir_name(p, name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	*ret = NULL;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = ipam_each(fd, compare, &s);
	if (r < 0)
		free(s.holder);
	else
		*ret = s.holder;
	return r;
}

static int write_port(int dirfd, const struct net_publish *p, const char *id)
{
	char name[16], buffer[INET6_ADDRSTRLEN];
	auto_fd int fd = -1;

	if (mkdirat(dirfd, dir_name(p, name), 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return symlinkat(id, fd, file_name(p, buffer)) < 0 && errno != EEXIST ? -errno : 0;
}

/* Others may have other addresses of the port. */
static int remove_unused(int dirfd, const char *name)
{
	return unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOTEMPTY || errno == ENOENT
		       ? 0
		       : -errno;
}

static int remove_port(int dirfd, const struct net_publish *p, const char *id)
{
	char name[16], buffer[INET6_ADDRSTRLEN];
	const char *file = file_name(p, buffer);
	auto_free char *holder = NULL;
	auto_fd int fd = openat(dirfd, dir_name(p, name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = fs_readlink(fd, file, &holder);
	if (r == 0 && streq(holder, id) && unlinkat(fd, file, 0) < 0)
		r = -errno;
	if (r < 0 && r != -ENOENT)
		return r;
	return remove_unused(dirfd, name);
}

/* ---- take ---- */

/* 0: free, and *ret_who NULL; -EADDRINUSE. */
static int is_free(int dirfd, const struct net_publish *p, const char *id, char **ret_who)
{
	auto_free char *holder = NULL;
	int r = find_container(dirfd, p, id, &holder);

	if (r < 0)
		return r;
	if (holder) {
		*ret_who = text_format("container %s", holder);
		return *ret_who ? -EADDRINUSE : -ENOMEM;
	}
	return holder_find(p->protocol, &p->address, p->host, ret_who);
}

static int add_publish(struct net_lease *lease, const struct net_publish *p)
{
	struct net_publish *grown = reallocarray(lease->publish, lease->n_publish + 1,
						 sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	lease->publish = grown;
	grown[lease->n_publish++] = *p;
	return 0;
}

/* Two -p of one container may not overlap either. */
static bool has_already(const struct net_lease *lease, const struct net_publish *p)
{
	for (size_t i = 0; i < lease->n_publish; i++) {
		const struct net_publish *q = &lease->publish[i];

		if (q->protocol == p->protocol && q->host == p->host &&
		    overlap(&q->address, &p->address))
			return true;
	}
	return false;
}

static int take_one(int dirfd, const struct net_publish *p, struct net_lease *lease)
{
	auto_free char *who = NULL;
	char text[PORT_TEXT_BYTES];
	int r;

	if (has_already(lease, p))
		return log_refuse(-EADDRINUSE, "port %s is published twice", format_port(p, text));
	r = is_free(dirfd, p, lease->id, &who);
	if (r == -EADDRINUSE)
		return log_refuse(r, "port %s is in use by %s", format_port(p, text), who);
	if (r == 0)
		r = write_port(dirfd, p, lease->id);
	if (r == 0)
		r = add_publish(lease, p);
	return r < 0 ? log_fail(r, "take port %s", format_port(p, text)) : 0;
}

/* Are count ports from p on free? 1, 0. */
static int are_free(int dirfd, struct net_publish p, const struct net_lease *lease, unsigned count)
{
	for (unsigned i = 0; i < count; i++, p.host++) {
		auto_free char *who = NULL;
		int r = has_already(lease, &p) ? -EADDRINUSE : is_free(dirfd, &p, lease->id, &who);

		if (r < 0)
			return r == -EADDRINUSE ? 0 : r;
	}
	return 1;
}

/* Any count ports in a row: where the search begins depends on the container, and so a port stays
 * the same from one start to the next if it can. */
static int choose(int dirfd, struct net_publish *p, const struct net_lease *lease, unsigned count)
{
	char container[8];
	unsigned room = DYNAMIC_COUNT - count + 1, start;

	(void)snprintf(container, sizeof(container), "%u", p->container);
	start = (unsigned)(net_hash(0, lease->id, container) % room);
	for (unsigned i = 0; i < room; i++) {
		int r;

		p->host = (uint16_t)(DYNAMIC_FIRST + (start + i) % room);
		r = are_free(dirfd, *p, lease, count);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return -ENOSPC;
}

static int take_spec(int dirfd, const struct port_spec *spec, struct net_lease *lease)
{
	struct net_publish p = {.protocol = port_protocol_number(spec->protocol),
				.host = spec->host,
				.container = spec->container};
	int r = *spec->address ? ip_parse(spec->address, 0, &p.address) : 0;

	if (r == 0 && !spec->host) {
		if (spec->count > DYNAMIC_COUNT)
			r = -ENOSPC;
		else
			r = choose(dirfd, &p, lease, spec->count);
		if (r < 0)
			return log_fail(r, "find a free port of the host for port %u",
					spec->container);
	}
	for (unsigned i = 0; r == 0 && i < spec->count; i++, p.host++, p.container++)
		r = take_one(dirfd, &p, lease);
	return r;
}

int ports_take(const char *dir, const struct net_conf *conf, struct net_lease *lease)
{
	auto_fd int dirfd = -1;
	int r = 0;

	if (conf->n_publish == 0)
		return 0;
	dirfd = open_locked(dir);
	if (dirfd < 0)
		return log_fail(dirfd, "open %s/ports", dir);
	for (size_t i = 0; r == 0 && i < conf->n_publish; i++)
		r = take_spec(dirfd, &conf->publish[i], lease);
	return r;
}

/* ---- release ---- */

int ports_release(const char *dir, const struct net_lease *lease)
{
	auto_fd int dirfd = -1;
	int r = 0, e;

	if (lease->n_publish == 0)
		return 0;
	dirfd = open_locked(dir);
	if (dirfd < 0)
		return log_fail(dirfd, "open %s/ports", dir);
	for (size_t i = 0; i < lease->n_publish; i++) {
		e = remove_port(dirfd, &lease->publish[i], lease->id);
		r = r < 0 ? r : e;
	}
	return r < 0 ? log_fail(r, "give the ports of %s back", lease->id) : 0;
}

int ports_release_all(const char *dir, const char *id)
{
	auto_fd int dirfd = open_locked(dir);
	auto_dir DIR *ports = NULL;
	int copy, r = 0;

	if (dirfd < 0)
		return log_fail(dirfd, "open %s/ports", dir);
	copy = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ports = copy >= 0 ? fdopendir(copy) : NULL;
	if (!ports)
		return log_fail(-errno, "read %s/ports", dir);
	for (struct dirent *e; r == 0 && (e = readdir(ports));) {
		auto_fd int fd = -1;

		if (*e->d_name == '.')
			continue;
		fd = openat(dirfd, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 && (errno == ENOTDIR || errno == ENOENT))
			continue;
		r = fd < 0 ? -errno : ipam_release_all(fd, id);
		if (r == 0)
			r = remove_unused(dirfd, e->d_name);
	}
	return r < 0 ? log_fail(r, "give the ports of %s back", id) : 0;
}
