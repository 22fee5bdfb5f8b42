/* SPDX-License-Identifier: MIT */
/* What the plain reaper (stub.c) has open, two of each: of standard output, and of error. */
#pragma once

enum {
	REAPER_FD_STREAMS = 3, /* the app's own */
	REAPER_FD_FIFOS = 5,   /* what it finds as /dev/stdout and /dev/stderr; may be closed */
	REAPER_FD_END = 7,
};
