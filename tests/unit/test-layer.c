/* SPDX-License-Identifier: MIT */
/* Layers made from archives built here, in a scratch directory, and looked at file by file. */
#include "layer-stack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "test.h"

enum { LAYERS_MAX = 4 };

/* An image in the making, in a directory of its own. */
struct stack {
	char path[64];
	struct layer_stack in;
};

static void stack_init(struct stack *s)
{
	*s = (struct stack){.path = "/tmp/nap-test-layer.XXXXXX"};
	if (!mkdtemp(s->path))
		abort();
	s->in.dirfd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void stack_done(struct stack *s)
{
	CHECK(fs_remove_tree(AT_FDCWD, s->path) == 0);
	fd_drop(&s->in.dirfd);
}

static int unpack(struct stack *s, struct buf *tar)
{
	return stack_unpack(&s->in, tar);
}

/* What the last layer has at path: 0 for nothing. */
static mode_t mode_of(const struct stack *s, const char *path)
{
	char full[PATH_MAX];
	struct stat st;

	(void)snprintf(full, sizeof(full), "%zu/fs/%s", s->in.n - 1, path);
	return fstatat(s->in.dirfd, full, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_mode;
}

static bool is_whiteout(const struct stack *s, const char *path)
{
	return S_ISCHR(mode_of(s, path));
}

static bool has_text(const struct stack *s, const char *path, const char *text)
{
	auto_free char *got = NULL;
	char full[PATH_MAX];

	(void)snprintf(full, sizeof(full), "%zu/fs/%s", s->in.n - 1, path);
	return fs_read_file(s->in.dirfd, full, 4096, &got, NULL) == 0 && strcmp(got, text) == 0;
}

static bool is_opaque(const struct stack *s, const char *path)
{
	char full[PATH_MAX], value[2];

	(void)snprintf(full, sizeof(full), "%s/%zu/fs/%s", s->path, s->in.n - 1, path);
	return getxattr(full, "trusted.overlay.opaque", value, sizeof(value)) == 1 &&
	       getxattr(full, "user.overlay.opaque", value, sizeof(value)) == 1;
}

static void check_plain(void)
{
	struct stack s;
	struct buf tar = {0};

	stack_init(&s);
	tar_add_header(&tar, tar_header("./", '5', 0));
	tar_add_header(&tar, tar_header("./d", '5', 0));
	tar_add_file(&tar, "./d/f", "text");
	tar_add_file(&tar, "/absolute", "inside");
	tar_add_file(&tar, "twice", "first");
	tar_add_file(&tar, "twice", "second");
	CHECK(unpack(&s, &tar) == 0);
	CHECK(s.in.layer.has_root && !s.in.layer.depends);
	CHECK(s.in.layer.entries == 6 && s.in.layer.size == 21);
	CHECK(has_text(&s, "d/f", "text") && has_text(&s, "absolute", "inside"));
	CHECK(has_text(&s, "twice", "second"));
	stack_done(&s);
}

/* A link before its target: had a layer below the target, the link would be to that. */
static void check_late_link(void)
{
	struct stack s;
	struct buf tar = {0};

	stack_init(&s);
	tar_add_link(&tar, "early", '1', "late");
	tar_add_file(&tar, "late", "linked");
	CHECK(unpack(&s, &tar) == 0);
	CHECK(has_text(&s, "early", "linked") && s.in.layer.depends);
	stack_done(&s);
}

/* Before 1970 and with a fraction. If this fails, libarchive has learnt it: see read_mtime(). */
static void check_time(void)
{
	struct stack s;
	struct stat st;
	struct buf tar = {0};

	stack_init(&s);
	tar_add_pax(&tar, "mtime", "-1.25", 5);
	tar_add_file(&tar, "f", "");
	tar_add_pax(&tar, "mtime", "1.25", 4);
	tar_add_header(&tar, tar_header("d", '5', 0));
	tar_add_file(&tar, "d/f", "");
	CHECK(unpack(&s, &tar) == 0);
	CHECK(fstatat(s.in.dirfd, "0/fs/f", &st, 0) == 0);
	CHECK(st.st_mtim.tv_sec == -2 && st.st_mtim.tv_nsec == 750000000);
	CHECK(fstatat(s.in.dirfd, "0/fs/d", &st, 0) == 0);
	CHECK(st.st_mtim.tv_sec == 1 && st.st_mtim.tv_nsec == 250000000);
	stack_done(&s);
}

/* A parent without an entry, and a lower layer's symlink on the way. */
static void check_merged(void)
{
	struct stack s;
	struct buf tar = {0};

	stack_init(&s);
	tar_add_header(&tar, tar_header("usr", '5', 0));
	tar_add_header(&tar, tar_header("usr/lib", '5', 0));
	tar_add_link(&tar, "lib", '2', "usr/lib");
	tar_add_file(&tar, "lower", "copied up");
	CHECK(unpack(&s, &tar) == 0);
	CHECK(!s.in.layer.depends);
	tar_add_file(&tar, "lib/through", "lands in usr/lib");
	tar_add_link(&tar, "linked", '1', "lower");
	CHECK(unpack(&s, &tar) == 0);
	CHECK(s.in.layer.depends && s.in.waits > 0);
	CHECK(has_text(&s, "usr/lib/through", "lands in usr/lib") && mode_of(&s, "lib") == 0);
	CHECK((mode_of(&s, "usr/lib") & 07777) == 0644); /* as below, where the test says so */
	CHECK(has_text(&s, "linked", "copied up") && has_text(&s, "lower", "copied up"));
	tar_add_file(&tar, "top", "");
	CHECK(unpack(&s, &tar) == 0);
	CHECK(!s.in.layer.depends && s.in.waits == 0);
	stack_done(&s);
}

static void check_whiteouts(void)
{
	struct stack s;
	struct buf tar = {0};

	stack_init(&s);
	tar_add_file(&tar, ".wh.gone", "");
	tar_add_file(&tar, "stays", "here");
	tar_add_file(&tar, ".wh.stays", "");
	tar_add_file(&tar, ".wh.back", "");
	tar_add_file(&tar, "back", "again");
	tar_add_file(&tar, ".wh..wh.aufs", "");
	tar_add_file(&tar, ".wh..wh.plnk/7", "pooled");
	tar_add_link(&tar, "pooled", '1', ".wh..wh.plnk/7");
	CHECK(unpack(&s, &tar) == 0);
	CHECK(is_whiteout(&s, "gone"));
	CHECK(has_text(&s, "stays", "here") && has_text(&s, "back", "again"));
	CHECK(mode_of(&s, ".wh..wh.aufs") == 0 && mode_of(&s, ".wh..wh.plnk") == 0);
	CHECK(has_text(&s, "pooled", "pooled"));
	stack_done(&s);
}

/* trusted.* attributes are for root. */
static void check_opaque(void)
{
	struct stack s;
	struct buf tar = {0};

	if (geteuid() != 0)
		return;
	stack_init(&s);
	tar_add_header(&tar, tar_header("marked", '5', 0));
	tar_add_file(&tar, "marked/.wh.below", "");
	tar_add_file(&tar, "marked/.wh..wh..opq", "");
	tar_add_file(&tar, "marked/.wh.more", "");
	tar_add_header(&tar, tar_header("dir", '5', 0));
	tar_add_file(&tar, ".wh.dir", "");
	tar_add_file(&tar, ".wh.anew", "");
	tar_add_header(&tar, tar_header("anew", '5', 0));
	tar_add_file(&tar, "file", "");
	tar_add_file(&tar, "file/below", "");
	tar_add_header(&tar, tar_header("plain", '5', 0));
	CHECK(unpack(&s, &tar) == 0);
	CHECK(is_opaque(&s, "marked") && is_opaque(&s, "dir") && is_opaque(&s, "anew"));
	CHECK(is_opaque(&s, "file") && !is_opaque(&s, "plain"));
	CHECK(mode_of(&s, "marked/below") == 0 && mode_of(&s, "marked/more") == 0);
	stack_done(&s);
}

/* A parent comes from the topmost layer that has it, unless something hides it on the way down. */
static void check_hidden(void)
{
	struct stack s;
	struct buf tar = {0};

	if (geteuid() != 0)
		return;
	stack_init(&s);
	tar_add_header(&tar, tar_header("a", '5', 0));
	tar_add_header(&tar, tar_header("a/b", '5', 0));
	tar_add_file(&tar, "a/b/f", "");
	tar_add_header(&tar, tar_header("c", '5', 0));
	tar_add_header(&tar, tar_header("c/d", '5', 0));
	CHECK(unpack(&s, &tar) == 0);
	tar_add_file(&tar, "a/.wh..wh..opq", "");
	tar_add_file(&tar, ".wh.c", "");
	CHECK(unpack(&s, &tar) == 0);
	tar_add_file(&tar, "a/b/g", "");
	tar_add_file(&tar, "c/d/g", "");
	CHECK(unpack(&s, &tar) == 0);
	CHECK((mode_of(&s, "a") & 07777) == 0644); /* of layer 1, as copied from layer 0 */
	CHECK((mode_of(&s, "a/b") & 07777) == 0755 && (mode_of(&s, "c") & 07777) == 0755);
	tar_add_file(&tar, "a/.wh..wh..opq", "");
	tar_add_link(&tar, "h", '1', "a/b/g"); /* hidden by this very layer */
	CHECK(unpack(&s, &tar) == -EBADMSG);
	stack_done(&s);
}

/* An opaque root hides what is below name by name: overlayfs does not look for it there. */
static void check_opaque_root(void)
{
	struct stack s;
	struct buf tar = {0};

	if (geteuid() != 0)
		return;
	stack_init(&s);
	tar_add_header(&tar, tar_header("both", '5', 0));
	tar_add_file(&tar, "lower", "");
	CHECK(unpack(&s, &tar) == 0);
	tar_add_header(&tar, tar_header("both", '5', 0));
	tar_add_file(&tar, ".wh..wh..opq", "");
	CHECK(unpack(&s, &tar) == 0);
	CHECK(s.in.layer.depends && is_whiteout(&s, "lower") && is_opaque(&s, "both"));
	stack_done(&s);
}

/* One entry that must be refused, for a reason that is told. */
static void refuse(const char *name, char type, const char *target)
{
	struct stack s;
	struct buf tar = {0};

	stack_init(&s);
	tar_add_link(&tar, name, type, target);
	CHECK(unpack(&s, &tar) < 0);
	CHECK(*s.in.layer.why);
	stack_done(&s);
}

static void check_refused(void)
{
	refuse("../out", '0', "");
	refuse("a/../../out", '5', "");
	refuse("h", '1', "../out");
	refuse("h", '1', "missing");
	refuse("h", '1', "");
	refuse("h", '1', "./");
	refuse("s", '2', "");
	refuse("./", '2', "elsewhere");
	refuse(".wh.", '0', "");
	refuse(".wh..", '0', "");
	refuse(".wh...", '0', "");
	refuse("null", '3', ""); /* 0:0, a whiteout */
}

/* Symlinks lead nowhere but to the root of the image, and entries through them stay inside. */
static void check_escape(void)
{
	struct stack s;
	struct buf tar = {0};

	stack_init(&s);
	tar_add_link(&tar, "out", '2', "/../../../../tmp/nap-test-outside");
	tar_add_file(&tar, "out/f", "inside");
	CHECK(unpack(&s, &tar) == 0);
	CHECK(has_text(&s, "tmp/nap-test-outside/f", "inside"));
	CHECK(access("/tmp/nap-test-outside", F_OK) < 0);
	tar_add_link(&tar, "a", '2', "b");
	tar_add_link(&tar, "b", '2', "a");
	tar_add_file(&tar, "a/f", "");
	CHECK(unpack(&s, &tar) == -ELOOP);
	stack_done(&s);
}

static void check_limits(void)
{
	struct stack s;
	struct buf tar = {0};

	stack_init(&s);
	for (int i = 0; i < 101; i++)
		tar_add_file(&tar, "f", "");
	CHECK(unpack(&s, &tar) == -EFBIG);
	tar_add_header(&tar, tar_header("big", '0', 2 << 20));
	for (int i = 0; i < 2 << 20; i += 512)
		tar_add_data(&tar, "x", 1);
	CHECK(unpack(&s, &tar) == -EFBIG);
	CHECK(!S_ISREG(mode_of(&s, "big")) || has_text(&s, "big", "")); /* nothing was written */
	stack_done(&s);
}

int main(void)
{
	check_plain();
	check_late_link();
	check_time();
	check_merged();
	check_whiteouts();
	check_opaque();
	check_hidden();
	check_opaque_root();
	check_refused();
	check_escape();
	check_limits();
	return test_report();
}
