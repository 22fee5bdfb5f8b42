/* SPDX-License-Identifier: MIT */
/*
 * Files and trees. What matters most is what must not happen: leaving the root, following a symlink
 * while removing, crossing into a mount. The last needs root, and a mount namespace of its own.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/text.h"

static bool put(int dir, const char *path, const char *text)
{
	return fs_write_file(dir, path, text, strlen(text), 0644) == 0;
}

static bool exists(int dir, const char *path)
{
	return faccessat(dir, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void check_read_write(int dir)
{
	auto_free char *text = NULL, *link = NULL;
	struct stat st;
	size_t len = 0;
	char *none = NULL;

	CHECK(put(dir, "f", "hello"));
	CHECK(fs_read_file(dir, "f", 5, &text, &len) == 0 && len == 5);
	CHECK_STREQ(text, "hello");
	CHECK(fs_read_file(dir, "f", 4, &none, NULL) == -EFBIG && !none);
	CHECK(fs_read_file(dir, "nope", 4, &none, NULL) == -ENOENT && !none);
	CHECK(fs_read_file(dir, ".", 4, &none, NULL) == -EISDIR && !none);
	CHECK(fs_read_file(AT_FDCWD, "/dev/zero", 100000, &none, NULL) == -EFBIG && !none);
	CHECK(fs_read_file(AT_FDCWD, "/proc/self/status", 100000, &none, &len) == 0 && len > 100);
	free(none);
	CHECK(put(dir, "empty", "") && fs_read_file(dir, "empty", 0, &none, &len) == 0 && len == 0);
	CHECK_STREQ(none, "");
	free(none);
	CHECK(fs_replace_file(dir, "f", "new", 3, 0600, true) == 0);
	CHECK(fstatat(dir, "f", &st, 0) == 0 && st.st_size == 3 && (st.st_mode & 07777) == 0600);
	CHECK(fs_replace_file(dir, "nope/f", "new", 3, 0600, false) == -ENOENT);
	CHECK(mkdirat(dir, "d", 0755) == 0);
	CHECK(fs_replace_file(dir, "d", "new", 3, 0600, false) < 0);
	CHECK(symlinkat("target", dir, "l") == 0 && fs_readlink(dir, "l", &link) == 0);
	CHECK_STREQ(link, "target");
	CHECK(fs_readlink(dir, "f", &none) == -EINVAL);
	/* nothing temporary stays */
	CHECK(unlinkat(dir, "l", 0) == 0 && unlinkat(dir, "d", AT_REMOVEDIR) == 0);
	CHECK(unlinkat(dir, "f", 0) == 0 && unlinkat(dir, "empty", 0) == 0);
}

static void check_mkdirs(int dir)
{
	struct stat st;

	CHECK(fs_mkdirs(dir, "m/a/b", 0700) == 0 && fs_mkdirs(dir, "m/a/b", 0700) == 0);
	CHECK(fstatat(dir, "m/a", &st, 0) == 0 && (st.st_mode & 0777) == 0700);
	CHECK(fs_mkdirs(dir, "m/a/b/", 0700) == 0 && fs_mkdirs(dir, "m//c//d", 0700) == 0);
	CHECK(exists(dir, "m/c/d"));
	CHECK(fs_mkdirs(dir, "", 0700) == -ENOENT);
	CHECK(put(dir, "m/file", "") && fs_mkdirs(dir, "m/file/x", 0700) == -ENOTDIR);
	CHECK(fs_remove_tree(dir, "m") == 0 && !exists(dir, "m"));
}

