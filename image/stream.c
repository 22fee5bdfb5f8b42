/* SPDX-License-Identifier: MIT */
/*
 * Streams: one input buffer, one of four decoders behind a small table. gzip is ISA-L where it
 * exists (less than half the time of zlib), else zlib; both check CRC and length of each member,
 * and read on into the next one, as concatenated gzip is legal. Memory is bounded: 256 KiB of
 * input, and the decoder's window.
 */
#include "stream.h"

#include <errno.h>
#include <lzma.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>
#ifdef HAVE_ISAL
#include <isa-l.h>
#else
#include <zlib.h>
#endif

#include "lib/cleanup.h"

enum {
	INPUT_BYTES = 256 << 10,
	XZ_MEMORY = 40 << 20, /* xz -8; -9 wants 65 MiB, more than a whole load may use */
	SKIPPABLE_MAX = 8,    /* frames looked past in search of a window size */
};

struct decoder {
	const char *name;
	const unsigned char *magic;
	size_t magic_len;
	unsigned char mask; /* of the first byte; some of its bits may be anything */
	int (*open)(struct stream *s);
	/* Decode from s->in[s->pos..s->len] into the output; *done when a member ended there. */
	int (*step)(struct stream *s, unsigned char *out, size_t size, size_t *ret_n, bool *done);
	void (*close)(struct stream *s);
};

struct stream {
	struct source source;
	struct stream_limits limits;
	const struct decoder *decoder; /* NULL: plain */
	struct sha256 *hash;
	_Atomic uint64_t consumed;
	uint64_t produced;
	bool source_end, member_open, ended;
	int error;
	char why[96];
	size_t pos, len;
	union {
#ifdef HAVE_ISAL
		struct inflate_state *inflate;
#else
		z_stream *inflate;
#endif
		ZSTD_DCtx *zstd;
		lzma_stream *xz;
	};
	unsigned char in[INPUT_BYTES];
};

static int refuse(struct stream *s, int r, const char *why)
{
	s->error = r;
	(void)snprintf(s->why, sizeof(s->why), "%s", why);
	return r;
}

static int fail(struct stream *s, int r, const char *what)
{
	s->error = r;
	(void)snprintf(s->why, sizeof(s->why), "%s: %s", what, strerror(-r));
	return r;
}

/* ---- input ---- */

/* Read up to n bytes of the source and hash them; 0 bytes: it ends here. */
static int read_source(struct stream *s, unsigned char *to, size_t n, size_t *ret_n)
{
	uint64_t done = atomic_load_explicit(&s->consumed, memory_order_relaxed);
	ssize_t got;

	if (n > s->source.size - done)
		n = (size_t)(s->source.size - done);
	do
		got = s->source.pipe ? read(s->source.fd, to, n)
				     : pread(s->source.fd, to, n, (off_t)(s->source.offset + done));
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return fail(s, -errno, "read");
	if (got == 0 && n > 0 && !s->source.pipe)
		return refuse(s, -EBADMSG, "truncated");
	if (got == 0)
		s->source_end = true;
	sha256_add(s->hash, to, (size_t)got);
	atomic_store_explicit(&s->consumed, done + (uint64_t)got, memory_order_relaxed);
	*ret_n = (size_t)got;
	return 0;
}

/* Read more into the buffer, which is empty or holds less than a magic number. */
static int fill(struct stream *s)
{
	size_t n = 0;
	int r;

	if (s->pos == s->len)
		s->pos = s->len = 0;
	r = read_source(s, s->in + s->len, sizeof(s->in) - s->len, &n);
	s->len += n;
	return r;
}

/* ---- gzip ---- */

#ifdef HAVE_ISAL
static int gzip_open(struct stream *s)
{
	s->inflate = malloc(sizeof(*s->inflate));
	if (!s->inflate)
		return -ENOMEM;
	isal_inflate_init(s->inflate);
	s->inflate->crc_flag = ISAL_GZIP;
	return 0;
}

