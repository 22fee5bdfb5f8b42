/* SPDX-License-Identifier: MIT */
/*
 * The index of the outer archive, by libarchive's tar reader alone: no other format, no filter (it
 * opens a gzip within a gzip), and every warning is a failure. Before it sees a header tarcheck.c
 * has seen them all. A directory needs no index: its files are opened beneath it. Decompression is
 * stream.c's, which checks what libarchive does not.
 */
#include "tarball.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/text.h"
#include "tarcheck.h"

enum {
	MEMBERS_MAX = 65536,
	NAME_BYTES_MAX = 8 << 20, /* of all names together */
	COPY_BYTES = 256 << 10,
	HEADER_BYTES = 8 << 10, /* read at a time in search of headers */
	REGIONS_MAX = 64,	/* of a sparse member, which is refused anyway */
	LINKS_MAX = 8,		/* symlinks to symlinks */
};

struct member {
	char *name;
	char *target; /* of a symlink, as a name in the archive; NULL: a regular file */
	uint64_t offset, size;
};

struct tarball {
	int fd;			/* the tar, or -1 */
	int dirfd;		/* the directory, or -1 */
	struct member *members; /* sorted by name once indexed */
	size_t n;
	size_t name_bytes;
};

void tarball_free(struct tarball *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n; i++) {
		free(a->members[i].name);
		free(a->members[i].target);
	}
	free(a->members);
	fd_drop(&a->fd);
	fd_drop(&a->dirfd);
	free(a);
}

/* ---- names ---- */

/*
 * The name of a member in one spelling: "./" and "//" and a trailing "/" left out; ".." steps back
 * within base (the directory of a symlink), never above it. NULL when out of memory or when the
 * name leaves the archive; then errno says which.
 */
static char *clean_name(const char *base, const char *name)
{
	auto_buf b = {0};

	if (*name == '/') {
		errno = EINVAL;
		return NULL;
	}
	buf_str(&b, base);
	while (*name) {
		size_t len = strcspn(name, "/");

		if (len == 2 && memcmp(name, "..", 2) == 0) {
			char *slash = b.len > 0 ? strrchr(b.data, '/') : NULL;

			if (!*base || b.len == 0) {
				errno = EINVAL;
				return NULL;
			}
			b.len = slash ? (size_t)(slash - b.data) : 0;
			b.data[b.len] = '\0';
		} else if (len > 0 && !(len == 1 && *name == '.')) {
			if (b.len > 0)
				buf_char(&b, '/');
			buf_add(&b, name, len);
		}
		name += len;
		name += strspn(name, "/");
	}
	buf_add(&b, "", 0); /* an empty name is a string too */
	errno = ENOMEM;
	return buf_take(&b);
}

static char *link_target(const char *name, const char *target)
{
	const char *slash = strrchr(name, '/');
	auto_free char *base = strndup(name, slash ? (size_t)(slash - name) : 0);

	return base ? clean_name(base, target) : NULL;
}

/* ---- index ---- */

/* Take one more member; name and target are owned from here on. */
static int add_member(struct tarball *a, char *name, char *target, uint64_t offset, uint64_t size)
{
	a->name_bytes += strlen(name) + (target ? strlen(target) : 0);
	if ((a->n & (a->n - 1)) == 0) {
		struct member *grown = reallocarray(a->members, a->n ? 2 * a->n : 1,
						    sizeof(*grown));

		if (!grown) {
			free(name);
			free(target);
			return log_oom();
		}
		a->members = grown;
	}
	a->members[a->n++] = (struct member){name, target, offset, size};
	if (a->n > MEMBERS_MAX || a->name_bytes > NAME_BYTES_MAX)
		return log_refuse(-EFBIG, "the archive has too many members");
	return 0;
}

static int index_entry(struct tarball *a, struct archive_entry *entry, uint64_t offset)
{
	const char *raw = archive_entry_pathname(entry);
	mode_t type = archive_entry_filetype(entry);
	auto_free char *name = NULL, *target = NULL;
	int64_t size = archive_entry_size(entry);

	if (!raw)
		return log_refuse(-EBADMSG, "a member of the archive has no readable name");
	name = clean_name("", raw);
	if (!name && errno == EINVAL)
		return log_refuse(-EBADMSG, "member \"%s\": a name that leaves the archive", raw);
	if (!name)
		return log_oom();
	if (type == AE_IFLNK && archive_entry_symlink(entry)) {
		target = link_target(name, archive_entry_symlink(entry));
		if (!target)
			return log_refuse(-EBADMSG, "member \"%s\": a link that leaves the archive",
					  raw);
	} else if (type != AE_IFREG || archive_entry_hardlink(entry)) {
		return 0; /* directories and the like: nothing to read there */
	}
	if (size < 0 || archive_entry_sparse_count(entry) > 0)
		return log_refuse(-EBADMSG, "member \"%s\": not a plain file", raw);
	return add_member(a, TAKE_PTR(name), TAKE_PTR(target), offset, (uint64_t)size);
}

