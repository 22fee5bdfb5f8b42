/* SPDX-License-Identifier: MIT */
/* Interfaces by name: how they are called, which index they have; what is put about them. */
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hash.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "net.h"
#include "nl.h"

#define IPV6_MIN_MTU 1280 /* RFC 8200, section 5 */

bool link_is_filtered(void)
{
	static const char *const switches[] = {"/proc/sys/net/bridge/bridge-nf-call-iptables",
					       "/proc/sys/net/bridge/bridge-nf-call-ip6tables"};

	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		auto_free char *text = NULL;

		if (fs_read_file(AT_FDCWD, switches[i], 16, &text, NULL) == 0 &&
		    strtol(text, NULL, 10) != 0)
			return true;
	}
	return false;
}

void link_name(const char *id, const char *network, char out[static 16])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	uint64_t h = net_hash(0, id, network);

	memcpy(out, "vn", 2);
	for (size_t i = 2; i < 15; i++, h >>= 5)
		out[i] = digits[h & 31];
	out[15] = '\0';
}

void link_mac(const char *id, const char *network, uint8_t out[static 6])
{
	uint64_t h = net_hash(1, id, network); /* independent of the name */

	memcpy(out, &h, 6);
	out[0] = (uint8_t)((out[0] & 0xfc) | 0x02);
}

int link_index(struct nl *nl, const char *name)
{
	struct ifreq request = {0};

	if (strlen(name) >= sizeof(request.ifr_name))
		return -ENODEV;
	memcpy(request.ifr_name, name, strlen(name));
	return ioctl(nl->fd, SIOCGIFINDEX, &request) < 0 ? -errno : request.ifr_ifindex;
}

bool link_takes_ipv6(struct nl *nl, const char *name)
{
	struct ifreq request = {0};

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	/* in doubt yes: then the kernel says if not */
	if (ioctl(nl->fd, SIOCGIFMTU, &request) == 0 && request.ifr_mtu < IPV6_MIN_MTU)
		return false;
	return !fs_is_absent(AT_FDCWD, "/proc/sys/net/ipv6");
}

void link_put_no_autoconf(struct nl *nl)
{
	size_t inet6 = nl_nest(nl, AF_INET6);

	nl_put_u8(nl, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	nl_end(nl, inet6);
}

void link_put_address(struct nl *nl, int index, const struct ip_address *a, unsigned length,
		      uint32_t flags)
{
	struct ifaddrmsg *m = nl_request(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*m));

	m->ifa_family = (uint8_t)a->family;
	m->ifa_prefixlen = (uint8_t)length;
	m->ifa_index = (unsigned)index;
	nl_put_ip(nl, IFA_LOCAL, a);
	nl_put_ip(nl, IFA_ADDRESS, a);
	if (a->family == AF_INET6)
		flags |= IFA_F_NODAD;
	if (flags)
		nl_put_u32(nl, IFA_FLAGS, flags);
}

/* Each interface's needs its own metric: the kernel takes two for the same otherwise. */
void link_put_local_route(struct nl *nl, int index, const struct ip_address *a)
{
	struct rtmsg *m = nl_request(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*m));

	*m = (struct rtmsg){
		.rtm_family = AF_INET6,
		.rtm_dst_len = 128,
		.rtm_table = RT_TABLE_LOCAL,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_type = RTN_LOCAL,
	};
	nl_put_ip(nl, RTA_DST, a);
	nl_put_u32(nl, RTA_OIF, (uint32_t)index);
	nl_put_u32(nl, RTA_PRIORITY, 1024 + (uint32_t)index);
}
