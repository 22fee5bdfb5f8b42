// SPDX-License-Identifier: MIT
/*
 * The test program as a server that tells whom it hears, as a client, and as a liar: packets with
 * forged senders, for which it needs CAP_NET_RAW. It plays apps as well as the hosts outside.
 */
#include "payload.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- addresses ---- */

union address {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
};

static socklen_t address_size(const union address *a)
{
	return a->any.sa_family == AF_INET6 ? sizeof(a->ip6) : sizeof(a->ip4);
}

static bool address_parse(const char *text, uint16_t port, union address *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, text, &ret->ip4.sin_addr) == 1) {
		ret->any.sa_family = AF_INET;
		ret->ip4.sin_port = htons(port);
		return true;
	}
	ret->any.sa_family = AF_INET6;
	ret->ip6.sin6_port = htons(port);
	return inet_pton(AF_INET6, text, &ret->ip6.sin6_addr) == 1;
}

/* An IPv4 client of a socket for both families shows as ::ffff:ADDRESS. */
static const char *address_text(const union address *a, char out[INET6_ADDRSTRLEN])
{
	if (a->any.sa_family == AF_INET)
		(void)inet_ntop(AF_INET, &a->ip4.sin_addr, out, INET6_ADDRSTRLEN);
	else if (IN6_IS_ADDR_V4MAPPED(&a->ip6.sin6_addr))
		(void)inet_ntop(AF_INET, &a->ip6.sin6_addr.s6_addr[12], out, INET6_ADDRSTRLEN);
	else
		(void)inet_ntop(AF_INET6, &a->ip6.sin6_addr, out, INET6_ADDRSTRLEN);
	return out;
}

/* ---- a server ---- */

#define MAX_PORTS 32

/* For both families where there is IPv6. */
static int listen_on(int type, uint16_t port)
{
	union address a = {.ip6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0), on = 1, off = 0;

	if (fd < 0) {
		a = (union address){.ip4 = {.sin_family = AF_INET, .sin_port = htons(port)}};
		fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	}
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &a.any, address_size(&a)) == 0 && (type == SOCK_DGRAM || listen(fd, 64) == 0))
		return fd;
	printf("port %u: %s\n", port, strerrorname_np(errno));
	exit(1);
}

static void answer_stream(int listener, const char *name)
{
	char text[INET6_ADDRSTRLEN];
	union address peer;
	socklen_t n = sizeof(peer);
	int fd = accept(listener, &peer.any, &n);

	if (fd < 0)
		return;
	(void)dprintf(fd, "%s %s\n", name, address_text(&peer, text));
	(void)close(fd);
}

/* From the address that was asked, which need not be the one that the route back suggests. */
static void answer_datagram(int fd, const char *name)
{
	char data[512], control[256], text[INET6_ADDRSTRLEN];
	union address peer;
	struct iovec io = {data, sizeof(data) - 1};
	struct msghdr m = {&peer, sizeof(peer), &io, 1, control, sizeof(control), 0};
	ssize_t n = recvmsg(fd, &m, 0);

	if (n < 0)
		return;
	data[n] = '\0';
	printf("heard %s from %s\n", data, address_text(&peer, text));
	(void)fflush(stdout);
	io.iov_len = (size_t)snprintf(data, sizeof(data), "%s %s\n", name, text);
	(void)sendmsg(fd, &m, 0);
}