static const char *gzip_reason(int r)
{
	if (r == ISAL_INCORRECT_CHECKSUM)
		return "damaged gzip data: checksum mismatch";
	if (r == ISAL_INVALID_WRAPPER || r == ISAL_UNSUPPORTED_METHOD)
		return "damaged gzip header";
	return "damaged gzip data";
}

static int gzip_step(struct stream *s, unsigned char *out, size_t size, size_t *ret_n, bool *done)
{
	struct inflate_state *z = s->inflate;
	int r;

	if (!s->member_open) {
		isal_inflate_reset(z);
		z->crc_flag = ISAL_GZIP;
	}
	z->next_in = s->in + s->pos;
	z->avail_in = (uint32_t)(s->len - s->pos);
	z->next_out = out;
	z->avail_out = (uint32_t)size;
	r = isal_inflate(z);
	if (r != ISAL_DECOMP_OK && r != ISAL_END_INPUT)
		return refuse(s, -EBADMSG, gzip_reason(r));
	s->pos = s->len - z->avail_in;
	*ret_n = size - z->avail_out;
	*done = z->block_state == ISAL_BLOCK_FINISH;
	return 0;
}

static void gzip_close(struct stream *s)
{
	free(s->inflate);
}
#else
static int gzip_open(struct stream *s)
{
	s->inflate = calloc(1, sizeof(*s->inflate));
	if (!s->inflate)
		return -ENOMEM;
	/* 16: a gzip wrapper, whose CRC and length zlib then checks */
	return inflateInit2(s->inflate, 16 + MAX_WBITS) == Z_OK ? 0 : -ENOMEM;
}

static int gzip_step(struct stream *s, unsigned char *out, size_t size, size_t *ret_n, bool *done)
{
	z_stream *z = s->inflate;
	int r;

	if (!s->member_open)
		(void)inflateReset(z); /* fails for a broken state only, which inflate reports */
	z->next_in = s->in + s->pos;
	z->avail_in = (uInt)(s->len - s->pos);
	z->next_out = out;
	z->avail_out = (uInt)size;
	r = inflate(z, Z_NO_FLUSH);
	if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
		return refuse(s, r == Z_MEM_ERROR ? -ENOMEM : -EBADMSG, "damaged gzip data");
	s->pos = s->len - z->avail_in;
	*ret_n = size - z->avail_out;
	*done = r == Z_STREAM_END;
	return 0;
}

static void gzip_close(struct stream *s)
{
	if (s->inflate)
		(void)inflateEnd(s->inflate);
	free(s->inflate);
}
#endif

/* ---- zstd ---- */

static int zstd_open(struct stream *s)
{
	size_t r;

	s->zstd = ZSTD_createDCtx();
	if (!s->zstd)
		return -ENOMEM;
	r = ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, (int)s->limits.window_log);
	return ZSTD_isError(r) ? -EINVAL : 0;
}

static int zstd_step(struct stream *s, unsigned char *out, size_t size, size_t *ret_n, bool *done)
{
	ZSTD_inBuffer in = {s->in + s->pos, s->len - s->pos, 0};
	ZSTD_outBuffer to = {out, size, 0};
	size_t r = ZSTD_decompressStream(s->zstd, &to, &in);

	if (ZSTD_isError(r)) {
		s->error = -EBADMSG;
		(void)snprintf(s->why, sizeof(s->why), "damaged zstd data: %s",
			       ZSTD_getErrorName(r));
		return s->error;
	}
	s->pos += in.pos;
	*ret_n = to.pos;
	*done = r == 0;
	return 0;
}

static void zstd_close(struct stream *s)
{
	(void)ZSTD_freeDCtx(s->zstd); /* cannot fail for a context that is not static */
}

/* ---- xz ---- */

static int xz_open(struct stream *s)
{
	s->xz = malloc(sizeof(*s->xz));
	if (!s->xz)
		return -ENOMEM;
	*s->xz = (lzma_stream)LZMA_STREAM_INIT;
	/* streams one after another are one file, with padding between them and at the end */
	return lzma_stream_decoder(s->xz, XZ_MEMORY, LZMA_CONCATENATED) == LZMA_OK ? 0 : -ENOMEM;
}