static int compare_members(const void *x, const void *y)
{
	return strcmp(((const struct member *)x)->name, ((const struct member *)y)->name);
}

static int sort_members(struct tarball *a)
{
	if (a->n > 0)
		qsort(a->members, a->n, sizeof(*a->members), compare_members);
	for (size_t i = 1; i < a->n; i++)
		if (streq(a->members[i - 1].name, a->members[i].name))
			return log_refuse(-EBADMSG, "member \"%s\": twice in the archive",
					  a->members[i].name);
	return 0;
}

static void cleanup_reader(struct archive **reader)
{
	(void)archive_read_free(*reader); /* only frees */
}

/* Every member must lie within the file: libarchive seeks over contents without looking. */
static int check_extent(const struct tarball *a)
{
	off_t end = lseek(a->fd, 0, SEEK_END);

	if (end < 0)
		return log_fail(-errno, "seek in the archive");
	for (size_t i = 0; i < a->n; i++) {
		const struct member *m = &a->members[i];

		if (m->size > (uint64_t)end || m->offset > (uint64_t)end - m->size)
			return log_refuse(-EBADMSG, "truncated: \"%s\" goes on past the end",
					  m->name);
	}
	return 0;
}

static int refuse_headers(const struct tarcheck *check, off_t at, int r)
{
	if (r == -ENOMEM)
		return log_oom();
	return log_refuse(r, "%s: %s", at == 0 ? "not a tar archive" : "not a readable tar archive",
			  tarcheck_why(check));
}

/*
 * Every header, with a strict eye, and none of the contents: libarchive would keep each of a
 * million sparse regions, and take the part of a name before its NUL for the name.
 */
static int check_headers(const struct tarball *a, const struct load_limits *limits)
{
	struct load_limits outer = *limits;
	auto_tarcheck struct tarcheck *check = tarcheck_new(&outer);
	off_t end = lseek(a->fd, 0, SEEK_END), at = 0;
	char buffer[HEADER_BYTES];
	int r;

	if (!check)
		return log_oom();
	if (end < 0)
		return log_fail(-errno, "seek in the archive");
	outer.unpacked_bytes = INT64_MAX / 2; /* of members: nothing is unpacked here */
	outer.sparse_regions = REGIONS_MAX;
	while (at < end) {
		ssize_t n = pread(a->fd, buffer, sizeof(buffer), at);
		uint64_t skip;

		if (n <= 0)
			return log_fail(n < 0 ? -errno : -EIO, "read the archive");
		r = tarcheck_feed(check, buffer, (size_t)n);
		if (r < 0)
			return refuse_headers(check, at, r);
		at += n;
		skip = tarcheck_skip(check);
		at = skip < (uint64_t)(end - at) ? at + (off_t)skip : end;
	}
	r = tarcheck_end(check);
	if (r < 0)
		return refuse_headers(check, at, r);
	return lseek(a->fd, 0, SEEK_SET) < 0 ? log_fail(-errno, "seek in the archive") : 0;
}

static int index_tar(struct tarball *a)
{
	CLEANUP(cleanup_reader)
	struct archive *reader = archive_read_new();
	int r;

	if (!reader || archive_read_support_format_tar(reader) != ARCHIVE_OK)
		return log_oom();
	r = archive_read_open_fd(reader, a->fd, COPY_BYTES);
	while (r == ARCHIVE_OK) {
		struct archive_entry *entry;
		int failed;

		r = archive_read_next_header(reader, &entry);
		if (r != ARCHIVE_OK)
			break;
		/* what the reader has consumed now ends where the contents begin */
		failed = index_entry(a, entry, (uint64_t)archive_filter_bytes(reader, 0));
		if (failed < 0)
			return failed;
	}
	/* a warning would be a name or a size that was guessed */
	if (r != ARCHIVE_EOF)
		return log_refuse(-EBADMSG, "not a readable tar archive: %s",
				  archive_error_string(reader) ? archive_error_string(reader)
							       : "damaged");
	r = sort_members(a);
	return r < 0 ? r : check_extent(a);
}

/* ---- opening ---- */

/* How much may be written to the store: 80 % of what is free. */
static int space_left(const struct store *store, int fd, uint64_t *ret)
{
	struct statvfs st;

	if (fstatvfs(fd, &st) < 0)
		return log_fail(-errno, "ask for the free space of %s", store->path);
	*ret = (uint64_t)st.f_bavail * st.f_frsize / 5 * 4;
	return 0;
}

