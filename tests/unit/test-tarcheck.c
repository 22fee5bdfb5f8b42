/* SPDX-License-Identifier: MIT */
/* What the guard lets pass, and what it does not, whatever pieces the stream comes in. */
#include "image/tarcheck.h"

#include <errno.h>

#include "image/image.h"
#include "lib/cleanup.h"
#include "tar-builder.h"
#include "test.h"

/* Feed tar in pieces of a size; what the guard says in the end. */
static int feed(const struct buf *tar, size_t piece)
{
	auto_tarcheck struct tarcheck *t = tarcheck_new(&load_limits_default);
	int r = 0;

	for (size_t at = 0; at < tar->len && r == 0; at += piece)
		r = tarcheck_feed(t, tar->data + at, tar->len - at < piece ? tar->len - at : piece);
	return r == 0 ? tarcheck_end(t) : r;
}

/* The verdict, which must not depend on the pieces. */
static int verdict(struct buf *tar)
{
	int r = feed(tar, 1 << 20);

	CHECK(feed(tar, 1) == r);
	CHECK(feed(tar, 700) == r);
	CHECK(feed(tar, 512) == r);
	buf_done(tar);
	return r;
}

static int with_field(size_t offset, const void *value, size_t n)
{
	struct tar_block b = tar_header("f", '0', 0);
	struct buf tar = {0};

	memcpy(b.data + offset, value, n);
	tar_add_header(&tar, b);
	tar_end(&tar);
	return verdict(&tar);
}

static int with_pax(const char *key, const char *value, size_t n)
{
	struct buf tar = {0};

	tar_add_pax(&tar, key, value, n);
	tar_add_file(&tar, "f", "");
	tar_end(&tar);
	return verdict(&tar);
}

/* A file without contents, after one pax header that is all of these records. */
static int with_records(const char *records)
{
	struct buf tar = {0};

	tar_add_header(&tar, tar_header("pax", 'x', strlen(records)));
	tar_add_data(&tar, records, strlen(records));
	tar_add_file(&tar, "f", "");
	tar_end(&tar);
	return verdict(&tar);
}

static void check_ends(void)
{
	struct buf tar = {0};
	struct tar_block zero = {{0}};

	CHECK(verdict(&tar) == 0); /* an empty layer */
	tar_add_file(&tar, "f", "text");
	CHECK(verdict(&tar) == 0); /* writers do forget the end */
	tar_add_file(&tar, "f", "text");
	tar_end(&tar);
	buf_str(&tar, "whatever follows");
	CHECK(verdict(&tar) == 0);
	tar_add_file(&tar, "f", "text");
	tar.len--;
	CHECK(verdict(&tar) == -EBADMSG);
	tar_add_file(&tar, "f", "text");
	buf_add(&tar, zero.data, sizeof(zero.data));
	tar_add_file(&tar, "g", "hidden from some readers");
	CHECK(verdict(&tar) == -EBADMSG);
	tar_add_pax(&tar, "comment", "of nothing", 10);
	CHECK(verdict(&tar) == -EBADMSG);
}

