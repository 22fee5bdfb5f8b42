/* SPDX-License-Identifier: MIT */
/*
 * A range of a file read as a stream of decompressed bytes, while its own bytes are hashed. The
 * compression is told by its first bytes, never by what somebody declared.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "digest.h"

/* size bytes at offset of fd, which is borrowed. A pipe is offset 0 and size UINT64_MAX. */
struct source {
	int fd;
	uint64_t offset, size;
	bool pipe; /* read(2) it: it cannot be positioned */
};

struct stream_limits {
	uint64_t ratio, ratio_after_bytes; /* as in struct load_limits */
	unsigned window_log;		   /* the largest zstd window taken is 2^window_log bytes */
	bool xz;			   /* xz is taken too: outside only, no layer is xz */
};

struct stream;

/* Open source, which must stay open as long. *ret is freed with stream_free. 0 or negative errno.
 * Does not report. */
int stream_open(const struct source *source, const struct stream_limits *limits,
		struct stream **ret);
void stream_free(struct stream *s);
static inline void cleanup_stream(struct stream **s)
{
	stream_free(*s);
}
#define auto_stream CLEANUP(cleanup_stream)

/*
 * Fill buf; fewer bytes than size only at the end of the stream, where 0 follows for ever. At the
 * end every byte of the source was read and every checksum held. Negative errno with a reason in
 * stream_why().
 */
ssize_t stream_read(struct stream *s, void *buf, size_t size);
const char *stream_why(const struct stream *s);
/* "gzip", "zstd", "xz", or "" for plain bytes. */
const char *stream_compression(const struct stream *s);
/* Bytes of the source read so far; may be asked from another thread. */
uint64_t stream_consumed(const struct stream *s);
/* The digest of the source's bytes, after the end was reached. 0 or -EIO. */
int stream_digest(struct stream *s, char hex[static SHA256_HEX + 1]);

/* The window of the first zstd frame of source in bytes; 0 if it is not zstd or not readable. */
uint64_t stream_zstd_window(const struct source *source);
