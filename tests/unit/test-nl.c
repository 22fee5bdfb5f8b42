/* SPDX-License-Identifier: MIT */
/*
 * Netlink: what is put is laid out as the kernel wants it, its answers are told apart, and answers
 * that are short, long, strange or late do no harm. A pair of sockets plays the kernel for these.
 */
#include "test.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "net/nl.h"

static void check_layout(void)
{
	struct ip_address ip = {0};
	struct nl nl = {.fd = -1, .sequence = 7};
	struct ifinfomsg *info;
	const struct nlmsghdr *h;
	const struct nlattr *nest;
	size_t outer, inner;

	CHECK(ip_parse("10.78.0.5", 0, &ip) == 0);
	info = nl_request(&nl, RTM_NEWLINK, NLM_F_CREATE, sizeof(*info));
	CHECK(info->ifi_index == 0 && info->ifi_family == 0);
	info->ifi_index = 12;
	nl_put_text(&nl, IFLA_IFNAME, "abcd");
	outer = nl_nest(&nl, IFLA_LINKINFO);
	nl_put_u8(&nl, 1, 0xab);
	inner = nl_nest(&nl, 2);
	nl_put_u16(&nl, 1, 0x1234);
	nl_put_u32(&nl, 2, 0xdeadbeef);
	nl_end(&nl, inner);
	nl_end(&nl, outer);
	nl_put_ip(&nl, 60, &ip);
	(void)nl_mark(&nl, NLMSG_MIN_TYPE, 0, 4);
	CHECK(nl.error == 0 && nl.n == 2 && nl.len % 4 == 0);

	h = (const void *)nl.data;
	CHECK(h->nlmsg_type == RTM_NEWLINK && h->nlmsg_seq == 7);
	CHECK(h->nlmsg_flags == (NLM_F_REQUEST | NLM_F_CREATE));
	info = (void *)nl_header(h, sizeof(*info));
	CHECK(info && info->ifi_index == 12);
	CHECK(!nl_header(h, h->nlmsg_len));
	CHECK_STREQ(nl_get_text(nl_find(h, sizeof(*info), IFLA_IFNAME)), "abcd");
	nest = nl_find_in(nl_find(h, sizeof(*info), IFLA_LINKINFO), 2);
	CHECK(nest && nl_get_u32(nl_find_in(nest, 2), 0) == 0xdeadbeef);
	CHECK(nl_get_u32(nl_find_in(nest, 1), 5) == 5); /* too short */
	CHECK(nl_get_u32(nl_find_in(nest, 3), 6) == 6);
	CHECK(nl_next_in(nest, nl_next_in(nest, NULL)) == nl_find_in(nest, 2));
	CHECK(!nl_next_in(nest, nl_find_in(nest, 2)) && !nl_next_in(NULL, NULL));
	ip = nl_get_ip(nl_find(h, sizeof(*info), 60), AF_INET);
	CHECK(ip.family == AF_INET && ip.bytes[3] == 5);
	ip = nl_get_ip(nl_find(h, sizeof(*info), 60), AF_INET6);
	CHECK(ip.family == 0);
	/* the second message begins where the first one ends */
	h = (const void *)(nl.data + h->nlmsg_len);
	CHECK(h->nlmsg_len == 20 && h->nlmsg_seq == 8);
	nl_close(&nl);
	nl_close(&nl);
}

/* What is too long for the 16 bits of an attribute's length fails the batch, and only that. */
static void check_too_long(void)
{
	struct nl nl = {.fd = -1};
	auto_free char *data = calloc(1, 65536);
	size_t nest;

	(void)nl_request(&nl, 20, 0, 0);
	nl_put(&nl, 1, data, 65536);
	CHECK(nl_send(&nl, NULL) == -EMSGSIZE && nl.n == 0 && nl.len == 0);
	(void)nl_request(&nl, 20, 0, 0);
	nest = nl_nest(&nl, 1);
	nl_put(&nl, 1, data, 40000);
	nl_put(&nl, 1, data, 40000);
	nl_end(&nl, nest);
	CHECK(nl_send(&nl, NULL) == -EMSGSIZE);
	CHECK(nl_send(&nl, NULL) == 0); /* nothing waits */
	memset(nl_request(&nl, 20, 0, 64), 'x', 64);
	memset(nl_request(&nl, 20, 0, 65), 'x', 64);
	CHECK(nl_send(&nl, NULL) == -EMSGSIZE);
	nl_close(&nl);
}

/* ---- answers of a kernel that we play ---- */

