/* SPDX-License-Identifier: MIT */
/*
 * USER[:GROUP], further groups, and the passwd and group files of an image, of which the latter two
 * are hostile: parts with a line "---" between them.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "runtime/user.h"

/* The image: a directory with two files that are written over. */
struct image_root {
	int fd, passwd_fd, group_fd;
};

static struct image_root *image_root(void)
{
	static struct image_root root = {.fd = -1};

	if (root.fd >= 0)
		return &root;
	root.fd = open(fuzz_scratch(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	REQUIRE(root.fd >= 0 && mkdirat(root.fd, "etc", 0700) == 0);
	root.passwd_fd = openat(root.fd, "etc/passwd", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	root.group_fd = openat(root.fd, "etc/group", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	REQUIRE(root.passwd_fd >= 0 && root.group_fd >= 0);
	return &root;
}

static void put(int fd, const char *text)
{
	size_t n = strlen(text);

	REQUIRE(pwrite(fd, text, n, 0) == (ssize_t)n && ftruncate(fd, (off_t)n) == 0);
}

static bool has(const struct user_spec *u, gid_t gid)
{
	for (size_t i = 0; i < u->n_groups; i++)
		if (u->groups[i] == gid)
			return true;
	return false;
}

/* Some line of a file begins with NAME:, whatever else it says. */
static bool lists(const char *file, const char *name)
{
	auto_free char *begin = text_format("%s:", name);
	auto_free char *inside = text_format("\n%s:", name);

	return startswith(file, begin) || strstr(file, inside);
}

static void check(const struct user_spec *u, char *text, const char *passwd, const char *group)
{
	char *colon = strchr(text, ':');
	uint32_t id;

	REQUIRE(u->uid != (uid_t)-1 && u->gid != (gid_t)-1);
	REQUIRE(!u->home || *u->home == '/');
	REQUIRE(has(u, u->gid));
	for (size_t i = 0; i < u->n_groups; i++)
		REQUIRE(u->groups[i] != (gid_t)-1);
	if (colon)
		*colon++ = '\0';
	if (parse_u32(text, 0, UINT32_MAX, &id) == 0)
		REQUIRE(u->uid == id);
	else if (*text)
		REQUIRE(lists(passwd, text));
	else
		REQUIRE(u->uid == 0);
	if (!colon || !*colon)
		return;
	if (parse_u32(colon, 0, UINT32_MAX, &id) == 0)
		REQUIRE(u->gid == id);
	else
		REQUIRE(lists(group, colon));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	const struct image_root *root = image_root();
	char *rest = text, *user = fuzz_part(&rest), *more = fuzz_part(&rest);
	const char *passwd = fuzz_part(&rest), *group = fuzz_part(&rest);
	auto_strv char **groups = NULL;
	CLEANUP(user_done)
	struct user_spec u = {0};
	char *line;

	passwd = passwd ? passwd : "";
	group = group ? group : "";
	put(root->passwd_fd, passwd);
	put(root->group_fd, group);
	while (more && *more && (line = fuzz_line(&more)))
		REQUIRE(strv_add(&groups, line) == 0);
	if (user_resolve(root->fd, user, groups, &u) == 0)
		check(&u, user, passwd, group);
	return 0;
}
