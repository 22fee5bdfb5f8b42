/* SPDX-License-Identifier: MIT */
/*
 * Contents of /etc/hosts, /etc/hostname and /etc/resolv.conf. They are written into the container's
 * run-time directory and bound into it one by one, so that they can be rewritten in place later.
 */
#include "hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/ip.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "spec.h"

#define RESOLV_MAX_BYTES (64U << 10)

/* docker's "--add-host NAME:host-gateway" */
static bool is_gateway(const char *entry)
{
	return streq(entry + strcspn(entry, ":=") + 1, "host-gateway");
}

static void add_hosts(const struct spec *spec, struct buf *out)
{
	buf_str(out, "127.0.0.1\tlocalhost\n"
		     "::1\tlocalhost ip6-localhost ip6-loopback\n"
		     "fe00::\tip6-localnet\n"
		     "ff00::\tip6-mcastprefix\n"
		     "ff02::1\tip6-allnodes\n"
		     "ff02::2\tip6-allrouters\n");
	STRV_FOREACH (e, spec->add_host) {
		size_t n = strcspn(*e, ":=");

		if (!is_gateway(*e))
			buf_fmt(out, "%s\t%.*s\n", *e + n + 1, (int)n, *e);
		else if (spec->network == NETWORK_HOST)
			buf_fmt(out, "127.0.0.1\t%.*s\n", (int)n, *e);
	}
	/* on a network its name is told with its address */
	if (spec->hostname && spec->network == NETWORK_NONE)
		buf_fmt(out, "127.0.1.1\t%s\n", spec->hostname);
}

/* Is it a line "nameserver ADDRESS"? As in glibc, what follows the address is not looked at. */
static bool take_resolver(const char *line, struct ip_address *ret)
{
	const char *address = startswith(line, "nameserver");
	char word[INET6_ADDRSTRLEN];
	size_t n;

	if (!address || !strspn(address, " \t"))
		return false;
	address += strspn(address, " \t");
	n = strcspn(address, " \t");
	if (n >= sizeof(word))
		return false;
	memcpy(word, address, n);
	word[n] = '\0';
	return ip_parse(word, 0, ret) == 0;
}

static bool is_loopback_resolver(const char *line)
{
	struct ip_address a;

	return take_resolver(line, &a) && ip_is_loopback(&a);
}

/* A line about what the operator has said himself? */
static bool is_overridden(const struct spec *spec, const char *line)
{
	return (spec->dns_search && (startswith(line, "search") || startswith(line, "domain"))) ||
	       (spec->dns_option && startswith(line, "options"));
}

/* The host's resolv.conf; resolvers on its loopback cannot be reached from another network
 * namespace. */
static int add_host_resolv(const struct spec *spec, struct buf *out)
{
	static const char *const sources[] = {"/run/systemd/resolve/resolv.conf",
					      "/etc/resolv.conf"};
	auto_free char *text = NULL;
	char *rest, *line;

	for (size_t i = spec->network == NETWORK_HOST; i < ARRAY_SIZE(sources) && !text; i++) {
		int r = fs_read_file(AT_FDCWD, sources[i], RESOLV_MAX_BYTES, &text, NULL);

		if (r < 0 && r != -ENOENT)
			return log_fail(r, "read %s", sources[i]);
	}
	rest = text;
	while (rest && (line = strsep(&rest, "\n"))) {
		if (!*line || *line == '#' || *line == ';')
			continue;
		if (is_overridden(spec, line))
			continue;
		if (spec->network == NETWORK_HOST || !is_loopback_resolver(line))
			buf_fmt(out, "%s\n", line);
	}
	return 0;
}

static void add_words(struct buf *out, const char *keyword, char **words)
{
	if (!words || !*words)
		return;
	buf_str(out, keyword);
	STRV_FOREACH (w, words)
		buf_fmt(out, " %s", *w);
	buf_char(out, '\n');
}

/* "--dns-search ." is docker's way to have no search list. */
static int add_resolv(const struct spec *spec, struct buf *out)
{
	char **dns = spec->dns;
	int r = 0;

	for (size_t i = 0; strv_len(dns) == 0 && i < spec->n_attach; i++)
		dns = spec->attach[i].network.dns;
	STRV_FOREACH (d, dns)
		buf_fmt(out, "nameserver %s\n", *d);
	if (strv_len(dns) == 0)
		r = add_host_resolv(spec, out);
	if (strv_len(spec->dns_search) != 1 || !streq(spec->dns_search[0], "."))
		add_words(out, "search", spec->dns_search);
	add_words(out, "options", spec->dns_option);
	return r;
}

static int write_file(int dirfd, const char *name, struct buf *content)
{
	int r;

	if (content->error)
		return log_oom();
	r = fs_write_file(dirfd, name, content->data ? content->data : "", content->len, 0644);
	return r < 0 ? log_fail(r, "write %s", name) : 0;
}

int hosts_write(const struct spec *spec, int dirfd)
{
	auto_buf hosts = {0}, hostname = {0}, resolv = {0};
	int r;

	add_hosts(spec, &hosts);
	if (spec->hostname)
		buf_fmt(&hostname, "%s\n", spec->hostname);
	r = add_resolv(spec, &resolv);
	if (r == 0)
		r = write_file(dirfd, "hosts", &hosts);
	if (r == 0)
		r = write_file(dirfd, "resolv.conf", &resolv);
	if (r == 0 && spec->hostname)
		r = write_file(dirfd, "hostname", &hostname);
	return r;
}

/* ---- what the network needs to know of them, and gives ---- */

int hosts_resolvers(int dirfd, struct ip_address **ret, size_t *ret_n)
{
	auto_free struct ip_address *list = NULL;
	auto_free char *text = NULL;
	char *rest, *line;
	size_t n = 0;
	int r = fs_read_file(dirfd, "resolv.conf", RESOLV_MAX_BYTES, &text, NULL);

	if (r < 0)
		return log_fail(r, "read resolv.conf");
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		struct ip_address a, *grown;

		if (!take_resolver(line, &a))
			continue;
		grown = reallocarray(list, n + 1, sizeof(*list));
		if (!grown)
			return log_oom();
		list = grown;
		list[n++] = a;
	}
	*ret = TAKE_PTR(list);
	*ret_n = n;
	return 0;
}

/* podman's and docker's names of the host. */
static void add_gateway(const struct spec *spec, const struct ip_address *gateway, struct buf *out)
{
	char address[INET6_ADDRSTRLEN];

	if (!gateway->family)
		return;
	buf_fmt(out, "%s\thost.containers.internal host.docker.internal",
		ip_format(gateway, address));
	STRV_FOREACH (e, spec->add_host)
		if (is_gateway(*e))
			buf_fmt(out, " %.*s", (int)strcspn(*e, ":="), *e);
	buf_char(out, '\n');
}

int hosts_add_gateway(const struct spec *spec, const struct net_lease *lease, int dirfd)
{
	auto_fd int fd = openat(dirfd, "hosts", O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	auto_buf b = {0};
	int r;

	for (int f = 0; lease->n_members && f < IP_FAMILIES; f++)
		add_gateway(spec, &lease->members[0].gateway[f], &b);
	if (b.error)
		return log_oom();
	r = fd < 0 ? -errno : fs_write_all(fd, b.data ? b.data : "", b.len);
	return r < 0 ? log_fail(r, "write hosts") : 0;
}
