/* SPDX-License-Identifier: MIT */
/*
 * Layers, unpacked beside a canary: a line is an entry, "TYPE|NAME|LINK|MODE|OWNER|TIME|DATA",
 * where
 * "$T" is the directory that must not be reached; of type x, NAME=LINK is a pax record. A line "="
 * begins the next layer, on top.
 */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "image/layer.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "tests/unit/tar-builder.h"

enum { LAYERS_MAX = 3, FIELDS = 7 };

#define CANARY_TEXT "alive"

/* Where all happens: TOP/canary, and a layer in TOP/work/N. */
struct scratch {
	const char *top;
	int topfd, dirfd;
};

static struct scratch *scratch(void)
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

struct input {
	const struct buf *tar;
	bool given;
};

static int next(void *data, const void **ret, size_t *ret_n)
{
	struct input *in = data;

	*ret = in->tar->data;
	*ret_n = in->given ? 0 : in->tar->len;
	in->given = true;
	return 0;
}

static int wait_below(void *data)
{
	(void)data;
	return 0;
}

static int open_below(void *data, size_t i)
{
	const struct scratch *s = data;
	char path[32];

	(void)snprintf(path, sizeof(path), "%zu/fs", i);
	return openat(s->dirfd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int decline(void *data, int fd, const struct attributes *a, bool chown, const void *p,
		   size_t n)
{
	(void)data, (void)fd, (void)a, (void)chown, (void)p, (void)n;
	return 0;
}

static int nothing(void *data)
{
	(void)data;
	return 0;
}

static int unpack(struct scratch *s, size_t i, struct buf *tar)
{
	struct layer_totals totals = {.max_entries = 100, .max_bytes = 1 << 20};
	struct input data = {tar, false};
	const struct layer_input input = {&data, next};
	auto_fd int fd = -1;
	struct layer layer;
	char name[8];
	int r;

	tar_end(tar);
	(void)snprintf(name, sizeof(name), "%zu", i);
	REQUIRE(mkdirat(s->dirfd, name, 0755) == 0);
	fd = openat(s->dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	layer = (struct layer){
		.dirfd = fd,
		.limits = &load_limits_default,
		.totals = &totals,
		.below = {s, i, wait_below, open_below},
		.finisher = {NULL, decline, nothing},
	};
	r = layer_unpack(&layer, &input);
	REQUIRE(r == 0 || *layer.why);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	struct scratch *s = scratch();
	char *rest = text, *line;
	auto_buf tar = {0};
	size_t n = 0;
	int r = 0;

	REQUIRE(mkdirat(s->topfd, "work", 0700) == 0);
	s->dirfd = openat(s->topfd, "work", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (r == 0 && n < LAYERS_MAX && (line = fuzz_line(&rest))) {
		if (!streq(line, "="))
			add_entry(s, line, &tar);
		if (!streq(line, "=") && rest)
			continue;
		r = unpack(s, n++, &tar);
		buf_done(&tar);
	}
	check_canary(s);
	fd_drop(&s->dirfd);
	REQUIRE(fs_remove_tree(s->topfd, "work") == 0);
	return 0;
}
