/* SPDX-License-Identifier: MIT */
/* Layers unpacked one upon the other, without a store: N is in the directory N below dirfd. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "image/layer.h"
#include "lib/cleanup.h"
#include "tests/unit/tar-builder.h"

struct layer_stack {
	int dirfd;
	size_t n;
	int waits;	    /* how often the layers below the last one were needed */
	struct layer layer; /* the last one */
};

struct stack_input {
	const struct buf *tar;
	bool given;
};

static int stack_next(void *data, const void **ret, size_t *ret_n)
{
	struct stack_input *in = data;

	*ret = in->tar->data;
	*ret_n = in->given ? 0 : in->tar->len;
	in->given = true;
	return 0;
}

static int stack_wait(void *data)
{
	((struct layer_stack *)data)->waits++;
	return 0;
}

static int stack_open_below(void *data, size_t i)
{
	const struct layer_stack *s = data;
	char path[32];

	(void)snprintf(path, sizeof(path), "%zu/fs", i);
	return openat(s->dirfd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int stack_decline(void *data, int fd, const struct attributes *a, bool chown, const void *p,
			 size_t n)
{
	(void)data, (void)fd, (void)a, (void)chown, (void)p, (void)n;
	return 0;
}

static int stack_nothing(void *data)
{
	(void)data;
	return 0;
}

/* Unpack tar, which is ended and emptied, as the next layer: what layer_unpack() says. */
static int stack_unpack(struct layer_stack *s, struct buf *tar)
{
	struct layer_totals totals = {.max_entries = 100, .max_bytes = 1 << 20};
	struct stack_input data = {tar, false};
	const struct layer_input input = {&data, stack_next};
	auto_fd int fd = -1;
	char name[8];
	int r;

	tar_end(tar);
	(void)snprintf(name, sizeof(name), "%zu", s->n);
	if (mkdirat(s->dirfd, name, 0755) < 0)
		abort();
	fd = openat(s->dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s->layer = (struct layer){
		.dirfd = fd,
		.limits = &load_limits_default,
		.totals = &totals,
		.below = {s, s->n, stack_wait, stack_open_below},
		.finisher = {NULL, stack_decline, stack_nothing},
	};
	s->waits = 0;
	r = layer_unpack(&s->layer, &input);
	s->n++;
	buf_done(tar);
	return r;
}
