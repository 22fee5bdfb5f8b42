/* SPDX-License-Identifier: MIT */
/*
 * Answers of netlink, from a pair of sockets that plays the kernel: the first byte chooses who
 * asks, the rest are datagrams, a byte of their length in words before each. Whatever comes,
 * nothing beyond a message is touched, nothing waits, and the socket can be used again.
 */
#include "fuzz.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "lib/cleanup.h"
#include "net/nl.h"
#include "net/route.h"

enum { DATAGRAMS_MAX = 8 };

static int kernel = -1;

static struct nl pretend(void)
{
	static int fds[2] = {-1, -1};

	if (fds[0] < 0)
		REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0);
	kernel = fds[1];
	return (struct nl){.fd = fds[0], .sequence = 1};
}

static void answer(const uint8_t *data, size_t size)
{
	for (int i = 0; i < DATAGRAMS_MAX && size > 0; i++) {
		size_t n = 4 * (size_t)*data;

		data++;
		size--;
		if (n > size)
			n = size;
		REQUIRE(n == 0 || send(kernel, data, n, MSG_DONTWAIT) == (ssize_t)n);
		data += n;
		size -= n;
	}
}

static void drain(int fd)
{
	char data[4096];

	while (recv(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
}

/* ---- those who ask ---- */

static void look(const struct nlattr *a, const char *end, unsigned depth)
{
	const struct nlattr *in = NULL;
	const char *text = nl_get_text(a);
	volatile char last;

	REQUIRE((const char *)a + a->nla_len <= end && a->nla_len >= sizeof(*a));
	last = ((const char *)a)[a->nla_len - 1];
	(void)last;
	REQUIRE(!text || text + strlen(text) < end);
	(void)nl_get_u32(a, 0);
	(void)nl_get_ip(a, AF_INET6);
	while (depth < 4 && (in = nl_next_in(a, in)))
		look(in, (const char *)a + a->nla_len, depth + 1);
}

static int each(const struct nlmsghdr *h, void *data)
{
	const struct rtmsg *m = nl_header(h, sizeof(*m));

	++*(int *)data;
	if (!m)
		return 0;
	REQUIRE((const char *)(m + 1) <= (const char *)h + h->nlmsg_len);
	for (uint16_t type = 0; type < 24; type++) {
		const struct nlattr *a = nl_find(h, sizeof(*m), type);

		if (a)
			look(a, (const char *)h + h->nlmsg_len, 0);
	}
	return 0;
}

static int query(struct nl *nl)
{
	int n = 0;

	(void)nl_request(nl, RTM_GETROUTE, NLM_F_DUMP, sizeof(struct rtmsg));
	return nl_query(nl, each, &n);
}

static int batch(struct nl *nl)
{
	unsigned failed = 0;
	int r;

	for (int i = 0; i < 3; i++)
		(void)nl_request(nl, RTM_NEWLINK, NLM_F_CREATE, sizeof(struct ifinfomsg));
	r = nl_send(nl, &failed);
	REQUIRE(failed < 3 && strlen(nl->why) < sizeof(nl->why));
	return r;
}

static int uplink(struct nl *nl)
{
	struct uplink u;

	return route_uplink(nl, AF_INET, &u);
}

static int overlap(struct nl *nl)
{
	struct ip_prefix p;
	char text[96] = "";
	int r;

	REQUIRE(ip_prefix_parse("10.0.0.0/8", 0, &p) == 0);
	r = route_find_overlap(nl, &p, "nap0", text);
	REQUIRE(r <= 0 || *text);
	return r;
}

static int is_local(struct nl *nl)
{
	struct ip_address a;

	REQUIRE(ip_parse("fd00::1", 0, &a) == 0);
	return route_is_local(nl, &a);
}

static int (*const askers[])(struct nl *nl) = {query, batch, uplink, overlap, is_local};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nl nl = pretend();
	int r;

	if (size == 0)
		return 0;
	answer(data + 1, size - 1);
	r = askers[*data % ARRAY_SIZE(askers)](&nl);
	REQUIRE(r >= -4095 && r <= 1);
	REQUIRE(nl.n == 0 && nl.len == 0);
	drain(nl.fd);
	drain(kernel);
	free(nl.data);
	return 0;
}