/* A root directory beside a file that must stay out of reach. */
static void check_in_root(int dir)
{
	auto_fd int root = -1;
	int fd = -1;

	CHECK(put(dir, "outside", "secret") && mkdirat(dir, "root", 0755) == 0);
	root = openat(dir, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(root >= 0 && mkdirat(root, "real", 0755) == 0 && put(root, "real/f", "x"));
	CHECK(symlinkat("/real", root, "abs") == 0 && symlinkat("../../..", root, "up") == 0);
	CHECK(symlinkat("../../../outside", root, "out") == 0 &&
	      symlinkat("loop", root, "loop") == 0);
	fd = fs_open_in_root(root, "/abs/f", O_RDONLY);
	CHECK(fd >= 0 && close(fd) == 0);
	fd = fs_open_in_root(root, "up/up/real/f", O_RDONLY);
	CHECK(fd >= 0 && close(fd) == 0);
	CHECK(fs_open_in_root(root, "out", O_RDONLY) == -ENOENT);
	CHECK(fs_open_in_root(root, "../outside", O_RDONLY) == -ENOENT);
	CHECK(fs_open_in_root(root, "loop", O_RDONLY) == -ELOOP);
	CHECK(fs_make_in_root(root, "/abs/x/y", false, &fd) == 0 && close(fd) == 0);
	CHECK(exists(root, "real/x/y"));
	CHECK(fs_make_in_root(root, "up/../z/file", true, &fd) == 0 && close(fd) == 0);
	CHECK(exists(root, "z/file") && !exists(dir, "z"));
	CHECK(fs_make_in_root(root, "//new//dir//", false, &fd) == 0 && close(fd) == 0);
	CHECK(exists(root, "new/dir"));
	CHECK(fs_make_in_root(root, "/", false, &fd) == 0 && close(fd) == 0);
	CHECK(fs_make_in_root(root, "../../escaped", false, &fd) == 0 && close(fd) == 0);
	CHECK(exists(root, "escaped") && !exists(dir, "escaped"));
	CHECK(fs_make_in_root(root, "real/f/below", false, &fd) == -ENOTDIR);
	CHECK(fs_make_in_root(root, "loop/x", false, &fd) == -ELOOP);
	/* symlinks to what is missing lead to where it is made */
	CHECK(symlinkat("../run/deep/file", root, "real/dangling") == 0);
	CHECK(fs_make_in_root(root, "/real/dangling", true, &fd) == 0 && close(fd) == 0);
	CHECK(exists(root, "run/deep/file"));
	CHECK(symlinkat("/../../made", root, "escape") == 0);
	CHECK(fs_make_in_root(root, "escape/below", false, &fd) == 0 && close(fd) == 0);
	CHECK(exists(root, "made/below") && !exists(dir, "made"));
	CHECK(fs_remove_tree(dir, "root") == 0 && exists(dir, "outside"));
	CHECK(unlinkat(dir, "outside", 0) == 0);
}

/* A chain of directories deeper than the limit of open descriptors, each with a file. */
static bool make_deep(int dir, const char *name, unsigned depth)
{
	int at = fs_mkdirs(dir, name, 0755) < 0 ? -1 : openat(dir, name, O_RDONLY | O_CLOEXEC);

	for (unsigned i = 0; i < depth && at >= 0; i++) {
		int below = -1;

		if (put(at, "file", "x") && mkdirat(at, "d", 0755) == 0)
			below = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		(void)close(at);
		at = below;
	}
	if (at >= 0)
		(void)close(at);
	return at >= 0;
}

static void check_remove(int dir)
{
	CHECK(fs_remove_tree(dir, "nope") == 0 && fs_remove_tree(dir, "nope/deeper") == 0);
	CHECK(put(dir, "f", "") && fs_remove_tree(dir, "f") == 0 && !exists(dir, "f"));
	CHECK(fs_mkdirs(dir, "keep/me", 0755) == 0 && put(dir, "keep/file", "x"));
	CHECK(fs_mkdirs(dir, "t/a/b", 0755) == 0 && put(dir, "t/a/f", "x"));
	CHECK(symlinkat("../keep", dir, "t/link") == 0 && symlinkat("keep", dir, "top") == 0);
	CHECK(symlinkat("../../keep", dir, "t/a/b/link") == 0);
	CHECK(mknodat(dir, "t/fifo", S_IFIFO | 0600, 0) == 0);
	CHECK(fs_remove_tree(dir, "t") == 0 && !exists(dir, "t"));
	CHECK(fs_remove_tree(dir, "top") == 0 && !exists(dir, "top"));
	CHECK(exists(dir, "keep/file") && exists(dir, "keep/me"));
	CHECK(make_deep(dir, "keep/deep/er", 2000));
	CHECK(fs_remove_tree(dir, "keep/deep") == 0 && !exists(dir, "keep/deep"));
	CHECK(fs_remove_tree(dir, "keep") == 0);
}

static void check_copy(int dir)
{
	struct timespec times[2] = {{.tv_sec = 1000, .tv_nsec = 5}, {.tv_sec = 2000, .tv_nsec = 7}};
	auto_fd int src = -1, dst = -1;
	struct stat a, b;
	char value[8] = "";
	bool xattrs;

	CHECK(fs_mkdirs(dir, "src/sub", 0755) == 0 && mkdirat(dir, "dst", 0700) == 0);
	CHECK(put(dir, "src/sub/f", "content") && put(dir, "src/empty", ""));
	CHECK(linkat(dir, "src/sub/f", dir, "src/hard", 0) == 0);
	CHECK(symlinkat("../nowhere", dir, "src/link") == 0);
	CHECK(mknodat(dir, "src/fifo", S_IFIFO | 0640, 0) == 0);
	CHECK(fchmodat(dir, "src/sub/f", 04751, 0) == 0);
	src = openat(dir, "src", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dst = openat(dir, "dst", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	xattrs = fsetxattr(src, "user.nap", "yes", 3, 0) == 0;
	CHECK(utimensat(dir, "src/sub/f", times, 0) == 0 &&
	      utimensat(dir, "src/sub", times, 0) == 0);
	CHECK(futimens(src, times) == 0);
	CHECK(fs_copy_tree(src, dst, 0) == 0);
	CHECK(fstatat(dst, "sub/f", &a, 0) == 0 && fstatat(dst, "hard", &b, 0) == 0);
	CHECK(a.st_ino == b.st_ino && a.st_nlink == 2 && a.st_size == 7);
	CHECK((a.st_mode & 07777) == 04751 && a.st_mtim.tv_sec == 2000 && a.st_mtim.tv_nsec == 7);
	CHECK(fstatat(dst, "sub", &a, 0) == 0 && a.st_mtim.tv_sec == 2000);
	CHECK(fstat(dst, &a) == 0 && a.st_mtim.tv_sec == 2000 && (a.st_mode & 07777) == 0755);
	CHECK(fstatat(dst, "fifo", &a, AT_SYMLINK_NOFOLLOW) == 0 && S_ISFIFO(a.st_mode));
	CHECK(fstatat(dst, "link", &a, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(a.st_mode));
	CHECK(!xattrs || (fgetxattr(dst, "user.nap", value, sizeof(value)) == 3));
	CHECK(fs_copy_tree(src, dst, 0) == -EEXIST);
	CHECK(fs_remove_tree(dir, "src") == 0 && fs_remove_tree(dir, "dst") == 0);
}

/* Bind mounts of the same file system have the same st_dev. */
static void check_mounts(const char *path)
{
	auto_fd int dir = -1;
	auto_free char *source = text_format("%s/kept", path);
	auto_free char *target = text_format("%s/tree/a/mnt", path);

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		(void)printf("skipped: crossing mounts (not root)\n");
		return;
	}
	/* descriptors from before see the mounts of the old namespace */
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(fs_mkdirs(dir, "kept/below", 0755) == 0 && put(dir, "kept/below/f", "x"));
	CHECK(fs_mkdirs(dir, "tree/a/mnt", 0755) == 0);
	if (!CHECK(mount(source, target, NULL, MS_BIND, NULL) == 0))
		return;
	CHECK(fs_remove_tree(dir, "tree") == -EXDEV);
	CHECK(fs_remove_tree(dir, "tree/a/mnt") < 0);
	CHECK(exists(dir, "kept/below/f") && exists(dir, "tree/a/mnt/below/f"));
	CHECK(umount(target) == 0);
	CHECK(fs_remove_tree(dir, "tree") == 0);
	/* a mount on the way to the tree is fine */
	CHECK(fs_mkdirs(dir, "tree/a/mnt", 0755) == 0);
	CHECK(mount(source, target, NULL, MS_BIND, NULL) == 0);
	CHECK(fs_remove_tree(dir, "tree/a/mnt/below") == 0 && !exists(dir, "kept/below"));
	CHECK(umount(target) == 0);
	CHECK(fs_remove_tree(dir, "tree") == 0 && fs_remove_tree(dir, "kept") == 0);
}

int main(void)
{
	char path[] = "/tmp/nap-test-XXXXXX";
	auto_fd int dir = -1;

	(void)umask(022);
	if (!CHECK(mkdtemp(path)))
		return test_report();
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check_read_write(dir);
	check_mkdirs(dir);
	check_in_root(dir);
	check_remove(dir);
	check_copy(dir);
	check_mounts(path);
	CHECK(rmdir(path) == 0); /* nothing is left */
	return test_report();
}
