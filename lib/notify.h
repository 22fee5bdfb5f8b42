/* SPDX-License-Identifier: MIT */
/* What a service tells systemd, as sd_notify(3) does it. None of these functions reports. */
#pragma once

/* A socket connected to $NOTIFY_SOCKET, a path or "@" and an abstract name, close-on-exec. -ENXIO:
 * the variable is not set, nobody asks; -EINVAL: it names nothing of the kind. */
int notify_open(void);
/* Send assignments, joined by newlines, as one message: systemd acts on all of them together. */
int notify_send(int fd, const char *text);
/* Wait until everything sent so far has been read and acted upon. 0 or -ETIMEDOUT. timeout_ms < 0:
 * for ever. */
int notify_barrier(int fd, int timeout_ms);
