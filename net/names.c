/* SPDX-License-Identifier: MIT */
/* Names of containers, told by their /etc/hosts. Under the lock of the network's directory. */
#include "names.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "net.h"
#include "network.h"

#define LIST "hosts"
#define LIST_MAX_BYTES (64U << 20)
/* More than this a container has not been told by us: what it did there is its own affair. */
#define HOSTS_MAX_BYTES (4U << 20)

/* ---- text ---- */

static const char *find_newline(const char *at, const char *end)
{
	const char *n = memchr(at, '\n', (size_t)(end - at));

	return n ? n : end;
}

bool names_find(const char *text, size_t len, const char *line, size_t *ret_at)
{
	size_t n = strlen(line);

	for (const char *at = text, *end = text + len; at < end;) {
		const char *stop = find_newline(at, end);

		/* it may have been written over a longer one: blanks follow then */
		if ((size_t)(stop - at) >= n && memcmp(at, line, n) == 0 &&
		    strspn(at + n, " ") >= (size_t)(stop - at) - n) {
			*ret_at = (size_t)(at - text);
			return true;
		}
		at = stop + 1;
	}
	return false;
}

/* Length of the blanked line at at, 0 if it is none. */
static size_t blank_length(const char *at, const char *stop)
{
	return at < stop && *at == '#' && strspn(at + 1, " ") >= (size_t)(stop - at) - 1
		       ? (size_t)(stop - at)
		       : 0;
}

void names_insert(const char *text, size_t len, const char *line, size_t *ret_at, struct buf *out)
{
	size_t n = strlen(line);

	for (const char *at = text, *end = text + len; at < end;) {
		const char *stop = find_newline(at, end);
		size_t room = blank_length(at, stop);

		if (stop < end && room >= n) {
			*ret_at = (size_t)(at - text);
			buf_fmt(out, "%-*s", (int)room, line);
			return;
		}
		at = stop + 1;
	}
	*ret_at = len;
	buf_fmt(out, "%s%s\n", len && text[len - 1] != '\n' ? "\n" : "", line);
}

/* ---- a container's /etc/hosts ---- */

static int write_at(int fd, const struct buf *b, size_t at)
{
	if (b->error)
		return -ENOMEM;
	return pwrite(fd, b->data, b->len, (off_t)at) == (ssize_t)b->len ? 0 : -EIO;
}

static int insert(int fd, const char *line)
{
	auto_free char *text = NULL;
	auto_buf b = {0};
	size_t len, at;
	int r = fs_read_fd(fd, HOSTS_MAX_BYTES, &text, &len);

	if (r < 0)
		return r;
	names_insert(text, len, line, &at, &b);
	return write_at(fd, &b, at);
}

static int blank(int fd, const char *line)
{
	auto_free char *text = NULL;
	auto_buf b = {0};
	size_t len, at;
	int r = fs_read_fd(fd, HOSTS_MAX_BYTES, &text, &len);

	if (r < 0 || !names_find(text, len, line, &at))
		return r;
	buf_fmt(&b, "#%*s", (int)strlen(line) - 1, "");
	return write_at(fd, &b, at);
}

/*
 * Do it to each of lines, joined by '|', in the file path. What cannot be done there (it has ended,
 * or has made its file too large) is that container's affair.
 */
static void edit(const char *path, const char *lines, int (*change)(int fd, const char *line))
{
	auto_fd int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	auto_free char *copy = strdup(lines);
	char *rest = copy, *line;

	while (fd >= 0 && rest && (line = strsep(&rest, "|"))) {
		if (lseek(fd, 0, SEEK_SET) < 0 || change(fd, line) < 0)
			return;
	}
}

/* ---- the network's list ---- */

static int lock_network(const char *dir, const char *network)
{
	int fd = network_open(dir, network);

	if (fd >= 0 && flock(fd, LOCK_EX) < 0) {
		int r = -errno;

		(void)close(fd);
		return r;
	}
	return fd;
}

static int read_list(int dirfd, char **ret)
{
	int r = fs_read_file(dirfd, LIST, LIST_MAX_BYTES, ret, NULL);

	if (r != -ENOENT)
		return r;
	*ret = strdup("");
	return *ret ? 0 : -ENOMEM;
}

/* Both, for who takes something out: -ENOENT, without a report, if there is no such network.
 * Reports. */
static int open_list(const char *dir, const char *network, int *ret_dirfd, char **ret_list)
{
	auto_fd int dirfd = lock_network(dir, network);
	int r;

	if (dirfd < 0)
		return dirfd == -ENOENT ? dirfd : log_fail(dirfd, "lock network %s", network);
	r = read_list(dirfd, ret_list);
	if (r < 0)
		return log_fail(r, "read the names on network %s", network);
	*ret_dirfd = TAKE_FD(dirfd);
	return 0;
}

