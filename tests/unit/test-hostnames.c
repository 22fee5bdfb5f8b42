/* SPDX-License-Identifier: MIT */
/* Lines of /etc/hosts come and go in place, and what else is in the file stays as it is. */
#include "test.h"

#include <fcntl.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/strv.h"
#include "net/names.h"
#include "net/net.h"

static void check_insert(const char *text, const char *line, size_t want_at, const char *want)
{
	auto_buf b = {0};
	size_t at = 0;

	names_insert(text, strlen(text), line, &at, &b);
	CHECK(at == want_at);
	CHECK_STREQ(b.data, want);
}

static void check_find(const char *text, const char *line, long want)
{
	size_t at = 0;
	bool found = names_find(text, strlen(text), line, &at);

	CHECK(found == (want >= 0));
	CHECK(!found || at == (size_t)want);
}

static void test_text(void)
{
	check_insert("", "1.2.3.4\ta", 0, "1.2.3.4\ta\n");
	check_insert("x\n", "1.2.3.4\ta", 2, "1.2.3.4\ta\n");
	check_insert("x", "1.2.3.4\ta", 1, "\n1.2.3.4\ta\n"); /* its last line was not ended */
	check_insert("x\n#         \ny\n", "1.2.3.4\ta", 2, "1.2.3.4\ta ");
	check_insert("x\n#       \n", "1.2.3.4\ta", 11, "1.2.3.4\ta\n"); /* too short */
	check_insert("x\n#  mine  \n", "1.2.3.4\ta", 12, "1.2.3.4\ta\n");
	check_insert("#             ", "1.2.3.4\ta", 14, "\n1.2.3.4\ta\n");
	check_find("", "a", -1);
	check_find("x\n1.2.3.4\ta\n", "1.2.3.4\ta", 2);
	check_find("x\n1.2.3.4\ta  \n", "1.2.3.4\ta", 2);
	check_find("x\n1.2.3.4\tab\n", "1.2.3.4\ta", -1);
	check_find("x\n 1.2.3.4\ta\n", "1.2.3.4\ta", -1);
	check_find("1.2.3.4\ta", "1.2.3.4\ta", 0);
}

struct world {
	char dir[64];
	struct net_network network;
};

static char *path(const struct world *w, const char *name)
{
	return text_format("%s/%s", w->dir, name);
}

static void join(const struct world *w, const char *id, const char *address)
{
	auto_free char *hosts = path(w, id);
	auto_strv char **names = NULL;
	struct net_member m = {0};
	struct net_lease l = {.id = (char *)id, .hosts = hosts};

	(void)strv_add(&names, id);
	m.names = names;
	(void)ip_parse(address, 0, &m.ip[IP4]);
	(void)fs_write_file(AT_FDCWD, hosts, "own\n", 4, 0644);
	CHECK(names_join(w->dir, &w->network, &l, &m) == 0);
}

static void leave(const struct world *w, const char *id)
{
	auto_free char *hosts = path(w, id);

	CHECK(names_leave(w->dir, "n", hosts) == 0);
}

static void check_file(const struct world *w, const char *id, const char *want)
{
	auto_free char *hosts = path(w, id), *text = NULL;

	CHECK(fs_read_file(AT_FDCWD, hosts, 1 << 20, &text, NULL) == 0);
	CHECK_STREQ(text, want);
}

static void test_files(const struct world *w)
{
	auto_free char *a = path(w, "a");

	join(w, "a", "10.0.0.2");
	join(w, "b", "10.0.0.3");
	check_file(w, "a", "own\n10.0.0.2\ta\n10.0.0.3\tb\n");
	check_file(w, "b", "own\n10.0.0.3\tb\n10.0.0.2\ta\n");
	leave(w, "b");
	leave(w, "b");
	check_file(w, "a", "own\n10.0.0.2\ta\n#         \n");
	join(w, "c", "10.0.0.4");
	check_file(w, "a", "own\n10.0.0.2\ta\n10.0.0.4\tc\n");
	check_file(w, "c", "own\n10.0.0.4\tc\n10.0.0.2\ta\n");
	/* what the container has done to its own file */
	CHECK(fs_write_file(AT_FDCWD, a, "mine", 4, 0644) == 0);
	leave(w, "c");
	check_file(w, "a", "mine");
	join(w, "c", "10.0.0.4");
	check_file(w, "a", "mine\n10.0.0.4\tc\n");
	(void)unlink(a);
	CHECK(symlink("/etc/passwd", a) == 0); /* not followed */
	leave(w, "c");
	join(w, "d", "10.0.0.5");
	(void)unlink(a);
	leave(w, "a");
	leave(w, "d");
}

int main(void)
{
	struct world w = {.dir = "/tmp/nap-hosts.XXXXXX", .network = {.name = (char *)"n"}};
	auto_free char *dir = NULL;

	test_text();
	if (!mkdtemp(w.dir) || !(dir = path(&w, "networks/n")) ||
	    fs_mkdirs(AT_FDCWD, dir, 0755) < 0)
		return 1;
	test_files(&w);
	(void)fs_remove_tree(AT_FDCWD, w.dir);
	return test_report();
}
