/* SPDX-License-Identifier: MIT */
/* Streams: whole ones give their bytes and digest, damaged ones an error and a reason. */
#include "image/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/text.h"
#include "test.h"

static const struct stream_limits limits = {
	.ratio = 1000, .ratio_after_bytes = 1 << 20, .window_log = 23};

/* Append data as a gzip member. */
static void add_gzip(struct buf *b, const void *data, size_t n)
{
	z_stream z = {0};
	unsigned char out[4096];

	CHECK(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_in = (Bytef *)data;
	z.avail_in = (uInt)n;
	do {
		z.next_out = out;
		z.avail_out = sizeof(out);
		(void)deflate(&z, Z_FINISH);
		buf_add(b, out, sizeof(out) - z.avail_out);
	} while (z.avail_out == 0);
	(void)deflateEnd(&z);
}

static void add_zstd(struct buf *b, const void *data, size_t n)
{
	char out[4096];
	size_t len = ZSTD_compress(out, sizeof(out), data, n, 3);

	CHECK(!ZSTD_isError(len));
	buf_add(b, out, len);
}

/* Read b to its end: the bytes, which the caller frees, or NULL and the error. */
static char *read_stream(const struct buf *b, int *ret_error)
{
	auto_fd int fd = memfd_create("stream", MFD_CLOEXEC);
	const struct source source = {fd, 0, b->len, false};
	auto_stream struct stream *s = NULL;
	char digest[SHA256_HEX + 1], expected[SHA256_HEX + 1], piece[1000];
	auto_buf out = {0};
	ssize_t n;

	*ret_error = 0;
	CHECK(fs_write_all(fd, b->data ? b->data : "", b->len) == 0);
	CHECK(stream_open(&source, &limits, &s) == 0);
	while ((n = stream_read(s, piece, sizeof(piece))) > 0)
		if (out.len < 1 << 20)
			buf_add(&out, piece, (size_t)n);
	if (n < 0) {
		*ret_error = (int)n;
		CHECK(*stream_why(s));
		return NULL;
	}
	CHECK(stream_digest(s, digest) == 0);
	CHECK(sha256_text(b->data ? b->data : "", b->len, expected) == 0);
	CHECK_STREQ(digest, expected);
	return buf_take(&out);
}

/* What reading b gives; b is emptied. */
static bool gives(struct buf *b, const char *text)
{
	int r;
	auto_free char *got = read_stream(b, &r);

	buf_done(b);
	return got && streq(got, text);
}

static int fails(struct buf *b)
{
	int r;
	auto_free char *got = read_stream(b, &r);

	buf_done(b);
	return r;
}

static void check_whole(void)
{
	struct buf b = {0};

	CHECK(gives(&b, ""));
	buf_str(&b, "x");
	CHECK(gives(&b, "x"));
	buf_str(&b, "plain bytes");
	CHECK(gives(&b, "plain bytes"));
	add_gzip(&b, "first ", 6);
	CHECK(gives(&b, "first "));
	add_gzip(&b, "first ", 6);
	add_gzip(&b, "", 0);
	add_gzip(&b, "second", 6);
	CHECK(gives(&b, "first second"));
	add_zstd(&b, "one ", 4);
	add_zstd(&b, "two", 3);
	CHECK(gives(&b, "one two"));
}

static void check_damaged(void)
{
	struct buf b = {0};

	for (size_t cut = 1; cut < 20; cut++) {
		add_gzip(&b, "some text", 9);
		b.len -= cut;
		CHECK(fails(&b) == -EBADMSG);
		add_zstd(&b, "some text", 9);
		b.len -= cut < 10 ? cut : 10;
		CHECK(fails(&b) == -EBADMSG);
	}
	for (size_t i = 1; i <= 8; i++) { /* CRC and length */
		add_gzip(&b, "some text", 9);
		b.data[b.len - i] ^= 0x10;
		CHECK(fails(&b) == -EBADMSG);
	}
	add_gzip(&b, "some text", 9);
	buf_str(&b, "and something that is no gzip");
	CHECK(fails(&b) == -EBADMSG);
	add_zstd(&b, "some text", 9);
	buf_str(&b, "and something that is no zstd");
	CHECK(fails(&b) == -EBADMSG);
	buf_add(&b,
		"\xfd"
		"7zXZ\0",
		6); /* no layer is xz */
	CHECK(fails(&b) == -EBADMSG);
}

static void check_bomb(void)
{
	auto_free char *zeros = calloc(1, 8 << 20);
	struct buf b = {0};

	add_gzip(&b, zeros, 8 << 20);
	CHECK(fails(&b) == -EFBIG);
}

/* The first bytes of a frame say how much memory it takes to decompress. */
static void check_window(void)
{
	static const unsigned char frame[18] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, (27 - 10) << 3};
	auto_fd int fd = memfd_create("window", MFD_CLOEXEC);
	const struct source source = {fd, 0, sizeof(frame), false};
	struct buf b = {0};

	CHECK(fs_write_all(fd, frame, sizeof(frame)) == 0);
	CHECK(stream_zstd_window(&source) == 1 << 27);
	buf_add(&b, frame, sizeof(frame));
	CHECK(fails(&b) == -EBADMSG);
}

int main(void)
{
	check_whole();
	check_damaged();
	check_bomb();
	check_window();
	return test_report();
}