/* The lines that others get for m: one per family, joined by '|'. */
static char *lines_of(const struct net_member *m)
{
	auto_buf b = {0};

	for (int f = 0; f < IP_FAMILIES; f++) {
		char address[INET6_ADDRSTRLEN];

		if (!m->ip[f].family)
			continue;
		buf_fmt(&b, "%s%s\t", b.len ? "|" : "", ip_format(&m->ip[f], address));
		STRV_FOREACH (name, m->names)
			buf_fmt(&b, "%s%s", name == m->names ? "" : " ", *name);
	}
	return buf_take(&b);
}

/* Take list apart, in place; calls each member but the one whose file is own. */
static void each_other(char *list, const char *own,
		       void (*each)(const char *hosts, const char *lines, void *data), void *data)
{
	char *rest = list, *entry;

	while (rest && (entry = strsep(&rest, "\n"))) {
		char *lines = entry;
		const char *hosts = strsep(&lines, "\t");

		if (lines && !streq(hosts, own))
			each(hosts, lines, data);
	}
}

struct joining {
	const char *own;  /* the lines of who comes */
	struct buf *text; /* those of all others */
};

static void tell(const char *hosts, const char *lines, void *data)
{
	struct joining *j = data;

	for (const char *c = lines; *c; c++)
		buf_char(j->text, *c == '|' ? '\n' : *c);
	buf_char(j->text, '\n');
	edit(hosts, j->own, insert);
}

/* Appended in one write: nobody reads in between, and all others that write hold the lock. */
static int append_text(int dirfd, const char *path, const struct buf *b)
{
	auto_fd int fd = openat(dirfd, path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
				0644);

	if (b->error)
		return -ENOMEM;
	if (fd < 0)
		return -errno;
	return fs_write_all(fd, b->data ? b->data : "", b->len);
}

int names_join(const char *dir, const struct net_network *n, const struct net_lease *lease,
	       const struct net_member *m)
{
	auto_fd int dirfd = lock_network(dir, n->name);
	auto_free char *list = NULL, *own = lines_of(m);
	auto_buf text = {0}, entry = {0};
	struct joining j = {.own = own, .text = &text};
	int r;

	if (dirfd < 0)
		return log_fail(dirfd, "lock network %s", n->name);
	r = read_list(dirfd, &list);
	if (r < 0 || !own)
		return log_fail(own ? r : -ENOMEM, "read the names on network %s", n->name);
	/* its own first, by which it knows itself */
	buf_str(&text, own);
	for (char *c = text.data; c && *c; c++)
		if (*c == '|')
			*c = '\n';
	buf_char(&text, '\n');
	buf_fmt(&entry, "%s\t%s\n", lease->hosts, own);
	if (!n->no_dns) {
		r = append_text(dirfd, LIST, &entry);
		each_other(list, lease->hosts, tell, &j);
	}
	if (r == 0)
		r = append_text(AT_FDCWD, lease->hosts, &text);
	return r < 0 ? log_fail(r, "tell the names on network %s", n->name) : 0;
}

struct leaving {
	const char *lines;
	struct buf *list;
};

static void forget(const char *hosts, const char *lines, void *data)
{
	struct leaving *l = data;

	buf_fmt(l->list, "%s\t%s\n", hosts, lines);
	edit(hosts, l->lines, blank);
}

/* Whose lines tell of address, allocated; NULL: nobody's. Takes list apart. */
static char *find_hosts(char *list, const char *address)
{
	char *rest = list, *entry, *line;

	while (rest && (entry = strsep(&rest, "\n"))) {
		char *lines = entry;
		const char *hosts = strsep(&lines, "\t");

		while (lines && (line = strsep(&lines, "|"))) {
			const char *after = startswith(line, address);

			if (after && *after == '\t')
				return strdup(hosts);
		}
	}
	return NULL;
}

/* The lines that hosts is listed with, allocated; NULL: it is not. */
static char *listed(const char *list, const char *hosts)
{
	size_t n = strlen(hosts);

	for (const char *at = list; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (strncmp(at, hosts, n) == 0 && at[n] == '\t')
			return strndup(at + n + 1, strcspn(at + n + 1, "\n"));
	return NULL;
}

int names_leave(const char *dir, const char *network, const char *hosts)
{
	auto_fd int dirfd = -1;
	auto_free char *list = NULL, *lines = NULL;
	auto_buf left = {0};
	struct leaving l = {.list = &left};
	int r = open_list(dir, network, &dirfd, &list);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	lines = listed(list, hosts);
	if (!lines)
		return 0;
	l.lines = lines;
	each_other(list, hosts, forget, &l);
	if (left.error)
		return log_oom();
	r = fs_replace_locked(dirfd, LIST, left.data ? left.data : "", left.len, 0644);
	return r < 0 ? log_fail(r, "write the names on network %s", network) : 0;
}

int names_leave_address(const char *dir, const char *network, const char *address)
{
	auto_fd int dirfd = -1;
	auto_free char *list = NULL, *hosts = NULL;
	int r = open_list(dir, network, &dirfd, &list);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	hosts = find_hosts(list, address);
	fd_drop(&dirfd);
	return hosts ? names_leave(dir, network, hosts) : 0;
}
