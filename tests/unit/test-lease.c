/* SPDX-License-Identifier: MIT */
/* Leases come back from their files as they were; what is no lease is told apart from what is not
 * there. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/strv.h"
#include "net/lease.h"

static struct net_publish publish[] = {
	{{0}, IPPROTO_TCP, 8080, 80},
	{{AF_INET, {127, 0, 0, 1}}, IPPROTO_UDP, 53, 53},
};
static struct firewall_rule rules[] = {
	{.allow = true, .in = true, .target = TARGET_APP, .app = "db", .port_last = 65535},
	{.out = true,
	 .target = TARGET_ANY,
	 .protocol = IPPROTO_TCP,
	 .port_first = 1,
	 .port_last = 2},
	{.allow = true,
	 .out = true,
	 .target = TARGET_PREFIX,
	 .prefix = {{AF_INET, {10}}, 8},
	 .port_last = 65535},
	{.allow = true, .out = true, .target = TARGET_HOST, .port_first = 5432, .port_last = 5432},
};

/* What is written, read and written again is the same text. */
static void test_round(const char *dir)
{
	auto_strv char **names = NULL;
	struct net_member member = {
		.network = (char *)"private",
		.bridge = "nap0",
		.link = "vnabc",
		.interface = "eth0",
		.mac = {2, 0, 0, 0xab, 0xcd, 0xef},
		.ip = {{AF_INET, {10, 78, 0, 5}}, {AF_INET6, {0xfd, [15] = 5}}},
		.prefix_length = {16, 64},
		.gateway = {{AF_INET, {10, 78, 0, 1}}, {AF_INET6, {0xfd, [15] = 1}}},
	};
	struct net_lease l = {
		.id = (char *)"web",
		.hosts = (char *)"/run/nap/state/web/hosts",
		.members = &member,
		.n_members = 1,
		.publish = publish,
		.n_publish = ARRAY_SIZE(publish),
		.rules = rules,
		.n_rules = ARRAY_SIZE(rules),
	};
	auto_net_lease struct net_lease *back = NULL;
	auto_buf want = {0}, got = {0};

	(void)strv_add(&names, "web");
	(void)strv_add(&names, "www");
	member.names = names;
	CHECK(lease_save(dir, &l) == 0);
	if (!CHECK(lease_load(dir, "web", &back) == 0))
		return;
	net_lease_to_json(&l, &want);
	net_lease_to_json(back, &got);
	CHECK_STREQ(got.data, want.data);
	CHECK(back->n_members == 1 && memcmp(back->members[0].mac, member.mac, 6) == 0);
	CHECK(back->rules[0].target == TARGET_APP && strcmp(back->rules[0].app, "db") == 0);
	CHECK(ip_equal(&back->publish[1].address, &publish[1].address));
}

static void test_damaged(const char *dir)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{\"id\":\"other\"}",
		"{\"id\":\"bad\",\"networks\":[1]}",
		"{\"id\":\"bad\",\"networks\":[{}]}",
		"{\"id\":\"bad\",\"networks\":[{\"network\":\"n\",\"ipv4\":{\"address\":\"::1\"}}]"
		"}",
		"{\"id\":\"bad\",\"networks\":[{\"network\":\"n\",\"link\":\"sixteen-letters-\"}]}",
		"{\"id\":\"bad\",\"ports\":[{\"protocol\":\"tcp\",\"host\":65536}]}",
		"{\"id\":\"bad\",\"ports\":[{\"protocol\":\"icmp\",\"host\":1}]}",
		"{\"id\":\"bad\",\"rules\":[{\"target\":\"nowhere\"}]}",
		"{\"id\":\"bad\",\"rules\":[{\"target\":\"prefix\",\"prefix\":\"10.0.0.0/33\"}]}",
		"{\"id\":\"bad\",\"resolvers\":[\"x\"]}",
	};
	auto_free char *path = text_format("%s/leases/bad.json", dir);

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct net_lease *l = NULL;

		CHECK(fs_write_file(AT_FDCWD, path, texts[i], strlen(texts[i]), 0600) == 0);
		if (!CHECK(lease_load(dir, "bad", &l) == -EBADMSG)) {
			(void)printf("%s\n", texts[i]);
			net_lease_free(l);
		}
	}
}

int main(void)
{
	char dir[] = "/tmp/nap-lease.XXXXXX";
	auto_strv char **ids = NULL;
	struct net_lease *l = NULL;

	if (!mkdtemp(dir))
		return 1;
	CHECK(lease_load(dir, "web", &l) == -ENOENT && !net_is_granted(dir, "web"));
	CHECK(lease_begin(dir, "web") == 0 && lease_is_begun(dir, "web"));
	CHECK(lease_load(dir, "web", &l) == -ENOENT && net_is_granted(dir, "web"));
	test_round(dir);
	CHECK(!lease_is_begun(dir, "web") && net_is_granted(dir, "web"));
	test_damaged(dir);
	CHECK(lease_ids(dir, &ids) == 0);
	CHECK(strv_len(ids) == 2);
	CHECK(lease_begin(dir, "web") == 0 && lease_is_begun(dir, "web"));
	CHECK(lease_remove(dir, "web") == 0);
	CHECK(lease_remove(dir, "web") == 0);
	CHECK(!net_is_granted(dir, "web"));
	CHECK(lease_load(dir, "web", &l) == -ENOENT);
	(void)fs_remove_tree(AT_FDCWD, dir);
	return test_report();
}
