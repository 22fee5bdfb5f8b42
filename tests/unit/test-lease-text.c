// SPDX-License-Identifier: MIT
/* What nap ps and nap port show of a lease, by hand-made ones. */
#include "cmd/lease-text.h"

#include "test.h"

#define V4(a, b, c, d)             \
	{                          \
		AF_INET,           \
		{                  \
			a, b, c, d \
		}                  \
	}
#define LOCAL6                   \
	{                        \
		AF_INET6,        \
		{                \
			[15] = 1 \
		}                \
	}

static struct net_member both = {
	.network = (char *)"private",
	.ip = {V4(10, 78, 0, 5), {AF_INET6, {0xfd, [15] = 5}}},
};
static struct net_member only4 = {.network = (char *)"lan", .ip = {V4(10, 9, 0, 2)}};
static struct net_member only6 = {.network = (char *)"six",
				  .ip = {[IP6] = {AF_INET6, {0xfd, [15] = 9}}}};

static void check_ports(struct net_member *m, const struct net_publish *publish, size_t n,
			const char *want)
{
	struct net_lease l = {
		.members = m, .n_members = 1, .publish = (void *)publish, .n_publish = n};
	auto_buf out = {0};

	lease_add_ports(&l, &out);
	CHECK_STREQ(out.data ? out.data : "", want);
}

#define CHECK_PORTS(member, want, ...)                                            \
	do {                                                                      \
		static const struct net_publish list[] = {__VA_ARGS__};           \
		check_ports(&(member), list, sizeof(list) / sizeof(*list), want); \
	} while (0)

#define TCP IPPROTO_TCP
#define ALL       \
	{         \
		0 \
	}

static void test_ports(void)
{
	check_ports(&both, NULL, 0, "");
	CHECK_PORTS(both, "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp", {ALL, TCP, 8080, 80});
	CHECK_PORTS(only4, "0.0.0.0:8080->80/tcp", {ALL, TCP, 8080, 80});
	CHECK_PORTS(both, "127.0.0.1:1->2/udp, [::1]:1->2/udp",
		    {V4(127, 0, 0, 1), IPPROTO_UDP, 1, 2}, {LOCAL6, IPPROTO_UDP, 1, 2});
}

static void test_ranges(void)
{
	CHECK_PORTS(only4, "0.0.0.0:10-12->20-22/tcp", {ALL, TCP, 10, 20}, {ALL, TCP, 11, 21},
		    {ALL, TCP, 12, 22});
	CHECK_PORTS(both,
		    "0.0.0.0:10-11->20-21/tcp, [::]:10-11->20-21/tcp, 0.0.0.0:13->23/tcp, "
		    "[::]:13->23/tcp",
		    {ALL, TCP, 10, 20}, {ALL, TCP, 11, 21}, {ALL, TCP, 13, 23});
	/* neighbours that are not: another protocol, address, or the other port does not go along
	 */
	CHECK_PORTS(only4, "0.0.0.0:1->1/tcp, 0.0.0.0:2->2/udp, 1.2.3.4:3->3/udp, 1.2.3.4:4->5/udp",
		    {ALL, TCP, 1, 1}, {ALL, IPPROTO_UDP, 2, 2}, {V4(1, 2, 3, 4), IPPROTO_UDP, 3, 3},
		    {V4(1, 2, 3, 4), IPPROTO_UDP, 4, 5});
}

static void test_unfolded(void)
{
	static struct net_publish list[] = {{ALL, TCP, 10, 20}, {ALL, TCP, 11, 21}};
	struct net_lease l = {.members = &both, .n_members = 1, .publish = list, .n_publish = 2};
	static const char *const want[] = {"0.0.0.0", "[::]", "0.0.0.0", "[::]"};
	struct lease_port p;
	size_t n = 0;

	for (size_t i = 0; lease_next_port(&l, false, &i, &p); n++) {
		CHECK(n < 4 && p.count == 1 && p.host == 10 + n / 2 && p.container == 20 + n / 2);
		CHECK_STREQ(p.address, want[n % 4]);
	}
	CHECK(n == 4);
}

static void test_addresses(void)
{
	struct net_member members[] = {both, only4, only6};
	struct net_lease l = {.members = members, .n_members = 3};
	auto_buf out = {0};

	lease_add_addresses(&l, &out);
	CHECK_STREQ(out.data, "10.78.0.5, 10.9.0.2, fd00::9");
}

static void test_json(void)
{
	static struct net_publish list[] = {{LOCAL6, TCP, 10, 20}};
	struct net_member members[] = {both, only4};
	struct net_lease l = {.members = members, .n_members = 2, .publish = list, .n_publish = 1};
	auto_buf out = {0}, none = {0};

	buf_char(&out, '{');
	lease_add_members(&l, &out);
	CHECK_STREQ(out.data, "{\"Networks\":[\"private\",\"lan\"],"
			      "\"Addresses\":[\"10.78.0.5\",\"fd00::5\",\"10.9.0.2\"],"
			      "\"Ports\":[{\"HostIp\":\"::1\",\"HostPort\":10,"
			      "\"ContainerPort\":20,\"Protocol\":\"tcp\"}]");
	buf_char(&none, '{');
	lease_add_members(NULL, &none);
	CHECK_STREQ(none.data, "{\"Networks\":[],\"Addresses\":[],\"Ports\":[]");
}

int main(void)
{
	test_ports();
	test_ranges();
	test_unfolded();
	test_addresses();
	test_json();
	return test_report();
}