static int xz_step(struct stream *s, unsigned char *out, size_t size, size_t *ret_n, bool *done)
{
	lzma_ret r;

	s->xz->next_in = s->in + s->pos;
	s->xz->avail_in = s->len - s->pos;
	s->xz->next_out = out;
	s->xz->avail_out = size;
	r = lzma_code(s->xz, s->source_end ? LZMA_FINISH : LZMA_RUN);
	if (r == LZMA_MEMLIMIT_ERROR)
		return refuse(s, -EBADMSG, "xz data that needs more than 40 MiB of memory");
	if (r != LZMA_OK && r != LZMA_STREAM_END && r != LZMA_BUF_ERROR)
		return refuse(s, r == LZMA_MEM_ERROR ? -ENOMEM : -EBADMSG, "damaged xz data");
	s->pos = s->len - s->xz->avail_in;
	*ret_n = size - s->xz->avail_out;
	*done = r == LZMA_STREAM_END;
	return 0;
}

static void xz_close(struct stream *s)
{
	if (s->xz)
		lzma_end(s->xz);
	free(s->xz);
}

/* ---- the stream ---- */

static const unsigned char magic_gzip[] = {0x1f, 0x8b};
static const unsigned char magic_zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
/* what pzstd begins with: the size of the frame behind it */
static const unsigned char magic_skippable[] = {0x50, 0x2a, 0x4d, 0x18};
static const unsigned char magic_xz[] = {0xfd, '7', 'z', 'X', 'Z', 0};

static const struct decoder decoders[] = {
	{"gzip", magic_gzip, sizeof(magic_gzip), 0xff, gzip_open, gzip_step, gzip_close},
	{"zstd", magic_zstd, sizeof(magic_zstd), 0xff, zstd_open, zstd_step, zstd_close},
	{"zstd", magic_skippable, sizeof(magic_skippable), 0xf0, zstd_open, zstd_step, zstd_close},
	{"xz", magic_xz, sizeof(magic_xz), 0xff, xz_open, xz_step, xz_close},
};

static bool begins_with(const unsigned char *p, size_t n, const unsigned char *magic, size_t len,
			unsigned char mask)
{
	return n >= len && (p[0] & mask) == magic[0] && memcmp(p + 1, magic + 1, len - 1) == 0;
}

static int choose_decoder(struct stream *s)
{
	int r;

	while (s->len < sizeof(magic_xz) && !s->source_end) {
		r = fill(s);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(decoders); i++) {
		const struct decoder *d = &decoders[i];

		if (!begins_with(s->in, s->len, d->magic, d->magic_len, d->mask))
			continue;
		if (d->step == xz_step && !s->limits.xz)
			return refuse(s, -EBADMSG, "xz, which no layer may be");
		s->decoder = d;
		return d->open(s);
	}
	return 0;
}

int stream_open(const struct source *source, const struct stream_limits *limits,
		struct stream **ret)
{
	auto_stream struct stream *s = malloc(sizeof(*s));

	if (!s)
		return -ENOMEM;
	memset(s, 0, offsetof(struct stream, in));
	s->source = *source;
	s->limits = *limits;
	s->hash = sha256_new();
	if (!s->hash)
		return -ENOMEM;
	*ret = TAKE_PTR(s);
	return 0;
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	if (s->decoder)
		s->decoder->close(s);
	sha256_free(s->hash);
	free(s);
}

/* Plain bytes: what choosing the decoder left in the buffer, then straight into the output. */
static int plain_step(struct stream *s, unsigned char *out, size_t size, size_t *ret_n)
{
	size_t n = s->len - s->pos < size ? s->len - s->pos : size;

	if (n > 0) {
		memcpy(out, s->in + s->pos, n);
		s->pos += n;
		*ret_n = n;
		return 0;
	}
	if (!s->source_end)
		return read_source(s, out, size, ret_n);
	s->ended = true;
	return 0;
}

