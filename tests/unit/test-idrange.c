/* SPDX-License-Identifier: MIT */
/* Ranges of ids: who gets which, what is left out, and that it comes back. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fs.h"
#include "lib/log.h"
#include "runtime/idrange.h"
#include "runtime/runtime.h"

static char top[] = "/tmp/nap-idrange.XXXXXX";

static struct idrange_sources sources = {
	.subuid = "subuid",
	.subgid = "subgid",
	.passwd = "passwd",
	.group = "group",
	.nspawn = "nspawn",
};
static const struct paths paths = {.root = "root", .runroot = "run"};

static int run_directory(const char *id)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "run/state/%s", id);
	(void)fs_mkdirs(AT_FDCWD, path, 0700);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static uint32_t claim(const char *id, bool lasting)
{
	auto_fd int fd = lasting ? -1 : run_directory(id);
	uint32_t base = 0;

	return idrange_claim(&paths, id, fd, lasting, &sources, &base) == 0 ? base : 0;
}

static void write_line(const char *file, const char *fmt, unsigned n)
{
	char text[128];

	(void)snprintf(text, sizeof(text), fmt, n);
	CHECK(fs_write_file(AT_FDCWD, file, text, strlen(text), 0644) == 0);
}

static void check_halves(void)
{
	uint32_t web = claim("web", true), db = claim("db", true), one = claim("one", false);

	CHECK(web >= IDRANGE_FIRST && web < IDRANGE_MIDDLE && web % IDRANGE_IDS == 0);
	CHECK(db && db != web && db % IDRANGE_IDS == 0);
	CHECK(one >= IDRANGE_MIDDLE && one + IDRANGE_IDS <= IDRANGE_END && one % IDRANGE_IDS == 0);
	CHECK(claim("web", true) == web);
	CHECK(idrange_release(&paths, "web") == 0);
	CHECK(claim("web", true) == web);
}

/* Another store gives the same names other ranges. */
static void check_stores(void)
{
	static const struct paths others = {.root = "other-root", .runroot = "other-run"};
	static const char *const names[] = {"web", "db", "cache"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		uint32_t base = 0;

		CHECK(idrange_claim(&others, names[i], -1, true, &sources, &base) == 0);
		CHECK(base && base != claim(names[i], true));
		CHECK(idrange_claim(&others, names[i], -1, true, &sources, &base) == 0);
	}
}

static bool is_other(const char *id, void *data)
{
	return !streq(id, data);
}

/* Where another one has the range that the name leads to, there is a next, and it stays. */
static void check_collision(void)
{
	uint32_t first = claim("late", true), second;
	char path[64];

	(void)idrange_sweep(&paths, is_other, (void *)"late");
	(void)snprintf(path, sizeof(path), "root/ids/%u", first);
	CHECK(symlink("squatter", path) == 0);
	second = claim("late", true);
	CHECK(second && second != first);
	(void)idrange_sweep(&paths, is_other, (void *)"squatter");
	CHECK(claim("late", true) == second);
}

static void check_taken(const char *file, const char *fmt, unsigned offset)
{
	uint32_t base = claim("taken", true), moved;

	write_line(file, fmt, base + offset);
	moved = claim("taken", true);
	CHECK(moved && moved != base);
	CHECK(claim("taken", true) == moved);
	(void)unlink(file);
	(void)idrange_sweep(&paths, is_other, (void *)"taken");
}

static void check_locked(void)
{
	uint32_t base = claim("locked", true);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[64];
	auto_fd int fd = -1;

	(void)mkdir("nspawn", 0755);
	(void)snprintf(path, sizeof(path), "nspawn/%u", base);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(claim("locked", true) == base);
	CHECK(fcntl(fd, F_OFD_SETLK, &lock) == 0);
	CHECK(claim("locked", true) != base);
}

static void check_release(void)
{
	uint32_t one = claim("gone", false);
	char path[64];

	(void)snprintf(path, sizeof(path), "run/ids/%u", one);
	CHECK(access(path, F_OK) < 0 && errno == ENOENT); /* it leads nowhere */
	CHECK(faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
	CHECK(idrange_release(&paths, "gone") == 0);
	CHECK(faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0);
	CHECK(idrange_release(&paths, "gone") == 0);
	CHECK(idrange_release(&paths, "never") == 0);
	write_line("run/state/unreadable", "%u\n", 0);
	CHECK(idrange_release(&paths, "unreadable") == -ENOTDIR); /* nobody knows what it had */
}

static void check_exhausted(void)
{
	write_line("subgid", "all:%u:4294967295\n", 1);
	CHECK(claim("none", true) == 0);
	CHECK(claim("none", false) == 0);
	CHECK(log_errors() > 0);
}

int main(void)
{
	if (!CHECK(mkdtemp(top)) || !CHECK(chdir(top) == 0))
		return test_report();
	(void)mkdir("root", 0700);
	(void)mkdir("run", 0755);
	(void)mkdir("other-root", 0700);
	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	check_halves();
	check_stores();
	check_collision();
	check_taken("subuid", "somebody:%u:10\n", IDRANGE_IDS - 1);
	check_taken("passwd", "somebody:x:%u:100::/:\n", 1);
	check_taken("passwd", "somebody:x:100:%u::/:\n", 1);
	check_taken("group", "somebody:x:%u:\n", 0);
	check_locked();
	check_release();
	check_exhausted();
	(void)fs_remove_tree(AT_FDCWD, top);
	return test_report();
}