static void check_fields(void)
{
	CHECK(with_field(108, "0001750\0", 8) == 0);
	CHECK(with_field(108, "   1750 ", 8) == 0);
	CHECK(with_field(108, "abcdefg\0", 8) == -EBADMSG);
	CHECK(with_field(108, "\x80\0\0\0\xff\xff\xff\xfe", 8) == 0);
	CHECK(with_field(108, "\x80\0\0\0\xff\xff\xff\xff", 8) == -EBADMSG);
	CHECK(with_field(116, "\xff\xff\xff\xff\xff\xff\xff\xff", 8) == -EBADMSG);
	CHECK(with_field(100, "rwxr-xr\0", 8) == -EBADMSG);
	CHECK(with_field(124, "\x80\0\0\0\x40\0\0\0\0\0\0\0", 12) == -EFBIG);
	CHECK(with_field(124, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12) == -EBADMSG);
	CHECK(with_field(136, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xf0", 12) == 0);
	CHECK(with_field(156, "V", 1) == -EBADMSG);
	CHECK(with_field(156, "M", 1) == -EBADMSG);
	CHECK(with_field(156, "5", 1) == 0);
}

static void check_checksum(void)
{
	struct buf tar = {0};

	tar_add_file(&tar, "f", "text");
	tar_end(&tar);
	tar.data[0] ^= 1;
	CHECK(verdict(&tar) == -EBADMSG);
}

static void check_pax(void)
{
	static const char cap[] = "\1\0\0\2\0\x20\0\0";
	struct buf tar = {0};

	CHECK(with_pax("uid", "1000", 4) == 0);
	CHECK(with_pax("uid", "4294967294", 10) == 0);
	CHECK(with_pax("uid", "4294967295", 10) == -EBADMSG);
	CHECK(with_pax("uid", "abc", 3) == -EBADMSG);
	CHECK(with_pax("gid", "-1", 2) == -EBADMSG);
	CHECK(with_pax("gid", "", 0) == -EBADMSG);
	CHECK(with_pax("path", "a\0b", 3) == -EBADMSG);
	CHECK(with_pax("linkpath", "a\0b", 3) == -EBADMSG);
	CHECK(with_pax("SCHILY.xattr.security.capability", cap, 8) == 0);
	CHECK(with_pax("mtime", "-1.5", 4) == 0);
	CHECK(with_pax("mtime", "noon", 4) == -EBADMSG);
	CHECK(with_pax("size", "4611686018427387904", 19) == -EFBIG);
	CHECK(with_records("10 size=0\n10 size=0\n") == 0);
	CHECK(with_records("10 size=0\n11 size=00\n") == 0);
	CHECK(with_records("12 size=512\n10 size=0\n") == -EBADMSG);
	CHECK(with_records("10 size=0\n12 size=512\n") == -EBADMSG);
	tar_add_header(&tar, tar_header("pax", 'x', 8));
	tar_add_data(&tar, "99 a=b\n\n", 8);
	tar_add_file(&tar, "f", "");
	CHECK(verdict(&tar) == -EBADMSG);
	tar_add_header(&tar, tar_header("pax", 'x', 2 << 20));
	CHECK(verdict(&tar) == -EFBIG);
	for (int i = 0; i < 20; i++)
		tar_add_header(&tar, tar_header("pax", 'g', 0));
	CHECK(verdict(&tar) == -EFBIG);
	for (int i = 0; i < 2; i++)
		tar_add_pax(&tar, "comment", "again", 5);
	CHECK(verdict(&tar) == -EBADMSG);
}

static void check_links(void)
{
	struct buf tar = {0};
	struct tar_block b;

	tar_add_file(&tar, "f", "text");
	tar_add_link(&tar, "h", '1', "f");
	tar_add_link(&tar, "s", '2', "f");
	tar_end(&tar);
	CHECK(verdict(&tar) == 0);
	/* some readers would take the next block for contents, some for a header */
	b = tar_header("h", '1', 512);
	tar_add_header(&tar, b);
	tar_add_data(&tar, "text", 4);
	CHECK(verdict(&tar) == -EBADMSG);
}

static void check_sparse(void)
{
	auto_buf map = {0};
	struct buf tar = {0};
	struct tar_block b = tar_header("s", 'S', 0), more = {{0}};

	for (unsigned i = 0; i < 70000; i++)
		buf_str(&map, i ? ",0,0" : "0,0");
	CHECK(with_pax("GNU.sparse.map", map.data, map.len) == -EFBIG);
	/* GNU's own: blocks of 21 regions that each announce another */
	memcpy(b.data + 257, "ustar  ", 8);
	b.data[482] = 1;
	tar_add_header(&tar, b);
	for (size_t i = 0; i < 21; i++)
		memcpy(more.data + 24 * i, "00000000000\00000000000000", 24);
	more.data[504] = 1;
	for (unsigned i = 0; i < 4000; i++)
		buf_add(&tar, more.data, sizeof(more.data));
	CHECK(feed(&tar, 1 << 20) == -EFBIG);
	buf_done(&tar);
	tar_add_pax(&tar, "GNU.sparse.major", "1", 1);
	tar_add_file(&tar, "s", "99999999\n0\n0\n");
	CHECK(verdict(&tar) == -EFBIG);
	tar_add_pax(&tar, "GNU.sparse.major", "1", 1);
	tar_add_file(&tar, "s", "1\n0\n0\n");
	CHECK(verdict(&tar) == 0);
}

int main(void)
{
	check_ends();
	check_fields();
	check_checksum();
	check_pax();
	check_links();
	check_sparse();
	return test_report();
}