/* One step: more input if there is none, then some output. */
static int step(struct stream *s, unsigned char *out, size_t size, size_t *ret_n)
{
	size_t before;
	bool done = false;
	int r;

	*ret_n = 0;
	if (!s->decoder)
		return plain_step(s, out, size, ret_n);
	if (s->pos == s->len && !s->source_end) {
		r = fill(s);
		if (r < 0)
			return r;
	}
	if (s->pos == s->len && s->source_end && !s->member_open) {
		s->ended = true;
		return 0;
	}
	before = s->pos;
	r = s->decoder->step(s, out, size, ret_n, &done);
	if (r < 0)
		return r;
	s->member_open = !done;
	if (!done && *ret_n == 0 && s->pos == before && (s->source_end || before < s->len))
		return refuse(s, -EBADMSG, "truncated compressed data");
	return 0;
}

static int check_ratio(struct stream *s)
{
	uint64_t in = atomic_load_explicit(&s->consumed, memory_order_relaxed);

	if (!s->decoder || s->produced <= s->limits.ratio_after_bytes)
		return 0;
	if (s->produced / s->limits.ratio <= in)
		return 0;
	return refuse(s, -EFBIG, "compressed too well, this looks like a decompression bomb");
}

ssize_t stream_read(struct stream *s, void *buf, size_t size)
{
	size_t total = 0;
	int r = s->error;

	if (r == 0 && s->consumed == 0 && !s->source_end)
		r = choose_decoder(s);
	while (r == 0 && total < size && !s->ended) {
		size_t n;

		r = step(s, (unsigned char *)buf + total, size - total, &n);
		if (r == 0)
			total += n;
	}
	if (r == 0) {
		s->produced += total;
		r = check_ratio(s);
	}
	if (r < 0 && !s->error)
		(void)fail(s, r, "decompress");
	return r < 0 ? r : (ssize_t)total;
}

const char *stream_why(const struct stream *s)
{
	return s->why;
}

const char *stream_compression(const struct stream *s)
{
	return s->decoder ? s->decoder->name : "";
}

uint64_t stream_consumed(const struct stream *s)
{
	return atomic_load_explicit(&s->consumed, memory_order_relaxed);
}

int stream_digest(struct stream *s, char hex[static SHA256_HEX + 1])
{
	return sha256_final(s->hash, hex);
}

/* The first frame with contents; RFC 8878, 3.1.2: a few may come before it that have none. */
static uint64_t skip_frames(const struct source *source)
{
	uint64_t at = source->offset;
	unsigned char h[8];

	for (int i = 0; i < SKIPPABLE_MAX; i++) {
		if (pread(source->fd, h, sizeof(h), (off_t)at) < (ssize_t)sizeof(h) ||
		    !begins_with(h, sizeof(h), magic_skippable, sizeof(magic_skippable), 0xf0))
			break;
		at += sizeof(h);
		for (int k = 0; k < 4; k++)
			at += (uint64_t)h[4 + k] << (8 * k);
	}
	return at;
}

/* RFC 8878, 3.1.1.1: descriptor, then the window descriptor unless the segment is single. */
uint64_t stream_zstd_window(const struct source *source)
{
	static const unsigned char did_bytes[] = {0, 1, 2, 4}, fcs_bytes[] = {1, 2, 4, 8};
	unsigned char h[18];
	ssize_t n = pread(source->fd, h, sizeof(h), (off_t)skip_frames(source));
	uint64_t size = 0, base;
	size_t at, len;

	if (n < (ssize_t)sizeof(h) || memcmp(h, magic_zstd, sizeof(magic_zstd)) != 0)
		return 0;
	if (!(h[4] & 0x20)) {
		base = (uint64_t)1 << (10 + (h[5] >> 3));
		return base + base / 8 * (h[5] & 7);
	}
	at = 5 + did_bytes[h[4] & 3];
	len = fcs_bytes[h[4] >> 6];
	for (size_t i = 0; i < len; i++)
		size |= (uint64_t)h[at + i] << (8 * i);
	return size + (len == 2 ? 256 : 0);
}