/* NAME PORT...: TCP and UDP, both families; whoever asks is told NAME and his own address. */
int cmd_serve(int argc, char **argv)
{
	struct pollfd sockets[2 * MAX_PORTS];
	nfds_t n = 0;
	int on = 1;

	for (int i = 1; i < argc && i <= MAX_PORTS; i++) {
		uint16_t port = (uint16_t)atoi(argv[i]);

		sockets[n++] = (struct pollfd){listen_on(SOCK_STREAM, port), POLLIN, 0};
		sockets[n++] = (struct pollfd){listen_on(SOCK_DGRAM, port), POLLIN, 0};
		(void)setsockopt(sockets[n - 1].fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on,
				 sizeof(on));
		(void)setsockopt(sockets[n - 1].fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	}
	printf("ready\n");
	(void)fflush(stdout);
	while (n > 0 && poll(sockets, n, -1) >= 0) {
		for (nfds_t i = 0; i < n; i += 2) {
			if (sockets[i].revents)
				answer_stream(sockets[i].fd, argv[0]);
			if (sockets[i + 1].revents)
				answer_datagram(sockets[i + 1].fd, argv[0]);
		}
	}
	return 2;
}

/* ---- a client ---- */

static int wait_until(int fd, short events, int msec)
{
	struct pollfd p = {fd, events, 0};
	int r = poll(&p, 1, msec), error = ETIMEDOUT;
	socklen_t n = sizeof(error);

	if (r > 0)
		(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n);
	if (error != 0)
		errno = error;
	return error == 0 ? 0 : -1;
}

static ssize_t ask(int fd, const union address *to, const char *text, int msec, char *out, size_t n)
{
	bool stream;
	int type;
	socklen_t size = sizeof(type);

	(void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
	stream = type == SOCK_STREAM;
	if (connect(fd, &to->any, address_size(to)) < 0 && errno != EINPROGRESS)
		return -1;
	if (stream && wait_until(fd, POLLOUT, msec) < 0)
		return -1;
	if (!stream && send(fd, text, strlen(text), 0) < 0)
		return -1;
	if (wait_until(fd, POLLIN, msec) < 0)
		return -1;
	return recv(fd, out, n, 0);
}

/* tcp|udp ADDRESS PORT [MSEC [FROM [TEXT]]]: print the answer, or the name of the error. */
int cmd_talk(int argc, char **argv)
{
	int type = argc > 0 && strcmp(argv[0], "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM;
	int msec = argc > 3 ? atoi(argv[3]) : 5000, fd;
	union address to, from;
	char answer[512];
	ssize_t n;

	if (argc < 3 || !address_parse(argv[1], (uint16_t)atoi(argv[2]), &to))
		return 2;
	fd = socket(to.any.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (argc > 4 && *argv[4] &&
	    (!address_parse(argv[4], 0, &from) || bind(fd, &from.any, address_size(&from)) < 0)) {
		printf("%s\n", strerrorname_np(errno));
		return 1;
	}
	n = ask(fd, &to, argc > 5 ? argv[5] : "hello", msec, answer, sizeof(answer) - 1);
	if (n <= 0) {
		printf("%s\n", n == 0 ? "closed" : strerrorname_np(errno));
		return 1;
	}
	(void)fwrite(answer, 1, (size_t)n, stdout);
	return 0;
}

/* ---- a liar ---- */

static uint32_t sum(uint32_t start, const void *data, size_t n)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < n; i++)
		start += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	return start;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return htons((uint16_t)~s);
}

/* Of the pseudo header and the datagram. */
static uint16_t udp_sum(const void *from_to, size_t n, const void *datagram, size_t size)
{
	uint32_t s = sum((uint32_t)(IPPROTO_UDP + size), from_to, n);

	return fold(sum(s, datagram, size));
}

static size_t put_ip4(uint8_t *out, const union address *from, const union address *to,
		      struct udphdr *udp, size_t n)
{
	struct ip h = {
		.ip_v = 4,
		.ip_hl = 5,
		.ip_len = htons((uint16_t)(sizeof(h) + n)),
		.ip_ttl = 64,
		.ip_p = IPPROTO_UDP,
		.ip_src = from->ip4.sin_addr,
		.ip_dst = to->ip4.sin_addr,
	};

	h.ip_sum = fold(sum(0, &h, sizeof(h)));
	udp->check = udp_sum(&h.ip_src, 8, udp, n);
	memcpy(out, &h, sizeof(h));
	memcpy(out + sizeof(h), udp, n);
	return sizeof(h) + n;
}

static size_t put_ip6(uint8_t *out, const union address *from, const union address *to,
		      struct udphdr *udp, size_t n)
{
	struct ip6_hdr h = {
		.ip6_flow = htonl(6U << 28),
		.ip6_plen = htons((uint16_t)n),
		.ip6_nxt = IPPROTO_UDP,
		.ip6_hlim = 64,
		.ip6_src = from->ip6.sin6_addr,
		.ip6_dst = to->ip6.sin6_addr,
	};

	udp->check = udp_sum(&h.ip6_src, 32, udp, n);
	memcpy(out, &h, sizeof(h));
	memcpy(out + sizeof(h), udp, n);
	return sizeof(h) + n;
}

static void parse_mac(const char *text, const uint8_t *own, uint8_t out[ETH_ALEN])
{
	unsigned b[ETH_ALEN] = {0};

	if (strcmp(text, "own") == 0) {
		memcpy(out, own, ETH_ALEN);
		return;
	}
	(void)sscanf(text, "%x:%x:%x:%x:%x:%x", b, b + 1, b + 2, b + 3, b + 4, b + 5);
	for (size_t i = 0; i < ETH_ALEN; i++)
		out[i] = (uint8_t)b[i];
}

/* A frame with a header of Ethernet, from MAC to MAC ("own": the interface's), on the interface. */
static int send_frame(const char *const link[3], uint16_t type, const void *data, size_t n)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_ifindex = (int)if_nametoindex(link[0])};
	struct ifreq own = {0};
	struct ether_header h = {.ether_type = htons(type)};
	uint8_t frame[1500 + sizeof(h)];

	(void)strncpy(own.ifr_name, link[0], IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &own) < 0)
		return -1;
	parse_mac(link[1], (uint8_t *)own.ifr_hwaddr.sa_data, h.ether_shost);
	parse_mac(link[2], (uint8_t *)own.ifr_hwaddr.sa_data, h.ether_dhost);
	memcpy(frame, &h, sizeof(h));
	memcpy(frame + sizeof(h), data, n);
	return sendto(fd, frame, sizeof(h) + n, 0, (struct sockaddr *)&to, sizeof(to)) < 0 ? -1 : 0;
}

