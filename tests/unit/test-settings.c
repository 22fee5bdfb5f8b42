/* SPDX-License-Identifier: MIT */
/* nap.conf: which file wins, each type of key, and that a mistake stops everything. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"

struct dirs {
	char path[32];
	char vendor[48], runtime[48], admin[48];
	const char *all[4];
	int fd;
};

static bool make_dirs(struct dirs *d)
{
	(void)strcpy(d->path, "/tmp/nap-test-XXXXXX");
	if (!mkdtemp(d->path))
		return false;
	(void)snprintf(d->vendor, sizeof(d->vendor), "%s/vendor", d->path);
	(void)snprintf(d->runtime, sizeof(d->runtime), "%s/runtime", d->path);
	(void)snprintf(d->admin, sizeof(d->admin), "%s/admin", d->path);
	d->all[0] = d->vendor;
	d->all[1] = d->runtime;
	d->all[2] = d->admin;
	d->all[3] = NULL;
	d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return d->fd >= 0;
}

static void put(struct dirs *d, const char *path, const char *text)
{
	char parent[64];

	(void)snprintf(parent, sizeof(parent), "%s", path);
	*strrchr(parent, '/') = '\0';
	CHECK(fs_mkdirs(d->fd, parent, 0700) == 0);
	CHECK(fs_write_file(d->fd, path, text, strlen(text), 0600) == 0);
}

static void check_defaults(struct dirs *d)
{
	CLEANUP(settings_done)
	struct settings s;

	if (!CHECK(settings_load_from(&s, d->all) == 0))
		return;
	CHECK_STREQ(s.root, "/var/lib/nap");
	CHECK_STREQ(s.runroot, "/run/nap");
	CHECK(s.sync && s.limits.layers == 500 && s.limits.ratio == 1000);
}

static void check_order(struct dirs *d)
{
	CLEANUP(settings_done)
	struct settings s;

	put(d, "vendor/nap.conf",
	    "[Store]\nPath=/vendor\nStatePath=/v\nScratchPath=/"
	    "s\n[Load]\nMaxLayers=1\nMaxEntries=1\n"
	    "MaxJsonSize=1M\nMaxRatio=1\n");
	put(d, "runtime/nap.conf", "[Store]\nPath=/runtime\n[Load]\nMaxLayers=2\n");
	put(d, "admin/nap.conf", "[Store]\nPath=/admin\nSync=no\n[Load]\nMaxUnpackedSize=1.5G\n");
	/* drop-ins after all main files, the administrator's last, by name within a directory */
	put(d, "vendor/nap.conf.d/50-a.conf", "[Load]\nMaxRatio=5\nMaxEntries=5\n");
	put(d, "admin/nap.conf.d/20-b.conf", "[Load]\nMaxRatio=7\n");
	put(d, "admin/nap.conf.d/10-a.conf", "[Load]\nMaxRatio=6\n");
	put(d, "admin/nap.conf.d/30-c.conf~", "[Load]\nMaxRatio=8\n");
	put(d, "admin/nap.conf.d/.40.conf", "[Load]\nMaxRatio=9\n");
	if (!CHECK(settings_load_from(&s, d->all) == 0))
		return;
	CHECK_STREQ(s.root, "/admin");
	CHECK_STREQ(s.runroot, "/v");
	CHECK_STREQ(s.scratch, "/s");
	CHECK(!s.sync && s.limits.layers == 2 && s.limits.entries == 5);
	CHECK(s.limits.json_bytes == 1U << 20 && s.limits.ratio == 7);
	CHECK(s.limits.unpacked_bytes == 3ULL << 29);
}

static void check_network(struct dirs *d)
{
	CLEANUP(settings_done)
	struct settings s;
	char text[INET6_ADDRSTRLEN + 4];

	put(d, "vendor/nap.conf", "[Network]\nSubnet6=no\nMTU=1400\nPublishAddress=::1\n");
	put(d, "runtime/nap.conf", "[Network]\nSubnet=172.30.0.0/24\n");
	put(d, "admin/nap.conf", "[Network]\nSubnet6=fd12::/64\n");
	if (!CHECK(settings_load_from(&s, d->all) == 0))
		return;
	CHECK_STREQ(ip_prefix_format(&s.network.subnet[IP4], text), "172.30.0.0/24");
	CHECK_STREQ(ip_prefix_format(&s.network.subnet[IP6], text), "fd12::/64");
	CHECK_STREQ(ip_format(&s.network.publish, text), "::1");
	CHECK(!s.network.no_ipv6 && s.network.mtu == 1400);
}

static void check_mistakes(struct dirs *d)
{
	static const char *const bad[] = {
		"[Store]\nPath=relative\n",
		"[Store]\nPath=\n",
		"[Store]\nSync=maybe\n",
		"[Load]\nMaxLayers=0\n",
		"[Load]\nMaxLayers=1k\n",
		"[Load]\nMaxJsonSize=12Q\n",
		"[Load]\nMaxLayer=1\n",
		"[Store]\nMaxLayers=1\n",
		"MaxLayers=1\n",
		"[Load]\nnonsense\n",
		"[Network]\nSubnet=10.0.0.1/16\n",
		"[Network]\nSubnet=10.0.0.0\n",
		"[Network]\nSubnet=fd00::/64\n",
		"[Network]\nSubnet6=10.0.0.0/16\n",
		"[Network]\nSubnet6=\n",
		"[Network]\nSubnet=no\n",
		"[Network]\nMTU=1279\n",
		"[Network]\nPublishAddress=localhost\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(settings_done)
		struct settings s;

		put(d, "admin/nap.conf.d/99.conf", bad[i]);
		if (!CHECK(settings_load_from(&s, d->all) == -EINVAL))
			(void)printf("\t%s\n", bad[i]);
	}
}

int main(void)
{
	struct dirs d;

	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	if (!CHECK(make_dirs(&d)))
		return test_report();
	check_defaults(&d);
	check_order(&d);
	check_network(&d);
	check_mistakes(&d);
	CHECK(fs_remove_tree(AT_FDCWD, d.path) == 0);
	(void)close(d.fd);
	return test_report();
}
