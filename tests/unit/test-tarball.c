/* SPDX-License-Identifier: MIT */
/* The index of the outer archive: what can be found in it, and which archives are refused. */
#include "image/tarball.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "tar-builder.h"
#include "test.h"

struct scratch {
	char path[64];
	struct store store;
};

static void scratch_init(struct scratch *s)
{
	*s = (struct scratch){.path = "/tmp/nap-test-tarball.XXXXXX"};
	if (!mkdtemp(s->path))
		abort();
	s->store = (struct store){s->path, open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	CHECK(fs_mkdirs(s->store.dirfd, "tmp", 0755) == 0);
}

static void scratch_done(struct scratch *s)
{
	CHECK(fs_remove_tree(AT_FDCWD, s->path) == 0);
	fd_drop(&s->store.dirfd);
}

static int open_path(struct scratch *s, const char *path, struct tarball **ret)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	return tarball_open(&s->store, fd, &load_limits_default, ret);
}

/* Write tar, which is emptied, and open it as an archive. */
static int open_tar(struct scratch *s, struct buf *tar, struct tarball **ret)
{
	char path[100];

	(void)snprintf(path, sizeof(path), "%s/archive", s->path);
	CHECK(fs_write_file(AT_FDCWD, path, tar->data, tar->len, 0644) == 0);
	buf_done(tar);
	return open_path(s, path, ret);
}

static bool has_text(const struct tarball *t, const char *name, const char *text)
{
	auto_free char *got = NULL;
	size_t len;

	return tarball_read(t, name, 100, &got, &len) == 0 && strcmp(got, text) == 0;
}

static void check_find(void)
{
	auto_tarball struct tarball *t = NULL;
	struct buf tar = {0};
	struct source source;
	auto_free char *text = NULL;
	struct scratch s;
	size_t len;

	scratch_init(&s);
	tar_add_header(&tar, tar_header("./d/", '5', 0));
	tar_add_file(&tar, "./d/a", "first");
	tar_add_file(&tar, "b", "second");
	tar_add_link(&tar, "d/link", '2', "../b");
	tar_add_link(&tar, "d/link2", '2', "link");
	tar_add_link(&tar, "loop", '2', "loop");
	tar_add_link(&tar, "fifo", '6', "");
	tar_end(&tar);
	if (CHECK(open_tar(&s, &tar, &t) == 0)) {
		CHECK(has_text(t, "d/a", "first") && has_text(t, "./d//a", "first"));
		if (CHECK(tarball_find(t, "d/link2", &source) == 0)) {
			CHECK(source.size == strlen("second"));
			(void)close(source.fd);
		}
		CHECK(tarball_read(t, "d/link", 100, &text, &len) == -ENOENT); /* layers only */
		CHECK(tarball_find(t, "loop", &source) == -ENOENT);
		CHECK(tarball_find(t, "fifo", &source) == -ENOENT);
		CHECK(tarball_find(t, "d", &source) == -ENOENT);
		CHECK(tarball_find(t, "../b", &source) == -EINVAL);
		CHECK(tarball_find(t, "/b", &source) == -EINVAL);
		CHECK(tarball_read(t, "b", 5, &text, &len) == -EFBIG);
	}
	scratch_done(&s);
}

/* An archive with one member, a link if it has a target. */
static int open_one(const char *name, char type, const char *target)
{
	auto_tarball struct tarball *t = NULL;
	struct buf tar = {0};
	struct scratch s;
	int r;

	scratch_init(&s);
	tar_add_link(&tar, name, type, target);
	tar_end(&tar);
	r = open_tar(&s, &tar, &t);
	scratch_done(&s);
	return r;
}

static void check_names(void)
{
	CHECK(open_one("fine", '0', "") == 0);
	CHECK(open_one("../out", '0', "") == -EBADMSG);
	CHECK(open_one("a/../b", '0', "") == -EBADMSG);
	CHECK(open_one("/absolute", '0', "") == -EBADMSG);
	CHECK(open_one("link", '2', "../out") == -EBADMSG);
	CHECK(open_one("a/link", '2', "../../out") == -EBADMSG);
	CHECK(open_one("a/link", '2', "/etc/passwd") == -EBADMSG);
}

static void check_damaged(void)
{
	struct tarball *t = NULL;
	struct buf tar = {0};
	struct scratch s;

	scratch_init(&s);
	CHECK(open_tar(&s, &tar, &t) == -EBADMSG); /* nothing at all */
	buf_str(&tar, "no archive of any kind");
	CHECK(open_tar(&s, &tar, &t) == -EBADMSG);
	tar_add_file(&tar, "same", "1");
	tar_add_file(&tar, "./same", "2");
	CHECK(open_tar(&s, &tar, &t) == -EBADMSG);
	tar_add_header(&tar, tar_header("long", '0', 100000));
	buf_str(&tar, "and short");
	CHECK(open_tar(&s, &tar, &t) == -EBADMSG);
	tar_add_file(&tar, "a", "1");
	tar_add_file(&tar, "b", "2");
	tar.data[1024] ^= 1;
	CHECK(open_tar(&s, &tar, &t) == -EBADMSG);
	scratch_done(&s);
}

/* A directory is an archive as well; nothing outside of it can be found. */
static void check_directory(void)
{
	auto_tarball struct tarball *t = NULL;
	struct source source;
	struct scratch s;

	scratch_init(&s);
	CHECK(fs_write_file(s.store.dirfd, "inside", "text", 4, 0644) == 0);
	CHECK(symlinkat("/etc/passwd", s.store.dirfd, "out") == 0);
	CHECK(mkfifoat(s.store.dirfd, "fifo", 0600) == 0);
	if (CHECK(open_path(&s, s.path, &t) == 0)) {
		CHECK(has_text(t, "inside", "text"));
		CHECK(tarball_find(t, "out", &source) < 0);
		CHECK(tarball_find(t, "fifo", &source) == -EINVAL);
		CHECK(tarball_find(t, "tmp", &source) == -EINVAL);
		CHECK(tarball_find(t, "missing", &source) == -ENOENT);
	}
	scratch_done(&s);
}

int main(void)
{
	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	check_find();
	check_names();
	check_damaged();
	check_directory();
	return test_report();
}
