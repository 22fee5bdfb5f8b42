/* SPDX-License-Identifier: MIT */
/* Who has rules about whom. The files are only an index: the rules are in the leases. */
#include "watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lease.h"
#include "lib/fs.h"

static char *watch_path(const char *dir, const char *app, const char *id)
{
	return text_format("%s/watch/%s%s%s", dir, app, *id ? "/" : "", id);
}

static bool names_app(const struct firewall_rule *rule, const char *app)
{
	return rule->target == TARGET_APP && (!app || streq(rule->app, app));
}

static bool names_any(const struct net_lease *lease)
{
	for (size_t i = 0; i < lease->n_rules; i++)
		if (names_app(&lease->rules[i], NULL))
			return true;
	return false;
}

static int add_one(const char *dir, const char *app, const char *id)
{
	auto_free char *above = watch_path(dir, app, ""), *path = watch_path(dir, app, id);
	auto_fd int fd = -1;
	int r;

	if (!above || !path)
		return -ENOMEM;
	r = fs_mkdirs(AT_FDCWD, above, 0755);
	if (r < 0)
		return r;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : 0;
}

int watch_add(const char *dir, const struct net_lease *lease)
{
	for (size_t i = 0; i < lease->n_rules; i++) {
		int r = names_app(&lease->rules[i], NULL)
				? add_one(dir, lease->rules[i].app, lease->id)
				: 0;

		/* the last one that watched it may have removed the directory meanwhile */
		if (r == -ENOENT)
			r = add_one(dir, lease->rules[i].app, lease->id);
		if (r < 0)
			return r;
	}
	return 0;
}

int watch_remove(const char *dir, const struct net_lease *lease)
{
	for (size_t i = 0; i < lease->n_rules; i++) {
		const char *app = lease->rules[i].app;
		auto_free char *above = watch_path(dir, app, "");
		auto_free char *path = watch_path(dir, app, lease->id);

		if (!names_app(&lease->rules[i], NULL))
			continue;
		if (!above || !path)
			return -ENOMEM;
		if (unlink(path) < 0 && errno != ENOENT)
			return -errno;
		(void)rmdir(above); /* unless others watch it, too */
	}
	return 0;
}

int watch_lock(const char *dir, const struct net_lease *lease, int *ret_fd)
{
	auto_free char *above = text_format("%s/watch", dir);
	auto_free char *own = watch_path(dir, lease->id, "");
	auto_fd int fd = -1;

	*ret_fd = -1;
	if (!above || !own)
		return -ENOMEM;
	if (!names_any(lease) && fs_is_absent(AT_FDCWD, own))
		return 0;
	fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* rule of owner, for every address of peer. */
static void put_rule(struct nft_batch *b, enum nft_op op, const struct net_lease *owner,
		     const struct firewall_rule *rule, const struct net_lease *peer)
{
	for (size_t i = 0; i < peer->n_members; i++)
		for (int f = 0; f < IP_FAMILIES; f++)
			if (peer->members[i].ip[f].family)
				nft_put_app_rule(b, op, owner, rule, &peer->members[i].ip[f]);
}

int watch_put_own(const char *dir, struct nft_batch *b, enum nft_op op,
		  const struct net_lease *lease)
{
	for (size_t i = 0; i < lease->n_rules; i++) {
		auto_net_lease struct net_lease *peer = NULL;
		int r;

		if (!names_app(&lease->rules[i], NULL))
			continue;
		r = lease_load(dir, lease->rules[i].app, &peer);
		if (r == 0)
			put_rule(b, op, lease, &lease->rules[i], peer);
		else if (r != -ENOENT && r != -EBADMSG)
			return r;
	}
	return 0;
}

static int put_watcher(const char *dir, struct nft_batch *b, enum nft_op op, const char *watcher,
		       const struct net_lease *peer)
{
	auto_net_lease struct net_lease *owner = NULL;
	int r = lease_load(dir, watcher, &owner);

	if (r < 0) /* it has gone, or its file is damaged: it has no rules then */
		return r == -ENOENT || r == -EBADMSG ? 0 : r;
	for (size_t i = 0; i < owner->n_rules; i++)
		if (names_app(&owner->rules[i], peer->id))
			put_rule(b, op, owner, &owner->rules[i], peer);
	return 0;
}

int watch_put(const char *dir, struct nft_batch *b, enum nft_op op, const struct net_lease *lease)
{
	auto_free char *path = watch_path(dir, lease->id, "");
	auto_dir DIR *watchers = NULL;
	int r = path ? watch_put_own(dir, b, op, lease) : -ENOMEM;

	if (r < 0)
		return r;
	watchers = opendir(path);
	if (!watchers)
		return errno == ENOENT ? 0 : -errno;
	for (struct dirent *e; r == 0 && (e = readdir(watchers));)
		if (*e->d_name != '.' && !streq(e->d_name, lease->id))
			r = put_watcher(dir, b, op, e->d_name, lease);
	return r;
}
