/* SPDX-License-Identifier: MIT */
/*
 * Who forwards. A file of DIR/forwarding says by its content what conf/all/forwarding is with our
 * switch on: if that is 1 although the file says 0, somebody has made this host a router since, and
 * the guard, which would be in the way of that, goes.
 */
#include "forward.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>

#include "devconf.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "link.h"
#include "nl.h"

/* That we have switched on IPv6 for all. */
#define ALL_IPV6 "all-ipv6"

/* ---- what the kernel does ---- */

static int value_of(int family, const char *interface, const char *key)
{
	int value;

	return devconf_read(family, interface, key, &value) == 0 ? value : 0;
}

static bool has_force(void)
{
	int value;

	return devconf_read(AF_INET6, "all", "force_forwarding", &value) == 0;
}

static bool is_forwarding(int family, const char *interface)
{
	if (family == AF_INET)
		return value_of(family, interface, "forwarding") != 0;
	return value_of(family, "all", "forwarding") != 0 ||
	       value_of(family, interface, "force_forwarding") != 0;
}

/* From what is no interface (any more) nothing is forwarded. */
static int switch_on(int family, const char *interface)
{
	int r = devconf_write(family, interface,
			      family == AF_INET6 ? "force_forwarding" : "forwarding", 1);

	if (r < 0 && r != -ENOENT)
		return log_fail(r, "switch forwarding on for %s", interface);
	return 0;
}

bool forward_is_up(const struct uplink uplink[static IP_FAMILIES])
{
	static const int families[IP_FAMILIES] = {AF_INET, AF_INET6};

	for (int f = 0; f < IP_FAMILIES; f++)
		if (*uplink[f].interface && !is_forwarding(families[f], uplink[f].interface))
			return false;
	return true;
}

/* ---- which interfaces there are ---- */

struct interfaces {
	char **others, **bridges;
};

static void interfaces_done(struct interfaces *i)
{
	strv_free(i->others);
	strv_free(i->bridges);
}

/* Ports of a bridge have no IP; what comes through them arrives on the bridge. */
static int sort_interface(const struct nlmsghdr *h, void *data)
{
	const struct ifinfomsg *i = nl_header(h, sizeof(*i));
	const char *name = nl_get_text(nl_find(h, sizeof(*i), IFLA_IFNAME));
	const char *alias = nl_get_text(nl_find(h, sizeof(*i), IFLA_IFALIAS));
	const struct nlattr *info = nl_find(h, sizeof(*i), IFLA_LINKINFO);
	const char *master = nl_get_text(nl_find_in(info, IFLA_INFO_SLAVE_KIND));
	struct interfaces *all = data;

	if (!i || !name || (i->ifi_flags & IFF_LOOPBACK) || (master && streq(master, "bridge")))
		return 0;
	if (alias && startswith(alias, LINK_BRIDGE_ALIAS))
		return strv_add(&all->bridges, name);
	return strv_add(&all->others, name);
}