static struct nl pretend(int *ret_kernel)
{
	int fds[2];

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0);
	*ret_kernel = fds[1];
	return (struct nl){.fd = fds[0], .sequence = 100};
}

/* An answer of NLMSG_ERROR, with a text if there is one. */
static void answer(int kernel, uint32_t sequence, int error, const char *why)
{
	struct nl m = {.fd = -1, .sequence = sequence};
	struct nlmsgerr *e = nl_mark(&m, NLMSG_ERROR, 0, sizeof(*e));
	struct nlmsghdr *h = (void *)m.data;

	e->error = error;
	e->msg.nlmsg_len = sizeof(e->msg) + 100; /* not there: capped */
	h->nlmsg_flags = NLM_F_CAPPED;
	if (why) {
		h->nlmsg_flags |= NLM_F_ACK_TLVS;
		nl_put_text(&m, NLMSGERR_ATTR_MSG, why);
	}
	CHECK(send(kernel, m.data, m.len, 0) == (ssize_t)m.len);
	nl_close(&m);
}

static void put_three(struct nl *nl)
{
	for (int i = 0; i < 3; i++)
		(void)nl_request(nl, 20, 0, 4);
}

static void check_answers(void)
{
	auto_fd int kernel = -1;
	auto_nl struct nl nl = pretend(&kernel);
	char sent[256];
	unsigned failed = 9;

	put_three(&nl);
	answer(kernel, 99, -EPERM, "late"); /* of a batch before */
	answer(kernel, 102, 0, NULL);
	CHECK(nl_send(&nl, &failed) == 0 && failed == 0 && !*nl.why);
	CHECK(recv(kernel, sent, sizeof(sent), 0) == 60);
	CHECK(((struct nlmsghdr *)(void *)sent)->nlmsg_flags == NLM_F_REQUEST);
	CHECK(((struct nlmsghdr *)(void *)(sent + 40))->nlmsg_flags == (NLM_F_REQUEST | NLM_F_ACK));
	/* the first of two failures, whichever comes first */
	put_three(&nl);
	answer(kernel, 104, -EEXIST, "first");
	answer(kernel, 103, -ENOENT, NULL);
	answer(kernel, 105, -EPERM, "last");
	CHECK(nl_send(&nl, &failed) == -ENOENT && failed == 0 && !*nl.why);
	put_three(&nl);
	answer(kernel, 107, -EEXIST, "it is there");
	answer(kernel, 108, 0, NULL);
	CHECK(nl_send(&nl, &failed) == -EEXIST && failed == 1);
	CHECK_STREQ(nl.why, "it is there");
	/* an error for the batch alone, then silence */
	(void)nl_mark(&nl, NLMSG_MIN_TYPE, 0, 4);
	put_three(&nl);
	answer(kernel, 109, -ENOMEM, NULL);
	CHECK(nl_send(&nl, &failed) == -ENOMEM && failed == 0);
	/* silence */
	put_three(&nl);
	CHECK(nl_send(&nl, NULL) == -EPROTO);
	put_three(&nl);
	answer(kernel, nl.sequence, EPERM, NULL);
	CHECK(nl_send(&nl, NULL) == -EPROTO);
}

/* Bytes as they are; the request must fail, whatever they say. */
static void check_bad(const void *data, size_t n)
{
	auto_fd int kernel = -1;
	auto_nl struct nl nl = pretend(&kernel);

	(void)nl_request(&nl, 20, 0, 4);
	CHECK(send(kernel, data, n, 0) == (ssize_t)n);
	CHECK(nl_query(&nl, NULL, NULL) == -EPROTO);
}

static void check_hostile(void)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char text[8];
	} m = {.h = {.nlmsg_type = NLMSG_ERROR, .nlmsg_seq = 100}};
	static const uint32_t lengths[] = {0, 1, 15, sizeof(m) + 1, 0x7fffffff, 0xffffffff};

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		m.h.nlmsg_len = lengths[i];
		check_bad(&m, sizeof(m));
	}
	/* cut off within the header, and within the error */
	m.h.nlmsg_len = sizeof(m);
	for (size_t n = 1; n < sizeof(m); n++)
		check_bad(&m, n);
	m.h.nlmsg_len = sizeof(m.h) + 3;
	check_bad(&m, sizeof(m.h) + 3);
	/* a text without an end, and one that begins behind the message */
	m.h.nlmsg_len = sizeof(m);
	m.e.error = -EPERM;
	m.h.nlmsg_flags = NLM_F_CAPPED | NLM_F_ACK_TLVS;
	memcpy(m.text, "\x08\0\x01\0zzzz", 8);
	for (uint32_t beyond = 0; beyond < 0x20000000; beyond = beyond * 4 + 1) {
		auto_fd int kernel = -1;
		auto_nl struct nl nl = pretend(&kernel);

		(void)nl_request(&nl, 20, 0, 4);
		CHECK(send(kernel, &m, sizeof(m), 0) == (ssize_t)sizeof(m));
		CHECK(nl_send(&nl, NULL) == -EPERM && !*nl.why);
		m.h.nlmsg_flags = NLM_F_ACK_TLVS; /* from now on behind a copy of the request */
		m.e.msg.nlmsg_len = sizeof(m.e.msg) + beyond;
	}
}