/* INTERFACE FROM-MAC TO-MAC FROM TO PORT TEXT: a datagram that says it comes from there. */
int cmd_forge(int argc, char **argv)
{
	struct {
		struct udphdr header;
		char text[256];
	} udp = {0};
	uint8_t packet[1500];
	union address from, to;
	size_t n;
	int r;

	if (argc != 7 || strlen(argv[6]) >= sizeof(udp.text) || !address_parse(argv[3], 0, &from) ||
	    !address_parse(argv[4], 0, &to) || from.any.sa_family != to.any.sa_family)
		return 2;
	(void)strcpy(udp.text, argv[6]);
	n = sizeof(udp.header) + strlen(udp.text);
	udp.header.source = htons(4000);
	udp.header.dest = htons((uint16_t)atoi(argv[5]));
	udp.header.len = htons((uint16_t)n);
	if (from.any.sa_family == AF_INET)
		n = put_ip4(packet, &from, &to, &udp.header, n);
	else
		n = put_ip6(packet, &from, &to, &udp.header, n);
	r = send_frame((const char *const *)argv,
		       from.any.sa_family == AF_INET ? ETHERTYPE_IP : ETHERTYPE_IPV6, packet, n);
	printf("forge=%s\n", result(r));
	return r < 0;
}

/* INTERFACE FROM-MAC TO-MAC ADDRESS: tell by ARP that ADDRESS is at FROM-MAC. */
int cmd_claim(int argc, char **argv)
{
	struct ether_arp a = {
		.ea_hdr = {.ar_hrd = htons(ARPHRD_ETHER),
			   .ar_pro = htons(ETHERTYPE_IP),
			   .ar_hln = ETH_ALEN,
			   .ar_pln = 4,
			   .ar_op = htons(ARPOP_REPLY)},
	};
	int r;

	if (argc != 4 || inet_pton(AF_INET, argv[3], a.arp_spa) != 1)
		return 2;
	(void)inet_pton(AF_INET, argv[3], a.arp_tpa);
	parse_mac(argv[1], a.arp_sha, a.arp_sha);
	r = send_frame((const char *const *)argv, ETHERTYPE_ARP, &a, sizeof(a));
	printf("claim=%s\n", result(r));
	return r < 0;
}
