/* SPDX-License-Identifier: MIT */
/* What the plain reaper (stub.c) has open; any may be closed. */
#pragma once

enum {
	REAPER_FD_STREAMS = 3,	/* the app's own, of standard output and of error */
	REAPER_FD_FIFOS = 5,	/* what it finds as /dev/stdout and /dev/stderr */
	REAPER_FD_MESSAGES = 7, /* the socket that it finds as systemd's */
	REAPER_FD_NOTIFY,	/* systemd's own */
	REAPER_FD_END,
};
