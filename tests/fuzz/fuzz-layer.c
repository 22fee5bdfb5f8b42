/* SPDX-License-Identifier: MIT */
/*
 * Layers, unpacked beside a canary: a line is an entry, "TYPE|NAME|LINK|MODE|OWNER|TIME|DATA",
 * where
 * "$T" is the directory that must not be reached; of type x, NAME=LINK is a pax record. A line "="
 * begins the next layer, on top.
 */
#include "fuzz.h"

#include <dirent.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "tests/unit/layer-stack.h"

enum { LAYERS_MAX = 3, FIELDS = 7 };

#define CANARY_TEXT "alive"

/* Where all happens: TOP/canary, and the layers in TOP/work. */
struct scratch {
	const char *top;
	int topfd;
};

static const struct scratch *scratch(void)
{
	static struct scratch s = {.topfd = -1};

	if (s.topfd >= 0)
		return &s;
	s.top = fuzz_scratch();
	s.topfd = open(s.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	REQUIRE(fs_write_file(s.topfd, "canary", CANARY_TEXT, strlen(CANARY_TEXT), 0600) == 0);
	return &s;
}

static void check_canary(const struct scratch *s)
{
	auto_free char *text = NULL;
	auto_dir DIR *dir = opendir(s->top);
	struct dirent *e;
	struct stat st;

	REQUIRE(fs_read_file(s->topfd, "canary", 100, &text, NULL) == 0);
	REQUIRE(streq(text, CANARY_TEXT));
	REQUIRE(fstatat(s->topfd, "canary", &st, AT_SYMLINK_NOFOLLOW) == 0);
	REQUIRE(st.st_nlink == 1 && st.st_mode == (S_IFREG | 0600) && st.st_uid == geteuid());
	REQUIRE(dir);
	while ((e = readdir(dir)))
		REQUIRE(*e->d_name == '.' || streq(e->d_name, "canary") ||
			streq(e->d_name, "work"));
}

/* ---- the recipe ---- */

static void put_field(char *field, size_t size, const char *text)
{
	size_t n = strnlen(text, size);

	if (n == 0)
		return;
	memset(field, 0, size);
	memcpy(field, text, n);
}

static char *put_top(const struct scratch *s, const char *text)
{
	const char *at = strstr(text, "$T");

	return at ? text_format("%.*s%s%s", (int)(at - text), text, s->top, at + 2) : strdup(text);
}

static void add_entry(const struct scratch *s, char *line, struct buf *tar)
{
	const char *fields[FIELDS] = {"", "", "", "", "", "", ""};
	auto_free char *name = NULL, *link = NULL;
	struct tar_block b;
	bool has_data;

	for (size_t i = 0; i < FIELDS && line; i++)
		fields[i] = strsep(&line, "|");
	name = put_top(s, fields[1]);
	link = put_top(s, fields[2]);
	REQUIRE(name && link);
	if (*fields[0] == 'x') {
		tar_add_pax(tar, name, link, strlen(link));
		return;
	}
	has_data = strchr("07LK", *fields[0] ? *fields[0] : '0');
	b = tar_header(name, *fields[0] ? *fields[0] : '0', has_data ? strlen(fields[6]) : 0);
	put_field(b.data + 100, 8, fields[3]);
	put_field(b.data + 108, 8, fields[4]);
	put_field(b.data + 136, 12, fields[5]);
	put_field(b.data + 157, 100, link);
	tar_add_header(tar, b);
	if (has_data)
		tar_add_data(tar, fields[6], strlen(fields[6]));
}

/* ---- the layers ---- */

static int unpack(struct layer_stack *stack, struct buf *tar)
{
	int r = stack_unpack(stack, tar);

	REQUIRE(r == 0 || *stack->layer.why);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	const struct scratch *s = scratch();
	struct layer_stack stack = {0};
	char *rest = text, *line;
	auto_buf tar = {0};
	int r = 0;

	REQUIRE(mkdirat(s->topfd, "work", 0700) == 0);
	stack.dirfd = openat(s->topfd, "work", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (r == 0 && stack.n < LAYERS_MAX && (line = fuzz_line(&rest))) {
		if (!streq(line, "="))
			add_entry(s, line, &tar);
		if (streq(line, "=") || !rest)
			r = unpack(&stack, &tar);
	}
	check_canary(s);
	fd_drop(&stack.dirfd);
	REQUIRE(fs_remove_tree(s->topfd, "work") == 0);
	return 0;
}