static int list_interfaces(struct nl *nl, struct interfaces *all)
{
	int r;

	(void)nl_request(nl, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	nl_put_u32(nl, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	r = nl_query(nl, sort_interface, all);
	return r < 0 ? log_fail(r, "list the network interfaces") : 0;
}

/* ---- what is noted ---- */

static int open_notes(const char *dir)
{
	auto_free char *path = text_format("%s/forwarding", dir);
	int fd;

	if (!path)
		return log_oom();
	fd = fs_mkdirs(AT_FDCWD, path, 0700);
	if (fd == 0) {
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	return fd < 0 ? log_fail(fd, "open %s", path) : fd;
}

static void note_name(int family, const char *interface, char out[static 32])
{
	(void)snprintf(out, 32, "%c-%s", family == AF_INET6 ? '6' : '4', interface);
}

/* 1: it was not noted before. */
static int note(int dirfd, int family, const char *interface, int all)
{
	char name[32];
	int r;

	note_name(family, interface, name);
	if (!fs_is_absent(dirfd, name))
		return 0;
	r = fs_write_file(dirfd, name, all ? "1\n" : "0\n", 2, 0600);
	return r < 0 ? log_fail(r, "note that forwarding is off on %s", interface) : 1;
}

/* 1: it was noted, and is no more. */
static int forget(int dirfd, int family, const char *interface)
{
	auto_free char *text = NULL;
	char name[32];
	int r;

	note_name(family, interface, name);
	r = fs_read_file(dirfd, name, 16, &text, NULL);
	if (r == -ENOENT || (r == 0 && *text != '0'))
		return 0;
	if (r < 0 || unlinkat(dirfd, name, 0) < 0)
		return log_fail(r < 0 ? r : -errno, "forget that forwarding was off on %s",
				interface);
	return 1;
}

/* One interface and family: 1 if a file came or went. */
static int plan_one(int dirfd, int family, const char *interface)
{
	int all = value_of(family, "all", "forwarding");
	bool ours = family == AF_INET6 && !fs_is_absent(dirfd, ALL_IPV6);

	if (family == AF_INET6 && !devconf_has_ipv6(interface))
		return 0;
	if (ours) /* there was no router before, however new the interface is */
		return note(dirfd, family, interface, 1);
	if (!is_forwarding(family, interface))
		return note(dirfd, family, interface, all || (family == AF_INET6 && !has_force()));
	return all ? forget(dirfd, family, interface) : 0;
}

int forward_plan(const char *dir, struct nl *nl, bool *ret_changed)
{
	static const int families[] = {AF_INET, AF_INET6};
	CLEANUP(interfaces_done)
	struct interfaces all = {0};
	auto_fd int dirfd = open_notes(dir);
	bool changed = false;
	int r = dirfd < 0 ? dirfd : list_interfaces(nl, &all);

	STRV_FOREACH (i, all.others)
		for (size_t f = 0; r >= 0 && f < ARRAY_SIZE(families); f++) {
			r = plan_one(dirfd, families[f], *i);
			changed = changed || r > 0;
		}
	if (r < 0)
		return r;
	*ret_changed = changed;
	return 0;
}

/* ---- the switch ---- */

/* The one switch of IPv6 before Linux 6.17. */
static int switch_all_on(const char *dir)
{
	CLEANUP(interfaces_done)
	struct interfaces all = {0};
	auto_nl struct nl nl = {.fd = -1};
	auto_fd int dirfd = -1;
	int r;

	if (value_of(AF_INET6, "all", "forwarding") != 0)
		return 0;
	dirfd = open_notes(dir);
	r = dirfd < 0 ? dirfd : fs_write_file(dirfd, ALL_IPV6, "", 0, 0600);
	if (r < 0)
		return dirfd < 0 ? r : log_fail(r, "note that IPv6 is forwarded");
	r = nl_open(&nl, NETLINK_ROUTE);
	if (r < 0)
		return log_fail(r, "open a netlink socket");
	r = list_interfaces(&nl, &all);
	if (r == 0 && strv_add(&all.others, "default") < 0)
		return log_oom();
	STRV_FOREACH (i, all.others)
		if (value_of(AF_INET6, *i, "accept_ra") == 1)
			(void)devconf_write(AF_INET6, *i, "accept_ra", 2); /* or it has gone */
	if (r == 0)
		r = devconf_write(AF_INET6, "all", "forwarding", 1);
	return r < 0 ? log_fail(r, "switch forwarding of IPv6 on") : 0;
}

struct switching {
	const char *dir;
	bool force;
};

static int switch_noted(int family, const char *interface, void *data)
{
	const struct switching *s = data;

	if (family == AF_INET6 && !s->force)
		return switch_all_on(s->dir);
	return switch_on(family, interface);
}

int forward_up(const char *dir, struct nl *nl)
{
	CLEANUP(interfaces_done)
	struct interfaces all = {0};
	struct switching s = {.dir = dir, .force = has_force()};
	int r = list_interfaces(nl, &all);

	if (r == 0)
		r = forward_each(dir, switch_noted, &s);
	STRV_FOREACH (i, all.bridges) {
		if (r == 0)
			r = switch_on(AF_INET, *i);
		if (r == 0 && s.force)
			r = switch_on(AF_INET6, *i);
	}
	return r;
}

int forward_each(const char *dir, int (*each)(int family, const char *interface, void *data),
		 void *data)
{
	auto_free char *path = text_format("%s/forwarding", dir);
	auto_dir DIR *d = path ? opendir(path) : NULL;
	const struct dirent *e;
	int r = 0;

	if (!path)
		return log_oom();
	if (!d)
		return errno == ENOENT ? 0 : log_fail(-errno, "open %s", path);
	while (r == 0 && (errno = 0, e = readdir(d)))
		if ((e->d_name[0] == '4' || e->d_name[0] == '6') && e->d_name[1] == '-')
			r = each(e->d_name[0] == '6' ? AF_INET6 : AF_INET, e->d_name + 2, data);
	if (r == 0 && errno)
		return log_fail(-errno, "read %s", path);
	return r;
}
