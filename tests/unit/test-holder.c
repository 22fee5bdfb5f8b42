/* SPDX-License-Identifier: MIT */
/* Who has a port: servers of this process, in a network namespace of its own, on all addresses, on
 * one, of either family; and what looks like a server but keeps nobody from the port. */
#include "test.h"

#include "lib/cleanup.h"
#include "lib/text.h"
#include "net-world.h"
#include "net/holder.h"
#include "net/inside.h"

enum { PORT = 8080 };

static struct ip_address ip(const char *text)
{
	struct ip_address a = {0};

	CHECK(!*text || ip_parse(text, 0, &a) == 0);
	return a;
}

/* A server on PORT; an IPv6 one also for IPv4 if both. */
static int serve(int type, const char *text, bool both)
{
	struct sockaddr_storage a;
	socklen_t n = world_address(text, PORT, &a);
	int fd = socket(a.ss_family, type | SOCK_CLOEXEC, 0), on = 1, only = !both;

	CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
	if (a.ss_family == AF_INET6)
		CHECK(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)) == 0);
	CHECK(bind(fd, (void *)&a, n) == 0);
	if (type == SOCK_STREAM)
		CHECK(listen(fd, 1) == 0);
	return fd;
}

/* Is the port free on this address? Whoever has it is this process. */
static bool is_free(uint8_t protocol, const char *text)
{
	struct ip_address a = ip(text);
	auto_free char *who = NULL, *self = text_format("a \\x1bserver (PID %d)", getpid());
	int r = holder_find(protocol, &a, PORT, &who);

	if (r == -EADDRINUSE)
		CHECK_STREQ(who, self);
	else
		CHECK(r == 0 && !who);
	return r == 0;
}

static void check_server(uint8_t protocol, int type)
{
	static const struct {
		const char *server;
		bool both;
		const char *wanted;
		bool free;
	} cases[] = {
		{"0.0.0.0", false, "", false},
		{"0.0.0.0", false, "0.0.0.0", false},
		{"0.0.0.0", false, "::", true},
		{"0.0.0.0", false, "127.0.0.1", false},
		{"0.0.0.0", false, "::1", true},
		{"0.0.0.0", false, "192.0.2.7", false},
		{"127.0.0.1", false, "", false},
		{"127.0.0.1", false, "0.0.0.0", false},
		{"127.0.0.1", false, "::", true},
		{"127.0.0.1", false, "127.0.0.1", false},
		{"127.0.0.1", false, "::1", true},
		{"127.0.0.1", false, "192.0.2.7", true},
		{"::", true, "", false},
		{"::", true, "0.0.0.0", false},
		{"::", true, "::", false},
		{"::", true, "127.0.0.1", false},
		{"::", true, "2001:db8::1", false},
		{"::", false, "", false},
		{"::", false, "0.0.0.0", true},
		{"::", false, "::1", false},
		{"::", false, "127.0.0.1", true},
		{"::1", false, "", false},
		{"::1", false, "::", false},
		{"::1", false, "::1", false},
		{"::1", false, "0.0.0.0", true},
		{"::1", false, "2001:db8::1", true},
		{"::ffff:127.0.0.1", true, "127.0.0.1", false},
		{"::ffff:127.0.0.1", true, "::1", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_fd int fd = serve(type, cases[i].server, cases[i].both);

		if (!CHECK(fd >= 0 && is_free(protocol, cases[i].wanted) == cases[i].free))
			(void)printf("%s, wanted: %s\n", cases[i].server, cases[i].wanted);
	}
}

static void check_none(void)
{
	static const char *const all[] = {
		"", "127.0.0.1", "0.0.0.0", "::", "::1", "192.0.2.7", "2001:db8::1", "fe80::1"};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		CHECK(is_free(IPPROTO_TCP, all[i]));
		CHECK(is_free(IPPROTO_UDP, all[i]));
		CHECK(is_free(IPPROTO_SCTP, all[i]));
	}
}

/* The other protocol's server is none; nor is a connection that was made from the port. */
static void check_client(void)
{
	struct sockaddr_storage from, to;
	socklen_t n = world_address("127.0.0.1", PORT, &from);
	auto_fd int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	auto_fd int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	auto_fd int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)world_address("127.0.0.1", 9, &to);
	CHECK(bind(server, (void *)&to, n) == 0 && listen(server, 1) == 0);
	CHECK(bind(client, (void *)&from, n) == 0);
	CHECK(connect(client, (void *)&to, n) == 0);
	CHECK(is_free(IPPROTO_TCP, "") && is_free(IPPROTO_TCP, "127.0.0.1"));
	CHECK(bind(udp, (void *)&from, n) == 0);
	CHECK(is_free(IPPROTO_TCP, "") && !is_free(IPPROTO_UDP, ""));
	CHECK(connect(udp, (void *)&to, n) == 0);
	CHECK(is_free(IPPROTO_UDP, ""));
}

/* A server that has ended, its last connections being in TIME_WAIT. */
static void check_time_wait(void)
{
	struct sockaddr_storage to;
	socklen_t n = world_address("127.0.0.1", PORT, &to);
	int server = serve(SOCK_STREAM, "0.0.0.0", false);
	auto_fd int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int peer;

	CHECK(connect(client, (void *)&to, n) == 0);
	peer = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	CHECK(peer >= 0 && close(peer) == 0 && close(server) == 0);
	CHECK(is_free(IPPROTO_TCP, ""));
}

int main(void)
{
	CHECK(prctl(PR_SET_NAME, "a \x1bserver") == 0);
	if (world_enter()) {
		CHECK(inside_up_loopback() == 0);
		check_none();
		check_server(IPPROTO_TCP, SOCK_STREAM);
		check_server(IPPROTO_UDP, SOCK_DGRAM);
		check_client();
		check_time_wait();
		check_none();
	}
	return test_report();
}