/* Copy what in gives, beginning with the n bytes that were read already, to a nameless file. */
static int spool(const struct store *store, struct stream *in, char *data, ssize_t n, int *ret_fd)
{
	auto_fd int fd = openat(store->dirfd, "tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	uint64_t left = 0, written = 0;
	int r;

	if (fd < 0)
		return log_fail(-errno, "make a file in %s/tmp", store->path);
	r = space_left(store, fd, &left);
	if (r < 0)
		return r;
	for (; n > 0; n = stream_read(in, data, COPY_BYTES)) {
		written += (uint64_t)n;
		if (written > left)
			return log_refuse(-ENOSPC,
					  "the archive needs more than the %llu bytes "
					  "that 80 %% of the free space are",
					  (unsigned long long)left);
		r = fs_write_all(fd, data, (size_t)n);
		if (r < 0)
			return log_fail(r, "copy the archive to %s/tmp", store->path);
	}
	if (n < 0)
		return log_refuse((int)n, "%s", stream_why(in));
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int open_file(const struct store *store, struct tarball *a, int fd, const struct stat *st,
		     const struct load_limits *limits)
{
	const struct stream_limits stream_limits = {
		.ratio = limits->ratio,
		.ratio_after_bytes = limits->ratio_after_bytes,
		.window_log = 25,
		.xz = true,
	};
	bool in_place = S_ISREG(st->st_mode) && lseek(fd, 0, SEEK_CUR) == 0;
	struct source source = {fd, 0, in_place ? (uint64_t)st->st_size : UINT64_MAX, !in_place};
	auto_free char *data = malloc(COPY_BYTES);
	auto_stream struct stream *in = NULL;
	ssize_t n;
	int r;

	r = data ? stream_open(&source, &stream_limits, &in) : -ENOMEM;
	if (r < 0)
		return log_oom();
	n = stream_read(in, data, COPY_BYTES);
	if (n < 0)
		return log_refuse((int)n, "%s", stream_why(in));
	if (n == 0)
		return log_refuse(-EBADMSG, "the archive is empty");
	if (in_place && !*stream_compression(in)) {
		a->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		return a->fd < 0 ? log_fail(-errno, "duplicate a descriptor") : 0;
	}
	r = spool(store, in, data, n, &a->fd);
	if (r < 0)
		return r;
	return lseek(a->fd, 0, SEEK_SET) < 0 ? log_fail(-errno, "seek in the archive") : 0;
}

int tarball_open(const struct store *store, int fd, const struct load_limits *limits,
		 struct tarball **ret)
{
	auto_tarball struct tarball *a = calloc(1, sizeof(*a));
	struct stat st;
	int r;

	if (!a)
		return log_oom();
	a->fd = a->dirfd = -1;
	if (fstat(fd, &st) < 0)
		return log_fail(-errno, "open the archive");
	if (S_ISDIR(st.st_mode)) {
		a->dirfd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (a->dirfd < 0)
			return log_fail(-errno, "duplicate a descriptor");
	} else {
		r = open_file(store, a, fd, &st, limits);
		if (r == 0)
			r = check_headers(a, limits);
		if (r == 0)
			r = index_tar(a);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(a);
	return 0;
}

/* ---- looking up ---- */

/* The member, at most links symlinks away; NULL if there is none. */
static const struct member *lookup(const struct tarball *a, const char *name, int links)
{
	for (; links >= 0; links--) {
		const struct member key = {.name = (char *)name}, *m;

		m = a->n == 0 ? NULL : bsearch(&key, a->members, a->n, sizeof(*m), compare_members);
		if (!m || !m->target)
			return m;
		name = m->target;
	}
	return NULL;
}

static int find_in_directory(const struct tarball *a, const char *name, struct source *ret)
{
	/* O_NONBLOCK: a fifo must not hang us before we see that it is one */
	auto_fd int fd = fs_openat2(a->dirfd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0,
				    RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	*ret = (struct source){TAKE_FD(fd), 0, (uint64_t)st.st_size, false};
	return 0;
}

static int find(const struct tarball *a, const char *name, int links, struct source *ret)
{
	auto_free char *clean = clean_name("", name);
	const struct member *m;
	int fd;

	if (!clean)
		return -errno;
	if (a->dirfd >= 0)
		return find_in_directory(a, clean, ret);
	m = lookup(a, clean, links);
	if (!m)
		return -ENOENT;
	fd = fcntl(a->fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return -errno;
	*ret = (struct source){fd, m->offset, m->size, false};
	return 0;
}

/* docker save made a layer that came again a symlink to where it was first. */
int tarball_find(const struct tarball *a, const char *name, struct source *ret)
{
	return find(a, name, LINKS_MAX, ret);
}

int tarball_read(const struct tarball *a, const char *name, size_t max, char **ret, size_t *ret_len)
{
	auto_free char *text = NULL;
	struct source source;
	size_t got = 0;
	int r;

	r = find(a, name, 0, &source);
	if (r < 0)
		return r;
	r = source.size > max ? -EFBIG : 0;
	text = r == 0 ? malloc(source.size + 1) : NULL;
	if (r == 0 && !text)
		r = -ENOMEM;
	while (r == 0 && got < source.size) {
		ssize_t n = pread(source.fd, text + got, source.size - got,
				  (off_t)(source.offset + got));

		if (n < 0 && errno != EINTR)
			r = -errno;
		else if (n == 0)
			r = -EBADMSG;
		else if (n > 0)
			got += (size_t)n;
	}
	(void)close(source.fd); /* only read from */
	if (r < 0)
		return r;
	text[got] = '\0';
	*ret = TAKE_PTR(text);
	*ret_len = got;
	return 0;
}
