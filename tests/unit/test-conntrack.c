/* SPDX-License-Identifier: MIT */
/* UDP flows that began before a port was published are forgotten, others are not. In a network
 * namespace of its own, which has the table inet nap: without a rule the kernel remembers nothing.
 */
#include "test.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "lib/cleanup.h"
#include "net-world.h"
#include "net/conntrack.h"
#include "net/inside.h"
#include "net/nft.h"

static struct ip_address ip(const char *text)
{
	struct ip_address a = {0};

	CHECK(ip_parse(text, 0, &a) == 0);
	return a;
}

static int count_flow(const struct nlmsghdr *h, void *data)
{
	(void)h;
	++*(int *)data;
	return 0;
}

static int count_flows(struct nl *nl)
{
	int n = 0;

	(void)nl_request(nl, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET, NLM_F_DUMP,
			 sizeof(struct nfgenmsg));
	CHECK(nl_query(nl, count_flow, &n) == 0);
	return n;
}

/* A datagram that nobody receives, from a port of its own. */
static void send_to(const char *text, in_port_t port)
{
	struct sockaddr_storage to;
	socklen_t n = world_address(text, port, &to);
	auto_fd int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK(sendto(fd, "x", 1, 0, (void *)&to, n) == 1);
}

static void check_forget(struct nl *netfilter, struct nl *route)
{
	struct net_publish p[] = {{.protocol = IPPROTO_UDP, .host = 53, .container = 53},
				  {.protocol = IPPROTO_TCP, .host = 54, .container = 53},
				  {ip("127.0.0.1"), IPPROTO_UDP, 55, 53},
				  {ip("::"), IPPROTO_UDP, 56, 53}};
	struct net_lease l = {.publish = p, .n_publish = 1};

	for (in_port_t port = 53; port < 58; port++) {
		send_to("127.0.0.1", port);
		send_to("127.0.0.1", port);
		send_to("127.0.0.2", port);
		send_to("::1", port);
	}
	CHECK(count_flows(netfilter) == 20);
	l.publish = &p[1];
	CHECK(conntrack_forget(netfilter, route, &l) == 0 && count_flows(netfilter) == 20);
	l.publish = &p[0];
	CHECK(conntrack_forget(netfilter, route, &l) == 0 && count_flows(netfilter) == 16);
	CHECK(conntrack_forget(netfilter, route, &l) == 0 && count_flows(netfilter) == 16);
	l.n_publish = ARRAY_SIZE(p);
	CHECK(conntrack_forget(netfilter, route, &l) == 0 && count_flows(netfilter) == 13);
	l.n_publish = 0;
	CHECK(conntrack_forget(netfilter, route, &l) == 0 && count_flows(netfilter) == 13);
}

int main(void)
{
	auto_nl struct nl netfilter = {.fd = -1}, route = {.fd = -1};
	struct nft_batch *b;

	if (!world_enter())
		return test_report();
	CHECK(inside_up_loopback() == 0);
	CHECK(nl_open(&netfilter, NETLINK_NETFILTER) == 0 && nl_open(&route, NETLINK_ROUTE) == 0);
	b = nft_begin(&netfilter);
	nft_put_table(b);
	if (CHECK(nft_commit(b, false) == 0))
		check_forget(&netfilter, &route);
	return test_report();
}
