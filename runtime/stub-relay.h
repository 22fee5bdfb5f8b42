/* SPDX-License-Identifier: MIT */
/*
 * The files /dev/stdout and /dev/stderr of an app whose output is a socket, as a service's is: a
 * socket cannot be opened by its name, so these are FIFOs, which PID 1 copies to the streams. For
 * the stubs alone.
 */
#pragma once

#include <linux/fcntl.h>

#include "stub-sys.h"

/* What is copied in one go at most, lest one that writes without end keep PID 1 from all else. */
#define RELAY_CHUNK_BYTES 4096
#define RELAY_CHUNKS 16

/* fd if there is a FIFO, else -1, which poll(2) and relay_copy pass over. */
static inline int relay_open(int fd)
{
	return call(__NR_fcntl, fd, F_GETFD, 0, 0, 0) < 0 ? -1 : fd;
}

/* Copy what is there to read. What cannot be written is lost, as it would be without us. */
static inline void relay_copy(int fifo, int stream)
{
	char chunk[RELAY_CHUNK_BYTES];

	for (int i = 0; i < RELAY_CHUNKS; i++) {
		long n = call(__NR_read, fifo, (long)chunk, sizeof(chunk), 0, 0), written = 0;

		if (n <= 0)
			return;
		while (written < n) {
			long w = call(__NR_write, stream, (long)(chunk + written), n - written, 0,
				      0);

			if (w <= 0)
				break;
			written += w;
		}
	}
}
