/* SPDX-License-Identifier: MIT */
/*
 * Is a port free? bind(2) knows, in 10 microseconds. It also says no where a connection that went
 * out from that port is all there is; so sock_diag(7) has the last word, and names the sockets,
 * which /proc then names the process of.
 */
#include "holder.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/parse.h"
#include "lib/proc.h"
#include "lib/text.h"
#include "nl.h"

#define MAX_SOCKETS 16 /* of those that have a port; one is enough to name a process */

struct search {
	const struct ip_address *address;
	uint16_t port;
	size_t n;
	unsigned long inodes[MAX_SOCKETS];
};

/* ---- the question ---- */

static socklen_t socket_address(const struct ip_address *a, int family, uint16_t port,
				struct sockaddr_storage *ret)
{
	struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	memcpy(&in4.sin_addr, a->bytes, sizeof(in4.sin_addr));
	memcpy(&in6.sin6_addr, a->bytes, sizeof(in6.sin6_addr));
	if (family == AF_INET6)
		memcpy(ret, &in6, sizeof(in6));
	else
		memcpy(ret, &in4, sizeof(in4));
	return family == AF_INET6 ? sizeof(in6) : sizeof(in4);
}

/* A socket that can have what a server of the protocol has: also where connections of an earlier
 * one are in TIME_WAIT, also an address that is not there yet. */
static int open_socket(uint8_t protocol, int family, bool only6)
{
	int type = SOCK_CLOEXEC | (protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM);
	int fd = socket(family, type, protocol), on = 1, only = only6;

	if (fd < 0)
		return -errno;
	/* two UDP sockets that both have it share a port */
	if (protocol != IPPROTO_UDP)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on));
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
	return fd;
}

static int try_bind(uint8_t protocol, const struct ip_address *a, uint16_t port)
{
	struct sockaddr_storage address;
	int family = a->family ? a->family : AF_INET6;
	auto_fd int fd = open_socket(protocol, family, a->family == AF_INET6);

	if (fd == -EAFNOSUPPORT && !a->family) { /* a machine without IPv6 */
		family = AF_INET;
		fd = open_socket(protocol, family, false);
	}
	if (fd < 0)
		return fd;
	return bind(fd, (const void *)&address, socket_address(a, family, port, &address)) < 0
		       ? -errno
		       : 0;
}

/* ---- who has it ---- */

static struct ip_address source(const struct inet_diag_msg *m)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct ip_address a = {.family = m->idiag_family};

	memcpy(a.bytes, m->id.idiag_src, ip_bytes(&a));
	if (a.family == AF_INET6 && memcmp(a.bytes, mapped, sizeof(mapped)) == 0) {
		a.family = AF_INET;
		memmove(a.bytes, a.bytes + sizeof(mapped), 4);
	}
	return a;
}

/* Does a socket with this address get what is sent to one that is wanted? */
static bool overlap(const struct ip_address *wanted, const struct ip_address *own, bool only6)
{
	if (!wanted->family)
		return true;
	if (own->family != wanted->family)
		return own->family == AF_INET6 && ip_is_unspecified(own) && !only6;
	return ip_is_unspecified(wanted) || ip_is_unspecified(own) || ip_equal(wanted, own);
}

static int take_socket(const struct nlmsghdr *h, void *data)
{
	struct search *s = data;
	const struct inet_diag_msg *m = nl_header(h, sizeof(*m));
	const uint8_t *only6;
	struct ip_address own;

	if (!m || ntohs(m->id.idiag_sport) != s->port)
		return 0;
	own = source(m);
	only6 = nl_get(nl_find(h, sizeof(*m), INET_DIAG_SKV6ONLY), 1);
	if (s->n < MAX_SOCKETS && overlap(s->address, &own, only6 && *only6))
		s->inodes[s->n++] = m->idiag_inode;
	return 0;
}

/* All sockets of a server: TCP ones that listen, UDP ones that are not connected. */
static int find_sockets(uint8_t protocol, struct search *s)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	auto_nl struct nl nl = {.fd = -1};
	int r = nl_open(&nl, NETLINK_SOCK_DIAG);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(families); i++) {
		struct inet_diag_req_v2 *q = nl_request(&nl, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP,
							sizeof(*q));

		q->sdiag_family = families[i];
		q->sdiag_protocol = protocol;
		q->idiag_states = 1U << (protocol == IPPROTO_UDP ? TCP_CLOSE : TCP_LISTEN);
		r = nl_query(&nl, take_socket, s);
	}
	return r;
}

/* Does the process whose descriptors are in fds have one of the sockets? */
static bool has_socket(int fds, const struct search *s)
{
	auto_dir DIR *d = fdopendir(fds);
	const struct dirent *e;
	unsigned long inode;

	if (!d)
		(void)close(fds);
	while (d && (e = readdir(d))) {
		char target[64] = "";

		if (readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1) < 0 ||
		    sscanf(target, "socket:[%lu]", &inode) != 1)
			continue;
		for (size_t i = 0; i < s->n; i++)
			if (s->inodes[i] == inode)
				return true;
	}
	return false;
}

/* "nginx (PID 812)": the first by pid, which is the one that made the others. */
static char *find_process(const struct search *s)
{
	auto_dir DIR *d = opendir("/proc");
	const struct dirent *e;
	uint32_t pid;

	while (d && (e = readdir(d))) {
		auto_free char *path = NULL, *name = NULL, *escaped = NULL;
		int fds;

		if (parse_u32(e->d_name, 1, INT32_MAX, &pid) < 0)
			continue;
		path = text_format("%s/fd", e->d_name);
		fds = path ? fs_openat2(dirfd(d), path, O_RDONLY | O_DIRECTORY, 0, 0) : -1;
		if (fds < 0 || !has_socket(fds, s))
			continue;
		if (proc_status_text((pid_t)pid, "Name", &name) == 0)
			escaped = text_escape(name);
		return text_format("%s (PID %u)", escaped ? escaped : "a process", pid);
	}
	return text_format("a process that cannot be seen");
}

int holder_find(uint8_t protocol, const struct ip_address *address, uint16_t port, char **ret_who)
{
	struct search s = {.address = address, .port = port};
	char *who;
	int r;

	/* the attempt would load the module */
	if (protocol == IPPROTO_SCTP && access("/proc/net/sctp", F_OK) < 0)
		return 0;
	r = try_bind(protocol, address, port);
	if (r != -EADDRINUSE)
		return r == -EADDRNOTAVAIL || r == -EINVAL ? 0 : r;
	if (find_sockets(protocol, &s) == 0 && s.n == 0)
		return 0;
	who = find_process(&s);
	if (!who)
		return -ENOMEM;
	*ret_who = who;
	return -EADDRINUSE;
}
