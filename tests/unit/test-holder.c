/* SPDX-License-Identifier: MIT */
/* Who has a port: servers of this process, in a network namespace of its own, on all addresses, on
 * one, of either family; and what looks like a server but keeps nobody from the port. */
#include "test.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/text.h"
#include "net/holder.h"

enum { PORT = 8080 };

static struct ip_address ip(const char *text)
{
	struct ip_address a = {0};

	CHECK(!*text || ip_parse(text, 0, &a) == 0);
	return a;
}

static struct sockaddr_in6 address6(const char *text, in_port_t port)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct ip_address a = ip(text);

	memcpy(&in6.sin6_addr, a.bytes, 16);
	return in6;
}

static struct sockaddr_in address4(const char *text, in_port_t port)
{
	struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct ip_address a = ip(text);

	memcpy(&in4.sin_addr, a.bytes, 4);
	return in4;
}

/* A server on PORT; an IPv6 one also for IPv4 if both. */
static int serve(int type, const char *text, bool both)
{
	struct sockaddr_in in4 = address4(text, PORT);
	struct sockaddr_in6 in6 = address6(text, PORT);
	bool is6 = strchr(text, ':');
	int fd = socket(is6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0), on = 1, only = !both;

	CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
	if (is6)
		CHECK(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)) == 0);
	CHECK(bind(fd, is6 ? (void *)&in6 : (void *)&in4, is6 ? sizeof(in6) : sizeof(in4)) == 0);
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
	struct sockaddr_in from = address4("127.0.0.1", PORT), to = address4("127.0.0.1", 9);
	auto_fd int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	auto_fd int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	auto_fd int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK(bind(server, (void *)&to, sizeof(to)) == 0 && listen(server, 1) == 0);
	CHECK(bind(client, (void *)&from, sizeof(from)) == 0);
	CHECK(connect(client, (void *)&to, sizeof(to)) == 0);
	CHECK(is_free(IPPROTO_TCP, "") && is_free(IPPROTO_TCP, "127.0.0.1"));
	CHECK(bind(udp, (void *)&from, sizeof(from)) == 0);
	CHECK(is_free(IPPROTO_TCP, "") && !is_free(IPPROTO_UDP, ""));
	CHECK(connect(udp, (void *)&to, sizeof(to)) == 0);
	CHECK(is_free(IPPROTO_UDP, ""));
}

/* A server that has ended, its last connections being in TIME_WAIT. */
static void check_time_wait(void)
{
	struct sockaddr_in to = address4("127.0.0.1", PORT);
	int server = serve(SOCK_STREAM, "0.0.0.0", false);
	auto_fd int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int peer;

	CHECK(connect(client, (void *)&to, sizeof(to)) == 0);
	peer = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	CHECK(peer >= 0 && close(peer) == 0 && close(server) == 0);
	CHECK(is_free(IPPROTO_TCP, ""));
}

static bool enter_namespace(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	auto_fd int fd = -1;

	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		(void)printf("skipped: no network namespace here (%s)\n", strerror(errno));
		return false;
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return CHECK(ioctl(fd, SIOCSIFFLAGS, &lo) == 0);
}

int main(void)
{
	CHECK(prctl(PR_SET_NAME, "a \x1bserver") == 0);
	if (enter_namespace()) {
		check_none();
		check_server(IPPROTO_TCP, SOCK_STREAM);
		check_server(IPPROTO_UDP, SOCK_DGRAM);
		check_client();
		check_time_wait();
		check_none();
	}
	return test_report();
}
