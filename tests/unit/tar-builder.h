/* SPDX-License-Identifier: MIT */
/* Tar archives made by hand in a buffer, right or wrong as a test wants them. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/text.h"

/* A ustar header block; offsets are those of POSIX. */
struct tar_block {
	char data[512];
};

__attribute__((unused)) static struct tar_block tar_header(const char *name, char type,
							   uint64_t size)
{
	struct tar_block b = {{0}};

	(void)snprintf(b.data, 100, "%s", name);
	(void)snprintf(b.data + 100, 8, "%07o", 0644);
	(void)snprintf(b.data + 108, 8, "%07o", (unsigned)geteuid());
	(void)snprintf(b.data + 116, 8, "%07o", (unsigned)getegid());
	(void)snprintf(b.data + 124, 12, "%011llo", (unsigned long long)size & 077777777777);
	(void)snprintf(b.data + 136, 12, "%011o", 1000000000);
	b.data[156] = type;
	memcpy(b.data + 257, "ustar\00000", 8);
	return b;
}

/* Append a header, with its checksum. */
__attribute__((unused)) static void tar_add_header(struct buf *tar, struct tar_block b)
{
	unsigned sum = 0;

	memset(b.data + 148, ' ', 8);
	for (size_t i = 0; i < sizeof(b.data); i++)
		sum += (unsigned char)b.data[i];
	(void)snprintf(b.data + 148, 8, "%06o", sum);
	buf_add(tar, b.data, sizeof(b.data));
}

__attribute__((unused)) static void tar_add_data(struct buf *tar, const void *data, size_t n)
{
	static const char zero[512];

	buf_add(tar, data, n);
	buf_add(tar, zero, (512 - n % 512) % 512);
}

__attribute__((unused)) static void tar_add_file(struct buf *tar, const char *name,
						 const char *text)
{
	tar_add_header(tar, tar_header(name, '0', strlen(text)));
	tar_add_data(tar, text, strlen(text));
}

__attribute__((unused)) static void tar_add_link(struct buf *tar, const char *name, char type,
						 const char *target)
{
	struct tar_block b = tar_header(name, type, 0);

	(void)snprintf(b.data + 157, 100, "%s", target);
	tar_add_header(tar, b);
}

/* A pax header of one record; value may hold anything. */
__attribute__((unused)) static void tar_add_pax(struct buf *tar, const char *key, const void *value,
						size_t n)
{
	auto_buf body = {0};
	size_t len = strlen(key) + n + 3, digits = 1;

	/* the length counts its own digits */
	for (size_t limit = 10; len + digits >= limit; limit *= 10)
		digits++;
	buf_fmt(&body, "%zu %s=", len + digits, key);
	buf_add(&body, value, n);
	buf_char(&body, '\n');
	tar_add_header(tar, tar_header("pax", 'x', body.len));
	tar_add_data(tar, body.data, body.len);
}

__attribute__((unused)) static void tar_end(struct buf *tar)
{
	static const char zero[1024];

	buf_add(tar, zero, sizeof(zero));
}
