/* SPDX-License-Identifier: MIT */
/* The directories of containers in the store and in the scratch place. */
#include "storage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"

/* The store has made its own; this one is made by whoever comes first. Nobody else may write to it.
 */
static int make_scratch(const char *scratch)
{
	auto_free char *path = text_format("%s/containers", scratch);
	struct stat st;
	int r;

	if (!path)
		return log_oom();
	r = fs_mkdirs(AT_FDCWD, path, 0700);
	if (r < 0)
		return log_fail(r, "make %s", path);
	if (lstat(path, &st) < 0)
		return log_fail(-errno, "stat %s", path);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022))
		return log_refuse(-EPERM, "%s is not a directory of ours alone", path);
	return 0;
}

static int make_directory(struct container *c)
{
	const char *scratch = c->spec->keep ? NULL : c->paths->scratch;

	c->storage = text_format("%s/containers/%s", scratch ? scratch : c->paths->root,
				 c->spec->id);
	if (!c->storage)
		return log_oom();
	if (scratch) {
		int r = make_scratch(scratch);

		if (r < 0)
			return r;
	}
	return mkdir(c->storage, 0700) < 0 ? log_fail(-errno, "make %s", c->storage) : 0;
}

int storage_up(struct container *c, int *ret_dirfd)
{
	int r = make_directory(c);
	int fd;

	if (r < 0)
		return r;
	fd = open(c->storage, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return log_fail(-errno, "open %s", c->storage);
	*ret_dirfd = fd;
	return 0;
}

int storage_directories(const struct paths *paths, char ***ret)
{
	auto_strv char **v = NULL;

	if (strv_take(&v, text_format("%s/containers", paths->root)) < 0)
		return log_oom();
	if (paths->scratch && strv_take(&v, text_format("%s/containers", paths->scratch)) < 0)
		return log_oom();
	*ret = TAKE_PTR(v);
	return 0;
}

bool storage_exists(const struct paths *paths, const char *id)
{
	auto_strv char **dirs = NULL;

	if (storage_directories(paths, &dirs) < 0)
		return true;
	STRV_FOREACH (dir, dirs) {
		auto_free char *path = text_format("%s/%s", *dir, id);

		if (!path || !fs_is_absent(AT_FDCWD, path))
			return true;
	}
	return false;
}

/*
 * What overlayfs makes in an empty work directory, and the rest of a container that has written
 * nothing: most are like that, and to name the few directories takes fewer calls than to read them.
 * Is there anything left to remove?
 */
static bool remove_untouched(const char *path)
{
	static const struct {
		const char *name;
		int flags;
	} known[] = {
		{"work/work/incompat/volatile/dirty", 0},
		{"work/work/incompat/volatile", AT_REMOVEDIR},
		{"work/work/incompat", AT_REMOVEDIR},
		{"work/work", AT_REMOVEDIR},
		{"work", AT_REMOVEDIR},
		{"upper", AT_REMOVEDIR},
	};
	auto_fd int fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno != ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		(void)unlinkat(fd, known[i].name, known[i].flags); /* what is not so stays */
	return true;
}

static int remove_everywhere(const struct paths *paths, const char *id)
{
	auto_strv char **dirs = NULL;
	int r = storage_directories(paths, &dirs);

	STRV_FOREACH (dir, dirs) {
		auto_free char *path = text_format("%s/%s", *dir, id);
		int e = !path			 ? -ENOMEM
			: remove_untouched(path) ? fs_remove_tree(AT_FDCWD, path)
						 : 0;

		r = r < 0 ? r : e;
	}
	return r;
}

void storage_sweep(const struct paths *paths, const char *id)
{
	(void)remove_everywhere(paths, id); /* storage_down tries again, and reports */
}

int storage_down(const struct paths *paths, const char *id)
{
	int r = remove_everywhere(paths, id);

	return r < 0 ? log_fail(r, "remove the files of %s", id) : 0;
}
