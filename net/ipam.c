/* SPDX-License-Identifier: MIT */
/* Leases of addresses. The directory is RUNROOT/net/networks/NAME; other files in it are no
 * addresses. */
#include "ipam.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/text.h"

/* 1: it is id's, now or already. 0: another's. */
static int try_take(int dirfd, const char *id, const char *name)
{
	auto_free char *holder = NULL;
	int r;

	if (symlinkat(id, dirfd, name) == 0)
		return 1;
	if (errno != EEXIST)
		return -errno;
	r = fs_readlink(dirfd, name, &holder);
	if (r == -ENOENT)
		return try_take(dirfd, id, name); /* given back this moment */
	return r < 0 ? r : streq(holder, id);
}

int ipam_take(int dirfd, const char *id, const struct ip_range *range,
	      const struct ip_address *avoid, uint64_t start, struct ip_address *ret)
{
	uint64_t size = ip_range_size(range);

	for (uint64_t i = 0; i < size; i++) {
		struct ip_address a = ip_add(&range->first, (start % size + i) % size);
		char name[INET6_ADDRSTRLEN];
		int r;

		if (ip_equal(&a, avoid))
			continue;
		r = try_take(dirfd, id, ip_format(&a, name));
		if (r < 0)
			return r;
		if (r == 1) {
			*ret = a;
			return 0;
		}
	}
	return -ENOSPC;
}

int ipam_take_static(int dirfd, const char *id, const struct ip_address *address, char **ret_holder)
{
	char name[INET6_ADDRSTRLEN];
	int r = try_take(dirfd, id, ip_format(address, name));

	if (r != 0)
		return r < 0 ? r : 0;
	r = fs_readlink(dirfd, name, ret_holder);
	if (r == -ENOENT)
		return ipam_take_static(dirfd, id, address, ret_holder);
	return r < 0 ? r : -EADDRINUSE;
}

static int release(int dirfd, const char *id, const char *name)
{
	auto_free char *holder = NULL;
	int r = fs_readlink(dirfd, name, &holder);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (!streq(holder, id))
		return 0;
	return unlinkat(dirfd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int ipam_release(int dirfd, const char *id, const struct ip_address *address)
{
	char name[INET6_ADDRSTRLEN];

	return address->family ? release(dirfd, id, ip_format(address, name)) : 0;
}

struct owner {
	int dirfd;
	const char *id;
};

static int release_own(const char *address, const char *id, void *data)
{
	const struct owner *o = data;

	return streq(id, o->id) ? release(o->dirfd, id, address) : 0;
}

int ipam_release_all(int dirfd, const char *id)
{
	struct owner o = {dirfd, id};

	return ipam_each(dirfd, release_own, &o);
}

int ipam_each(int dirfd, int (*each)(const char *address, const char *id, void *data), void *data)
{
	auto_dir DIR *dir = NULL;
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		(void)close(fd);
		return -errno;
	}
	for (struct dirent *e; (errno = 0, e = readdir(dir));) {
		auto_free char *id = NULL;
		int r;

		if (e->d_type != DT_LNK)
			continue;
		r = fs_readlink(dirfd, e->d_name, &id);
		if (r == 0)
			r = each(e->d_name, id, data);
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return -errno;
}
