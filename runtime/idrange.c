/* SPDX-License-Identifier: MIT */
/* Handing out ranges of ids, by name where they last, and around what others have. */
#include "idrange.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "runtime.h"

#define SOURCE_MAX_BYTES (4U << 20)
#define NOTE "ids"

static const struct idrange_sources host = {
	.subuid = "/etc/subuid",
	.subgid = "/etc/subgid",
	.passwd = "/etc/passwd",
	.group = "/etc/group",
	.nspawn = "/run/systemd/nspawn-uid",
};

/* ---- what others have ---- */

struct span {
	uint64_t first, n;
};

struct taken {
	struct span *spans;
	size_t n;
	const char *nspawn;
};

static void taken_done(struct taken *t)
{
	free(t->spans);
}

static bool overlap(const struct span *s, uint64_t first, uint64_t end)
{
	return s->first < end && first < s->first + s->n;
}

/* What lies elsewhere is nothing to us: that is nearly all there ever is. */
static int add_span(struct taken *t, uint64_t first, uint64_t n)
{
	struct span s = {first, n}, *grown;

	if (!overlap(&s, IDRANGE_FIRST, IDRANGE_END))
		return 0;
	grown = reallocarray(t->spans, t->n + 1, sizeof(*grown));
	if (!grown)
		return log_oom();
	t->spans = grown;
	grown[t->n++] = s;
	return 0;
}

/* A line of name:first:n, or with count_field 0 one that has an id in the field id_field. */
static int add_line(struct taken *t, char *line, int id_field, int count_field)
{
	uint64_t first = 0, n = 1;
	char *field;

	for (int i = 0; (field = strsep(&line, ":")); i++) {
		if (i == id_field && parse_u64(field, 0, UINT32_MAX, &first) < 0)
			return 0; /* not a line of that format: nobody else reads it either */
		if (i == count_field && i > 0 && parse_u64(field, 0, UINT32_MAX, &n) < 0)
			return 0;
	}
	return add_span(t, first, n);
}

static int add_source(struct taken *t, const char *path, int id_field, int count_field)
{
	auto_free char *text = NULL;
	char *rest, *line;
	int r = fs_read_file(AT_FDCWD, path, SOURCE_MAX_BYTES, &text, NULL);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return log_fail(r, "read %s, which says whose ids are whose", path);
	for (rest = text; r == 0 && (line = strsep(&rest, "\n"));)
		r = add_line(t, line, id_field, count_field);
	return r;
}

static int read_taken(const struct idrange_sources *s, struct taken *t)
{
	int r = add_source(t, s->subuid, 1, 2);

	t->nspawn = s->nspawn;
	if (r == 0)
		r = add_source(t, s->subgid, 1, 2);
	if (r == 0)
		r = add_source(t, s->passwd, 2, 0);
	if (r == 0)
		r = add_source(t, s->passwd, 3, 0);
	return r == 0 ? add_source(t, s->group, 2, 0) : r;
}

