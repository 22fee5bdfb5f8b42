/* SPDX-License-Identifier: MIT */
/* Addresses are handed out once, stay the same for an id, come back, and run out. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/text.h"
#include "net/hash.h"
#include "net/ipam.h"

#define TAKERS 8
#define EACH 30

static struct ip_range range(const char *first, const char *last)
{
	struct ip_range r;

	(void)ip_parse(first, 0, &r.first);
	(void)ip_parse(last, 0, &r.last);
	return r;
}

static void test_one(int dirfd)
{
	struct ip_range r = range("10.0.0.1", "10.0.0.6"), six = range("fd00::1", "fd00::ffff");
	struct ip_address gateway = r.first, none = {0}, a, b;
	auto_free char *holder = NULL;
	char text[INET6_ADDRSTRLEN];

	CHECK(ipam_take(dirfd, "web", &r, &gateway, 3, &a) == 0);
	CHECK_STREQ(ip_format(&a, text), "10.0.0.4");
	CHECK(ipam_take(dirfd, "web", &r, &gateway, 3, &b) == 0 && ip_equal(&a, &b));
	CHECK(ipam_take(dirfd, "db", &r, &gateway, 3, &b) == 0);
	CHECK_STREQ(ip_format(&b, text), "10.0.0.5");
	CHECK(ipam_take(dirfd, "c", &r, &gateway, 5, &b) == 0);
	CHECK(ipam_take(dirfd, "d", &r, &gateway, 5, &b) == 0);
	CHECK_STREQ(ip_format(&b, text), "10.0.0.2"); /* around the end, past the gateway */
	CHECK(ipam_take_static(dirfd, "e", &a, &holder) == -EADDRINUSE);
	CHECK_STREQ(holder, "web");
	CHECK(ipam_take_static(dirfd, "web", &a, &holder) == 0);
	CHECK(ipam_take(dirfd, "e", &r, &gateway, 0, &b) == 0);
	CHECK(ipam_take(dirfd, "f", &r, &gateway, 0, &b) == -ENOSPC);
	CHECK(ipam_release(dirfd, "db", &a) == 0); /* not its own: stays */
	CHECK(ipam_take(dirfd, "f", &r, &gateway, 0, &b) == -ENOSPC);
	CHECK(ipam_release(dirfd, "web", &a) == 0);
	CHECK(ipam_release(dirfd, "web", &a) == 0);
	CHECK(ipam_take(dirfd, "f", &r, &gateway, 0, &b) == 0 && ip_equal(&a, &b));
	CHECK(ipam_release_all(dirfd, "f") == 0);
	CHECK(ipam_take(dirfd, "g", &r, &gateway, 1, &b) == 0 && ip_equal(&a, &b));
	CHECK(ipam_take(dirfd, "web", &six, &none, UINT64_MAX, &b) == 0);
	CHECK(b.family == AF_INET6);
}

static int count(const char *address, const char *id, void *data)
{
	(void)address;
	(void)id;
	(*(int *)data)++;
	return 0;
}

/* Processes that all begin at the same address. */
static void test_race(int dirfd)
{
	struct ip_range r = range("10.1.0.1", "10.1.0.250");
	struct ip_address none = {.family = AF_INET}, a;
	int n = 0, status, failed = 0;

	for (int i = 0; i < TAKERS; i++) {
		if (fork() != 0)
			continue;
		for (int k = 0; k < EACH; k++) {
			auto_free char *id = text_format("t%d-%d", i, k);

			if (!id || ipam_take(dirfd, id, &r, &none, 7, &a) < 0)
				_exit(1);
		}
		_exit(0);
	}
	while (wait(&status) > 0)
		failed += status != 0;
	CHECK(failed == 0);
	CHECK(ipam_each(dirfd, count, &n) == 0);
	CHECK(n == TAKERS * EACH);
}

int main(void)
{
	char one[] = "/tmp/nap-ipam.XXXXXX", race[] = "/tmp/nap-ipam.XXXXXX";
	auto_fd int one_fd = -1, race_fd = -1;

	if (!mkdtemp(one) || !mkdtemp(race))
		return 1;
	one_fd = open(one, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	race_fd = open(race, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_one(one_fd);
	test_race(race_fd);
	CHECK(net_hash(0, "web", "a") != net_hash(0, "web", "b"));
	CHECK(net_hash(0, "ab", "c") != net_hash(0, "a", "bc"));
	(void)fs_remove_tree(AT_FDCWD, one);
	(void)fs_remove_tree(AT_FDCWD, race);
	return test_report();
}