/* Attributes whose lengths lie. */
static void check_attributes(void)
{
	struct {
		struct nlmsghdr h;
		struct nlattr a;
		uint32_t value;
	} m = {.h = {.nlmsg_len = sizeof(m)}, .a = {.nla_type = 1}, .value = 0x41414141};

	for (unsigned len = 0; len < 65536; len += len < 16 ? 1 : 255) {
		const struct nlattr *a;

		m.a.nla_len = (uint16_t)len;
		a = nl_find(&m.h, 0, 1);
		CHECK((a != NULL) == (len >= 4 && len <= 8));
		CHECK(nl_get_u32(a, 1) == (len == 8 ? 0x41414141 : 1));
		CHECK(!nl_get_text(a));
		CHECK(!nl_find_in(a, 0x4141)); /* 0x4141 bytes of them */
	}
	m.a.nla_len = 8;
	for (uint32_t size = 5; size < 200; size++)
		CHECK(!nl_find(&m.h, size, 1));
	m.value = 4; /* an empty attribute within */
	CHECK(nl_find_in(nl_find(&m.h, 0, 1), 0) != NULL);
	CHECK(!nl_next_in(&m.a, nl_next_in(&m.a, NULL)));
}

/* ---- the kernel itself ---- */

static int find_lo(const struct nlmsghdr *h, void *data)
{
	unsigned *n = data;
	const char *name = nl_get_text(nl_find(h, sizeof(struct ifinfomsg), IFLA_IFNAME));

	++*n;
	return name && strcmp(name, "lo") == 0 ? 42 : 0;
}

static void check_kernel(void)
{
	auto_nl struct nl nl = {.fd = -1};
	struct ifinfomsg *info;
	unsigned n = 0, failed = 0;

	if (!CHECK(nl_open(&nl, NETLINK_ROUTE) == 0))
		return;
	(void)nl_request(&nl, RTM_GETLINK, NLM_F_DUMP, sizeof(*info));
	CHECK(nl_query(&nl, find_lo, &n) == 42 && n > 0);
	n = 0;
	(void)nl_request(&nl, RTM_GETLINK, 0, sizeof(*info));
	nl_put_text(&nl, IFLA_IFNAME, "lo");
	CHECK(nl_query(&nl, find_lo, &n) == 42 && n == 1);
	(void)nl_request(&nl, RTM_GETLINK, 0, sizeof(*info));
	nl_put_text(&nl, IFLA_IFNAME, "no-such-link");
	CHECK(nl_query(&nl, find_lo, &n) == -ENODEV && n == 1);
	/* the second of three; nothing changes even for root */
	for (int i = 0; i < 3; i++) {
		info = nl_request(&nl, i == 1 ? RTM_DELLINK : RTM_GETLINK, 0, sizeof(*info));
		info->ifi_index = i == 1 ? 0x7ffffff0 : 1;
	}
	CHECK(nl_send(&nl, &failed) < 0 && failed == 1 && nl.n == 0);
	/* more than a socket's buffer holds, and more answers */
	for (int i = 0; i < 20000; i++) {
		info = nl_request(&nl, RTM_GETLINK, 0, sizeof(*info));
		info->ifi_index = 0x7ffffff0;
	}
	CHECK(nl_send(&nl, &failed) == -ENODEV && failed == 0);
	n = 0;
	(void)nl_request(&nl, RTM_GETLINK, NLM_F_DUMP, sizeof(*info));
	CHECK(nl_query(&nl, find_lo, &n) == 42 && n > 0);
}

int main(void)
{
	check_layout();
	check_too_long();
	check_answers();
	check_hostile();
	check_attributes();
	check_kernel();
	return test_report();
}