static bool is_locked(const char *dir, uint32_t base)
{
	auto_free char *path = text_format("%s/%u", dir, base);
	auto_fd int fd = path ? open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static bool is_taken(const struct taken *t, uint32_t base)
{
	for (size_t i = 0; i < t->n; i++)
		if (overlap(&t->spans[i], base, (uint64_t)base + IDRANGE_IDS))
			return true;
	return is_locked(t->nspawn, base);
}

/* ---- the links ---- */

static int parse_base(const char *text, uint32_t *ret)
{
	int r = parse_u32(text, IDRANGE_FIRST, IDRANGE_END - 1, ret);

	return r < 0 || *ret % IDRANGE_IDS ? -EINVAL : 0;
}

/* *ret_path: for messages. */
static int open_directory(const char *above, char **ret_path)
{
	auto_free char *path = text_format("%s/ids", above);
	int fd;

	if (!path)
		return log_oom();
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return log_fail(-errno, "make %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return log_fail(-errno, "open %s", path);
	*ret_path = TAKE_PTR(path);
	return fd;
}

/* Who asks for one. */
struct claimant {
	const char *id;
	int dirfd, run_dirfd; /* of the links; where it is noted, or -1 */
	uint32_t hash;	      /* the range to begin with */
};

static uint32_t fnv1a(uint32_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619U;
	return h;
}

/*
 * Names spread over the ranges, so that the first one asked for is nearly always free. The place of
 * the links counts, too: stores that do not know of each other give one name different ranges.
 */
static uint32_t hash(const char *above, const char *id)
{
	uint32_t h = fnv1a(fnv1a(2166136261U, above), id);

	return h ^ h >> 15;
}

/* 1 if it is id's, 0 if somebody else's or nobody's. */
static int belongs_to(int dirfd, const char *name, const char *id)
{
	auto_free char *target = NULL;
	int r = fs_readlink(dirfd, name, &target);

	return r == 0 ? streq(target, id) : r == -ENOENT || r == -EINVAL ? 0 : r;
}

/* 1: the range that id has in dirfd. The caller has looked at the likely one. */
static int find(int dirfd, const char *id, uint32_t *ret_base)
{
	int copy = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	auto_dir DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;

	if (!d) {
		r = -errno;
		fd_drop(&copy);
		return r;
	}
	while (errno = 0, r == 0 && (e = readdir(d)))
		if (parse_base(e->d_name, ret_base) == 0)
			r = belongs_to(dirfd, e->d_name, id);
	return r == 0 ? -errno : r;
}

static int note(int run_dirfd, const char *name)
{
	if (symlinkat(name, run_dirfd, NOTE) == 0)
		return 0;
	/* the one before that was somebody else's after all */
	if (errno != EEXIST || unlinkat(run_dirfd, NOTE, 0) < 0)
		return -errno;
	return symlinkat(name, run_dirfd, NOTE) < 0 ? -errno : 0;
}

/* From the one that the name leads to on, the first that nobody has. */
static int take(const struct claimant *c, uint32_t first, uint32_t end, const struct taken *t,
		uint32_t *ret_base)
{
	uint32_t n = (end - first) / IDRANGE_IDS, start = c->hash % n;
	char name[16];
	int r;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t base = first + (start + i) % n * IDRANGE_IDS;

		(void)snprintf(name, sizeof(name), "%u", base);
		if (faccessat(c->dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || is_taken(t, base))
			continue;
		r = c->run_dirfd >= 0 ? note(c->run_dirfd, name) : 0;
		if (r == 0 && symlinkat(c->id, c->dirfd, name) < 0)
			r = -errno;
		if (r == -EEXIST)
			continue;
		if (r < 0)
			return r;
		*ret_base = base;
		return 0;
	}
	return -EUSERS;
}

/* 1: there is one that still can be had. */
static int take_again(const struct claimant *c, const struct taken *t, uint32_t *ret_base)
{
	char name[16];
	uint32_t base = IDRANGE_FIRST +
			c->hash % ((IDRANGE_MIDDLE - IDRANGE_FIRST) / IDRANGE_IDS) * IDRANGE_IDS;
	int r;

	(void)snprintf(name, sizeof(name), "%u", base);
	r = belongs_to(c->dirfd, name, c->id);
	if (r == 0) {
		r = find(c->dirfd, c->id, &base);
		(void)snprintf(name, sizeof(name), "%u", base);
	}
	if (r <= 0)
		return r;
	if (!is_taken(t, base)) {
		*ret_base = base;
		return 1;
	}
	log_warn("somebody else has ids of %u to %u now: %s gets others", base,
		 base + IDRANGE_IDS - 1, c->id);
	return unlinkat(c->dirfd, name, 0) < 0 ? -errno : 0;
}

int idrange_claim(const struct paths *paths, const char *id, int run_dirfd, bool lasting,
		  const struct idrange_sources *sources, uint32_t *ret_base)
{
	CLEANUP(taken_done)
	struct taken t = {0};
	const char *above = lasting ? paths->root : paths->runroot;
	auto_free char *path = NULL;
	auto_fd int dirfd = open_directory(above, &path);
	const struct claimant c = {id, dirfd, run_dirfd, hash(above, id)};
	int r;

	if (dirfd < 0)
		return dirfd;
	r = read_taken(sources ? sources : &host, &t);
	if (r < 0)
		return r;
	r = lasting ? take_again(&c, &t, ret_base) : 0;
	if (r == 1)
		return 0;
	if (r == 0)
		r = take(&c, lasting ? IDRANGE_FIRST : IDRANGE_MIDDLE,
			 lasting ? IDRANGE_MIDDLE : IDRANGE_END, &t, ret_base);
	if (r != -EUSERS)
		return r < 0 ? log_fail(r, "note in %s whose ids are whose", path) : 0;
	(void)log_refuse(r, "no range of %u ids is free for %s", IDRANGE_IDS, id);
	log_hint("%s has who has which; with UserNS=host none is needed", path);
	return r;
}

int idrange_release(const struct paths *paths, const char *id)
{
	const char *const above[] = {paths->runroot, paths->root};
	auto_free char *note = text_format("%s/state/%s/" NOTE, paths->runroot, id);
	auto_free char *name = NULL;
	uint32_t base;
	int r;

	if (!note)
		return log_oom();
	r = fs_readlink(AT_FDCWD, note, &name);
	if (r < 0 && r != -ENOENT)
		return log_fail(r, "read %s", note);
	if (r < 0 || parse_base(name, &base) < 0)
		return 0; /* it had none, or one that lasts */
	for (size_t i = 0; i < ARRAY_SIZE(above); i++) {
		auto_free char *path = text_format("%s/ids/%u", above[i], base);

		if (!path)
			return log_oom();
		r = belongs_to(AT_FDCWD, path, id);
		if (r < 0)
			return log_fail(r, "read %s", path);
		if (r && unlink(path) < 0 && errno != ENOENT)
			return log_fail(-errno, "remove %s", path);
	}
	return 0;
}

int idrange_sweep(const struct paths *paths, bool (*needed)(const char *id, void *data), void *data)
{
	auto_free char *path = text_format("%s/ids", paths->root);
	auto_dir DIR *d = path ? opendir(path) : NULL;
	struct dirent *e;
	uint32_t base;

	if (!path)
		return log_oom();
	if (!d)
		return errno == ENOENT ? 0 : log_fail(-errno, "open %s", path);
	while ((e = readdir(d))) {
		auto_free char *id = NULL;

		if (parse_base(e->d_name, &base) < 0 || fs_readlink(dirfd(d), e->d_name, &id) < 0)
			continue;
		if (!needed(id, data) && unlinkat(dirfd(d), e->d_name, 0) < 0 && errno != ENOENT)
			return log_fail(-errno, "remove %s/%s", path, e->d_name);
	}
	return 0;
}
