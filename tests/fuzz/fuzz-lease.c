/* SPDX-License-Identifier: MIT */
/*
 * Leases and networks on file: what was read, written down, is read as the same; and the firewall's
 * elements can be made of whatever is taken for a lease.
 */
#include "fuzz.h"

#include <fcntl.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "net/lease.h"
#include "net/network.h"
#include "net/nft.h"

struct place {
	const char *dir;
	int lease_fd, network_fd;
};

static int make_file(int dirfd, const char *dir, const char *path)
{
	int fd;

	REQUIRE(fs_mkdirs(dirfd, dir, 0700) == 0);
	fd = openat(dirfd, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	REQUIRE(fd >= 0);
	return fd;
}

static const struct place *place(void)
{
	static struct place p;
	auto_fd int fd = -1;

	if (p.dir)
		return &p;
	p.dir = fuzz_scratch();
	fd = open(p.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	p.lease_fd = make_file(fd, "leases", "leases/x.json");
	p.network_fd = make_file(fd, "networks/x", "networks/x/network.json");
	return &p;
}

static void put(int fd, const char *text, size_t n)
{
	REQUIRE(pwrite(fd, text, n, 0) == (ssize_t)n && ftruncate(fd, (off_t)n) == 0);
}

static void check_elements(const struct net_lease *l)
{
	CLEANUP(nl_close)
	struct nl nl = {.fd = -1};
	struct nft_batch *b = nft_begin(&nl);

	REQUIRE(b);
	nft_put_lease(b, NFT_ADD, l);
	nft_put_lease(b, NFT_DELETE, l);
	nft_abort(b);
}

static void check_lease(const struct place *p)
{
	auto_net_lease struct net_lease *l = NULL, *again = NULL;
	auto_buf text = {0}, other = {0};

	if (lease_load(p->dir, "x", &l) < 0)
		return;
	net_lease_to_json(l, &text);
	put(p->lease_fd, text.data, text.len);
	REQUIRE(lease_load(p->dir, "x", &again) == 0);
	net_lease_to_json(again, &other);
	REQUIRE(streq(text.data, other.data));
	if (l->n_rules < 8 && l->n_members < 8)
		check_elements(l);
}

static void check_network(const struct place *p)
{
	auto_network struct net_network *n = NULL, *again = NULL;
	auto_buf text = {0}, other = {0};

	if (network_read(p->dir, "x", &n) < 0)
		return;
	net_network_to_json(n, &text);
	put(p->network_fd, text.data, text.len);
	REQUIRE(network_read(p->dir, "x", &again) == 0);
	net_network_to_json(again, &other);
	REQUIRE(streq(text.data, other.data));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	const struct place *p = place();

	put(p->lease_fd, text, size);
	check_lease(p);
	put(p->network_fd, text, size);
	check_network(p);
	return 0;
}
