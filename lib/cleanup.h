/* SPDX-License-Identifier: MIT */
/*
 * Scope-bound ownership: memory, descriptors and streams release themselves when their variable
 * leaves scope; giving one away is visible as TAKE_PTR or TAKE_FD.
 */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define TAKE_PTR(p)                        \
	({                                 \
		typeof(p) take_ptr_ = (p); \
		(p) = NULL;                \
		take_ptr_;                 \
	})

#define TAKE_FD(fd)                  \
	({                           \
		int take_fd_ = (fd); \
		(fd) = -1;           \
		take_fd_;            \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* a failed close still releases the descriptor on Linux */
}

static inline void cleanup_file(FILE **f)
{
	if (*f)
		(void)fclose(*f); /* writers check ferror and fclose themselves */
}

static inline void cleanup_dir(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

#define auto_free CLEANUP(cleanup_free)
#define auto_fd CLEANUP(cleanup_fd)
#define auto_file CLEANUP(cleanup_file)
#define auto_dir CLEANUP(cleanup_dir)

/* Close *fd if it is open, and mark it closed. */
static inline void fd_drop(int *fd)
{
	cleanup_fd(fd);
	*fd = -1;
}
